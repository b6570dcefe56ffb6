package list

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Form is a list. The zero value is the empty one.
type Form struct {
	// Packed is a small list, as its bytes lie in its key's entry; it belongs to the store.
	Packed []byte
	// Tree is a large one. At most one of the two is in use.
	Tree *Tree
}

// maxItems is how many items a piece has at most: they are found by going through them.
const maxItems = 512

// Len is the number of items. O(1).
func (f *Form) Len() int {
	if f.Tree != nil {
		return f.Tree.items.Len()
	}
	count, _ := packed.Split(f.Packed)
	return count
}

// mustHave panics unless [from, to) lies in the list.
func (f *Form) mustHave(from, to int) {
	if n := f.Len(); from < 0 || from > to || to > n {
		panic(fmt.Sprintf("list: items [%d, %d) of %d", from, to, n))
	}
}

// At is the item of that index.
func (f *Form) At(i int) packed.Item {
	f.mustHave(i, i+1)
	if f.Tree != nil {
		return itemOf(f.Tree.items.At(i))
	}
	_, items := packed.Split(f.Packed)
	it, _ := packed.Read(packed.Skip(items, i))
	return it
}

// Range yields the items [from, to) in their order until yield returns false. Nothing is allocated.
func (f *Form) Range(from, to int, yield func(it packed.Item) bool) {
	f.mustHave(from, to)
	if f.Tree != nil {
		for i, entry := range f.Tree.items.Ascend(from) {
			if i == to || !yield(itemOf(entry)) {
				return
			}
		}
		return
	}
	_, items := packed.Split(f.Packed)
	rest := packed.Skip(items, from)
	for range to - from {
		var it packed.Item
		if it, rest = packed.Read(rest); !yield(it) {
			return
		}
	}
}

// RangeBack is Range from the last item to the first.
func (f *Form) RangeBack(from, to int, yield func(it packed.Item) bool) {
	f.mustHave(from, to)
	if f.Tree != nil {
		for i, entry := range f.Tree.items.Descend(to - 1) {
			if i < from || !yield(itemOf(entry)) {
				return
			}
		}
		return
	}
	var table offsets
	_, items := packed.Split(f.Packed)
	table.fill(items, to)
	for i := to - 1; i >= from; i-- {
		if it, _ := packed.Read(items[table[i]:]); !yield(it) {
			return
		}
	}
}

// Find yields the indexes of those of the items [from, to) whose text is that, from the first to the last, or backwards, until yield
// returns false. O(to - from); whoever must not be long looks through a range after the other.
func (f *Form) Find(text []byte, from, to int, back bool, yield func(i int) bool) {
	f.mustHave(from, to)
	it := packed.ParseItem(text)
	switch {
	case f.Tree == nil:
		f.findInPiece(&it, from, to, back, yield)
	case back:
		var room [maxIntEntry]byte
		like := likeEntry(&it, room[:0])
		for i, entry := range f.Tree.items.Descend(to - 1) {
			if i < from || like.is(entry) && !yield(i) {
				return
			}
		}
	default:
		var room [maxIntEntry]byte
		like := likeEntry(&it, room[:0])
		for i, entry := range f.Tree.items.Ascend(from) {
			if i == to || like.is(entry) && !yield(i) {
				return
			}
		}
	}
}

func (f *Form) findInPiece(it *packed.Item, from, to int, back bool, yield func(i int) bool) {
	var table offsets
	var room [packed.MaxHead]byte
	like := pattern{it.AppendHead(room[:0]), it.Text()}
	_, items := packed.Split(f.Packed)
	table.fill(items, to)
	for k := range to - from {
		i := from + k
		if back {
			i = to - 1 - k
		}
		if like.is(items[table[i]:table[i+1]]) && !yield(i) {
			return
		}
	}
}

// offsets are where the items of a piece begin, and at the end where the last one ends.
type offsets [maxItems + 1]uint16

// fill goes through the first items of a piece, so many.
func (o *offsets) fill(items []byte, count int) {
	at := 0
	for i := range count {
		o[i] = uint16(at)
		at += packed.Size(items[at:])
	}
	o[count] = uint16(at)
}
