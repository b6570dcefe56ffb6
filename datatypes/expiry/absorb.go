package expiry

// Absorb takes over what another index holds, which is empty then. O(hashes).
func (ix *Index) Absorb(other *Index) {
	for level := range other.levels {
		from := &other.levels[level]
		for front := from.front(); front != nil; front = from.front() {
			to := ix.levels[level].at(front.tick)
			for front.top != nil {
				if to.push(front.pop(&other.pieces), &ix.pieces) {
					ix.count++
				}
			}
			from.dropFront()
		}
	}
	*other = Index{}
}
