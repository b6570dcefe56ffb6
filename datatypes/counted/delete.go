package counted

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Two neighbours become one when they fill three quarters of a page or node together, or less: a quarter must come before it splits again.
const (
	mergeBytes   = page.MaxBytes * 3 / 4
	mergeEntries = softEntries * 3 / 4
)

// small tells whether a page from which something was taken may be mergeable with a neighbour. Larger ones don't look.
func (p leaf) small() bool { return isSmall(p.need(), p.count()) }

func isSmall(need, count int) bool { return need <= mergeBytes/2 && count <= mergeEntries/2 }

// Delete removes entry i, from 0 to Len()-1; those behind it move down by one. O(log n).
func (t *Tree) Delete(i int) { t.DeleteRange(i, i+1) }

// DeleteRange removes the entries [from, to). O(log n), and as many steps as pages and blocks go: of those only the headers are read.
func (t *Tree) DeleteRange(from, to int) {
	if from < 0 || from > to || to > t.count {
		panic(fmt.Sprintf("counted: delete [%d, %d) of %d", from, to, t.count))
	}
	switch to - from {
	case 0:
		return
	case t.count:
		t.drop(t.root)
		t.root, t.count = nil, 0
		return
	}
	if t.root.madeAt <= t.limit() {
		t.root = t.copyOf(t.root)
	}
	loose := t.cut(t.root, t.count, from, to)
	t.count -= to - from
	if loose {
		t.mendAround(from)
	}
}

// mendAround joins neighbours where entries that began with number i were removed.
func (t *Tree) mendAround(i int) {
	t.mend(min(i, t.count-1))
	if i > 0 {
		t.mend(i - 1)
	}
}

// deleteAt removes an entry at its way; it begins at a position of its page. index is asked before the change, and seldom.
func (t *Tree) deleteAt(w *way, at int, index func() int) {
	p := w.slot().page
	if p.count() == 1 {
		t.Delete(index()) // the page goes too
		return
	}
	size, i := p.size(at), -1
	if isSmall(p.need()-size, p.count()-1) {
		i = index()
	}
	t.own(w, w.depth)
	n, c := w.bottom().node, w.bottom().index
	at = t.dropBlocks(n, c, at, at+size)
	t.splice(n, c, at, at+size, 0, -1)
	t.tidy(n, c)
	t.addCounts(w, w.depth, -1)
	if w.at == 0 {
		t.refreshPrefix(w)
	}
	if i >= 0 {
		t.mendAround(i)
	}
}

// cut removes the entries [from, to) beneath an owned node with so many, of which some stay. It tells whether neighbours may have to be
// joined there. What the node's own place in the tree says of it is the caller's to change.
func (t *Tree) cut(n *node, total, from, to int) (loose bool) {
	a, x := n.child(from, total)
	if y := x + to - from; y < n.counts[a] || y == n.counts[a] && x > 0 {
		return t.trim(n, a, x, y)
	}
	b, y := n.child(to-1, total)
	y++
	if y < n.counts[b] {
		t.trim(n, b, 0, y)
	} else {
		b++
	}
	if x > 0 {
		t.trim(n, a, x, n.counts[a])
		a++
	}
	for c := a; c < b; c++ {
		if n.nodes != nil {
			t.drop(n.nodes[c])
		} else {
			t.dropPage(n.slots[c])
		}
	}
	t.rebook(n, func() { n.remove(a, b) })
	return true
}

// trim removes the entries [x, y) beneath child c of an owned node, of which some stay.
func (t *Tree) trim(n *node, c, x, y int) (loose bool) {
	if n.nodes != nil {
		loose = t.cut(t.ownChild(n, c), n.counts[c], x, y)
	} else {
		from := n.slots[c].page.offset(x)
		to := n.slots[c].page.end()
		if y < n.counts[c] {
			to = n.slots[c].page.skip(from, y-x)
		}
		size := to - from
		from = t.dropBlocks(n, c, from, to)
		t.splice(n, c, from, from+size, 0, x-y)
		t.tidy(n, c)
		loose = n.slots[c].page.small()
	}
	n.counts[c] -= y - x
	if x == 0 && t.prefix != nil {
		n.prefixes[c] = t.prefixBeneath(n, c)
	}
	return loose
}

