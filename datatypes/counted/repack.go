package counted

// Repack moves pages side by side (page.Space.Pack), about so many from that of entry i on, and returns the number of the entry from which
// to go on, 0 at the end. Nothing changes but where they lie. What a view or another tree sees stays where it is, and so does a page of its
// own that is full.
func (t *Tree) Repack(i, pages int) (next int) {
	for ; pages > 0 && i < t.count; pages-- {
		var w way
		t.locate(&w, i)
		n, c := w.bottom().node, w.bottom().index
		if p := n.slots[c].page; p.made() > t.limit() && (p.packed() || len(p)-p.need() > len(p)/32) {
			t.pack(n, c)
		}
		i += n.counts[c] - w.at
	}
	if i >= t.count {
		return 0
	}
	return i
}

// pack moves page c of a changeable node into a slab.
func (t *Tree) pack(n *node, c int) {
	p := n.slots[c].page
	fresh := leaf(t.space.Pack(p.need()))
	fresh.begin(p.made(), p.count()|packedBit, headerBytes, p.need())
	fresh.copyGuide(p)
	copy(fresh[headerBytes:], p[p.first():p.end()])
	t.allocated += int64(len(fresh))
	t.releasePage(p)
	n.slots[c].page = fresh
}
