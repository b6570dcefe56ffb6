package compat

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

const (
	// fewRounds is how many random operations likeRedis makes, manyRounds under make test-long, roundsFollowed after how many of them what
	// they did is compared.
	fewRounds, manyRounds = 2000, 20_000
	roundsFollowed        = 500
)

// likeRedis sends what next makes, a few calls at a time, to both servers, and compares replies, effects and what there is at the end.
func likeRedis(t *testing.T, next func(random *rand.Rand) [][]string) {
	seed := number(t, seedVariable, uint64(time.Now().UnixNano()))
	t.Logf("%s=%d repeats this run", seedVariable, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	p := startPair(t, setting{proto: 2 + random.IntN(2), loops: "1", events: random.IntN(2) == 0})
	p.follow()
	for round := range peer.Count(fewRounds, manyRounds) {
		if round%roundsFollowed == 0 {
			require.Empty(t, p.compareEffects())
		}
		var batch []call
		for _, words := range next(random) {
			batch = append(batch, call{words: words, how: how{mode: "exact", replies: 1}})
		}
		at, complaint := p.exchange(batch)
		require.Empty(t, complaint, "%v", batch[:min(at+1, len(batch))])
	}
	for _, c := range finalLook {
		_, complaint := p.exchange([]call{c})
		require.Empty(t, complaint, "%v", c)
	}
}

// TestIncrByFloatLikeRedis adds random numbers, written in all the ways that C reads, and some that it doesn't.
func TestIncrByFloatLikeRedis(t *testing.T) {
	t.Parallel()
	likeRedis(t, func(random *rand.Rand) [][]string {
		calls := [][]string{{"SET", "k", floatWord(random)}}
		for range 1 + random.IntN(4) {
			calls = append(calls, []string{"INCRBYFLOAT", "k", floatWord(random)})
		}
		return append(calls, []string{"GET", "k"}, []string{"STRLEN", "k"})
	})
}

// floatWord writes a number, near 1 or far from it, with few digits or many, sometimes spoilt.
func floatWord(random *rand.Rand) string {
	var word string
	digits := func(set string, most int) string {
		var b strings.Builder
		for range 1 + random.IntN(most) {
			b.WriteByte(set[random.IntN(len(set))])
		}
		return b.String()
	}
	const decimal, hexadecimal = "0123456789", "0123456789abcdefABCDEF"
	switch random.IntN(8) {
	case 0:
		word = strconv.FormatInt(int64(random.Uint64())>>random.IntN(64), 10)
	case 1:
		word = strconv.FormatFloat(random.NormFloat64(), 'g', -1, 64)
	case 2:
		word = fmt.Sprintf("%s.%se%d", digits(decimal, 20), digits(decimal, 20), random.IntN(60)-30)
	case 3:
		word = fmt.Sprintf("%s.%sE%+d", digits(decimal, 2), digits(decimal, 30), random.IntN(10000)-5000)
	case 4:
		word = fmt.Sprintf("0x%s.%sp%d", digits(hexadecimal, 18), digits(hexadecimal, 18), random.IntN(200)-100)
	case 5:
		word = fmt.Sprintf("0X%s.%sP%+d", digits(hexadecimal, 3), digits(hexadecimal, 40), random.IntN(33000)-16500)
	case 6:
		word = digits(decimal, 25) + "." + digits(decimal, 25)
	case 7:
		word = "0." + strings.Repeat("0", random.IntN(25)) + digits(decimal, 25)
	}
	if random.IntN(2) == 0 {
		word = "-" + word
	}
	if random.IntN(12) == 0 { // one character changed, taken out or put in
		at := random.IntN(len(word))
		word = word[:at] + string("+-.eEpPxX0 \x00\tinfa"[random.IntN(17)]) + word[at+random.IntN(2):]
	}
	return word
}

// TestLCSLikeRedis looks for common subsequences of random texts, short and longer than words of 64 bits.
func TestLCSLikeRedis(t *testing.T) {
	t.Parallel()
	text := func(random *rand.Rand) string {
		letters := 1 + random.IntN(6)
		b := make([]byte, random.IntN(1+random.IntN(200)))
		for i := range b {
			b[i] = byte('a' + random.IntN(letters))
		}
		return string(b)
	}
	likeRedis(t, func(random *rand.Rand) [][]string {
		a, b := text(random), text(random)
		if random.IntN(3) == 0 && len(a) > 0 {
			at := random.IntN(len(a))
			b = a[at:] + b + a[:at]
		}
		return [][]string{
			{"MSET", "a", a, "b", b}, {"LCS", "a", "b"}, {"LCS", "a", "b", "LEN"}, {"LCS", "b", "a", "IDX"},
			{"LCS", "a", "b", "IDX", "MINMATCHLEN", strconv.Itoa(random.IntN(5)), "WITHMATCHLEN"},
		}
	})
}

// TestPartsLikeRedis changes and reads parts of strings of some bytes, of some that don't lie in a page, and of some that lie in chunks.
func TestPartsLikeRedis(t *testing.T) {
	t.Parallel()
	sizes := []int{10, 300, 5000, 70_000, 200_000}
	likeRedis(t, func(random *rand.Rand) [][]string {
		key := []string{"a", "b", "c"}[random.IntN(3)]
		position := func() string { return strconv.Itoa(random.IntN(sizes[random.IntN(len(sizes))])) }
		value := strings.Repeat(string(byte('a'+random.IntN(26))), random.IntN(100))
		if random.IntN(20) == 0 {
			value = strings.Repeat("0123456789", random.IntN(10_000))
		}
		var change []string
		switch random.IntN(30) {
		case 0:
			change = []string{"DEL", key}
		case 1:
			change = []string{"SET", key, strconv.Itoa(random.IntN(1_000_000) - 500_000)}
		case 2:
			change = []string{"SET", key, value}
		case 3, 4, 5, 6, 7, 8, 9, 10:
			change = []string{"APPEND", key, value}
		case 11:
			change = []string{"GETSET", key, value}
		default:
			change = []string{"SETRANGE", key, position(), value}
		}
		from, to := position(), position()
		if random.IntN(3) == 0 {
			from = "-" + from
		}
		if random.IntN(3) == 0 {
			to = "-" + to
		}
		return [][]string{change, {"STRLEN", key}, {"GETRANGE", key, from, to}}
	})
}