// dropBlocks gives back the blocks of those entries of page c that lie between two positions, before these go. The page becomes changeable
// if there are any; where the entries begin then is returned.
func (t *Tree) dropBlocks(n *node, c, from, to int) int {
	if n.slots[c].refs == nil {
		return from
	}
	at := t.splice(n, c, from, from, 0, 0)
	s := n.slots[c]
	for i := at; i < at+to-from; i += s.page.size(i) {
		if s.page[i] == stubMark {
			t.dropBlock(s, i)
		}
	}
	return at
}

// dropBlock gives back the block of the stub at a position of a changeable page, before the stub goes.
func (t *Tree) dropBlock(s slot, at int) {
	number := u16(s.page[at+1:])
	t.releaseBlock(s.refs.blocks[number])
	s.refs.blocks[number] = nil
	s.refs.holes++
}

// tidy makes the table of a changeable page smaller if more than half of it are holes.
func (t *Tree) tidy(n *node, c int) {
	if refs := n.slots[c].refs; refs != nil && refs.holes > len(refs.blocks)/2 {
		t.regather(n, c)
	}
}

// drop gives back a node that leaves the tree, with all beneath it.
func (t *Tree) drop(n *node) {
	t.dropNode(n)
	for _, child := range n.nodes {
		t.drop(child)
	}
	for _, s := range n.slots {
		t.dropPage(s)
	}
}

// dropNode gives back a node alone.
func (t *Tree) dropNode(n *node) {
	live, allocated := n.bytes()
	t.charge(-live, -allocated)
	if n.madeAt <= t.limit() {
		t.space.Displace(int(allocated))
	}
}

// dropPage gives back a page with its blocks.
func (t *Tree) dropPage(s slot) {
	if s.refs != nil {
		for _, block := range s.refs.blocks {
			if block != nil {
				t.releaseBlock(block)
			}
		}
		t.charge(negative(s.refs.bytes()))
	}
	t.live -= int64(s.page.need())
	t.releasePage(s.page)
}

// mend joins neighbours on the way to entry i, at every level, until none on it can be joined.
func (t *Tree) mend(i int) {
	for again := true; again; {
		again = false
		var w way
		t.locate(&w, i)
		for level := 0; level < w.depth && !again; level++ {
			s := w.steps[level]
			for c := max(s.index-1, 0); c <= s.index && !again; c++ {
				if t.mergeable(s.node, c) {
					t.own(&w, level+1)
					t.join(w.steps[level].node, c)
					again = true
				}
			}
		}
	}
	for len(t.root.nodes) == 1 {
		t.dropNode(t.root)
		t.root = t.root.nodes[0]
	}
}

// mergeable tells whether children c and c+1 of a node should be one.
func (t *Tree) mergeable(n *node, c int) bool {
	if c+1 >= len(n.counts) {
		return false
	}
	if n.nodes != nil {
		return len(n.nodes[c].counts)+len(n.nodes[c+1].counts) <= t.fanOut*3/4
	}
	return n.counts[c]+n.counts[c+1] <= mergeEntries &&
		n.slots[c].page.need()+n.slots[c+1].page.need() <= mergeBytes+headerBytes
}

// join makes children c and c+1 of an owned node one, and what becomes neighbours thereby beneath them too if it is small.
func (t *Tree) join(n *node, c int) {
	if n.nodes == nil {
		t.joinPages(n, c)
	} else {
		left, right := t.ownChild(n, c), n.nodes[c+1]
		seam := len(left.counts) - 1
		t.rebook(left, func() { left.take(right, t.fanOut) })
		t.dropNode(right)
		if t.mergeable(left, seam) {
			t.join(left, seam)
		}
	}
	n.counts[c] += n.counts[c+1]
	t.rebook(n, func() { n.remove(c+1, c+2) })
}

// joinPages puts a new page with the entries of pages c and c+1 in the place of the first.
func (t *Tree) joinPages(n *node, c int) {
	joined := slot{}
	a, b := n.slots[c], n.slots[c+1]
	sizes := [2]int{a.page.need() - headerBytes, b.page.need() - headerBytes}
	joined.page = t.newPage(a.page.count()+b.page.count(), sizes[0]+sizes[1])
	at := headerBytes
	for i, from := range [2]slot{a, b} {
		copy(joined.page[at:], from.page[from.page.first():from.page.end()])
		joined.refs = joined.refs.gather(joined.page, at, at+sizes[i], from.refs)
		at += sizes[i]
		t.charge(negative(from.refs.bytes()))
		t.live -= headerBytes
		t.releasePage(from.page)
	}
	t.charge(joined.refs.bytes())
	n.slots[c] = joined
}
