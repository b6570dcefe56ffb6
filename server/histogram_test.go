package server

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBuckets walks over every bucket: they join without a gap, and are no wider than an eighth of what they hold.
func TestBuckets(t *testing.T) {
	next := uint64(0)
	for i := range histogramBuckets {
		end := bucketEnd(i)
		require.GreaterOrEqual(t, end, next)
		require.Equal(t, i, bucketOf(next), "beginning of bucket %d", i)
		require.Equal(t, i, bucketOf(end), "end of bucket %d", i)
		if end >= 8 {
			require.LessOrEqual(t, float64(end-next+1), float64(next)/8)
		}
		next = end + 1
	}
	require.Greater(t, time.Duration(next), time.Hour)
	require.Equal(t, histogramBuckets-1, bucketOf(math.MaxUint64))
}

// TestPercentilesOfSortedValues compares percentiles with those of the sorted values: never below, and above by an eighth at most.
func TestPercentilesOfSortedValues(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	for _, count := range []int{1, 2, 3, 10, 999, 20000} {
		halves := [2]histogram{}
		values := make([]float64, count)
		for i := range values {
			d := time.Duration(math.Exp(random.Float64() * 25))
			halves[i%2].record(d)
			values[i] = float64(max(d, 1))
		}
		var h histogram
		h.merge(&halves[0])
		h.merge(nil)
		h.merge(&halves[1])
		require.EqualValues(t, count, h.total)
		slices.Sort(values)
		for _, percent := range []float64{0, 1, 25, 50, 75, 90, 99, 99.9, 99.99, 100} {
			rank := max(int(percent/100*float64(count)+0.5), 1)
			want, got := values[rank-1], float64(h.percentile(percent))
			require.GreaterOrEqual(t, got, want, "p%v of %d values", percent, count)
			require.LessOrEqual(t, got, want*1.125, "p%v of %d values", percent, count)
		}
		for end := uint64(1); end <= 1<<42; end *= 2 {
			index, _ := slices.BinarySearch(values, float64(end))
			require.EqualValues(t, index, h.below(end), "values below %d", end)
		}
	}
	require.Zero(t, new(histogram).percentile(50))
}

func TestRecordingAllocatesNothing(t *testing.T) {
	var h histogram
	require.Zero(t, testing.AllocsPerRun(100, func() { h.record(12345) }))
}

func BenchmarkHistogramRecord(b *testing.B) {
	var h histogram
	for i := range b.N {
		h.record(time.Duration(i))
	}
}
