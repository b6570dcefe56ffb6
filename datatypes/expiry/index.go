package expiry

// Mask has the bits of a hash that the index keeps; the others are zero in what Fire tells.
const Mask = 1<<64 - 1<<droppedBits

// Index holds hashes in buckets of time. The zero value is empty and ready.
type Index struct {
	levels [levels]queue
	pieces pieces
	count  int
}

// indexBytes is what an Index itself takes.
const indexBytes = levels*queueBytes + piecesBytes + 8

// Len counts the hashes filed, those of no use too. O(1).
func (ix *Index) Len() int { return ix.count }

// Bytes is the memory that the index has, free lists and unused ends too. O(1).
func (ix *Index) Bytes() int64 {
	bytes := int64(indexBytes) + ix.pieces.bytes
	for i := range ix.levels {
		bytes += ix.levels[i].bytes()
	}
	return bytes
}

// File notes that the key of that hash expires at deadlineMs: it must be called when a key gets a deadline or an earlier one, and may be at
// any time. A deadline that is not after nowMs is due at once. Amortized O(1); at worst it moves the buckets of a level.
func (ix *Index) File(hash uint64, deadlineMs, nowMs int64) {
	level, tick := place(deadlineMs, nowMs)
	if ix.levels[level].at(tick).push(hash&Mask, &ix.pieces) {
		ix.count++
	}
}

// Next is when Fire has something to do next, which may have been long ago; false if nothing is filed. O(levels).
func (ix *Index) Next() (ms int64, ok bool) {
	for level := range ix.levels {
		front := ix.levels[level].front()
		if front == nil {
			continue
		}
		if comes := comesMs(level, front.tick); !ok || comes < ms {
			ms, ok = comes, true
		}
	}
	return ms, ok
}

// due is the level whose first bucket is to be worked off at nowMs, -1 if none has come. Of several it is the one that begins earliest, so
// that what has expired goes before buckets that come early to be moved in time.
func (ix *Index) due(nowMs int64) int {
	due, earliest := -1, int64(0)
	for level := range ix.levels {
		front := ix.levels[level].front()
		if front == nil || comesMs(level, front.tick) > nowMs {
			continue
		}
		if start := startMs(level, front.tick); due < 0 || start < earliest {
			due, earliest = level, start
		}
	}
	return due
}

// remembered is how many hashes a call of Fire can recognize.
const remembered = 128

// Fire takes up to looks hashes out of the buckets that have come at nowMs and calls look for each, which tells what the owner knows of the
// keys that have this hash in the bits of Mask:
//
//	false      none has a deadline ahead; those with a deadline behind it are deleted, now or before the next call of any method
//	deadline   the earliest one ahead, under which the hash is filed again. One that is behind is asked about again in 1 to 8 ms.
//
// look must not call the Index; it may note the hashes and answer false, for a caller that Files those still ahead before it calls Fire
// again. A hash that comes twice in a call is looked at once, if it is still remembered. taken is the number of hashes
// that were taken out; more tells whether others have come, so that the caller goes on at the next occasion. O(taken), beside what look costs.
func (ix *Index) Fire(nowMs int64, looks int, look func(hash uint64) (deadlineMs int64, found bool)) (taken int, more bool) {
	// A hash that was looked at is filed again where it comes after nowMs or is gone: whatever of it comes in this call is of no use.
	var seen [remembered]uint64
	for ; taken < looks; taken++ {
		level := ix.due(nowMs)
		if level < 0 {
			return taken, false
		}
		hash := ix.take(level)
		// Every hash is remembered with a bit that it has not, for the places that remember none yet.
		place := &seen[hash>>droppedBits%remembered]
		if *place == hash|1 {
			continue
		}
		*place = hash | 1
		if deadlineMs, found := look(hash); found {
			ix.File(hash, max(deadlineMs, nowMs+1), nowMs)
		}
	}
	return taken, ix.due(nowMs) >= 0
}

// take takes a hash out of a level's first bucket, and the bucket out of the level when it is empty.
func (ix *Index) take(level int) uint64 {
	queue := &ix.levels[level]
	front := queue.front()
	hash := front.pop(&ix.pieces)
	if front.top == nil {
		queue.dropFront()
	}
	ix.count--
	return hash
}
