package hash

import (
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Form is a hash. The zero value is the empty one.
type Form struct {
	// Packed is a small hash, as its bytes lie in its key's entry; it belongs to the store.
	Packed []byte
	// Tree is a large one. At most one of the two is in use.
	Tree *Tree
}

const (
	// NoDeadline is the deadline of a field that has none.
	NoDeadline int64 = 0
	// Never is a time at which nothing is due, for those who want to read everything.
	Never int64 = 0
)

// due tells whether a deadline has come.
func due(deadlineMs, nowMs int64) bool { return deadlineMs != NoDeadline && deadlineMs <= nowMs }

// Len is the number of fields, due or not. O(1).
func (f *Form) Len() int {
	if f.Tree != nil {
		return f.Tree.fields.Len()
	}
	p := split(f.Packed)
	return p.count
}

// Place is where a field was found, or the knowledge that there is none of that name. It is good until the next change of the hash.
type Place struct {
	// Value is the field's value, DeadlineMs when it is due, or NoDeadline.
	Value      packed.Item
	DeadlineMs int64
	found      bool
	// offset is where the field begins in a piece; hash is its hash in a tree, at its entry.
	offset int
	hash   uint64
	at     dict.At
}

// Found tells whether there is such a field, due or not.
func (at *Place) Found() bool { return at.found }

// Live tells whether there is such a field that isn't due.
func (at *Place) Live(nowMs int64) bool { return at.found && !due(at.DeadlineMs, nowMs) }

// Find looks a field up, due or not.
func (f *Form) Find(field []byte) Place {
	if f.Tree != nil {
		return f.Tree.find(field)
	}
	it := packed.ParseItem(field)
	return findInPiece(f.Packed, &it)
}

// Get is a field's value; false if there is no such field or it is due.
func (f *Form) Get(field []byte, nowMs int64) (value packed.Item, found bool) {
	at := f.Find(field)
	if !at.Live(nowMs) {
		return packed.Item{}, false
	}
	return at.Value, true
}

// Has tells whether there is such a field that isn't due.
func (f *Form) Has(field []byte, nowMs int64) bool {
	at := f.Find(field)
	return at.Live(nowMs)
}

// ValueLen is the length of a field's value as text, 0 if there is no such field or it is due.
func (f *Form) ValueLen(field []byte, nowMs int64) int {
	at := f.Find(field)
	if !at.Live(nowMs) {
		return 0
	}
	return at.Value.Len()
}

// Each yields every field that isn't due, with its value, until yield returns false: those of a piece in the order of their coming, those of
// a tree in an order of its own. Nothing is allocated.
func (f *Form) Each(nowMs int64, yield func(field, value packed.Item) bool) {
	f.All(func(field, value packed.Item, deadlineMs int64) bool {
		return due(deadlineMs, nowMs) || yield(field, value)
	})
}

// All is Each for all fields, due or not, with their deadlines or NoDeadline.
func (f *Form) All(yield func(field, value packed.Item, deadlineMs int64) bool) {
	if f.Tree != nil {
		f.Tree.fields.Range(func(entry dict.Item) bool {
			value, deadlineMs := readPayload(entry.Payload)
			return yield(packed.TextItem(entry.Key), value, deadlineMs)
		})
		return
	}
	p := split(f.Packed)
	for rest := p.items; len(rest) > 0; {
		var e entry
		if e, rest = p.read(rest); !yield(e.field, e.value, e.deadlineMs) {
			return
		}
	}
}

// Scan yields fields that aren't due, with their values, from a cursor on until it has gone through count of all fields, and returns the
// cursor from which to go on, 0 at the end, which is where it begins too. A piece comes as a whole, whatever the cursor; for a tree see
// dict.Scan. A field that is there from the first call to the last is yielded at least once, and only once unless the hash changes its form.
func (f *Form) Scan(cursor uint64, count int, nowMs int64, yield func(field, value packed.Item)) (next uint64) {
	if f.Tree != nil {
		return f.Tree.fields.Scan(cursor, count, func(entry dict.Item) {
			if value, deadlineMs := readPayload(entry.Payload); !due(deadlineMs, nowMs) {
				yield(packed.TextItem(entry.Key), value)
			}
		})
	}
	f.Each(nowMs, func(field, value packed.Item) bool {
		yield(field, value)
		return true
	})
	return 0
}
