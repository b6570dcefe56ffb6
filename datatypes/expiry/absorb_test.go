package expiry

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// What two indexes hold comes from one, each hash not later than from its own.
func TestAbsorb(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 6 {
		var one, other Index
		dueMs := map[uint64]int64{}
		for n := range r.IntN(30_000) {
			hash, ms := r.Uint64()&Mask, 1000+r.Int64N(1<<uint(r.IntN(40)))
			dueMs[hash] = ms
			if n%3 == 0 {
				one.File(hash, ms, 1000)
			} else {
				other.File(hash, ms, 1000)
			}
		}
		count := one.Len() + other.Len()
		one.Absorb(&other)
		require.Equal(t, count, one.Len())
		require.Zero(t, other.Len())
		for nowMs := int64(1000); len(dueMs) > 0; nowMs = nowMs*2 + 8 {
			for more := true; more; {
				_, more = one.Fire(nowMs, 100, func(hash uint64) (int64, bool) {
					ms, known := dueMs[hash]
					if known && ms <= nowMs {
						delete(dueMs, hash)
						return 0, false
					}
					return ms, known
				})
			}
			for _, ms := range dueMs {
				if ms+8 <= nowMs {
					require.Fail(t, "not told of in time")
				}
			}
		}
	}
}
