package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// Deadlines of fields, where the version has no place for them, stand in facts right before their key, as many as it takes, in the order in
// which the fields stand in the value. Whoever doesn't know the fact skips it, and loads the hash without them.
//
//	cinnabar-field-deadlines   1, u8: the form | CRC-32 of the key, u32 | fields of the hash, uvarint | item ...
//
//	an item                    fields without a deadline since the last item, or the beginning of the hash, uvarint |
//	                           deadline, milliseconds after that of the last item, or after 1970 for the first in a fact, varint
//
// About 5 bytes a field, or 9; a fact ends with the item that makes it 32 KiB, so that no part of the file is large. Whoever
// reads them back holds them until their key has come, and leaves them out if another one comes, which the key's checksum tells: somebody has
// taken it out of the file.

const (
	fieldDeadlines      = "cinnabar-field-deadlines"
	fieldDeadlinesForm  = 1
	fieldDeadlinesBytes = 32 << 10
	fieldDeadlinesHead  = 1 + 4
	largestDeadline     = 1<<48 - 1 // of a field
)

var (
	errFact          = errors.New("the fact " + fieldDeadlines + " before the key is broken")
	errFieldDeadline = errors.New("the deadline of a field is out of range")
)

// writeFieldDeadlines writes the facts before a hash that has deadlines.
func writeFieldDeadlines(out *rdb.Encoder, key []byte, fields *hash.Form) {
	var fact []byte
	var last int64
	without := uint64(0)
	fields.All(func(_, _ packed.Item, deadlineMs int64) bool {
		if deadlineMs == datatypes.NoDeadline {
			without++
			return true
		}
		if len(fact) == 0 {
			fact, last = append(fact, fieldDeadlinesForm), 0
			fact = binary.LittleEndian.AppendUint32(fact, crc32.ChecksumIEEE(key))
			fact = binary.AppendUvarint(fact, uint64(fields.Len()))
		}
		fact = binary.AppendVarint(binary.AppendUvarint(fact, without), deadlineMs-last)
		without, last = 0, deadlineMs
		if len(fact) >= fieldDeadlinesBytes {
			out.Aux(fieldDeadlines, fact)
			fact = fact[:0]
		}
		return true
	})
	if len(fact) > 0 {
		out.Aux(fieldDeadlines, fact)
	}
}

// deadlines are those of the fields of the hash that comes next, as the facts before it tell them. The zero value is none.
type deadlines struct {
	items []byte // of all facts, without what they begin with
	ends  []int  // where those of each fact end
	check uint32 // of the key
	count uint64 // of the hash's fields

	// fact and at are how far the items are read. without is how many fields come before the one whose deadline is nextMs, if there is one
	// (more).
	fact, at int
	without  uint64
	nextMs   int64
	begun    bool
	more     bool
}

// add takes in a fact, which is borrowed.
func (d *deadlines) add(fact []byte) error {
	if len(fact) < fieldDeadlinesHead || fact[0] != fieldDeadlinesForm {
		return errFact
	}
	check := binary.LittleEndian.Uint32(fact[1:])
	count, size := binary.Uvarint(fact[fieldDeadlinesHead:])
	if size <= 0 {
		return errFact
	}
	if check != d.check || count != d.count { // the key of those before has been left out of the file
		*d = deadlines{}
	}
	d.check, d.count = check, count
	d.items = append(d.items, fact[fieldDeadlinesHead+size:]...)
	d.ends = append(d.ends, len(d.items))
	return nil
}

// none tells that nothing is said about the fields of a key.
func (d *deadlines) none(key []byte) bool {
	return len(d.ends) == 0 || d.check != crc32.ChecksumIEEE(key)
}

// next is the deadline of the field that comes next, or datatypes.NoDeadline.
func (d *deadlines) next() (deadlineMs int64, err error) {
	if !d.begun {
		d.begun = true
		err = d.item()
	}
	switch {
	case err != nil || !d.more:
		return datatypes.NoDeadline, err
	case d.without > 0:
		d.without--
		return datatypes.NoDeadline, nil
	}
	deadlineMs = d.nextMs
	return deadlineMs, d.item()
}

// item reads the next item.
func (d *deadlines) item() error {
	last := d.nextMs
	for d.fact < len(d.ends) && d.at == d.ends[d.fact] {
		d.fact, last = d.fact+1, 0
	}
	if d.more = d.fact < len(d.ends); !d.more {
		return nil
	}
	rest := d.items[d.at:d.ends[d.fact]]
	without, size := binary.Uvarint(rest)
	if size <= 0 {
		return errFact
	}
	after, more := binary.Varint(rest[size:])
	if more <= 0 {
		return errFact
	}
	d.at += size + more
	// What overflows is below zero: the last deadline was far below the largest integer.
	d.without, d.nextMs = without, last+after
	if d.nextMs <= 0 || d.nextMs > largestDeadline {
		return errFieldDeadline
	}
	return nil
}

// end checks that the hash had the fields that the facts were about.
func (d *deadlines) end(fields int) error {
	if d.more || d.count != uint64(fields) {
		return fmt.Errorf("%w: it is about %d fields, and %d came", errFact, d.count, fields)
	}
	return nil
}
