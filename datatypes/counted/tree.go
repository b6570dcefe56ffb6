package counted

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

const (
	// fanOut is how many children a node has at most: doc.go says why.
	fanOut = 128
	// maxDepth bounds the levels of nodes: a node has 3/16 of fanOut at least, but for the last one at each level.
	maxDepth = 16
)

// Tree is a sequence of entries. Make one with New. A copy of the struct, made while the caller keeps a view of the space open, may be read
// while the original changes; to have two trees that both change use Share.
type Tree struct {
	space *page.Space
	// prefix is nil in a tree without order.
	prefix func(entry []byte) uint64
	// root is nil in an empty tree.
	root  *node
	count int
	// live is what is in use, allocated what that lies in.
	live, allocated int64
	// sharedAt is when the tree was last shared: what is older is another's too.
	sharedAt uint64
	fanOut   int
}

// New makes an empty tree. prefix is nil for a plain sequence. For an ordered tree it gives the order's leading 64 bits: of two entries the
// one that comes first has the smaller prefix, or both have the same. The order itself is kept by the caller, who inserts where Search says.
func New(space *page.Space, prefix func(entry []byte) uint64) Tree {
	return Tree{space: space, prefix: prefix, fanOut: fanOut}
}

// Len is the number of entries.
func (t *Tree) Len() int { return t.count }

// Bytes is what the tree takes: entries as they lie, headers, blocks, tables and nodes, without what is free in them. O(1).
func (t *Tree) Bytes() int64 { return t.live }

// AllocatedBytes is what all that lies in. O(1).
func (t *Tree) AllocatedBytes() int64 { return t.allocated }

// Share returns a second tree with the same entries; both may change from then on. O(1): what is common is copied as it changes.
func (t *Tree) Share() Tree {
	t.sharedAt = t.space.Mark()
	return *t
}

// Adopt makes the tree, made in a space apart, part of another (page.NewSpaceApart).
func (t *Tree) Adopt(space *page.Space) { t.space = space }

// Clear removes every entry; the memory is the collector's. O(1).
func (t *Tree) Clear() {
	t.space.Displace(int(t.allocated))
	t.root, t.count, t.live, t.allocated = nil, 0, 0, 0
}

// limit is the moment up to which nodes are another's too.
func (t *Tree) limit() uint64 { return max(t.space.Bar(), t.sharedAt) }

// leafLimit is the same for pages and blocks, at the place of the edit (page.Space.Enter).
func (t *Tree) leafLimit() uint64 { return max(t.space.LeafBar(), t.sharedAt) }

// charge adds to both sizes, or takes off them.
func (t *Tree) charge(live, allocated int64) {
	t.live += live
	t.allocated += allocated
}

// At is entry i, from 0 to Len()-1. It belongs to the tree, is for reading, and good until the tree's next change. O(log n).
func (t *Tree) At(i int) []byte {
	if i < 0 || i >= t.count {
		panic(fmt.Sprintf("counted: entry %d of %d", i, t.count))
	}
	n, total := t.root, t.count
	for {
		c, rest := n.child(i, total)
		if n.nodes == nil {
			s := n.slots[c]
			return s.entry(s.page.offset(rest))
		}
		n, i, total = n.nodes[c], rest, n.counts[c]
	}
}

// way is the path to an entry: nodes from the root down, each with the child that it goes through, and the entry's number in the page.
type way struct {
	steps [maxDepth]step
	depth int
	at    int
}

type step struct {
	node  *node
	index int
}

// bottom is the last step, that to the page.
func (w *way) bottom() step { return w.steps[w.depth-1] }

// slot is the page that the way leads to, with its references.
func (w *way) slot() slot {
	last := w.bottom()
	return last.node.slots[last.index]
}

// locateGap finds the way to where an entry can be inserted as number i. That is behind the one before it, if there is one: at the end of one
// page rather than at the beginning of the next.
func (t *Tree) locateGap(w *way, i int) {
	t.locate(w, max(i-1, 0))
	if i > 0 {
		w.at++
	}
}

