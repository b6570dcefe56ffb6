package hash

import (
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Edit is what changes need.
type Edit = packed.Edit

// put makes a piece that was begun the hash.
func (f *Form) put(ed *Edit, piece []byte) {
	ed.Scratch = piece
	f.Packed, f.Tree = piece, nil
}

// Set gives a field a value and no deadline, and tells whether there was no such field, due or not.
func (f *Form) Set(ed *Edit, field, value []byte) (added bool) {
	it := packed.TextItem(value)
	return f.SetItem(ed, field, &it)
}

// SetItem is Set for a value that is an item.
func (f *Form) SetItem(ed *Edit, field []byte, value *packed.Item) (added bool) {
	at := f.Find(field)
	f.Put(ed, &at, field, value, NoDeadline)
	return !at.found
}

// Put gives a field a value and a deadline, or NoDeadline; at is what Find has just returned for it. To keep the field's deadline pass that
// of the place. Field and value are copied; they may be another hash's, but not this one's.
func (f *Form) Put(ed *Edit, at *Place, field []byte, value *packed.Item, deadlineMs int64) {
	mustHold(deadlineMs)
	whole := value.Whole()
	if f.Tree == nil {
		it := packed.ParseItem(field)
		f.putInPiece(ed, at, &it, &whole, deadlineMs)
		return
	}
	f.Tree = f.Tree.Own(ed.Space)
	f.Tree.put(at, field, &whole, deadlineMs)
	f.shrink(ed)
}

// Delete takes a field out and tells whether it was there, due or not.
func (f *Form) Delete(ed *Edit, field []byte) (deleted bool) {
	at := f.Find(field)
	if at.found {
		f.DeleteAt(ed, &at)
	}
	return at.found
}

// DeleteAt takes out the field that Find has just found.
func (f *Form) DeleteAt(ed *Edit, at *Place) {
	if f.Tree == nil {
		f.removeFromPiece(ed, at)
		return
	}
	f.Tree = f.Tree.Own(ed.Space)
	f.Tree.remove(at)
	f.shrink(ed)
}

// grow makes a piece a tree.
func (f *Form) grow(ed *Edit) {
	t := newTree(ed)
	var digits [packed.MaxDigits]byte
	f.All(func(field, value packed.Item, deadlineMs int64) bool {
		text := field.TextIn(digits[:0])
		t.put(&Place{hash: t.hash(text)}, text, &value, deadlineMs)
		return true
	})
	*f = Form{Tree: t}
}

// A tree becomes a piece again when it would take half of what a piece may, or less.
const (
	fewBytes  = packed.MaxBytes / 2
	fewFields = maxFields / 2
)

// shrink makes a tree a piece if it has become small.
func (f *Form) shrink(ed *Edit) {
	t := f.Tree
	count := t.fields.Len()
	if count == 0 {
		*f = Form{}
		return
	}
	// In a piece a field has a head of 3 bytes at most, and a deadline or its place takes 1 byte more than here.
	if count > fewFields || t.content+4*count+timedHead+2 > fewBytes {
		return
	}
	timed := t.deadlines != nil
	piece := appendHead(ed.Begin(), count, timed)
	t.fields.Range(func(e dict.Item) bool {
		field := packed.ParseItem(e.Key)
		value, deadlineMs := readPayload(e.Payload)
		piece = appendEntry(piece, &field, &value, deadlineMs, timed)
		return true
	})
	f.put(ed, seal(piece))
}
