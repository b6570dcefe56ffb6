package list

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// span is a range [from, to) of items.
type span struct{ from, to int }

// Delete removes the items [from, to).
func (f *Form) Delete(ed *Edit, from, to int) {
	f.mustHave(from, to)
	n := f.Len()
	switch {
	case from == to:
	case to-from == n:
		*f = Form{}
	case f.Tree == nil:
		count, items := packed.Split(f.Packed)
		// Skip goes through all items before what it returns: none behind the last that goes are looked at.
		begin := len(items) - len(packed.Skip(items, from))
		end := len(items)
		if to < n {
			end -= len(packed.Skip(items[begin:], to-from))
		}
		f.put(ed, packed.AppendSpliced(ed.Begin(), count, from-to, items, begin, end-begin))
	case littleStays(n-(to-from), n):
		f.keep(ed, span{0, from}, span{to, n})
	default:
		f.Tree = f.Tree.Own(ed.Space)
		f.Tree.items.DeleteRange(from, to)
		f.shrink(ed)
	}
}

// Trim removes all items but [from, to).
func (f *Form) Trim(ed *Edit, from, to int) {
	f.mustHave(from, to)
	n := f.Len()
	if f.Tree != nil && from < to && littleStays(to-from, n) {
		f.keep(ed, span{from, to})
		return
	}
	f.Delete(ed, to, n)
	if from > 0 {
		f.Delete(ed, 0, from)
	}
}

// littleStays tells whether so few of n items stay that it costs less to copy them than to go through the pages of the others.
func littleStays(stay, n int) bool { return stay <= n/128 }

// keep makes a tree of those items of a tree that lie in the spans, and leaves the old one to the collector.
func (f *Form) keep(ed *Edit, spans ...span) {
	t := newTree(ed)
	for _, s := range spans {
		for i, entry := range f.Tree.items.Ascend(s.from) {
			if i == s.to {
				break
			}
			t.items.Append(entry)
		}
	}
	f.Tree = t
	f.shrink(ed)
}

// Pop removes so many items from the front or the back, after yielding them from that end on until yield returns false. The list has as
// many.
func (f *Form) Pop(ed *Edit, back bool, count int, yield func(it packed.Item) bool) {
	n := f.Len()
	if count == 1 && f.Tree != nil {
		f.Tree = f.Tree.Own(ed.Space)
		seen := func(entry []byte) { yield(itemOf(entry)) }
		if back {
			f.Tree.items.DeleteLast(seen)
		} else {
			f.Tree.items.DeleteFirst(seen)
		}
		f.shrink(ed)
		return
	}
	if back {
		f.RangeBack(n-count, n, yield)
		f.Delete(ed, n-count, n)
		return
	}
	f.Range(0, count, yield)
	f.Delete(ed, 0, count)
}

// RemoveEach removes the items of these indexes, each larger than the one before it. For each page that has some of them O(log n), and a
// step for each of its items.
func (f *Form) RemoveEach(ed *Edit, indexes []int) {
	if len(indexes) == 0 {
		return
	}
	f.mustHave(indexes[0], indexes[len(indexes)-1]+1)
	n := f.Len()
	switch {
	case len(indexes) == n:
		*f = Form{}
	case f.Tree == nil:
		f.removeFromPiece(ed, indexes)
	default:
		f.Tree = f.Tree.Own(ed.Space)
		f.Tree.items.DeleteEach(indexes)
		f.shrink(ed)
	}
}

// removeFromPiece is RemoveEach for a piece of which something stays.
func (f *Form) removeFromPiece(ed *Edit, indexes []int) {
	count, rest := packed.Split(f.Packed)
	piece := packed.AppendCount(ed.Begin(), count-len(indexes))
	for i := range count {
		size := packed.Size(rest)
		if len(indexes) > 0 && indexes[0] == i {
			indexes = indexes[1:]
		} else {
			piece = append(piece, rest[:size]...)
		}
		rest = rest[size:]
	}
	f.put(ed, piece)
}
