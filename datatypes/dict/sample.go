package dict

// Glance yields up to count entries of the page that a hash leads to, beginning with the one of number first, the first again behind the last,
// and returns the first hash beyond the page, 0 after the last page and in an empty dictionary. A hash drawn at random makes it a sample, in
// which entries of one page come together: they have nothing in common but leading bits of their hashes. Nothing of an entry is read before
// yield does; its clock lies beside those of its neighbours. O(count).
func (d *Dict) Glance(hash uint64, first uint, count int, yield func(at At)) (end uint64) {
	dir, rest, base := d.root, hash, uint(0)
	if dir == nil {
		return 0
	}
	i := int(rest >> (64 - dir.bits))
	for sub := dir.sub(i); sub != nil; sub = dir.sub(i) {
		dir, rest, base = sub, rest<<maxBits, base+maxBits
		i = int(rest >> (64 - dir.bits))
	}
	p := dir.slots[i].page
	entries := p.count()
	for k := range min(count, entries) {
		n := int((first + uint(k)) % uint(entries))
		yield(At{dir, i, n, p.start(n)})
	}
	width := 64 - (base + uint(p.depth()))
	return (hash>>width + 1) << width
}
