package tracking

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// model is a table as simple as can be.
type model map[string]map[int64]bool

func (m model) items() (sum int64) {
	for _, ids := range m {
		sum += int64(len(ids))
	}
	return sum
}

func (m model) take(key string) (ids []int64) {
	for id := range m[key] {
		ids = append(ids, id)
	}
	delete(m, key)
	slices.Sort(ids)
	return ids
}

// word draws a key: short, empty, long, of any bytes.
func word(random *rand.Rand) []byte {
	key := fmt.Appendf(nil, "key:%d", random.IntN(200))
	switch random.IntN(20) {
	case 0:
		return nil
	case 1:
		return append(key, make([]byte, random.IntN(5000))...)
	}
	return key
}

func TestTableIsTheModel(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	table, m := NewTable(), model{}
	id := func() int64 { return int64(1) << random.IntN(50) >> random.IntN(50) }
	for range 60_000 {
		key := word(random)
		switch n := random.IntN(1000); {
		case n < 700:
			if m[string(key)] == nil {
				m[string(key)] = map[int64]bool{}
			}
			who := id()
			m[string(key)][who] = true
			table.Add(key, who)
		case n < 950:
			require.Equal(t, m.take(string(key)), append([]int64(nil), table.Take(key, nil)...))
		case n < 990:
			key, ids, ok := table.TakeAny(random, []int64{7})
			require.Equal(t, len(m) > 0, ok)
			if ok {
				require.EqualValues(t, 7, ids[0])
				require.Equal(t, m.take(string(key)), ids[1:])
			}
		case n < 999:
			gone := func(who int64) bool { return who%3 == 0 }
			table.Prune(key, gone)
			for who := range m[string(key)] {
				if gone(who) && len(m[string(key)]) > 1 {
					// The table may keep the last of those who have gone: both are brought to the same.
					delete(m[string(key)], who)
				}
			}
			require.Subset(t, append(table.Take(key, nil), 0), m.take(string(key)))
		default:
			table.Clear()
			clear(m)
		}
		require.EqualValues(t, len(m), table.Keys())
		require.Equal(t, m.items(), table.Items())
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("\x00a\x01\x00a\x02\x01a\x00"))
	f.Fuzz(func(t *testing.T, script []byte) {
		table, m := NewTable(), model{}
		for len(script) >= 3 {
			what, key, who := script[0], script[1:2], int64(script[2])
			script = script[3:]
			if what%4 == 0 {
				require.Equal(t, m.take(string(key)), append([]int64(nil), table.Take(key, nil)...))
				continue
			}
			table.Add(key, who)
			if m[string(key)] == nil {
				m[string(key)] = map[int64]bool{}
			}
			m[string(key)][who] = true
		}
		require.EqualValues(t, len(m), table.Keys())
		require.Equal(t, m.items(), table.Items())
	})
}

// Clients that come and go don't pile up on a key that never changes.
func TestPruneBoundsAKey(t *testing.T) {
	t.Parallel()
	table, key := NewTable(), []byte("hot")
	const there, all = 1000, 20_000
	for id := int64(1); id <= all; id++ {
		if table.Add(key, id) {
			table.Prune(key, func(other int64) bool { return other < id-there })
		}
		require.LessOrEqual(t, table.Items(), int64(2*there+firstPrune+2))
	}
	ids := table.Take(key, nil)
	require.Subset(t, ids, []int64{all, all - 1, all - there})
}

// Several loops add at once what a section takes later.
func TestTableTogether(t *testing.T) {
	t.Parallel()
	table := NewTable()
	const loops, keys = 4, 2000
	var wait sync.WaitGroup
	for id := range int64(loops) {
		wait.Go(func() {
			for i := range keys {
				table.Add(fmt.Appendf(nil, "%d", i), id+1)
			}
		})
	}
	wait.Wait()
	require.EqualValues(t, keys, table.Keys())
	require.EqualValues(t, loops*keys, table.Items())
	for i := range keys {
		require.Equal(t, []int64{1, 2, 3, 4}, table.Take(fmt.Appendf(nil, "%d", i), nil))
	}
	require.Zero(t, table.Keys())
	require.Zero(t, table.Items())
}

// A million keys of one client take less than half of what they take in redis-server 7.0.15, which is 99 bytes a key of this kind.
func TestMemoryOfAMillion(t *testing.T) {
	if os.Getenv("CINNABAR_LONG") == "" {
		t.Skip("a million keys: CINNABAR_LONG=1")
	}
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	const count = 1_000_000
	before := heap()
	table := NewTable()
	for i := range count {
		table.Add(fmt.Appendf(nil, "key:%010d", i), 123)
	}
	took := float64(heap()-before) / count
	t.Logf("%.1f bytes a key of 14 on the heap, %.1f by its own count", took, float64(table.Bytes())/count)
	require.Less(t, took, 49.0)
	runtime.KeepAlive(table)
}

func BenchmarkAddKnown(b *testing.B) {
	table, key := NewTable(), []byte("key:0000000001")
	for b.Loop() {
		table.Add(key, 5)
	}
	b.ReportAllocs()
}
