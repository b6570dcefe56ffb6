package compat

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestZSetAlgebraLikeRedis combines sets and sorted sets, small ones and large ones, with scores and weights at their limits, and stores what
// comes out, over a source too.
func TestZSetAlgebraLikeRedis(t *testing.T) {
	t.Parallel()
	likeRedis(t, func(random *rand.Rand) [][]string {
		switch random.IntN(12) {
		case 0, 1:
			return [][]string{scoredAddition(random)}
		case 2:
			members := []string{"SADD", sourceKey(random)}
			for range 1 + random.IntN(30) {
				members = append(members, scoredName(random))
			}
			return [][]string{members}
		case 3:
			return [][]string{scoredTaking(random)}
		case 4:
			if random.IntN(3) == 0 {
				return [][]string{{"CONFIG", "SET", "zset-max-listpack-entries", strconv.Itoa(random.IntN(60)), "zset-max-listpack-value", strconv.Itoa(random.IntN(60))}}
			}
			return [][]string{{"DEL", sourceKey(random)}}
		}
		return algebraCalls(random)
	})
}

func sourceKey(random *rand.Rand) string { return []string{"a", "b", "c", "d", "e"}[random.IntN(5)] }

// scoredName is one of a few hundred members: integers, texts that read as none, and long ones.
func scoredName(random *rand.Rand) string {
	n := random.IntN(60)
	switch random.IntN(8) {
	case 0:
		return fmt.Sprintf("0%d", n)
	case 1:
		return strings.Repeat("x", n)
	case 2:
		return strconv.Itoa(n * 1_000_000_007)
	case 3:
		return strconv.Itoa(-n)
	}
	return strconv.Itoa(n)
}

// scoreWord is a score or a weight.
func scoreWord(random *rand.Rand) string {
	switch random.IntN(6) {
	case 0:
		return []string{"inf", "-inf", "-0", "0", "1e308", "-1e308", "5e-324", "9007199254740993"}[random.IntN(8)]
	case 1:
		return strconv.FormatFloat(random.NormFloat64(), 'g', -1, 64)
	}
	return strconv.Itoa(random.IntN(9) - 4)
}

func scoredAddition(random *rand.Rand) []string {
	words := []string{"ZADD", sourceKey(random)}
	for range 1 + random.IntN([]int{3, 60}[random.IntN(2)]) {
		words = append(words, scoreWord(random), scoredName(random))
	}
	return words
}

// scoredTaking takes some members from the first of several keys, or waits a moment for one.
func scoredTaking(random *rand.Rand) []string {
	var keys []string
	for range 1 + random.IntN(3) {
		keys = append(keys, sourceKey(random))
	}
	end := []string{"MIN", "MAX"}[random.IntN(2)]
	if random.IntN(2) == 0 {
		return append(append([]string{"BZPOP" + end}, keys...), "0.001")
	}
	words := append(append([]string{strconv.Itoa(len(keys))}, keys...), end)
	if random.IntN(2) == 0 {
		words = append(words, "COUNT", strconv.Itoa(1+random.IntN(30)))
	}
	if random.IntN(2) == 0 {
		return append([]string{"ZMPOP"}, words...)
	}
	return append([]string{"BZMPOP", "0.001"}, words...)
}

// algebraCalls is one combination, and a look at what it has stored.
func algebraCalls(random *rand.Rand) [][]string {
	op := []string{"ZUNION", "ZINTER", "ZDIFF"}[random.IntN(3)]
	count := 1 + random.IntN([]int{3, 3, 8, 40}[random.IntN(4)])
	words := []string{strconv.Itoa(count)}
	for range count {
		words = append(words, sourceKey(random))
	}
	if op != "ZDIFF" && random.IntN(2) == 0 {
		words = append(words, "WEIGHTS")
		for range count {
			words = append(words, scoreWord(random))
		}
	}
	if op != "ZDIFF" && random.IntN(2) == 0 {
		words = append(words, "AGGREGATE", []string{"SUM", "MIN", "MAX"}[random.IntN(3)])
	}
	switch random.IntN(5) {
	case 0:
		return [][]string{append([]string{"ZINTERCARD"}, append(words[:count+1], "LIMIT", strconv.Itoa(random.IntN(20)))...)}
	case 1, 2:
		key := sourceKey(random)
		return [][]string{append([]string{op + "STORE", key}, words...), {"OBJECT", "ENCODING", key}, {"DEBUG", "DIGEST-VALUE", key}}
	}
	if random.IntN(3) > 0 {
		words = append(words, "WITHSCORES")
	}
	return [][]string{append([]string{op}, words...)}
}
