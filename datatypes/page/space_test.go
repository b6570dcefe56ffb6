package page

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A piece is the smallest that Go's allocator has for it, and comes back from the free list of its size.
func TestPieces(t *testing.T) {
	var s Space
	for _, n := range []int{1, 8, 9, 100, 2048, 2049, 4096, 4097, 32 << 10, 32<<10 + 1, 100_000} {
		piece := s.Alloc(n)
		require.GreaterOrEqual(t, len(piece), n)
		require.Equal(t, RoundUp(n), len(piece))
		require.Equal(t, len(piece), RoundUp(len(piece)), "a whole piece is its own size")
		s.Free(piece)
		if len(piece) <= maxListed {
			require.Equal(t, int64(len(piece)), s.FreeBytes())
			again := s.Alloc(n)
			require.Same(t, &piece[0], &again[0])
		}
		require.Zero(t, s.FreeBytes())
	}
	require.Equal(t, 4096, RoundUp(4096))
	require.PanicsWithValue(t, "page: freed what Alloc did not give", func() { s.Free(make([]byte, 4095)) })
}

func TestFreeListsAreBounded(t *testing.T) {
	var s Space
	for range 1000 {
		s.Free(make([]byte, MaxBytes))
	}
	require.Equal(t, int64(minFreeBytes), s.FreeBytes())
	s.Limit(2 << 20)
	for range 1000 {
		s.Free(make([]byte, MaxBytes))
	}
	require.Equal(t, int64(2<<20), s.FreeBytes())
	s.Trim()
	require.Zero(t, s.FreeBytes())
}

// The bar is that of the newest view still open, in whatever order they close.
func TestBar(t *testing.T) {
	var c Clock
	require.Zero(t, c.Bar())
	before := c.Now()
	first := c.Open()
	require.Equal(t, before, first, "what was made before carries the view's moment at most")
	require.Greater(t, c.Now(), first)
	second := c.Open()
	third := c.Open()
	require.Equal(t, third, c.Bar())
	c.Close(second)
	require.Equal(t, third, c.Bar())
	c.Close(third)
	require.Equal(t, first, c.Bar())
	require.Equal(t, 1, c.Views())
	c.Close(first)
	require.Zero(t, c.Bar())
	require.Panics(t, func() { c.Close(first) })
}

func TestMarkDividesTime(t *testing.T) {
	var c Clock
	made := c.Now()
	shared := c.Mark()
	require.LessOrEqual(t, made, shared)
	require.Greater(t, c.Now(), shared)
}
