package counted

import "fmt"

// DeleteEach removes the entries of these indexes, each from 0 to Len()-1 and larger than the one before it; those that stay move down. For
// each page that has some of them O(log n) and a step for each of its entries, at most 256.
func (t *Tree) DeleteEach(indexes []int) {
	if n := len(indexes); n > 0 && (indexes[0] < 0 || indexes[n-1] >= t.count) {
		panic(fmt.Sprintf("counted: delete entries %d to %d of %d", indexes[0], indexes[n-1], t.count))
	}
	// From the back, so that the indexes before stay true.
	for rest := len(indexes); rest > 0; {
		last := indexes[rest-1]
		var w way
		t.locate(&w, last)
		b := w.bottom()
		start, count := last-w.at, b.node.counts[b.index]
		first := rest
		for first > 0 && indexes[first-1] >= start {
			first--
		}
		gone := indexes[first:rest]
		rest = first
		if len(gone) == count {
			t.DeleteRange(start, start+count)
			continue
		}
		t.own(&w, w.depth)
		t.thin(&w, start, gone)
	}
}

// thin removes some entries of the page of an owned way, whose first entry is number start; others stay.
func (t *Tree) thin(w *way, start int, gone []int) {
	n, c := w.bottom().node, w.bottom().index
	at := n.slots[c].page.end()
	t.splice(n, c, at, at, 0, 0) // which makes the page changeable
	s := n.slots[c]
	end, left := s.page.end(), gone
	at = s.page.first()
	to := at
	for number := start; at < end; number++ {
		size := s.page.size(at)
		if len(left) > 0 && left[0] == number {
			if s.page[at] == stubMark {
				t.dropBlock(s, at)
			}
			left = left[1:]
		} else {
			copy(s.page[to:], s.page[at:at+size])
			to += size
		}
		at += size
	}
	if len(left) > 0 {
		panic("counted: indexes that don't rise")
	}
	t.live -= int64(end - to)
	s.page.eraseGuide()
	s.page.bound(s.page.first(), to)
	s.page.addCount(-len(gone))
	t.splice(n, c, to, to, 0, 0) // which finds a smaller piece, if need be
	t.tidy(n, c)
	t.addCounts(w, w.depth, -len(gone))
	t.refreshPrefix(w)
	if n.slots[c].page.small() {
		t.mend(start)
	}
}
