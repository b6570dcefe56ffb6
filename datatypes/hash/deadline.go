package hash

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// SetDeadline gives a field another deadline, or NoDeadline, and tells whether there is such a field, due or not. Its value stays.
func (f *Form) SetDeadline(ed *Edit, field []byte, deadlineMs int64) (found bool) {
	at := f.Find(field)
	if at.found {
		f.SetDeadlineAt(ed, &at, field, deadlineMs)
	}
	return at.found
}

// SetDeadlineAt is SetDeadline for a field that Find has just found.
func (f *Form) SetDeadlineAt(ed *Edit, at *Place, field []byte, deadlineMs int64) {
	mustHold(deadlineMs)
	if at.DeadlineMs == deadlineMs {
		return
	}
	if f.Tree == nil {
		it := packed.ParseItem(field)
		f.putInPiece(ed, at, &it, &at.Value, deadlineMs)
		return
	}
	f.Tree = f.Tree.Own(ed.Space)
	// The value stays where it is, or is moved with the entry.
	size := at.Value.Size()
	payload := f.Tree.room(at, field, size+deadlineSize(deadlineMs), deadlineMs)
	if deadlineMs != NoDeadline {
		putDeadline(payload[size:], deadlineMs)
	}
	f.shrink(ed)
}

// Deadline is a field's deadline, NoDeadline if it has none; false if there is no such field or it is due.
func (f *Form) Deadline(field []byte, nowMs int64) (deadlineMs int64, found bool) {
	at := f.Find(field)
	if !at.Live(nowMs) {
		return NoDeadline, false
	}
	return at.DeadlineMs, true
}

// NextDeadline is the earliest deadline of all fields, NoDeadline if none has one. O(1) in a piece, O(log n) in a tree.
func (f *Form) NextDeadline() (deadlineMs int64) {
	switch {
	case f.Tree == nil && len(f.Packed) > 0 && f.Packed[0] == timedMark:
		return readDeadline(f.Packed[1:])
	case f.Tree == nil || f.Tree.deadlines == nil:
		return NoDeadline
	}
	return readDeadline(f.Tree.deadlines.At(0))
}

// LiveLen is the number of fields that aren't due. O(log n) in a tree, and O(1) if nothing is due.
func (f *Form) LiveLen(nowMs int64) int {
	count := f.Len()
	switch {
	case !due(f.NextDeadline(), nowMs):
	case f.Tree != nil:
		count -= f.Tree.dueLen(nowMs)
	default:
		f.EachDue(nowMs, func(packed.Item, packed.Item) bool {
			count--
			return true
		})
	}
	return count
}

// EachDue yields the fields that are due, with their values, until yield returns false: in the order of their deadlines out of a tree. What
// isn't due costs nothing in a tree, and in neither if nothing is.
func (f *Form) EachDue(nowMs int64, yield func(field, value packed.Item) bool) {
	switch {
	case !due(f.NextDeadline(), nowMs):
	case f.Tree != nil:
		f.Tree.eachDue(nowMs, yield)
	default:
		f.All(func(field, value packed.Item, deadlineMs int64) bool {
			return !due(deadlineMs, nowMs) || yield(field, value)
		})
	}
}

// RemoveDue takes out fields that are due, up to limit of them, and returns how many; out of a tree those go first that were due first. gone is
// told of each before it goes, and must not keep what it is told; it may be nil. O(log n) a field in a tree.
func (f *Form) RemoveDue(ed *Edit, nowMs int64, limit int, gone func(field, value packed.Item)) (removed int) {
	for ; f.Tree != nil && removed < limit && due(f.NextDeadline(), nowMs); removed++ {
		field := f.Tree.first()
		at := f.Tree.find(field)
		if gone != nil {
			gone(packed.TextItem(field), at.Value)
		}
		f.DeleteAt(ed, &at)
	}
	if f.Tree != nil || removed >= limit || !due(f.NextDeadline(), nowMs) {
		return removed
	}
	return removed + f.removeDueFromPiece(ed, nowMs, limit-removed, gone)
}

// RemoveIfDue takes a field out if it is due, and tells whether it was. gone is as for RemoveDue.
func (f *Form) RemoveIfDue(ed *Edit, field []byte, nowMs int64, gone func(field, value packed.Item)) (removed bool) {
	at := f.Find(field)
	if !at.found || !due(at.DeadlineMs, nowMs) {
		return false
	}
	if gone != nil {
		gone(packed.TextItem(field), at.Value)
	}
	f.DeleteAt(ed, &at)
	return true
}

