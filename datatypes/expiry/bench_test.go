package expiry

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkFile files hashes with deadlines at random within a TTL, and tells what each takes.
func BenchmarkFile(b *testing.B) {
	for _, ttl := range []struct {
		name string
		ms   int64
	}{{"10s", 10_000}, {"1h", 3_600_000}, {"30d", 30 * 86_400_000}} {
		b.Run(ttl.name, func(b *testing.B) {
			b.ReportAllocs()
			var ix Index
			random := rand.New(rand.NewPCG(1, 2))
			for range b.N {
				ix.File(random.Uint64(), start+random.Int64N(ttl.ms), start)
			}
			b.ReportMetric(float64(ix.Bytes())/float64(ix.Len()), "bytes/hash")
		})
	}
}

// BenchmarkTenMillion files ten million hashes at an even pace with the same TTL, as a busy server does, and tells what each takes.
func BenchmarkTenMillion(b *testing.B) {
	const keys = 10_000_000
	for range b.N {
		var ix Index
		random := rand.New(rand.NewPCG(1, 2))
		for i := range int64(keys) {
			now := start + i*3_600_000/keys
			ix.File(random.Uint64(), now+3_600_000, now)
		}
		b.ReportMetric(float64(ix.Bytes())/keys, "bytes/hash")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/keys, "ns/hash")
	}
}

// BenchmarkFire takes out hashes, in slices of 128, that are gone (one look) or are filed in a finer bucket.
func BenchmarkFire(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprintf("kept=%t", kept), func(b *testing.B) {
			b.ReportAllocs()
			var ix Index
			random := rand.New(rand.NewPCG(1, 2))
			for range b.N {
				ix.File(random.Uint64(), start+20_000, start)
			}
			now := start + 20_000
			b.ResetTimer()
			for more := true; more; {
				_, more = ix.Fire(now, 128, func(hash uint64) (int64, bool) { return now + int64(hash>>50), kept })
			}
		})
	}
}

// BenchmarkSteady is a server with a TTL of 10 s: each step files a hash and takes out what is due.
func BenchmarkSteady(b *testing.B) {
	b.ReportAllocs()
	var ix Index
	random := rand.New(rand.NewPCG(1, 2))
	gone := func(uint64) (int64, bool) { return 0, false }
	step := func(i int64) {
		now := start + i/100
		ix.File(random.Uint64(), now+10_000, now)
		if i%100 == 0 {
			ix.Fire(now, 1000, gone)
		}
	}
	const warm = 2_000_000
	for i := range int64(warm) {
		step(i)
	}
	b.ResetTimer()
	for i := range int64(b.N) {
		step(warm + i)
	}
}
