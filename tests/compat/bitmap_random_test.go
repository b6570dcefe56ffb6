package compat

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// bitKeys are few, so that what one call leaves is found by the next.
var bitKeys = []string{"a", "b", "c", "d"}

// bitBorders are the positions, in bytes, around which bits are looked at and changed: the ends of words and of the chunks in which long
// strings lie. Strings that reach beyond the last are read on a view.
var bitBorders = []int{0, 0, 8, 16, 64, 65536, 65536, 131072}

// TestBitsLikeRedis reads, changes and combines strings bit by bit, short ones and long ones.
func TestBitsLikeRedis(t *testing.T) {
	t.Parallel()
	likeRedis(t, func(random *rand.Rand) [][]string {
		calls := [][]string{bitCall(random), bitCall(random)}
		if random.IntN(20) == 0 {
			calls = append(calls, []string{"GET", bitKey(random)})
		}
		return calls
	})
}

// TestBitFieldsLikeRedis reads and changes integers of every width, with numbers at the limits of the types.
func TestBitFieldsLikeRedis(t *testing.T) {
	t.Parallel()
	likeRedis(t, func(random *rand.Rand) [][]string {
		if random.IntN(200) == 0 {
			return [][]string{{"DEL", "a", "b", "c", "d"}}
		}
		calls := [][]string{fieldCall(random)}
		if random.IntN(20) == 0 {
			calls = append(calls, []string{"GET", bitKey(random)})
		}
		return calls
	})
}

func bitKey(random *rand.Rand) string { return bitKeys[random.IntN(len(bitKeys))] }

// bitOffset is a position of a bit near a border.
func bitOffset(random *rand.Rand) int {
	return max(0, bitBorders[random.IntN(len(bitBorders))]*8+random.IntN(200)-100)
}

// bitIndex is an end of a range, in bits or in bytes.
func bitIndex(random *rand.Rand, unit string) string {
	index := bitOffset(random)
	if unit != "BIT" {
		index /= 8
	}
	if random.IntN(3) == 0 {
		index = -index
	}
	return strconv.Itoa(index)
}

func bitCall(random *rand.Rand) []string {
	key := bitKey(random)
	switch random.IntN(12) {
	case 0:
		if random.IntN(3) == 0 {
			return []string{"SET", key, strconv.FormatInt(int64(random.Uint64())>>random.IntN(64), 10)}
		}
		fill := []string{"\x00", "\xff", "\xff", "\x55", "abc"}[random.IntN(5)]
		return []string{"SET", key, strings.Repeat(fill, bitOffset(random)/8/len(fill))}
	case 1:
		words := []string{"BITOP", []string{"AND", "OR", "XOR"}[random.IntN(3)], key}
		for range 1 + random.IntN(5) {
			words = append(words, bitKey(random))
		}
		return words
	case 2:
		return []string{"BITOP", "NOT", key, bitKey(random)}
	case 3, 4:
		return []string{"GETBIT", key, strconv.Itoa(bitOffset(random))}
	case 5, 6, 7:
		unit := []string{"", "BYTE", "BIT", "BIT"}[random.IntN(4)]
		words := []string{"BITCOUNT", key, bitIndex(random, unit), bitIndex(random, unit), unit}
		switch {
		case random.IntN(4) == 0:
			return words[:2]
		case unit == "":
			return words[:4]
		}
		return words
	case 8, 9:
		unit := []string{"", "BYTE", "BIT", "BIT"}[random.IntN(4)]
		words := []string{"BITPOS", key, strconv.Itoa(random.IntN(2)), bitIndex(random, unit), bitIndex(random, unit), unit}
		if unit == "" {
			return words[:3+random.IntN(3)]
		}
		return words
	}
	return []string{"SETBIT", key, strconv.Itoa(bitOffset(random)), strconv.Itoa(random.IntN(2))}
}

func fieldCall(random *rand.Rand) []string {
	if random.IntN(10) == 0 {
		return append([]string{"BITFIELD_RO", bitKey(random), "GET"}, fieldPlace(random)...)
	}
	words := []string{"BITFIELD", bitKey(random)}
	for range 1 + random.IntN(12) {
		switch random.IntN(4) {
		case 0:
			words = append(append(words, "GET"), fieldPlace(random)...)
		case 1:
			words = append(append(append(words, "SET"), fieldPlace(random)...), fieldNumber(random))
		case 2:
			words = append(append(append(words, "INCRBY"), fieldPlace(random)...), fieldNumber(random))
		case 3:
			words = append(words, "OVERFLOW", []string{"WRAP", "SAT", "FAIL"}[random.IntN(3)])
		}
	}
	return words
}

// fieldPlace is a type and an offset.
func fieldPlace(random *rand.Rand) []string {
	width := 1 + random.IntN(64)
	kind := "i"
	if random.IntN(2) == 0 {
		kind, width = "u", min(width, 63)
	}
	offset := bitOffset(random)
	place := strconv.Itoa(offset)
	if random.IntN(4) == 0 {
		place = "#" + strconv.Itoa(offset/width)
	}
	return []string{kind + strconv.Itoa(width), place}
}

// fieldNumber is a number of any size, near the limits of some type more often than not.
func fieldNumber(random *rand.Rand) string {
	n := int64(1)<<random.IntN(64) + int64(random.IntN(5)-2)
	switch random.IntN(3) {
	case 0:
		n = -n
	case 1:
		n = int64(random.Uint64()) >> random.IntN(64)
	}
	return strconv.FormatInt(n, 10)
}
