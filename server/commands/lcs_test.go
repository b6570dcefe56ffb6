package commands

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainLCS is the textbook's table and Redis's way back through it.
func plainLCS(a, b []byte) (length int, matches []lcsMatch) {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := 1; i > 0 && j <= len(b); j++ {
			if a[i-1] == b[j-1] {
				table[i][j] = table[i-1][j-1] + 1
			} else {
				table[i][j] = max(table[i-1][j], table[i][j-1])
			}
		}
	}
	i, j := len(a), len(b)
	for i > 0 && j > 0 {
		if a[i-1] == b[j-1] {
			if n := len(matches); n > 0 && matches[n-1].inA == i && matches[n-1].inB == j {
				matches[n-1].inA, matches[n-1].inB = i-1, j-1
			} else {
				matches = append(matches, lcsMatch{i - 1, i, j - 1})
			}
			i, j = i-1, j-1
		} else if table[i-1][j] > table[i][j-1] {
			i--
		} else {
			j--
		}
	}
	return table[len(a)][len(b)], matches
}

func checkLCS(t *testing.T, a, b []byte) {
	length, want := plainLCS(a, b)
	short := newLCSTable(a, b, false)
	require.True(t, short.fill(func() bool { return true }))
	require.Equal(t, length, short.length, "%q %q", a, b)
	table := newLCSTable(a, b, true)
	require.True(t, table.fill(func() bool { return true }))
	require.Equal(t, length, table.length, "%q %q", a, b)
	var got []lcsMatch
	table.walk(func(m lcsMatch) { got = append(got, m) })
	require.Equal(t, want, got, "%q %q", a, b)
}

// Lengths and matches are those of the plain table, around the borders of words above all.
func TestLCSIsThatOfThePlainTable(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	text := func(letters int) []byte {
		sizes := []int{0, 1, 2, 63, 64, 65, 127, 128, 129, random.IntN(300)}
		b := make([]byte, sizes[random.IntN(len(sizes))])
		for i := range b {
			b[i] = byte('a' + random.IntN(letters))
		}
		return b
	}
	for range 300 {
		letters := 1 + random.IntN(8)
		checkLCS(t, text(letters), text(letters))
	}
}

func FuzzLCS(f *testing.F) {
	f.Add([]byte("ohmytext"), []byte("mynewtext"))
	f.Add([]byte(""), []byte("a"))
	f.Add(bytes.Repeat([]byte("ab"), 40), bytes.Repeat([]byte("ba"), 40))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a)*len(b) > 1<<18 {
			return
		}
		checkLCS(t, a, b)
	})
}

// A table is left when the server stops.
func TestLCSStops(t *testing.T) {
	a := bytes.Repeat([]byte("abcdef"), 2000)
	asked := 0
	require.False(t, newLCSTable(a, a, true).fill(func() bool { asked++; return false }))
	require.Equal(t, 1, asked)
}

func BenchmarkLCS(b *testing.B) {
	x, y := bytes.Repeat([]byte("abcdefghij"), 200), bytes.Repeat([]byte("jihgfedcba"), 200)
	for _, keep := range []bool{false, true} {
		name := "length"
		if keep {
			name = "matches"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newLCSTable(x, y, keep).fill(func() bool { return true })
			}
		})
	}
}
