package counted

import "github.com/cinnabar-db/cinnabar/datatypes/page"

// What comes to an end of the tree, or goes from there, where nothing but one page and the counts above it changes: the usual case of a list,
// for which no way need be kept and no page be gone through. Whatever else there is to do is left to the general way.

// roomyBytes is the size of a list that may have as much room at its ends as two pages have, instead of a fifth of what is in them.
const roomyBytes = 16 * page.MaxBytes

func (t *Tree) roomy() bool { return t.live >= roomyBytes }

// lastAt is the last child of a node at an end of the tree.
func (n *node) lastAt(end edge) int {
	if end == front {
		return 0
	}
	return len(n.counts) - 1
}

// endIndex is the number of the entry at an end of a tree that isn't empty.
func (t *Tree) endIndex(end edge) int {
	if end == front {
		return 0
	}
	return t.count - 1
}

// changeableAt is the lowest node at an end of a tree that isn't empty, if it, those above it and the page there may be changed where they
// are; otherwise nil.
func (t *Tree) changeableAt(end edge) *node {
	limit, leafLimit := t.limit(), t.leafLimit()
	for n := t.root; n.madeAt > limit; n = n.nodes[n.lastAt(end)] {
		if n.nodes != nil {
			continue
		}
		if n.slots[n.lastAt(end)].page.made() > leafLimit {
			return n
		}
		break
	}
	return nil
}

// countAt changes by more how many entries an end has, and their size by grown bytes.
func (t *Tree) countAt(end edge, p leaf, more, grown int) {
	p.addCount(more)
	for n := t.root; ; {
		c := n.lastAt(end)
		n.counts[c] += more
		if n.nodes == nil {
			break
		}
		n = n.nodes[c]
	}
	t.count += more
	t.live += int64(grown)
}

// push adds an entry at an end if that is simple, and tells whether it was.
func (t *Tree) push(entry []byte, end edge) bool {
	size := len(entry) + 1
	if t.root == nil || len(entry) > maxEntryBytes || end == front && t.prefix != nil {
		return false
	}
	n := t.changeableAt(end)
	if n == nil {
		return false
	}
	p := n.slots[n.lastAt(end)].page
	if !hasRoom(p, size) || tooLarge(len(p), p.need()+size) && !t.roomy() {
		return false
	}
	first, at := p.first(), p.end()
	if end == back {
		if at+size > len(p) {
			return false
		}
		p.bound(first, at+size)
	} else {
		if at = first - size; at < headerBytes {
			return false
		}
		p.redraw(0, 0, size, 1)
		p.bound(at, p.end())
	}
	p[at] = byte(len(entry))
	copy(p[at+1:], entry)
	t.countAt(end, p, 1, size)
	return true
}

// pop removes the entry at an end, after seen has been shown it, if that is simple, and tells whether it was.
func (t *Tree) pop(seen func(entry []byte), end edge) bool {
	if end == front && t.prefix != nil {
		return false
	}
	n := t.changeableAt(end)
	if n == nil {
		return false
	}
	c := n.lastAt(end)
	s := n.slots[c]
	p := s.page
	if s.refs != nil || p.count() == 1 {
		return false
	}
	first, at := p.first(), p.first()
	if end == back {
		p.drawFor(p.count() - 1)
		number, distance := p.near(p.count() - 1)
		at = p.skip(first+distance, p.count()-1-number)
		if p.count()-1 == number || p.count() == 2 {
			n.readBefore(c, number, at)
		}
	}
	size := p.size(at)
	if tooLarge(len(p), p.need()-size) && !t.roomy() {
		return false
	}
	seen(s.entry(at))
	if end == back {
		p.redraw(at-first, size, 0, -1)
		p.bound(first, at)
	} else {
		p.redraw(0, size, 0, -1)
		p.bound(at+size, p.end())
	}
	t.countAt(end, p, -1, -size)
	if p.small() && (end == front && t.mergeable(n, 0) || end == back && c > 0 && t.mergeable(n, c-1)) {
		t.mend(t.endIndex(end))
	}
	return true
}

// readBefore reads what will be popped at the end next, when entry number of page c, to which its guide leads, is being popped, where it begins: what lies between the mark
// before it and the entry, or of the page before it the same at its end. What it returns means nothing. Not inlined, lest the compiler leave it out.
//
//go:noinline
func (n *node) readBefore(c, number, at int) (sum byte) {
	p := n.slots[c].page
	if number > 0 {
		_, from := p.near(number - 1)
		sum = p.readBetween(p.first()+from, at)
		if from > 0 {
			return sum
		}
	}
	if c == 0 {
		return sum
	}
	p = n.slots[c-1].page
	if number > 0 {
		return sum + p[atCount]
	}
	_, from := p.near(p.count() - 1)
	return sum + p.readBetween(p.first()+from, p.end())
}

// DeleteFirst removes the first entry, after seen has been shown it. O(log n).
func (t *Tree) DeleteFirst(seen func(entry []byte)) { t.deleteEnd(seen, front) }

// DeleteLast is DeleteFirst for the last one.
func (t *Tree) DeleteLast(seen func(entry []byte)) { t.deleteEnd(seen, back) }

func (t *Tree) deleteEnd(seen func(entry []byte), end edge) {
	if !t.pop(seen, end) {
		i := t.endIndex(end)
		seen(t.At(i))
		t.Delete(i)
	}
}
