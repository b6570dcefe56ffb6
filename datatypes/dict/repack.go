package dict

import "github.com/cinnabar-db/cinnabar/datatypes/page"

// Repack moves pages side by side (page.Space.Pack), about so many from a position on, and returns the position from which to go on, 0 at
// the end. Nothing changes but where they lie. What a view or another dictionary sees stays where it is.
func (d *Dict) Repack(from uint64, pages int) (next uint64) {
	return d.tour(from, pages, func(hash uint64) {
		if d.slotOf(hash).page.made() > d.limit() {
			d.pack(d.descend(hash))
		}
	})
}

// tour visits about so many pages from a position on, by a hash that leads to each, and returns the position from which to go on, 0 at the
// end.
func (d *Dict) tour(from uint64, pages int, visit func(hash uint64)) (next uint64) {
	for ; from < 1<<PositionBits && d.root != nil; pages-- {
		if pages <= 0 {
			return from
		}
		hash := from << (64 - PositionBits)
		_, end := d.slotFrom(hash)
		visit(hash)
		if end == 0 {
			break
		}
		// A page of less than a position's width is left out.
		from = max(position(end), from+1)
	}
	return 0
}

// pack moves the page at w into a slab.
func (d *Dict) pack(w way) {
	s := w.slot()
	p := s.page
	size := need(p.count(), p.heap())
	if size > page.MaxBytes {
		return
	}
	s.page = leaf(d.space.Pack(size))
	p.copyTo(s.page, p.made())
	s.page[atPacked] = 1
	d.size.Allocated += int64(len(s.page) - len(p))
	if !p.packed() {
		d.releasePage(slot{page: p}, w.base+uint(p.depth())) // of one that was packed the whole slab goes
	}
	w.dir.set(w.index, s)
}
