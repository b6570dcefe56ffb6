package datatypes

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// saveBesideWrites opens a view of a database of so many keys of 16 bytes with values of 32, goes through all of them with one random overwrite
// for so many, and tells how much memory that took at the most, as a part of what the keys take. With pack the pages lay side by side at first.
// With help the writer reads what he has displaced himself if it is more than a twentieth.
func saveBesideWrites(t testing.TB, keys, each int, walk, pack, help bool) (extra float64) {
	store := NewStore(1)
	ed := store.Edit(0)
	value := make([]byte, 32)
	name := func(n int) []byte { return fmt.Appendf(nil, "key:%012d", n) }
	for n := range keys {
		ed.SetString(name(n), value, NoDeadline)
	}
	if pack {
		store.Pack()
		for store.Tend(1000) {
		}
		store.Trim()
	}
	random := rand.New(rand.NewPCG(1, 2))
	used, free := store.UsedBytes(), store.Memory().Free
	most, seen := int64(0), 0
	view := store.View()
	yield := func([]byte, Entry) bool {
		if seen++; seen%each == 0 {
			value[0]++
			ed.SetString(name(random.IntN(keys)), value, NoDeadline)
			m := store.Memory()
			most = max(most, m.Displaced+m.Free-free)
			if help && m.Displaced > used/20 {
				view.WalkDisplaced(1, func(int, []byte, Entry) bool {
					seen++
					return true
				})
			}
		}
		return true
	}
	if walk {
		view.Walk(0, 0, Positions, yield)
	} else {
		view.DB(0).Range(yield)
	}
	require.Equal(t, keys, seen)
	view.Close()
	return float64(most) / float64(used)
}

// What a save costs beside writes is the pages that were written before it came to them, at any one time, and not all that were written.
func TestWalkKeepsLittle(t *testing.T) {
	t.Parallel()
	const keys = 40_000
	for _, run := range []struct {
		each       int // keys read for a write
		pack, help bool
		bound      float64
	}{
		{200, false, false, 0.07}, {50, false, false, 0.09}, {20, false, false, 0.4}, {5, false, true, 0.14},
		{50, true, false, 0.17}, {1, true, true, 0.22}, // pieces of slabs don't all fit again
	} {
		plain, walked := saveBesideWrites(t, keys, run.each, false, run.pack, false), saveBesideWrites(t, keys, run.each, true, run.pack, run.help)
		t.Logf("%+v: %.1f %% more memory if the view is kept, %.1f %% if it is consumed", run, 100*plain, 100*walked)
		require.Less(t, walked, run.bound)
		require.Less(t, walked, plain/2)
	}
}

// BenchmarkSaveBesideWrites tells the extra memory of a save, in percent of what the keys take; a number of keys is read for each write.
func BenchmarkSaveBesideWrites(b *testing.B) {
	keys := 200_000
	if os.Getenv("CINNABAR_LONG") != "" {
		keys = 2_000_000
	}
	for _, each := range []int{200, 50, 20, 5, 1} {
		for _, how := range []struct {
			name       string
			walk, help bool
		}{{"kept", false, false}, {"consumed", true, false}, {"helped", true, true}} {
			b.Run(fmt.Sprintf("%d/%s", each, how.name), func(b *testing.B) {
				for b.Loop() {
					b.ReportMetric(100*saveBesideWrites(b, keys, each, how.walk, false, how.help), "extra-%")
				}
			})
		}
	}
}
