package zset

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// randomScore draws scores of all kinds, equal ones often.
func randomScore(random *rand.Rand) float64 {
	switch random.IntN(8) {
	case 0:
		return []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
			1 << 53, -(1 << 53), 1<<53 + 2, -(1<<53 + 2), 1<<53 - 1, 1<<63 - 1024}[random.IntN(13)]
	case 1:
		return float64(random.IntN(200)-100) / 8
	case 2:
		return random.NormFloat64()
	case 3:
		for {
			if score := math.Float64frombits(random.Uint64()); score == score {
				return score
			}
		}
	case 4:
		n := random.Int64() >> random.IntN(64)
		return float64(n) * float64(random.IntN(2)*2-1)
	}
	return float64(random.IntN(10) - 3)
}

// Every score comes back with all its bits, whatever follows it, and has the order of its number.
func TestScoresComeBack(t *testing.T) {
	random := newRandom(t)
	scores := []float64{math.Pi, -math.Pi, 0.1, 0.5}
	for shift := range 64 {
		for _, by := range []int64{-1, 0, 1} {
			n := int64(1)<<shift + by
			scores = append(scores, float64(n), -float64(n), float64(n)/2)
		}
	}
	for range 20_000 {
		scores = append(scores, randomScore(random))
	}
	for i, score := range scores {
		p := appendScore([]byte("before"), score)[len("before"):]
		require.LessOrEqual(t, len(p), maxScoreBytes)
		require.Equal(t, len(p), scoreSize(p[0]), "%v", score)
		got, rest := readScore(append(p, "rest"...))
		require.Equal(t, math.Float64bits(score), math.Float64bits(got), "%v", score)
		require.Equal(t, "rest", string(rest))
		other := scores[max(0, i-1)]
		require.Equal(t, cmp.Compare(score, other), cmp.Compare(orderOf(score), orderOf(other)), "%v and %v", score, other)
	}
}

// Sizes are those that doc.go promises, on both sides of each step.
func TestScoreSizes(t *testing.T) {
	for _, c := range []struct {
		score float64
		size  int
	}{
		{0, 1}, {95, 1}, {96, 2}, {127, 2}, {128, 2}, {1<<14 - 1, 2}, {1 << 14, 3}, {1<<21 - 1, 3}, {1 << 21, 4}, {1<<27 - 1, 4}, {1 << 27, 5}, {1<<34 - 1, 5},
		{1 << 34, 6}, {1<<42 - 1, 6}, {1 << 42, 8}, {1 << 53, 8}, {-1, 2}, {-256, 2}, {-257, 3}, {-1 << 16, 3}, {-1<<16 - 1, 4}, {-1 << 53, 8},
		{math.Copysign(0, -1), 2}, {math.Inf(1), 3}, {math.Inf(-1), 3}, {0.5, 3}, {1.25, 3}, {0.1, 9}, {1e300, 9}, {1 << 60, 3},
		{1<<53 + 2, 9},
	} {
		require.Len(t, appendScore(nil, c.score), c.size, "%v", c.score)
	}
	// No first byte is left out: each is read, as so many bytes as are written for what comes out. Those between are entries'.
	for first := range 256 {
		if first >= hinted1 && first <= hintedMore {
			continue
		}
		p := make([]byte, maxScoreBytes)
		p[0] = byte(first)
		score, rest := readScore(p)
		require.Len(t, rest, maxScoreBytes-scoreSize(p[0]))
		require.False(t, math.IsNaN(score), "%x", first)
	}
}
