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
			s := d.slotOf(hash)
			if look != nil {
				look(d.held(s, course, claim.Whole))
			}
			for i := range s.page.count() {
				if !d.holds(s, course, claim.Whole, i) {
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

// holds tells whether a course holds an entry of a page, as it does if it holds the whole page.
func (d *Dict) holds(s *slot, course *page.Course, whole bool, i int) bool {
	return whole || course.Holds(d.hash(s.page.key(s.refs, i)))
}

// held are the entries of a page that a course holds.
func (d *Dict) held(s *slot, course *page.Course, whole bool) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for i := range s.page.count() {
			if d.holds(s, course, whole, i) && !yield(s.page.item(s.refs, i)) {
				return
			}
		}
	}
}

// entries are all entries of a page.
func (p leaf) entries(refs *references) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for i := range p.count() {
			if !yield(p.item(refs, i)) {
				return
			}
		}
	}
}

// Displaced yields the entries of a page of the dictionary that was displaced from it. look is as for Walk.
func (d *Dict) Displaced(x *page.Exile, look func(iter.Seq[Item]), yield func(Item) bool) bool {
	p := leaf(x.Piece)
	refs, _ := x.Table.(*references)
	if look != nil {
		look(p.entries(refs))
	}
	for i := range p.count() {
		if !yield(p.item(refs, i)) {
			return false
		}
	}
	return true
}
