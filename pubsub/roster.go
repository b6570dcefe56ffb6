package pubsub

import "slices"

// roster is a set in the order of coming; the zero value is empty.
type roster[T comparable] struct {
	// ordered holds T's zero value where one has left.
	ordered []T
	count   int
	// places are where elements stand in ordered, nil in a small roster, which is looked through.
	places map[T]int
	// lent is set while somebody may be reading ordered as it is.
	lent bool
}

// smallRoster is up to how many places are looked through.
const smallRoster = 16

// place is where an element stands, -1 for one that isn't there.
func (r *roster[T]) place(element T) int {
	if r.places == nil {
		return slices.Index(r.ordered, element)
	}
	if place, ok := r.places[element]; ok {
		return place
	}
	return -1
}

// add puts in an element that isn't there.
func (r *roster[T]) add(element T) {
	r.ordered = append(r.ordered, element)
	r.count++
	switch {
	case r.places != nil:
		r.places[element] = len(r.ordered) - 1
	case len(r.ordered) > smallRoster:
		r.index()
	}
}

// index makes places anew.
func (r *roster[T]) index() {
	var none T
	r.places = make(map[T]int, len(r.ordered))
	for place, element := range r.ordered {
		if element != none {
			r.places[element] = place
		}
	}
}

// remove takes out the element that stands at place. The others close up when half of the places are empty, so that each that leaves costs the
// same, but for the first after a loan, which costs as much as the reader of that had to do.
func (r *roster[T]) remove(place int) {
	var none T
	if r.lent {
		r.ordered, r.lent = slices.Clone(r.ordered), false
	}
	if r.places != nil {
		delete(r.places, r.ordered[place])
	}
	r.ordered[place] = none
	r.count--
	if len(r.ordered) <= 2*r.count {
		return
	}
	r.ordered = slices.DeleteFunc(r.ordered, func(other T) bool { return other == none })
	if r.places == nil {
		return
	}
	if r.places = nil; len(r.ordered) > smallRoster {
		r.index()
	}
}

// lend gives the list for somebody to read at any time: it isn't changed any more. Where one has left it has T's zero value.
func (r *roster[T]) lend() []T {
	r.lent = true
	return r.ordered
}

// all gives the elements in their order, for as long as the roster isn't changed.
func (r *roster[T]) all(yield func(T) bool) {
	var none T
	for _, element := range r.ordered {
		if element != none && !yield(element) {
			return
		}
	}
}
