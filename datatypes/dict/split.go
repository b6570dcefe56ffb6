package dict

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Two pages become one when they fill three quarters of a page together, and have three quarters of its entries at most: a quarter must
// come before it splits again.
const (
	mergeBytes   = page.MaxBytes * 3 / 4
	mergeEntries = maxEntries * 3 / 4
)

// split divides the page at w by its next bit of hash; false if there is none.
func (d *Dict) split(w way) bool {
	s := w.slot()
	shared := w.base + uint(s.page.depth())
	if shared >= 64 {
		return false
	}
	if uint(s.page.depth()) == w.dir.bits {
		w = d.deepen(w)
	}
	depth, bit := shared-w.base, 63-shared
	var halves [2]half
	var sides [maxEntries]byte
	count := s.page.count()
	side := slices.Grow(sides[:0], count)[:count]
	for i := range count {
		b := byte(d.hash(s.page.key(s.refs, i)) >> bit & 1)
		side[i] = b
		halves[b].count++
		halves[b].heap += s.page.total(s.page.start(i))
	}
	d.charge(-s.refs.bytes(), -s.refs.bytes())
	array := w.dir.clocks.array(w.index)
	for b := range halves {
		h := &halves[b]
		h.page = d.newPage(int(depth)+1, need(h.count, h.heap), w.base)
		if array != nil {
			h.clocks = d.allocClocks(h.count)
		}
	}
	for i := range count {
		halves[side[i]].take(s, array, i)
	}
	d.freeClocks(array)
	d.discard(s, shared)
	from := w.index &^ (1<<(w.dir.bits-depth) - 1)
	for b := range halves {
		h := &halves[b]
		d.charge(h.refs.bytes(), h.refs.bytes())
		w.dir.set(from+b<<(w.dir.bits-depth-1), h.slot)
		d.setClocks(w.dir, from+b<<(w.dir.bits-depth-1), h.clocks)
	}
	if depth+1 == w.dir.bits {
		w.dir.deep += 2
	}
	return true
}

// half is a page in the making.
type half struct {
	slot
	count, heap int
	// clocks are its entries', nil if they have none of their own.
	clocks []uint32
}

// take copies entry i of another page, with what it refers to and with its clock, if array has one for each entry.
func (h *half) take(from slot, array []uint32, i int) {
	p := from.page
	start := p.start(i)
	total := p.total(start)
	place, to := h.page.add(p[headerBytes+i], total)
	if array != nil {
		copy(h.clocks[place+1:], h.clocks[place:h.page.count()-1])
		h.clocks[place] = array[i]
	}
	copy(h.page[to:to+total], p[start:start+total])
	blockPlace, treePlace := p.numbers(start)
	if (blockPlace != 0 || treePlace != 0) && h.refs == nil {
		h.refs = &references{}
	}
	if blockPlace != 0 {
		putU16(h.page[to+blockPlace-start:], h.refs.addBlock(from.refs.blocks[u16(p[blockPlace:])]))
	}
	if treePlace != 0 {
		putU16(h.page[to+treePlace-start:], h.refs.addTree(from.refs.trees[u16(p[treePlace:])]))
	}
}

// deepen makes room for a page to split that stands in one slot only: its directory doubles, or it gets a directory of its own, with two
// slots, of which the way returned leads to the first.
func (d *Dict) deepen(w way) way {
	dir := w.dir
	before := dir.bytes()
	if dir.bits < maxBits {
		wasClocks := dir.clocks.bytes()
		dir.slots, dir.clocks, dir.bits, dir.deep = twice(dir.slots), dir.clocks.doubled(), dir.bits+1, 0
		d.access.charge(dir.clocks.bytes()-wasClocks, dir.clocks.bytes()-wasClocks)
		w.index *= 2
	} else {
		if dir.subs == nil {
			dir.subs = make([]*directory, len(dir.slots))
		}
		sub := d.newDirectory(1)
		d.sink(dir.clocks, w.index, sub)
		dir.subs[w.index], dir.slots[w.index] = sub, slot{}
		w = way{sub, 0, w.base + maxBits}
	}
	d.charge(dir.bytes()-before, dir.bytes()-before)
	return w
}

