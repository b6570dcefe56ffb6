package dict

import "github.com/cinnabar-db/cinnabar/datatypes/page"

// Walk yields the entries of a view on a course, page by page in the order of hashes. It calls before in front of each page, and returns false
// when either does.
//
// A page that goes beyond an end of the course is read by two walks, each of which yields its own entries of it, and passed by neither. Pages
// narrower than a position, which only crowds of hashes make, are passed with the last of them.
func (d *Dict) Walk(from uint64, course *page.Course, before func() bool, yield func(Item) bool) bool {
	if d.root == nil {
		return true
	}
	width := func(hash uint64) uint {
		_, width := d.slotWidth(hash)
		return width
	}
	for hash := from << (64 - PositionBits); before(); {
		claim := course.Claim(hash, width)
		if claim.Read {
			s := d.slotOf(hash)
			for i := range s.page.count() {
				if !claim.Whole && !course.Holds(d.hash(s.page.key(s.refs, i))) {
					continue
				}
				if !yield(s.page.item(s.refs, i)) {
					return false
				}
			}
			if claim.Whole {
				course.Pass(&claim)
			}
		}
		if claim.Last {
			return true
		}
		hash = claim.End
	}
	return false
}

// Displaced yields the entries of a page of the dictionary that was displaced from it.
func (d *Dict) Displaced(x *page.Exile, yield func(Item) bool) bool {
	p := leaf(x.Piece)
	refs, _ := x.Table.(*references)
	for i := range p.count() {
		if !yield(p.item(refs, i)) {
			return false
		}
	}
	return true
}
