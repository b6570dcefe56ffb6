package expiry

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Samples from all places see every hash.
func TestSample(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var ix Index
	filed := map[uint64]bool{}
	for i := range 20_000 {
		hash := random.Uint64()
		ahead := int64(1) << random.IntN(40)
		if i%2 == 0 {
			ahead = 50_000 // a bucket of many pieces
		}
		ix.File(hash, start+ahead, start)
		filed[hash&Mask] = true
	}
	require.Equal(t, len(filed), ix.Len())
	seen := map[uint64]int{}
	for place := range ix.Len() {
		ix.Sample(uint64(place), 1, func(hash uint64) { seen[hash]++ })
	}
	require.Len(t, seen, len(filed))
	for hash, times := range seen {
		require.True(t, filed[hash])
		require.Equal(t, 1, times)
	}
	for range 1000 {
		count := 0
		ix.Sample(random.Uint64N(uint64(ix.Len())), 7, func(hash uint64) {
			count++
			require.True(t, filed[hash])
		})
		require.Positive(t, count)
		require.LessOrEqual(t, count, 7)
	}
}

// What comes soonest is found among what comes later, and nothing in an empty index.
func TestSoonest(t *testing.T) {
	t.Parallel()
	var ix Index
	ix.Soonest(7, 10, func(uint64) { t.Error("a hash of none") })
	for n := range uint64(10_000) {
		ix.File(n<<40, start+1000_000+int64(n), start)
	}
	const near = 2000
	for n := range uint64(near) {
		ix.File(n<<40|1<<30, start+5000, start)
	}
	seen := map[uint64]bool{}
	for random := range uint64(near) {
		ix.Soonest(random, 1, func(hash uint64) {
			require.NotZero(t, hash&(1<<30))
			seen[hash] = true
		})
	}
	require.Len(t, seen, near)
}
