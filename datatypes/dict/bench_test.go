package dict

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

var benchSeed = maphash.MakeSeed()

func benchHash(key []byte) uint64 { return maphash.Bytes(benchSeed, key) }

const benchPayload = 32

// bench is a dictionary of n keys of 16 bytes with payloads of 32.
type bench struct {
	space *page.Space
	dict  *Dict
	n     uint64
	key   [16]byte
}

func newBench(n int) *bench {
	s := &bench{space: &page.Space{}, n: uint64(n)}
	s.dict = New(s.space, benchHash)
	for i := range s.n {
		s.put(i, benchPayload)
	}
	return s
}

// at makes the key of that number; numbers spread it, so that neighbours aren't neighbours in memory.
func (s *bench) at(i uint64) []byte {
	binary.LittleEndian.PutUint64(s.key[:], i*0x9e3779b97f4a7c15)
	return s.key[:]
}

func (s *bench) put(i uint64, size int) {
	key := s.at(i)
	h := benchHash(key)
	s.dict.Put(s.dict.Find(h, key), h, key, size, nil)
}

func (s *bench) report(b *testing.B) {
	b.ReportMetric(float64(s.dict.Size().Allocated)/float64(max(s.dict.Len(), 1)), "bytes/key")
	b.ReportMetric(float64(s.dict.Size().Live)/float64(max(s.dict.Len(), 1)), "live/key")
}

// scatter goes through all numbers below n in an order without a pattern: steps of a prime.
func (s *bench) scatter(i int) uint64 { return uint64(i) * 1_000_003 % s.n }

// BenchmarkDict has a sub-benchmark for each size and operation; ten million keys with CINNABAR_LONG set only.
func BenchmarkDict(b *testing.B) {
	sizes := []int{1000, 1_000_000}
	if os.Getenv("CINNABAR_LONG") != "" {
		sizes = append(sizes, 10_000_000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newBench(n)
			b.Run("find hit", func(b *testing.B) { s.finds(b, 0) })
			b.Run("find miss", func(b *testing.B) { s.finds(b, s.n) })
			b.Run("put same size", func(b *testing.B) { s.each(b, func(i int) { s.put(s.scatter(i), benchPayload) }) })
			b.Run("put other size", func(b *testing.B) {
				s.each(b, func(i int) { s.put(s.scatter(i), benchPayload-4+i/n%2*8) })
			})
			b.Run("delete and put", func(b *testing.B) {
				s.each(b, func(i int) {
					key := s.at(s.scatter(i))
					s.dict.Delete(benchHash(key), key)
					s.put(s.scatter(i), benchPayload)
				})
			})
			b.Run("scan", func(b *testing.B) {
				from := uint64(0)
				s.each(b, func(int) { from = s.dict.Scan(from, 10, func(Item) {}) })
			})
			b.Run("view", func(b *testing.B) {
				s.each(b, func(int) {
					at := s.space.Open()
					s.dict.View()
					s.space.Close(at)
				})
			})
			b.Run("first overwrite", s.firstOverwrites)
			b.Run("readers beside a writer", s.readersBesideAWriter)
		})
		b.Run(fmt.Sprint(n, "/put new"), func(b *testing.B) {
			s := &bench{n: uint64(n)}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%n == 0 {
					s.space = &page.Space{}
					s.dict = New(s.space, benchHash)
				}
				s.put(uint64(i%n), benchPayload)
			}
			s.report(b)
		})
	}
}

func (s *bench) each(b *testing.B, do func(i int)) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		do(i)
	}
	s.report(b)
}

func (s *bench) finds(b *testing.B, beyond uint64) {
	s.each(b, func(i int) {
		key := s.at(s.scatter(i) + beyond)
		if s.dict.Find(benchHash(key), key).Found() != (beyond == 0) {
			b.Fatal("found what isn't there, or not what is")
		}
	})
}

// firstOverwrites puts over a key just after a view was opened; the time of opening isn't in the percentile.
func (s *bench) firstOverwrites(b *testing.B) {
	var took []time.Duration
	s.each(b, func(i int) {
		at := s.space.Open()
		began := time.Now()
		s.put(s.scatter(i), benchPayload)
		if len(took) < 1<<20 {
			took = append(took, time.Since(began))
		}
		s.space.Close(at)
	})
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
}

// readersBesideAWriter measures finds in a view while a writer puts over keys without a pause. Take it with -cpu 1,2.
func (s *bench) readersBesideAWriter(b *testing.B) {
	at := s.space.Open()
	view := s.dict.View()
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				s.put(s.scatter(i), benchPayload)
			}
		}
	})
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		mine := bench{n: s.n}
		for i := 0; pb.Next(); i++ {
			key := mine.at(s.scatter(i))
			view.Find(benchHash(key), key)
		}
	})
	b.StopTimer()
	close(stop)
	writer.Wait()
	s.space.Close(at)
}
