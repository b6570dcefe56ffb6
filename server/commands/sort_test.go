package commands

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// sortingOf is a sorting of elements, numbers by their scores and then by their texts, of which LIMIT asks for [from, to).
func sortingOf(scores []float64, from, to int) *sorting {
	s := &sorting{args: sortArgs{weighed: true}, from: from, to: to}
	for i, score := range scores {
		s.elements = append(s.elements, packed.IntItem(int64(i)))
		s.order = append(s.order, sortKey{score, i})
	}
	return s
}

// TestSelection puts random ranges of random scores right, of which many or few are alike, and keeps every element.
func TestSelection(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		scores := make([]float64, 1+random.IntN(1+random.IntN(400)))
		for i := range scores {
			scores[i] = float64(random.IntN(1 + round%50*10))
		}
		from := random.IntN(len(scores))
		to := from + random.IntN(len(scores)-from) + 1
		s := sortingOf(scores, from, to)
		want := slices.SortedFunc(slices.Values(s.order), func(a, b sortKey) int {
			return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(strconv.Itoa(a.at), strconv.Itoa(b.at)))
		})
		s.sort()
		require.Equal(t, want[from:to], s.order[from:to], "%d of %d, %d", from, len(scores), to)
		places := map[int]bool{}
		for _, k := range s.order {
			places[k.at] = true
		}
		require.Len(t, places, len(scores))
	}
}

// TestSelectionIsBounded has an adversary answer the comparisons (M. D. McIlroy, "A Killer Adversary for Quicksort", 1999), so that each
// choice of a middle is as bad as can be.
func TestSelectionIsBounded(t *testing.T) {
	const count = 20_000
	solid, candidate := 0.0, 0
	scores := make([]float64, count)
	const gas = count
	for i := range scores {
		scores[i] = gas
	}
	compared := 0
	decide := func(a, b sortKey) int {
		compared++
		if scores[a.at] == gas && scores[b.at] == gas {
			frozen := b.at
			if a.at == candidate {
				frozen = a.at
			}
			scores[frozen] = solid
			solid++
		}
		if scores[a.at] == gas {
			candidate = a.at
		} else if scores[b.at] == gas {
			candidate = b.at
		}
		return cmp.Compare(scores[a.at], scores[b.at])
	}
	s := sortingOf(make([]float64, count), 0, count-1)
	selection(decide).selectRange(s.order, 0, count-1)
	require.Less(t, compared, 150*count)
}

// TestSortCutsShort sorts what nobody waits for any more: it ends, and soon.
func TestSortCutsShort(t *testing.T) {
	for _, to := range []int{99_999, 100_000} {
		scores := make([]float64, 100_000)
		for i := range scores {
			scores[i] = float64(i * 7919 % 100_003)
		}
		s := sortingOf(scores, 0, to)
		breaths := 0
		s.breathe = func() bool {
			breaths++
			return breaths < 3
		}
		s.sort()
		require.True(t, s.ended)
		require.Equal(t, 3, breaths)
	}
}

func TestSortScore(t *testing.T) {
	for word, want := range map[string]float64{
		"": 0, "\x00x": 0, " 1": 1, "\t\n\v\f\r1\x00x": 1, "-0x.8p1": -1, "1.": 1, "9223372036854775808": 1 << 63, "2.2250738585072014e-308": 0x1p-1022,
	} {
		it := packed.TextItem([]byte(word))
		score, ok := sortScore(&it)
		require.True(t, ok, "%q", word)
		require.Equal(t, want, score, "%q", word)
	}
	for _, word := range []string{" ", "1 ", "x", "nan", "1e", "0x", "1e309", "1e-400", "1e-310", "-1e-310", "\x00 "[1:]} {
		it := packed.TextItem([]byte(word))
		_, ok := sortScore(&it)
		require.False(t, ok, "%q", word)
	}
}

// FuzzSortPattern holds patterns to what they are made of, and the names that they make to what was put in.
func FuzzSortPattern(f *testing.F) {
	for _, word := range []string{"#", "*", "w_*", "a*b->c", "*->", "->*", "*\x00->f", "*->\x00", "**->->f"} {
		f.Add([]byte(word))
	}
	f.Fuzz(func(t *testing.T, word []byte) {
		p := parseSortPattern(word)
		require.Equal(t, bytes.IndexByte(UntilZero(word), '*') >= 0, p.named)
		switch {
		case !p.named:
			require.Equal(t, string(UntilZero(word)) == "#", p.itself)
		case p.field == nil:
			require.Equal(t, string(word), string(p.prefix)+"*"+string(p.suffix))
		default:
			require.NotEmpty(t, p.field)
			require.Equal(t, string(word), string(p.prefix)+"*"+string(p.suffix)+sortArrow+string(p.field))
		}
		require.NotContains(t, string(p.prefix), "*")
	})
}

// TestSortInPlaceAndOnView gets the same from both, from what begins in place and turns out to be long, and from STORE.
func TestSortInPlaceAndOnView(t *testing.T) {
	s := newBitServer()
	for _, row := range slices.Concat(SetRows(), ListRows(), SortRows()) {
		s.rows[row.Name] = row
	}
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 300 {
		s.ask(fmt.Sprint("RPUSH l ", i))
		s.ask(fmt.Sprint("SADD s ", i))
		if i%10 > 0 {
			value := strconv.Itoa(random.IntN(50))
			s.store.Edit(0).SetString([]byte(fmt.Sprint("w_", i)), []byte(value), datatypes.NoDeadline)
			s.store.Edit(0).SetString([]byte(fmt.Sprint("v_", i)), bytes.Repeat([]byte(value), 20_000), datatypes.NoDeadline)
		}
	}
	for _, about := range []string{"l BY w_* GET # GET v_*", "s BY w_* DESC LIMIT 20 100 GET v_*", "l BY v_* ALPHA", "l BY nosort GET v_* DESC"} {
		var replies, counts []string
		for _, inPlace := range []int{-1, 1 << 40, 2000} {
			s.inPlace = inPlace
			replies = append(replies, s.ask("SORT "+about))
			counts = append(counts, fmt.Sprint(s.call.Outcome.Hits, s.call.Outcome.Misses))
		}
		require.Equal(t, replies[0], replies[1], about)
		require.Equal(t, replies[0], replies[2], about)
		require.Equal(t, counts[0], counts[1], about)
		require.Equal(t, counts[0], counts[2], about)
		result := words(strings.ReplaceAll(replies[0], "$-1\r\n", "$0\r\n\r\n"))
		require.Equal(t, fmt.Sprintf(":%d\r\n", len(result)), s.ask("SORT "+about+" STORE d"), about)
		require.Equal(t, result, words(s.ask("LRANGE d 0 -1")), about)
	}
}
