package page

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A piece of words comes back from the free list of its size; what doesn't fit there, or is too large for one, is left.
func TestWords(t *testing.T) {
	var s Space
	for _, n := range []int{1, 2, 3, 8, 9, 100, maxListedWords, maxListedWords + 1, 5000} {
		piece := s.AllocWords(n)
		require.GreaterOrEqual(t, len(piece), n)
		require.Less(t, len(piece), n+n/4+3)
		require.Equal(t, RoundUpWords(n), len(piece))
		require.Equal(t, len(piece), RoundUpWords(len(piece)), "a whole piece is its own size")
		s.FreeWords(piece)
		if len(piece) <= maxListedWords {
			require.Equal(t, int64(len(piece)*wordBytes), s.FreeBytes())
			require.Same(t, &piece[0], &s.AllocWords(n)[0])
		}
		require.Zero(t, s.FreeBytes())
	}
	require.PanicsWithValue(t, "page: freed what AllocWords did not give", func() { s.FreeWords(make([]uint32, 37)) })
	for range 20_000 {
		s.FreeWords(make([]uint32, 64))
	}
	require.Equal(t, int64(minFreeBytes), s.FreeBytes())
	s.Trim()
	require.Zero(t, s.FreeBytes())
}
