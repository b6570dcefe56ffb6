package list

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Reader reads a range of a list's items, many at a time: for who does so much with each that Range's call of yield would count. It is good
// until the list changes.
type Reader struct {
	// next is the index of the item that comes next, end that of the first that isn't in the range.
	next, end int
	tree      *Tree
	rest      []byte // a piece from the next item on, where there is no tree
}

// Stretch is how many items are read from a tree at once, at most.
const Stretch = 32

// Reader reads the items [from, to). In a small list O(from), else O(1).
func (f *Form) Reader(from, to int) Reader {
	f.mustHave(from, to)
	r := Reader{next: from, end: to, tree: f.Tree}
	if f.Tree == nil {
		_, items := packed.Split(f.Packed)
		r.rest = packed.Skip(items, from)
	}
	return r
}

// Read fills items with those that come next, and returns how many it has filled: none only at the range's end, or without room. O(log n) beside O(1) for
// each; nothing is allocated.
func (r *Reader) Read(items []packed.Item) (count int) {
	items = items[:min(len(items), r.end-r.next)]
	if r.tree != nil {
		var entries [Stretch][]byte
		count = r.tree.items.Read(r.next, entries[:min(len(items), Stretch)])
		for k, entry := range entries[:count] {
			readEntry(entry, &items[k])
		}
	} else {
		for k := range items {
			items[k], r.rest = packed.Read(r.rest)
		}
		count = len(items)
	}
	r.next += count
	return count
}