// merge makes the page at w one with its buddy as long as both are small, and gives up directories that are no longer needed. It tells
// whether it did anything.
func (d *Dict) merge(w way, hash uint64) (merged bool) {
	for {
		s := w.slot()
		depth := uint(s.page.depth())
		if depth == 0 {
			if w.base == 0 || w.dir.bits != 0 {
				return merged
			}
			w = d.pullUp(w, hash)
			continue
		}
		count, heap := s.page.count(), s.page.heap()
		if need(count, heap) > mergeBytes/2 {
			return merged
		}
		from, to := w.dir.span(w.index)
		buddy := from ^ (to - from)
		if w.dir.sub(buddy) != nil || uint(w.dir.slots[buddy].page.depth()) != depth {
			return merged
		}
		other := w.dir.slots[buddy]
		count, heap = count+other.page.count(), heap+other.page.heap()
		if need(count, heap) > mergeBytes || count > mergeEntries {
			return merged
		}
		w = d.join(w, s, other, need(count, heap))
		merged = true
	}
}

// join makes two pages of one depth, s at w and its buddy, one of that size.
func (d *Dict) join(w way, s, other slot, size int) way {
	depth := uint(s.page.depth())
	h := half{slot: slot{page: d.newPage(int(depth)-1, size, w.base)}}
	arrays := d.arrays(w, &h, s.page.count()+other.page.count())
	d.charge(-s.refs.bytes()-other.refs.bytes(), -s.refs.bytes()-other.refs.bytes())
	for b, from := range [2]slot{s, other} {
		for i := range from.page.count() {
			h.take(from, arrays[b], i)
		}
		d.freeClocks(arrays[b])
	}
	d.charge(h.refs.bytes(), h.refs.bytes())
	d.discard(s, w.base+depth)
	d.forget(other, w.base+depth)
	d.abandon(other.page)
	w.dir.set(w.index, h.slot)
	d.setClocks(w.dir, w.index, h.clocks)
	if depth == w.dir.bits {
		w.dir.deep -= 2
	}
	for w.dir.deep == 0 && w.dir.bits > 0 {
		d.halve(w.dir)
		w.index /= 2
	}
	return w
}

// abandon lets go of a page that lies at another place than the one of the edit, as a buddy does: the plain rule says who sees it.
func (d *Dict) abandon(p leaf) {
	switch {
	case p.made() <= d.limit():
		d.space.Displace(len(p))
	case !p.packed():
		d.space.Free(p)
	}
	if p.packed() {
		d.space.Unpack(len(p))
	}
}

// arrays are the clocks of the entries at w and of its buddy's, which h will hold all; nil if neither has any.
func (d *Dict) arrays(w way, h *half, count int) (both [2][]uint32) {
	from, to := w.dir.span(w.index)
	ways := [2]way{w, {w.dir, from ^ (to - from), w.base}}
	for b := range ways {
		both[b] = w.dir.clocks.array(ways[b].index)
	}
	if both[0] == nil && both[1] == nil {
		return both
	}
	for b := range ways {
		if both[b] == nil {
			d.refine(ways[b])
			both[b] = w.dir.clocks.array(ways[b].index)
		}
	}
	h.clocks = d.allocClocks(count)
	return both
}

// halve gives up the last bit of a directory in which every child stands in two slots or more.
func (d *Dict) halve(dir *directory) {
	before, wasClocks := dir.bytes(), dir.clocks.bytes()
	slots := make([]slot, len(dir.slots)/2)
	for i := range slots {
		slots[i] = dir.slots[2*i]
	}
	dir.slots, dir.clocks, dir.bits, dir.deep = slots, dir.clocks.halved(), dir.bits-1, 0
	d.access.charge(dir.clocks.bytes()-wasClocks, dir.clocks.bytes()-wasClocks)
	for i := 0; i < len(slots); {
		from, to := dir.span(i)
		if to-from == 1 {
			dir.deep++
		}
		i = to
	}
	d.charge(dir.bytes()-before, dir.bytes()-before)
}

// pullUp puts the only page of the directory at w in its parent's place for it.
func (d *Dict) pullUp(w way, hash uint64) way {
	s := d.room(w, need(w.slot().page.count(), w.slot().page.heap()))
	up := way{dir: d.root}
	for {
		up.index = int(hash >> (64 - up.dir.bits))
		sub := up.dir.sub(up.index)
		if sub == w.dir {
			break
		}
		up.dir, up.base, hash = sub, up.base+maxBits, hash<<maxBits
	}
	before := up.dir.bytes()
	s.page[atDepth] = maxBits
	up.dir.subs[up.index] = nil
	up.dir.slots[up.index] = s
	if !slices.ContainsFunc(up.dir.subs, func(sub *directory) bool { return sub != nil }) {
		up.dir.subs = nil
	}
	grown := up.dir.bytes() - before - w.dir.bytes()
	d.charge(grown, grown)
	if c := w.dir.clocks; c != nil {
		up.dir.clocks.slots[up.index] = c.slots[0]
		d.setClocks(up.dir, up.index, c.array(0))
		d.access.charge(-c.bytes(), -c.bytes())
	}
	return up
}
