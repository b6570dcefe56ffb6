package expiry

import (
	"cmp"
	"slices"
)

// queue is the buckets of a level that hold something, in order of time. The first ones go and new ones mostly come last.
type queue struct {
	// buckets begins with skipped empty places.
	buckets []bucket
	skipped int
}

// queueBytes is what a queue itself takes.
const queueBytes = 32

func (q *queue) bytes() int64 { return int64(cap(q.buckets)) * bucketBytes }

// front is the first bucket, nil if there is none. It is good until the queue changes.
func (q *queue) front() *bucket {
	if q.skipped == len(q.buckets) {
		return nil
	}
	return &q.buckets[q.skipped]
}

// at is the bucket of that tick, a new one if there is none. It is good until the queue changes.
func (q *queue) at(tick int64) *bucket {
	live := q.buckets[q.skipped:]
	// A bucket stands no further behind the first, or before the last, than their ticks are apart: where buckets follow each other without
	// gaps, from that end on, it is there.
	from, to := 0, len(live)
	if to > 0 {
		if behind := tick - live[0].tick; behind < int64(to) {
			to = int(max(behind, -1)) + 1
		}
		if before := live[len(live)-1].tick - tick; before < int64(to) {
			from = min(len(live)-1-int(max(before, -1)), to)
		}
	}
	switch {
	case from < to && live[to-1].tick == tick:
		return &live[to-1]
	case from < to && live[from].tick == tick:
		return &live[from]
	}
	i, found := slices.BinarySearchFunc(live[from:to], tick, func(b bucket, tick int64) int { return cmp.Compare(b.tick, tick) })
	i += from
	if !found {
		return &q.buckets[q.insert(i, tick)]
	}
	return &live[i]
}

// insert puts a new bucket in the i-th place and returns where that is.
func (q *queue) insert(i int, tick int64) int {
	if i == 0 && q.skipped > 0 {
		q.skipped--
		q.buckets[q.skipped] = bucket{tick: tick}
		return q.skipped
	}
	if len(q.buckets) == cap(q.buckets) && q.skipped*2 > len(q.buckets) {
		q.close()
	}
	q.buckets = slices.Insert(q.buckets, q.skipped+i, bucket{tick: tick})
	return q.skipped + i
}

// close moves the buckets to the beginning.
func (q *queue) close() {
	q.buckets = slices.Delete(q.buckets, 0, q.skipped)
	q.skipped = 0
}

// fewBuckets is the capacity below which a queue does not shrink.
const fewBuckets = 16

// dropFront removes the first bucket, which is empty. Amortized O(1).
func (q *queue) dropFront() {
	q.buckets[q.skipped] = bucket{}
	q.skipped++
	live := len(q.buckets) - q.skipped
	switch {
	case live*4 < cap(q.buckets) && cap(q.buckets) > fewBuckets:
		q.buckets = append(make([]bucket, 0, max(2*live, fewBuckets)), q.buckets[q.skipped:]...)
		q.skipped = 0
	case live == 0:
		q.buckets, q.skipped = q.buckets[:0], 0
	}
}
