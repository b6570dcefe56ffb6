package compat

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

const (
	// sortedFew is how many elements are sorted most of the time, sortedMany how many at most; elements are numbers below sortedNames, so
	// that some come twice.
	sortedFew, sortedMany = 60, 1500
	sortedNames           = 1000
)

// TestSortLikeRedis sorts collections that have an order in which to look their elements up, by weights of which many are alike, with all
// options.
func TestSortLikeRedis(t *testing.T) {
	t.Parallel()
	likeRedis(t, func(random *rand.Rand) [][]string {
		calls := sortWeights(random)
		// Where many are sorted, which is done on a view, no key is missing: nobody tells of those.
		size, whole := random.IntN(sortedFew), random.IntN(20) == 0
		if whole {
			size = random.IntN(sortedMany)
			all := []string{"MSET"}
			for i := range sortedNames {
				all = append(all, fmt.Sprint("w_", i), strconv.Itoa(random.IntN(20)))
			}
			calls = append(calls, all)
		}
		push := [][]string{{"RPUSH", "k"}, {"ZADD", "k"}, {"SADD", "k"}}[random.IntN(3)]
		if whole && push[0] == "SADD" {
			push[0] = "RPUSH" // a large set has no order
		}
		add := push
		for range size {
			if push[0] == "ZADD" {
				add = append(add, strconv.Itoa(random.IntN(10)))
			}
			add = append(add, strconv.Itoa(random.IntN(sortedNames)))
		}
		calls = append(calls, []string{"DEL", "k"})
		if size > 0 {
			calls = append(calls, add)
		}
		for range 1 + random.IntN(3) {
			calls = append(calls, sortWords(random, push[0] != "ZADD", whole)...)
		}
		if push[0] != "ZADD" && random.IntN(10) == 0 {
			key := fmt.Sprint("w_", random.IntN(sortedNames))
			calls = append(calls, []string{"SET", key, "x"}, []string{"SORT", "k", "BY", "w_*", "STORE", "d"}, []string{"SET", key, "4"})
		}
		return append(calls, []string{"UNLINK", "d"})
	})
}

// sortWeights changes some of the keys that hold weights, few different ones, and makes one no string from time to time.
func sortWeights(random *rand.Rand) [][]string {
	calls := [][]string{{"MSET"}}
	for range 40 {
		weight := []string{"1", "2", "3", "2.0", "-1", "", "0x2", "inf", "-0", " 3"}[random.IntN(10)]
		calls[0] = append(calls[0], fmt.Sprint("w_", random.IntN(sortedNames)), weight)
	}
	if random.IntN(10) == 0 {
		key := fmt.Sprint("w_", random.IntN(sortedNames))
		calls = append(calls, []string{"DEL", key}, []string{"RPUSH", key, "1"})
	}
	return calls
}

// sortWords makes a SORT, and where its result is stored a look at it. ordered tells whether elements come in an order that both servers
// know; whole asks for no key that isn't there.
func sortWords(random *rand.Rand, ordered, whole bool) [][]string {
	words := []string{"SORT", "k"}
	maybe := func(percent int, more ...string) {
		if random.IntN(100) < percent {
			words = append(words, more...)
		}
	}
	maybe(40, "ALPHA")
	maybe(40, "DESC")
	if ordered {
		maybe(60, "BY", "w_*")
	}
	maybe(15, "BY", "nosort")
	maybe(60, "LIMIT", strconv.Itoa(random.IntN(sortedFew)-5), strconv.Itoa(random.IntN(sortedFew)-5))
	maybe(30, "GET", "#")
	if !whole {
		maybe(30, "GET", "w_*")
	}
	if ordered && random.IntN(3) == 0 {
		words[0] = "SORT_RO"
		return [][]string{words}
	}
	if random.IntN(3) == 0 {
		return [][]string{append(words, "STORE", "d"), {"LRANGE", "d", "0", "-1"}}
	}
	return [][]string{words}
}