// locate finds the way to entry i.
func (t *Tree) locate(w *way, i int) {
	n, total := t.root, t.count
	for w.depth = 0; ; {
		c, rest := n.child(i, total)
		w.steps[w.depth] = step{n, c}
		w.depth++
		if n.nodes == nil {
			w.at = rest
			return
		}
		n, i, total = n.nodes[c], rest, n.counts[c]
	}
}

// own makes so many nodes of a way changeable, from the root on.
func (t *Tree) own(w *way, depth int) {
	limit := t.limit()
	for level := range depth {
		s := &w.steps[level]
		if s.node.madeAt > limit {
			continue
		}
		s.node = t.copyOf(s.node)
		if level == 0 {
			t.root = s.node
		} else {
			up := w.steps[level-1]
			up.node.nodes[up.index] = s.node
		}
	}
}

// copyOf takes a changeable copy in a node's place.
func (t *Tree) copyOf(n *node) *node {
	fresh := n.part(t.space.Now(), 0, len(n.counts), t.fanOut)
	_, was := n.bytes()
	_, is := fresh.bytes()
	t.allocated += is - was
	t.space.Displace(int(was))
	return fresh
}

// ownChild makes a child that is a node changeable; n is so.
func (t *Tree) ownChild(n *node, c int) *node {
	if n.nodes[c].madeAt <= t.limit() {
		n.nodes[c] = t.copyOf(n.nodes[c])
	}
	return n.nodes[c]
}

// release gives a piece of memory back, to the free lists if nobody else sees it.
func (t *Tree) release(piece []byte, made uint64) {
	piece = piece[:cap(piece)]
	t.allocated -= int64(len(piece))
	t.space.Release(piece, made, t.sharedAt)
}

// releasePage gives a page's memory back. What was live in it is the caller's to account for.
func (t *Tree) releasePage(p leaf) {
	if p.packed() {
		t.allocated -= int64(len(p))
		t.space.Unpack(len(p))
		if p.made() <= t.leafLimit() {
			t.space.Retire(p, p.made(), t.sharedAt)
		}
		return
	}
	t.release(p, p.made())
}

// releaseBlock gives a block's memory back.
func (t *Tree) releaseBlock(block []byte) {
	t.live -= int64(len(block))
	t.release(block, little.Uint64(block))
}

// newPage makes a page for so many bytes of entries, which begin behind its header. They are the caller's to write and account for.
func (t *Tree) newPage(count, bytes int) leaf {
	p := leaf(t.space.Alloc(headerBytes + bytes))
	p.begin(t.space.Now(), count, headerBytes, headerBytes+bytes)
	t.charge(headerBytes, int64(len(p)))
	return p
}

// newBlock makes a block of an entry.
func (t *Tree) newBlock(entry []byte) []byte {
	size := blockHeader + len(entry)
	block := t.space.Alloc(size)[:size]
	little.PutUint64(block, t.space.Now())
	copy(block[blockHeader:], entry)
	t.charge(int64(size), int64(cap(block)))
	return block
}

// prefixOf is the prefix of a page's first entry, 0 in a tree without order.
func (t *Tree) prefixOf(s slot) uint64 {
	if t.prefix == nil {
		return 0
	}
	return t.prefix(s.entry(s.page.first()))
}

// prefixBeneath is the prefix of the first entry beneath child c of a node.
func (t *Tree) prefixBeneath(n *node, c int) uint64 {
	if n.nodes != nil {
		return n.nodes[c].prefixes[0]
	}
	return t.prefixOf(n.slots[c])
}

// refreshPrefix brings the prefixes of a way up to date when the first entry of its page has changed. The way is owned.
func (t *Tree) refreshPrefix(w *way) {
	if t.prefix == nil {
		return
	}
	b := w.bottom()
	prefix := t.prefixOf(b.node.slots[b.index])
	for level := w.depth - 1; level >= 0; level-- {
		s := w.steps[level]
		s.node.prefixes[s.index] = prefix
		if s.index != 0 {
			return
		}
	}
}
