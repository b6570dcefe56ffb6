package snapshot

import (
	"encoding/binary"
	"errors"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// record is what is known of a key that was cut out of the file.
type record struct {
	offset     int64 // of its value in the file
	deadlineMs int64
	said       *deadlines // of its fields, nil if nothing is
	clockS     uint32
	t          rdb.Type
	note       datatypes.Note
}

// pending is keys of one part that wait to be built, each with all that belongs to it side by side:
//
//	| key length u32 | value length u32 | offset u64 | deadline u64 | clock u32 | type u8 | marks u8 | flags u32 | key | value |
//
//	marks: 0 something is said | 1, 2 stale, claimed: its note
type pending struct {
	part  int
	bytes []byte
	said  []*deadlines // what is said, in the order of the keys that it is about
}

// headBytes is what stands before a key.
const headBytes = 4 + 4 + 8 + 8 + 4 + 1 + 1 + 4

const (
	markSaid = 1 << iota
	markStale
	markClaimed
)

var (
	little = binary.LittleEndian
	noHead [headBytes]byte
)

// begin begins a key, whose value is to be appended, and returns where. The memory is taken at once, so that it isn't moved as it fills.
func (p *pending) begin(key []byte) (from int) {
	if p.bytes == nil {
		p.bytes = make([]byte, 0, batchFull+batchFull/4)
	}
	from = len(p.bytes)
	p.bytes = append(append(p.bytes, noHead[:]...), key...)
	return from
}

// end ends the key that was begun there.
func (p *pending) end(from int, rec *record, key int) {
	head := p.bytes[from : from+headBytes]
	little.PutUint32(head, uint32(key))
	little.PutUint32(head[4:], uint32(len(p.bytes)-from-headBytes-key))
	little.PutUint64(head[8:], uint64(rec.offset))
	little.PutUint64(head[16:], uint64(rec.deadlineMs))
	little.PutUint32(head[24:], rec.clockS)
	head[28] = byte(rec.t)
	if rec.said != nil {
		head[29] |= markSaid
		p.said = append(p.said, rec.said)
	}
	if rec.note.Stale {
		head[29] |= markStale
	}
	if rec.note.Claimed {
		head[29] |= markClaimed
	}
	little.PutUint32(head[30:], rec.note.Flags)
}

// peek is the first key of some, and those behind it.
func peek(bytes []byte) (key, rest []byte) {
	end := headBytes + int(little.Uint32(bytes))
	return bytes[headBytes:end], bytes[end+int(little.Uint32(bytes[4:])):]
}

// next reads the first key of those that are left, and takes what is said about it.
func (p *pending) next(rec *record, bytes []byte) (key, value, rest []byte) {
	key, rest = peek(bytes)
	value = bytes[headBytes+len(key) : len(bytes)-len(rest)]
	head := bytes[:headBytes]
	rec.offset, rec.deadlineMs = int64(little.Uint64(head[8:])), int64(little.Uint64(head[16:]))
	rec.clockS, rec.t, rec.said = little.Uint32(head[24:]), rdb.Type(head[28]), nil
	rec.note = datatypes.Note{Flags: little.Uint32(head[30:]), Stale: head[29]&markStale != 0, Claimed: head[29]&markClaimed != 0}
	if head[29]&markSaid != 0 {
		rec.said, p.said = p.said[0], p.said[1:]
	}
	return key, value, rest
}

// clear makes it empty, to be used again.
func (p *pending) clear() {
	p.bytes, p.said = p.bytes[:0], nil
	if cap(p.bytes) > 2*batchFull {
		p.bytes = nil
	}
}

// fault is what is wrong with a key.
func (r *record) fault(key []byte, err error) error {
	offset := r.offset
	var inside *rdb.Error
	if errors.As(err, &inside) {
		if inside.Key != nil {
			return err // by the Reader itself, which knows where
		}
		offset, err = offset+inside.Offset, inside.Err
	}
	return &rdb.Error{Offset: offset, Type: r.t, Value: true, Key: append([]byte{}, key[:min(len(key), maxShownKey)]...), Err: err}
}
