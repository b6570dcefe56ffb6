package counted

import (
	"fmt"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// edge says whether something comes to one of the tree's ends: there a full page or node stays full and a new one begins, where elsewhere
// it is divided in halves.
type edge int

const (
	front edge = iota - 1
	inside
	back
)

// Append adds an entry at the end. O(1), amortized.
func (t *Tree) Append(entry []byte) { t.Insert(t.count, entry) }

// Prepend adds an entry at the front. O(1), amortized.
func (t *Tree) Prepend(entry []byte) { t.Insert(0, entry) }

// Insert makes an entry number i, from 0 to Len(); those from i on move up by one. The entry's bytes are copied and must not lie in this
// tree. In an ordered tree i is what Search returned for it. O(log n).
func (t *Tree) Insert(i int, entry []byte) {
	if i < 0 || i > t.count {
		panic(fmt.Sprintf("counted: insert as %d of %d", i, t.count))
	}
	if i == t.count && t.push(entry, back) || i == 0 && t.push(entry, front) {
		return
	}
	size := sizeOf(len(entry))
	var w way
	if t.root == nil {
		t.root = &node{madeAt: t.space.Now()}
		t.charge(t.root.bytes())
		w.steps[0], w.depth = step{t.root, 0}, 1
		t.addPage(&w, 0, entry, inside)
		return
	}
	for {
		t.locateGap(&w, i)
		t.own(&w, w.depth)
		n, c := w.bottom().node, w.bottom().index
		p := n.slots[c].page
		switch {
		case hasRoom(p, size):
		case i == t.count:
			t.leaveFull(n, c)
			t.addPage(&w, c+1, entry, back)
			return
		case i == 0:
			t.leaveFull(n, c)
			t.addPage(&w, 0, entry, front)
			return
		case w.at == p.count() && c+1 < len(n.slots) && hasRoom(n.slots[c+1].page, size):
			w.steps[w.depth-1].index++
			w.at = 0
		default:
			t.splitPage(&w)
			continue
		}
		t.insertInto(&w, entry, size)
		return
	}
}

// leaveFull draws the guide of page c of an owned node, at an end of the tree, that gets no more entries there.
func (t *Tree) leaveFull(n *node, c int) {
	if p := n.slots[c].page; tooLarge(len(p), p.need()) {
		t.splice(n, c, p.end(), p.end(), 0, 0)
	}
	if p := n.slots[c].page; p.made() > t.leafLimit() {
		p.draw()
	}
}

// hasRoom tells whether a page can take another entry of that size without being split.
func hasRoom(p leaf, size int) bool {
	count, need := p.count(), p.need()+size
	return need <= page.MaxBytes && count < maxEntries && (count < softEntries || need <= len(p))
}

// insertInto adds an entry to a page that has room, at an owned way.
func (t *Tree) insertInto(w *way, entry []byte, size int) {
	n, c := w.bottom().node, w.bottom().index
	t.insertAt(w, n.slots[c].page.offset(w.at), entry, size)
}

// insertAt is insertInto where that entry of the page is known to begin at a position.
func (t *Tree) insertAt(w *way, at int, entry []byte, size int) {
	n, c := w.bottom().node, w.bottom().index
	at = t.splice(n, c, at, at, size, 1)
	t.write(&n.slots[c], at, entry)
	if t.prefix != nil {
		n.slots[c].page.drawFor(w.at)
	}
	t.addCounts(w, w.depth, 1)
	if w.at == 0 {
		t.refreshPrefix(w)
	}
}

// addCounts changes the counts on so many steps of a way, and the tree's.
func (t *Tree) addCounts(w *way, depth, more int) {
	for level := range depth {
		s := w.steps[level]
		s.node.counts[s.index] += more
	}
	t.count += more
}

// write lays an entry out where splice has made room for it.
func (t *Tree) write(s *slot, at int, entry []byte) {
	if len(entry) <= maxEntryBytes {
		s.page[at] = byte(len(entry))
		copy(s.page[at+1:], entry)
		return
	}
	t.charge(negative(s.refs.bytes()))
	if s.refs == nil {
		s.refs = &references{}
	}
	s.page[at] = stubMark
	putU16(s.page[at+1:], s.refs.add(t.newBlock(entry)))
	t.charge(s.refs.bytes())
}

// splice makes page c of an owned node changeable, replaces the bytes between two positions of its entries by so many, changes the number of
// entries by more, and moves the page to another piece if it doesn't fit. It returns where the new bytes begin; what is in them is the
// caller's to write.
func (t *Tree) splice(n *node, c, from, to, size, more int) int {
	p := n.slots[c].page
	first, end := p.first(), p.end()
	grown := size - (to - from)
	need := p.need() + grown
	t.live += int64(grown)
	before := from - first
	if p.made() > t.leafLimit() && need <= len(p) && !tooLarge(len(p), need) {
		if grown == 0 {
			return from
		}
		p.redraw(before, to-from, size, more)
		p.open(p.beginFor(from, to, size), from, to, size)
		p.addCount(more)
		return p.first() + before
	}
	fresh := leaf(t.space.Alloc(need))
	t.allocated += int64(len(fresh))
	begin := headerBytes
	if before == 0 && to < end {
		// It grows at the front, and will again.
		begin = len(fresh) - (need - headerBytes)
	}
	fresh.begin(t.space.Now(), p.count()+more, begin, begin+need-headerBytes)
	fresh.copyGuide(p)
	fresh.redraw(before, to-from, size, more)
	copy(fresh[begin:], p[first:from])
	copy(fresh[begin+before+size:], p[to:end])
	t.install(n, c, fresh)
	return begin + before
}

// install puts a changed copy of page c in its place. A table that others may see is copied with it.
func (t *Tree) install(n *node, c int, fresh leaf) {
	s := &n.slots[c]
	if s.refs != nil && s.page.made() <= t.leafLimit() {
		_, was := s.refs.bytes()
		s.refs = &references{slices.Clone(s.refs.blocks), s.refs.holes}
		_, is := s.refs.bytes()
		t.allocated += is - was
		t.space.Displace(int(was))
	}
	t.releasePage(s.page)
	s.page = fresh
}

// addPage begins a page with an entry, as child index of the last node on an owned way.
func (t *Tree) addPage(w *way, index int, entry []byte, at edge) {
	size := sizeOf(len(entry))
	s := slot{page: t.beginPage(w, size, at)}
	t.live += int64(size)
	t.write(&s, s.page.first(), entry)
	k := kid{count: 1, prefix: t.prefixOf(s), slot: s}
	t.addCounts(w, w.depth-1, 1)
	t.add(w, w.depth-1, index, k, at)
	if index == 0 && t.prefix != nil {
		for n := t.root; ; n = n.nodes[0] {
			n.prefixes[0] = k.prefix
			if n.nodes == nil {
				break
			}
		}
	}
}

// beginPage makes a page for a first entry of so many bytes. In a large list one at an end, where that of an owned way stays full, has room for as much
// as that one holds, since it will get as much: it doesn't move from size class to size class meanwhile (push). What is in order comes anywhere.
func (t *Tree) beginPage(w *way, size int, at edge) leaf {
	if at == inside || !t.roomy() || t.prefix != nil {
		return t.newPage(1, size)
	}
	p := leaf(t.space.Alloc(max(headerBytes+size, w.slot().page.need())))
	first := headerBytes
	if at == front {
		first = len(p) - size
	}
	p.begin(t.space.Now(), 1, first, first+size)
	t.charge(headerBytes, int64(len(p)))
	return p
}

// add puts a child into the node at a level of an owned way, as number index. A node that is full is split, which changes the levels above.
// The counts there have the child's entries already.
func (t *Tree) add(w *way, level, index int, k kid, at edge) {
	n := w.steps[level].node
	if len(n.counts) < t.fanOut {
		t.rebook(n, func() { n.insert(index, k, t.prefix != nil, t.fanOut) })
		return
	}
	fresh := &node{madeAt: t.space.Now()}
	if at != inside {
		fresh.insert(0, k, t.prefix != nil, t.fanOut)
		t.charge(fresh.bytes())
	} else {
		half := len(n.counts) / 2
		fresh = n.part(t.space.Now(), half, len(n.counts), t.fanOut)
		t.charge(fresh.bytes())
		t.rebook(n, func() { n.remove(half, len(n.counts)) })
		into := n
		if index > half {
			into, index = fresh, index-half
		}
		t.rebook(into, func() { into.insert(index, k, t.prefix != nil, t.fanOut) })
	}
	sibling := kid{count: fresh.total(), node: fresh}
	if t.prefix != nil {
		sibling.prefix = fresh.prefixes[0]
	}
	if level == 0 {
		root := &node{madeAt: t.space.Now()}
		old := kid{count: n.total(), node: n}
		if t.prefix != nil {
			old.prefix = n.prefixes[0]
		}
		root.insert(0, old, t.prefix != nil, t.fanOut)
		t.charge(root.bytes())
		t.root = root
		w = &way{depth: 1}
		w.steps[0] = step{root, 0}
		level = 1
	} else {
		w.steps[level-1].node.counts[w.steps[level-1].index] -= sibling.count
	}
	up := w.steps[level-1].index
	if at != front {
		up++
	}
	t.add(w, level-1, up, sibling, at)
}

// rebook does something to a node and accounts for it.
func (t *Tree) rebook(n *node, change func()) {
	t.charge(negative(n.bytes()))
	change()
	t.charge(n.bytes())
}

// splitPage divides the page of an owned way in two with half of its bytes each, or half of its entries if they are what there is much of.
func (t *Tree) splitPage(w *way) {
	n, c := w.bottom().node, w.bottom().index
	s := n.slots[c]
	p := s.page
	first, end, count := p.first(), p.end(), p.count()
	number, at := 0, first
	for (count >= softEntries && number < count/2) || (count < softEntries && at < (first+end)/2) {
		at += p.size(at)
		number++
	}
	right := slot{page: t.newPage(count-number, end-at)}
	t.live += int64(end - at)
	copy(right.page[headerBytes:], p[at:end])
	right.refs = right.refs.gather(right.page, headerBytes, headerBytes+end-at, s.refs)
	t.charge(right.refs.bytes())
	t.splice(n, c, at, end, 0, number-count)
	right.page.draw()
	n.slots[c].page.draw()
	t.regather(n, c)
	n.counts[c] = number
	t.add(w, w.depth-1, c+1, kid{count - number, t.prefixOf(right), right, nil}, inside)
}

// regather makes the table of a changeable page anew, without holes and without the blocks that are another page's now.
func (t *Tree) regather(n *node, c int) {
	s := &n.slots[c]
	if s.refs == nil {
		return
	}
	t.charge(negative(s.refs.bytes()))
	var none *references
	s.refs = none.gather(s.page, s.page.first(), s.page.end(), s.refs)
	t.charge(s.refs.bytes())
}

func negative(live, allocated int64) (int64, int64) { return -live, -allocated }

// Set replaces entry i, from 0 to Len()-1. What was said of Insert goes for it too. O(log n); in place if the length stays the same.
func (t *Tree) Set(i int, entry []byte) {
	if i < 0 || i >= t.count {
		panic(fmt.Sprintf("counted: set %d of %d", i, t.count))
	}
	var w way
	t.locate(&w, i)
	t.setAt(&w, w.slot().page.offset(w.at), entry, func() int { return i })
}

// setAt replaces an entry at its way; it begins at a position of its page. index is asked seldom.
func (t *Tree) setAt(w *way, at int, entry []byte, index func() int) {
	size := sizeOf(len(entry))
	for !t.setBlock(w.slot(), at, entry) {
		was := w.slot().page.size(at)
		t.own(w, w.depth)
		if w.slot().page.need()+size-was > page.MaxBytes {
			i := index()
			t.splitPage(w)
			t.locate(w, i)
			at = w.slot().page.offset(w.at)
			continue
		}
		n, c := w.bottom().node, w.bottom().index
		if n.slots[c].page[at] == stubMark {
			at = t.dropBlocks(n, c, at, at+was)
		}
		at = t.splice(n, c, at, at+was, size, 0)
		t.write(&n.slots[c], at, entry)
		t.tidy(n, c)
		if size < was && n.slots[c].page.small() {
			i := index()
			t.mend(i)
			t.locate(w, i)
			t.own(w, w.depth)
		}
		break
	}
	if w.at == 0 {
		t.refreshPrefix(w)
	}
}

// setBlock replaces an entry that lies in a changeable block by one that fits there.
func (t *Tree) setBlock(s slot, at int, entry []byte) bool {
	if s.page[at] != stubMark || len(entry) <= maxEntryBytes {
		return false
	}
	block := &s.refs.blocks[u16(s.page[at+1:])]
	size := blockHeader + len(entry)
	if little.Uint64(*block) <= t.leafLimit() || size > cap(*block) || tooLarge(cap(*block), size) {
		return false
	}
	t.live += int64(size - len(*block))
	*block = (*block)[:size]
	copy((*block)[blockHeader:], entry)
	return true
}
