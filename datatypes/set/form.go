package set

import (
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Form is a set. The zero value is the empty one.
type Form struct {
	// Packed is a small set, as its bytes lie in its key's entry; it belongs to the store.
	Packed []byte
	// Tree is a large one. At most one of the two is in use.
	Tree *Tree
}

// maxItems is how many members lie as items at most: they are found by going through them.
const maxItems = 128

// isIntegers tells whether the set lies as a piece of integers.
func (f *Form) isIntegers() bool { return len(f.Packed) > 0 && f.Packed[0] > integersMark }

// Len is the number of members. O(1).
func (f *Form) Len() int {
	switch {
	case f.Tree != nil:
		return f.Tree.members.Len()
	case f.isIntegers():
		return integers(f.Packed).count()
	}
	count, _ := packed.Split(f.Packed)
	return count
}

// Integers tells whether all members read as integers, which those of an empty set do. O(1), and at most 128 steps in a piece of items.
func (f *Form) Integers() bool {
	switch {
	case f.Tree != nil:
		return f.Tree.integers == f.Tree.members.Len()
	case f.isIntegers():
		return true
	}
	for it := range f.items {
		if _, isInt := it.Int(); !isInt {
			return false
		}
	}
	return true
}

// Has tells whether the text is a member.
func (f *Form) Has(member []byte) bool {
	if f.Tree != nil {
		return f.Tree.has(member)
	}
	it := packed.ParseItem(member)
	return f.packedHas(&it)
}

// HasItem is Has for what another set has handed out, or the same.
func (f *Form) HasItem(it *packed.Item) bool {
	if f.Tree != nil {
		var digits [packed.MaxDigits]byte
		return f.Tree.has(it.TextIn(digits[:0]))
	}
	whole := it.Whole()
	return f.packedHas(&whole)
}

// packedHas looks in a piece; an item that reads as an integer is one.
func (f *Form) packedHas(it *packed.Item) bool {
	if f.isIntegers() {
		n, isInt := it.Int()
		if !isInt {
			return false
		}
		_, found := integers(f.Packed).search(n)
		return found
	}
	_, items := packed.Split(f.Packed)
	at, _ := packed.FindItem(items, it, 1)
	return at >= 0
}

// Each yields every member until yield returns false: integers of a piece in rising order, items in the order of their coming, members of
// a tree in an order of its own. Nothing is allocated.
func (f *Form) Each(yield func(it packed.Item) bool) {
	switch {
	case f.Tree != nil:
		f.Tree.members.Range(func(entry dict.Item) bool { return yield(packed.TextItem(entry.Key)) })
	case f.isIntegers():
		p := integers(f.Packed)
		for i := range p.count() {
			if !yield(packed.IntItem(p.at(i))) {
				return
			}
		}
	default:
		f.items(yield)
	}
}

// items yields the members of a piece of items.
func (f *Form) items(yield func(it packed.Item) bool) {
	_, rest := packed.Split(f.Packed)
	for len(rest) > 0 {
		var it packed.Item
		if it, rest = packed.Read(rest); !yield(it) {
			return
		}
	}
}

// Scan yields members from a cursor on until there were count of them, and returns the cursor from which to go on, 0 at the end, which is
// where it begins too. A piece comes as a whole, whatever the cursor; for a tree see dict.Scan. A member that is there from the first call
// to the last is yielded at least once, and only once unless the set changes its form.
func (f *Form) Scan(cursor uint64, count int, yield func(it packed.Item)) (next uint64) {
	if f.Tree != nil {
		return f.Tree.members.Scan(cursor, count, func(entry dict.Item) { yield(packed.TextItem(entry.Key)) })
	}
	for it := range f.Each {
		yield(it)
	}
	return 0
}