// removeDueFromPiece is RemoveDue for a piece, of which at least one field is due.
func (f *Form) removeDueFromPiece(ed *Edit, nowMs int64, limit int, gone func(field, value packed.Item)) (removed int) {
	p := split(f.Packed)
	for rest := p.items; len(rest) > 0 && removed < limit; {
		var e entry
		if e, rest = p.read(rest); due(e.deadlineMs, nowMs) {
			removed++
		}
	}
	if removed == p.count {
		if gone != nil {
			f.EachDue(nowMs, func(field, value packed.Item) bool {
				gone(field, value)
				return true
			})
		}
		*f = Form{}
		return removed
	}
	piece := appendHead(ed.Begin(), p.count-removed, true)
	left := removed
	for rest := p.items; len(rest) > 0; {
		e, next := p.read(rest)
		if left > 0 && due(e.deadlineMs, nowMs) {
			left--
			if gone != nil {
				gone(e.field, e.value)
			}
		} else {
			piece = append(piece, rest[:len(rest)-len(next)]...)
		}
		rest = next
	}
	f.put(ed, seal(piece))
	return removed
}

// In a tree the deadlines of all fields that have one stand in order, each with the leading bits of its field's hash. They lead to the fields:
// those in the dictionary that have such a hash and that deadline. Where several fields have both in common, there are as many entries alike.

const (
	// orderEntry is the size of an entry: a deadline and hashBytes of a hash.
	orderEntry = deadlineBytes + hashBytes
	hashBytes  = 5
	// hashMask are the bits of a hash that entries have: dict says what it needs.
	hashMask = math.MaxUint64 >> 24 << 24
)

// orderOf is the leading bits of the order of entries.
func orderOf(entry []byte) uint64 { return binary.BigEndian.Uint64(entry) }

// orderKey is the entry of a deadline and a hash.
func orderKey(deadlineMs int64, hash uint64) (entry [orderEntry]byte) {
	putDeadline(entry[:], deadlineMs)
	binary.BigEndian.PutUint32(entry[deadlineBytes:], uint32(hash>>32))
	entry[orderEntry-1] = byte(hash >> 24)
	return entry
}

// hashOfEntry is the hash of an entry's field, with the bits of hashMask.
func hashOfEntry(entry []byte) uint64 {
	tail := entry[deadlineBytes:]
	return uint64(binary.BigEndian.Uint32(tail))<<32 | uint64(tail[4])<<24
}

// rank is the number of entries before one.
func (t *Tree) rank(entry []byte) int {
	return t.deadlines.Search(orderOf(entry), func(other []byte) bool { return bytes.Compare(other, entry) < 0 })
}

// noteDeadline keeps the order when a field's deadline in an owned tree changes.
func (t *Tree) noteDeadline(hash uint64, was, now int64) {
	if was == now {
		return
	}
	if was != NoDeadline {
		entry := orderKey(was, hash)
		t.deadlines.Delete(t.rank(entry[:]))
	}
	if now != NoDeadline {
		if t.deadlines == nil {
			order := counted.New(t.space, orderOf)
			t.deadlines = &order
		}
		entry := orderKey(now, hash)
		t.deadlines.Insert(t.rank(entry[:]), entry[:])
	} else if t.deadlines.Len() == 0 {
		t.deadlines = nil
	}
}

// dueLen is how many fields are due at a time at which some are.
func (t *Tree) dueLen(nowMs int64) int {
	if nowMs >= maxDeadline {
		return t.deadlines.Len()
	}
	entry := orderKey(nowMs+1, 0)
	return t.rank(entry[:])
}

// eachDue yields the fields that are due at a time at which some are.
func (t *Tree) eachDue(nowMs int64, yield func(field, value packed.Item) bool) {
	var last []byte
	alike := 0
	for _, entry := range t.deadlines.Ascend(0) {
		if !due(readDeadline(entry), nowMs) {
			return
		}
		if bytes.Equal(entry, last) {
			alike++
		} else {
			last, alike = entry, 0
		}
		it := t.fieldOf(entry, alike)
		if value, _ := readPayload(it.Payload); !yield(packed.TextItem(it.Key), value) {
			return
		}
	}
}

// first is the field of the earliest deadline, or one of those.
func (t *Tree) first() []byte {
	it := t.fieldOf(t.deadlines.At(0), 0)
	return it.Key
}

// fieldOf is the field of an entry; number tells those apart that have entries alike. A dictionary without it is broken.
func (t *Tree) fieldOf(entry []byte, number int) (found dict.Item) {
	deadlineMs := readDeadline(entry)
	t.fields.Candidates(hashOfEntry(entry), hashMask, func(it dict.Item) bool {
		if _, ms := readPayload(it.Payload); ms != deadlineMs {
			return true
		}
		found = it
		number--
		return number >= 0
	})
	if number >= 0 {
		panic("hash: a deadline of no field")
	}
	return found
}
