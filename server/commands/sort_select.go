package commands

import (
	"math/bits"
	"slices"
)

// Quicksort after Bentley and McIlroy, "Engineering a Sort Function" (1993), which leaves alone what lies outside the range that is asked
// for: O(n + k log k) for k positions of n. Redis selects with the same one, and which of several elements of one weight come first is
// for its steps to say, so that the choice of the middle, the exchanges and the size from which parts are sorted by insertion are those of
// the paper. What isn't in it is the bound: an order made to defeat it is sorted in another way after so many steps down.

const (
	// insertedBelow is the number of keys that are sorted by insertion.
	insertedBelow = 7
	// nineFrom is the number from which the middle is looked for among nine keys and not three.
	nineFrom = 41
)

// selection selects by an order.
type selection func(a, b sortKey) int

// selectRange puts the positions [from, to) of keys right.
func (compare selection) selectRange(keys []sortKey, from, to int) {
	compare.selectDown(keys, from, to, 4*bits.Len(uint(len(keys))))
}

// selectDown is selectRange with so many steps down at most.
func (compare selection) selectDown(keys []sortKey, from, to, steps int) {
	for len(keys) >= insertedBelow {
		if steps == 0 {
			slices.SortFunc(keys, compare)
			return
		}
		steps--
		middle := compare.middle(keys)
		keys[0], keys[middle] = keys[middle], keys[0]
		smaller, larger := compare.partition(keys)
		if smaller > 1 && from < smaller && to > 0 {
			compare.selectDown(keys[:smaller], from, to, steps)
		}
		before := len(keys) - larger
		if larger <= 1 || to <= before {
			return
		}
		keys, from, to = keys[before:], from-before, to-before
	}
	for i := 1; i < len(keys); i++ {
		for k := i; k > 0 && compare(keys[k-1], keys[k]) > 0; k-- {
			keys[k-1], keys[k] = keys[k], keys[k-1]
		}
	}
}

// middle is the index of a key that is likely to have as many before it as behind it.
func (compare selection) middle(keys []sortKey) int {
	last, middle := len(keys)-1, len(keys)/2
	if len(keys) == insertedBelow {
		return middle
	}
	low, high := 0, last
	if len(keys) >= nineFrom {
		apart := len(keys) / 8
		low = compare.median(keys, 0, apart, 2*apart)
		middle = compare.median(keys, middle-apart, middle, middle+apart)
		high = compare.median(keys, last-2*apart, last-apart, last)
	}
	return compare.median(keys, low, middle, high)
}

// median is the index of the middle one of three keys.
func (compare selection) median(keys []sortKey, a, b, c int) int {
	if compare(keys[a], keys[b]) < 0 {
		switch {
		case compare(keys[b], keys[c]) < 0:
			return b
		case compare(keys[a], keys[c]) < 0:
			return c
		}
		return a
	}
	switch {
	case compare(keys[b], keys[c]) > 0:
		return b
	case compare(keys[a], keys[c]) < 0:
		return a
	}
	return c
}

// partition moves what is smaller than the first key to the front and what is larger to the end, and returns how many there are of each.
// What is equal gathers at both ends first:
//
//	| equal | smaller | not seen yet | larger | equal |
//	        equalTo   next       last         equalFrom
func (compare selection) partition(keys []sortKey) (smaller, larger int) {
	equalTo, next := 1, 1
	last, equalFrom := len(keys)-1, len(keys)-1
	for {
		for ; next <= last; next++ {
			order := compare(keys[next], keys[0])
			if order > 0 {
				break
			}
			if order == 0 {
				keys[equalTo], keys[next] = keys[next], keys[equalTo]
				equalTo++
			}
		}
		for ; next <= last; last-- {
			order := compare(keys[last], keys[0])
			if order < 0 {
				break
			}
			if order == 0 {
				keys[last], keys[equalFrom] = keys[equalFrom], keys[last]
				equalFrom--
			}
		}
		if next > last {
			break
		}
		keys[next], keys[last] = keys[last], keys[next]
		next++
		last--
	}
	smaller, larger = next-equalTo, equalFrom-last
	exchange(keys[:next], min(equalTo, smaller))
	exchange(keys[next:], min(larger, len(keys)-1-equalFrom))
	return smaller, larger
}

// exchange exchanges the first and the last n keys, which don't overlap.
func exchange(keys []sortKey, n int) {
	end := keys[len(keys)-n:]
	for i := range n {
		keys[i], end[i] = end[i], keys[i]
	}
}
