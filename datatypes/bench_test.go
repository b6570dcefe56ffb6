package datatypes

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// sizes are the numbers of keys that the benchmarks run at; ten million only where asked for.
func sizes() []int {
	if os.Getenv("CINNABAR_LONG") != "" {
		return []int{1_000, 1_000_000, 10_000_000}
	}
	return []int{1_000, 100_000, 1_000_000}
}

const benchmarkKey = "key:%012d"

func filled(count int) (*Store, [][]byte) {
	store := NewStore(1)
	ed := store.Edit(0)
	value := make([]byte, 32)
	for i := range count {
		ed.SetString(fmt.Appendf(nil, benchmarkKey, i), value, NoDeadline)
	}
	random := rand.New(rand.NewPCG(1, 2))
	names := make([][]byte, 1<<16)
	for i := range names {
		names[i] = fmt.Appendf(nil, benchmarkKey, random.IntN(count))
	}
	return store, names
}

func bench(b *testing.B, run func(b *testing.B, store *Store, names [][]byte)) {
	for _, count := range sizes() {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			store, names := filled(count)
			b.ReportAllocs()
			b.ReportMetric(float64(store.UsedBytes())/float64(count), "used-B/key")
			run(b, store, names)
		})
	}
}

func BenchmarkFind(b *testing.B) {
	bench(b, func(b *testing.B, store *Store, names [][]byte) {
		db := store.DB(0)
		var e Entry
		for i := 0; b.Loop(); i++ {
			if !db.Find(&e, names[i&(1<<16-1)], 0) || e.StringLen() != 32 {
				b.Fatal("not found")
			}
		}
	})
}

// BenchmarkTouch finds keys and notes their use, with a clock for all keys of a slot and with one for each.
func BenchmarkTouch(b *testing.B) {
	for _, fine := range []bool{false, true} {
		b.Run(fmt.Sprint("fine ", fine), func(b *testing.B) {
			bench(b, func(b *testing.B, store *Store, names [][]byte) {
				store.FineClocks(fine)
				for store.Tend(1000) {
				}
				b.ReportMetric(float64(store.UsedBytes())/float64(store.DB(0).Len()), "used-B/key")
				db := store.DB(0)
				var e Entry
				for i := 0; b.Loop(); i++ {
					if !db.Find(&e, names[i&(1<<16-1)], 0) || e.StringLen() != 32 {
						b.Fatal("not found")
					}
					db.Touch(&e, uint32(i>>20))
				}
			})
		})
	}
}

func BenchmarkSetOver(b *testing.B) {
	bench(b, func(b *testing.B, store *Store, names [][]byte) {
		ed, value := store.Edit(0), make([]byte, 32)
		var e Entry
		for i := 0; b.Loop(); i++ {
			key := names[i&(1<<16-1)]
			ed.Find(&e, key, 0)
			ed.SetStringAt(&e, key, value, NoDeadline)
		}
	})
}

func BenchmarkIncr(b *testing.B) {
	bench(b, func(b *testing.B, store *Store, names [][]byte) {
		ed := store.Edit(0)
		var e Entry
		for i := 0; b.Loop(); i++ {
			key := names[i&(1<<16-1)]
			ed.Find(&e, key, 0)
			ed.SetIntAt(&e, key, int64(i), NoDeadline)
		}
	})
}

// BenchmarkExpire deletes keys whose time has come, found through the index: one a turn.
func BenchmarkExpire(b *testing.B) {
	const now = 1_700_000_000_000
	value := make([]byte, 32)
	for b.Loop() {
		b.StopTimer()
		store := NewStore(1)
		ed := store.Edit(0)
		ed.AppendExpired(nil, now, 1)
		const count = 1_000_000
		for i := range count {
			ed.SetString(fmt.Appendf(nil, benchmarkKey, i), value, now+int64(i%1000))
		}
		var keys [][]byte
		b.StartTimer()
		for more := true; more; {
			if keys, more = ed.AppendExpired(keys[:0], now+5000, 16); len(keys) > 0 {
				for _, key := range keys {
					ed.Delete(key)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/count, "ns/key")
		if ed.Len() != 0 {
			b.Fatal("keys left")
		}
	}
}

// BenchmarkDelete deletes a key and stores it anew.
func BenchmarkDelete(b *testing.B) {
	bench(b, func(b *testing.B, store *Store, names [][]byte) {
		ed, value := store.Edit(0), make([]byte, 32)
		for i := 0; b.Loop(); i++ {
			key := names[i&(1<<16-1)]
			ed.Delete(key)
			ed.SetString(key, value, NoDeadline)
		}
	})
}
