package dict

import (
	"iter"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Walk yields the entries of a view on a course, page by page in the order of hashes. It calls before in front of each page, and returns false
// when either does. look, which may be nil, is given the entries of each page before the first of them is yielded.
//
// A page that goes beyond an end of the course is read by two walks, each of which yields its own entries of it, and passed by neither. Pages
// narrower than a position, which only crowds of hashes make, are passed with the last of them.
func (d *Dict) Walk(from uint64, course *page.Course, before func() bool, look func(iter.Seq[Item]), yield func(Item) bool) bool {
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
			if !tell(look, yield, d.held(d.slotOf(hash), course, claim.Whole)) {
				return false
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

// held are the entries of a page that a course holds, all of them if it holds the whole page.
func (d *Dict) held(s *slot, course *page.Course, whole bool) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for i := range s.page.count() {
			if !whole && !course.Holds(d.hash(s.page.key(s.refs, i))) {
				continue
			}
			if !yield(s.page.item(s.refs, i)) {
				return
			}
		}
	}
}

// tell has a page's entries looked at together and then yields them one by one.
func tell(look func(iter.Seq[Item]), yield func(Item) bool, items iter.Seq[Item]) bool {
	if look != nil {
		look(items)
	}
	for it := range items {
		if !yield(it) {
			return false
		}
	}
	return true
}

// Displaced yields the entries of a page of the dictionary that was displaced from it. look is as for Walk.
func (d *Dict) Displaced(x *page.Exile, look func(iter.Seq[Item]), yield func(Item) bool) bool {
	return tell(look, yield, func(yield func(Item) bool) {
		p := leaf(x.Piece)
		refs, _ := x.Table.(*references)
		for i := range p.count() {
			if !yield(p.item(refs, i)) {
				return
			}
		}
	})
}
