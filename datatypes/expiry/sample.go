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

const (
	// soonestPieces is how deep Soonest goes into a bucket, soonestLooks how many hashes it looks at.
	soonestPieces = 8
	soonestLooks  = 16
)

// Soonest looks at up to count hashes, 16 at most, that lie side by side in the bucket that begins first, or in the upper pieces of a large one;
// random draws the place. Their keys' deadlines come next, as far as the bucket is narrow. look is as for Fire: what it doesn't find is taken
// out, and what has a deadline that this bucket isn't for, at nowMs, is filed where it belongs, so that what was looked at makes way for
// others. O(count), and the looks.
func (ix *Index) Soonest(random uint64, count int, nowMs int64, look func(hash uint64) (deadlineMs int64, found bool)) {
	level, front := -1, (*bucket)(nil)
	for i := range ix.levels {
		if b := ix.levels[i].front(); b != nil && (front == nil || startMs(i, b.tick) < startMs(level, front.tick)) {
			level, front = i, b
		}
	}
	if front == nil {
		return
	}
	var moved [soonestLooks]struct {
		hash       uint64
		deadlineMs int64
	}
	moves := 0
	p, from, to := front.run(int(random%uint64(min(front.size(), soonestPieces*fullBytes/hashBytes))), min(count, soonestLooks))
	for i := to - 1; i >= from; i-- {
		hash := load(p.data[i*hashBytes:])
		deadlineMs, found := look(hash)
		if found {
			if l, tick := place(max(deadlineMs, nowMs+1), nowMs); l == level && tick == front.tick || deadlineMs <= startMs(level, front.tick) {
				continue
			}
			moved[moves].hash, moved[moves].deadlineMs = hash, deadlineMs
			moves++
		}
		// The last one takes its place, which is at the end of the run or not in it.
		if last := front.pop(&ix.pieces); front.top != nil && (p != front.top || i*hashBytes < int(front.used)) {
			store(p.data[i*hashBytes:], last)
		}
		ix.count--
	}
	if front.top == nil {
		ix.levels[level].dropFront()
	}
	for _, m := range moved[:moves] {
		ix.File(m.hash, m.deadlineMs, nowMs)
	}
}

// size is how many hashes are in the bucket.
func (b *bucket) size() int { return int(b.used)/hashBytes + int(b.below)*(fullBytes/hashBytes) }

// some yields up to count hashes of one piece, from a place of the bucket on, counted from its top.
func (b *bucket) some(place, count int, yield func(hash uint64)) {
	p, from, to := b.run(place, count)
	for i := from; i < to; i++ {
		yield(load(p.data[i*hashBytes:]))
	}
}

// run is where those hashes lie: in a piece, from one number up to another.
func (b *bucket) run(place, count int) (p *piece, from, to int) {
	p, used := b.top, int(b.used)/hashBytes
	for place >= used {
		place -= used
		p, used = p.next, fullBytes/hashBytes
	}
	return p, place, min(used, place+count)
}
