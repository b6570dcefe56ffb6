package counted

import (
	"fmt"
	"iter"
)

// Search is the index of the first entry that is not before the target, Len() if all are, in an ordered tree. prefix is the target's, before
// tells whether an entry comes before it: all with a smaller prefix do, none with a larger one, and of those with the same some first ones.
// before is asked about entries whose prefix is the target's, or that lie in the page of the target's place. O(log n).
func (t *Tree) Search(prefix uint64, before func(entry []byte) bool) int {
	var s Spot
	t.Seek(&s, prefix, before)
	return t.Index(&s)
}

// Seek is Search for the place itself: where an entry equal to the target lies, or is to be inserted.
func (t *Tree) Seek(s *Spot, prefix uint64, before func(entry []byte) bool) {
	*s = Spot{}
	if t.root == nil {
		return
	}
	first := true
	for n := t.root; ; {
		// The target's place lies in the last child whose first entry is before it, or at the beginning of the first child.
		low, high := 0, len(n.prefixes)
		for low < high {
			middle := int(uint(low+high) / 2)
			p := n.prefixes[middle]
			if p < prefix || p == prefix && before(n.firstEntry(middle)) {
				low = middle + 1
			} else {
				high = middle
			}
		}
		first = first && low == 0
		c := max(low-1, 0)
		s.path[s.depth] = uint8(c)
		s.depth++
		if n.nodes == nil {
			if !first {
				s.number, s.distance = n.slots[c].search(before)
			}
			return
		}
		n = n.nodes[c]
	}
}

// firstEntry is the first one beneath child c.
func (n *node) firstEntry(c int) []byte {
	for n.nodes != nil {
		n, c = n.nodes[c], 0
	}
	return n.slots[c].entry(n.slots[c].page.first())
}

// stride is how many entries search passes over at once: about the root of half of what may lie between two marks.
const stride = 4

// cacheLine is how many bytes come from memory together, as a rule.
const cacheLine = 64

// search is the first entry of a page that is not before the target, by its number and how far behind the first it begins; the first one of
// all is. It goes by the page's guide, and from there through the entries, asking about one in a few until it is beyond.
func (s slot) search(before func(entry []byte) bool) (number, distance int) {
	p := s.page
	p.readMarked()
	first, last, end := p.first(), p.count()-1, p.end()
	for from, to := 0, guides; from < to; {
		middle := int(uint(from+to) / 2)
		n, d := p.mark(middle)
		switch {
		case n <= number:
			from = middle + 1
		case n > last || !before(s.entry(first+d)):
			to, last, end = middle, min(last, n-1), min(end, first+d)
		default:
			number, distance, from = n, d, middle+1
		}
	}
	at := first + distance
	p.readBetween(at, end)
	for number < last {
		more := min(stride, last-number)
		next := p.skip(at, more)
		if !before(s.entry(next)) {
			for ; more > 1; more-- {
				at = p.skip(at, 1)
				number++
				if !before(s.entry(at)) {
					return number, at - first
				}
			}
			return number + 1, next - first
		}
		at, number = next, number+more
	}
	return last + 1, p.skip(at, 1) - first
}

// readMarked reads the first byte of each entry that the guide leads to, only so that what lies there comes from memory together and not one
// after the other. What it returns means nothing. Not inlined, lest the compiler leave it out.
//
//go:noinline
func (p leaf) readMarked() (sum byte) {
	first, last := p.first(), len(p)-1
	for k := range guides {
		sum += p[min(first+u16(p[atDistances+2*k:]), last)]
	}
	return sum
}

// readBetween reads a byte of each cache line between two positions, for the same reason.
//
//go:noinline
func (p leaf) readBetween(from, to int) (sum byte) {
	for ; from < to; from += cacheLine {
		sum += p[from]
	}
	return sum
}

// Ascend yields the entries from number i on with their numbers; those of Descend go from number i down to 0. What they yield is the
// tree's, for reading, and the tree must not change meanwhile. i may be one beyond the ends, which yields nothing. O(log n), and from then
// on O(1) an entry; nothing is allocated.
func (t *Tree) Ascend(i int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if i < 0 || i > t.count {
			panic(fmt.Sprintf("counted: ascend from %d of %d", i, t.count))
		}
		if i < t.count {
			t.root.ascend(i, t.count, i, yield)
		}
	}
}

// ascend yields the entries from the i-th beneath a node with so many, which is entry number of the tree.
func (n *node) ascend(i, total, number int, yield func(int, []byte) bool) bool {
	c, rest := n.child(i, total)
	for ; c < len(n.counts); c++ {
		if n.nodes != nil {
			if !n.nodes[c].ascend(rest, n.counts[c], number, yield) {
				return false
			}
		} else {
			s := n.slots[c]
			end := s.page.end()
			for at, j := s.page.offset(rest), number; at < end; at, j = s.page.skip(at, 1), j+1 {
				if !yield(j, s.entry(at)) {
					return false
				}
			}
		}
		number += n.counts[c] - rest
		rest = 0
	}
	return true
}

// Read fills entries with those from number i on, which may be one beyond the end, and returns how many there are. O(log n), and O(1) an
// entry: for who does much with each, where Ascend's yield would not be inlined, it takes less than Ascend.
func (t *Tree) Read(i int, entries [][]byte) int {
	if i < 0 || i > t.count {
		panic(fmt.Sprintf("counted: read from %d of %d", i, t.count))
	}
	if i == t.count {
		return 0
	}
	return t.root.read(i, t.count, entries)
}

// read is Read from the i-th entry on beneath a node with so many.
func (n *node) read(i, total int, entries [][]byte) (count int) {
	c, rest := n.child(i, total)
	for ; c < len(n.counts) && count < len(entries); c++ {
		if n.nodes != nil {
			count += n.nodes[c].read(rest, n.counts[c], entries[count:])
		} else {
			count += n.slots[c].read(rest, entries[count:])
		}
		rest = 0
	}
	return count
}

// read is Read from the i-th entry of a page on; each length is looked at once.
func (s slot) read(i int, entries [][]byte) int {
	at, p := s.page.offset(i), s.page[:s.page.end()]
	for k := range entries {
		if at == len(p) {
			return k
		}
		size := int(p[at])
		if size == stubMark {
			entries[k] = s.entry(at)
			at += stubBytes
			continue
		}
		at++
		entries[k] = p[at : at+size : at+size]
		at += size
	}
	return len(entries)
}

// Descend is Ascend backwards.
func (t *Tree) Descend(i int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if i < -1 || i >= t.count {
			panic(fmt.Sprintf("counted: descend from %d of %d", i, t.count))
		}
		if i >= 0 {
			t.root.descend(i, t.count, i, yield)
		}
	}
}

// descend yields the entries down from the i-th beneath a node.
func (n *node) descend(i, total, number int, yield func(int, []byte) bool) bool {
	c, rest := n.child(i, total)
	for {
		if n.nodes != nil {
			if !n.nodes[c].descend(rest, n.counts[c], number, yield) {
				return false
			}
		} else if !n.slots[c].descend(rest, number, yield) {
			return false
		}
		number -= rest + 1
		if c--; c < 0 {
			return true
		}
		rest = n.counts[c] - 1
	}
}

// descend yields the entries of a page down from the i-th.
func (s slot) descend(i, number int, yield func(int, []byte) bool) bool {
	var table [maxEntries]uint16
	at := s.page.offsets(&table)
	for ; i >= 0; i, number = i-1, number-1 {
		if !yield(number, s.entry(int(at[i]))) {
			return false
		}
	}
	return true
}
