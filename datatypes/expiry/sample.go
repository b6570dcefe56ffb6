package expiry

// Sample yields up to count hashes that lie side by side, those of no use too, from a place on that is drawn below Len: each has the same
// chance. O(buckets), and a step for each piece of 4 KiB above that place in its bucket.
func (ix *Index) Sample(place uint64, count int, yield func(hash uint64)) {
	left := int(place)
	for level := range ix.levels {
		q := &ix.levels[level]
		for i := q.skipped; i < len(q.buckets); i++ {
			b := &q.buckets[i]
			if size := b.size(); left >= size {
				left -= size
				continue
			}
			b.some(left, count, yield)
			return
		}
	}
}

// soonestPieces is how deep Soonest goes into a bucket.
const soonestPieces = 8

// Soonest is Sample within the bucket that begins first, or in the upper pieces of a large one; random draws the place. Its hashes are of keys
// whose deadlines come next, as far as the bucket is narrow and they weren't moved since. O(1).
func (ix *Index) Soonest(random uint64, count int, yield func(hash uint64)) {
	var first *bucket
	start := int64(0)
	for level := range ix.levels {
		if front := ix.levels[level].front(); front != nil && (first == nil || startMs(level, front.tick) < start) {
			first, start = front, startMs(level, front.tick)
		}
	}
	if first != nil {
		first.some(int(random%uint64(min(first.size(), soonestPieces*fullBytes/hashBytes))), count, yield)
	}
}

// size is how many hashes are in the bucket.
func (b *bucket) size() int { return int(b.used)/hashBytes + int(b.below)*(fullBytes/hashBytes) }

// some yields up to count hashes of one piece, from a place of the bucket on, counted from its top.
func (b *bucket) some(place, count int, yield func(hash uint64)) {
	p, used := b.top, int(b.used)/hashBytes
	for place >= used {
		place -= used
		p, used = p.next, fullBytes/hashBytes
	}
	for i := place; i < min(used, place+count); i++ {
		yield(load(p.data[i*hashBytes:]))
	}
}
