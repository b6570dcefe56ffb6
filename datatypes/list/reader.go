package list

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Reader reads the items of a list from one of them on, many at a time: for who does so much with each that Range's call of yield would
// count. It is good until the list changes.
type Reader struct {
	tree *Tree
	next int    // the index of the item that comes next in the tree
	rest []byte // what has not been read of a piece
}

// stretch is how many entries are taken from a tree at once.
const stretch = 32

// From is where the items begin from that index on, which may be one beyond the last. O(log n), in a small list O(i).
func (f *Form) From(i int) Reader {
	f.mustHave(i, i)
	if f.Tree != nil {
		return Reader{tree: f.Tree, next: i}
	}
	_, items := packed.Split(f.Packed)
	return Reader{rest: packed.Skip(items, i)}
}

// Read fills items with those that come next, and returns how many it has filled: at least one, if there are any left and there is room.
// O(log n) beside O(1) for each; nothing is allocated.
func (r *Reader) Read(items []packed.Item) (count int) {
	if r.tree != nil {
		var entries [stretch][]byte
		count = r.tree.items.Read(r.next, entries[:min(len(items), stretch)])
		for k, entry := range entries[:count] {
			readEntry(entry, &items[k])
		}
		r.next += count
		return count
	}
	for count < len(items) && len(r.rest) > 0 {
		items[count], r.rest = packed.Read(r.rest)
		count++
	}
	return count
}
