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
	ix.Soonest(7, 10, start, func(uint64) (int64, bool) { panic("a hash of none") })
	for n := range uint64(10_000) {
		ix.File(n<<40, start+1000_000+int64(n), start)
	}
	const near = 2000
	for n := range uint64(near) {
		ix.File(n<<40|1<<30, start+5000, start)
	}
	seen := map[uint64]bool{}
	for random := range uint64(near) {
		ix.Soonest(random, 1, start, func(hash uint64) (int64, bool) {
			require.NotZero(t, hash&(1<<30))
			seen[hash] = true
			return start + 5000, true
		})
	}
	require.Len(t, seen, near)
	require.Equal(t, 10_000+near, ix.Len())
}

// What is gone is taken out and what was moved is filed again, and nothing else is lost: a model of what each hash is filed for.
func TestSoonestTakesOut(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	var ix Index
	deadlines := map[uint64]int64{}
	for range 5000 {
		hash := random.Uint64() & Mask
		deadlines[hash] = start + 1 + random.Int64N(1<<random.IntN(36))
		ix.File(hash, deadlines[hash], start)
	}
	for round := range 20_000 {
		ix.Soonest(random.Uint64(), 1+random.IntN(20), start, func(hash uint64) (int64, bool) {
			deadlineMs, known := deadlines[hash]
			switch {
			case known && random.IntN(3) == 0:
				delete(deadlines, hash)
				return 0, false
			case known && random.IntN(10) == 0:
				deadlines[hash] = deadlineMs + random.Int64N(1<<random.IntN(36))
			}
			return deadlines[hash], known
		})
		if round%2000 == 0 {
			comes := check(t, &ix)
			for hash, deadlineMs := range deadlines {
				when, filed := comes[hash]
				require.True(t, filed)
				require.LessOrEqual(t, when, deadlineMs+1<<tickBits)
			}
		}
	}
	require.Empty(t, deadlines)
	require.Zero(t, ix.Len())
}
