package dict

// Parts is the number of parts that Divide makes, PartOf the part that a hash belongs to.
const Parts = 1 << maxBits

// PartOf is the part that the entries of a hash are in.
func PartOf(hash uint64) int { return int(hash >> (64 - maxBits)) }

// Divide makes parts of a dictionary, one for each slot of its root, which is full then: dictionaries that find and put the entries of their
// part of the hashes, each for one goroutine at a time, in any space that is as old as the dictionary's (Adopt). Nothing is copied: the slots
// stay where they are, and what a part adds to counts and sizes is added up by Unite. Meanwhile nobody uses the dictionary, nor deletes from a
// part. No view is open and no other dictionary shares the pages. O(Parts), beside what dividing pages costs if there are few.
func (d *Dict) Divide() []*Dict {
	d.descend(0)
	for w, found := d.shallow(); found; w, found = d.shallow() {
		d.split(w)
	}
	root := d.root
	if root.subs == nil {
		before := root.bytes()
		root.subs = make([]*directory, len(root.slots))
		d.charge(root.bytes()-before, root.bytes()-before)
	}
	parts := make([]*Dict, Parts)
	for i := range parts {
		own := *root
		if root.clocks != nil {
			clocks := *root.clocks
			own.clocks = &clocks
		}
		parts[i] = &Dict{space: d.space, hash: d.hash, root: &own, access: access{grain: d.access.grain}}
	}
	return parts
}

// shallow is the way to a page that stands in several slots of the root, or in one of a root that isn't full.
func (d *Dict) shallow() (w way, found bool) {
	for i := range d.root.slots {
		if d.root.sub(i) == nil && d.root.slots[i].page.depth() < maxBits {
			return way{dir: d.root, index: i}, true
		}
	}
	return way{}, false
}

// Unite makes the parts one dictionary again. They are of no use from then on. O(Parts).
func (d *Dict) Unite(parts []*Dict) {
	root, deep := d.root, false
	for i, p := range parts {
		d.count += p.count
		d.size.Live += p.size.Live
		d.size.Allocated += p.size.Allocated
		d.size.Pages += p.size.Pages
		d.access.charge(p.access.live, p.access.allocated)
		for depth, pages := range p.depths {
			d.depths[depth] += pages
		}
		deep = deep || root.subs[i] != nil
	}
	if !deep {
		before := root.bytes()
		root.subs = nil
		d.charge(root.bytes()-before, root.bytes()-before)
	}
}
