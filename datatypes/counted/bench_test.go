package counted

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// itemBytes is the size of the benchmarks' entries.
const itemBytes = 32

func forSizes(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range []int{1e3, 1e6} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			run(b, n)
		})
	}
}

// filled is a list with so many items.
func filled(n int) *Tree {
	t := New(&page.Space{}, nil)
	item := make([]byte, itemBytes)
	for range n {
		t.Append(item)
	}
	return &t
}

// member makes entry i of an ordered tree: a number that looks random, and a name.
func member(buf []byte, i int) []byte {
	buf = binary.BigEndian.AppendUint64(buf[:0], uint64(i)*0x9e3779b97f4a7c15)
	return append(buf, "member:00000000"...)
}

// board is an ordered tree with so many entries.
func board(n int) *Tree {
	t := New(&page.Space{}, leading)
	var buf []byte
	for i := range n {
		buf = member(buf, i)
		t.Insert(search(&t, buf), buf)
	}
	return &t
}

func reportBytes(b *testing.B, t *Tree) {
	b.ReportMetric(float64(t.AllocatedBytes())/float64(t.Len()), "bytes/entry")
}

// push adds items, to as many trees as that takes.
func push(b *testing.B, n int, add func(t *Tree, item []byte)) {
	space := &page.Space{}
	item := make([]byte, itemBytes)
	t := New(space, nil)
	for range b.N {
		if t.Len() == n {
			t.DeleteRange(0, n)
		}
		add(&t, item)
	}
	reportBytes(b, &t)
}

func BenchmarkAppend(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) { push(b, n, (*Tree).Append) })
}

func BenchmarkPrepend(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) { push(b, n, (*Tree).Prepend) })
}

// An entry comes at one end and one goes at the other.
func BenchmarkQueue(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t, item := filled(n), make([]byte, itemBytes)
		for b.Loop() {
			t.Append(item)
			t.Delete(0)
		}
	})
}

// An entry comes and goes at the same end.
func BenchmarkStack(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t, item := filled(n), make([]byte, itemBytes)
		for b.Loop() {
			t.Append(item)
			t.Delete(t.Len() - 1)
		}
	})
}

var sink byte

func BenchmarkAt(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := filled(n)
		random := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			sink += t.At(random.IntN(n))[0]
		}
	})
}

func BenchmarkSet(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t, item := filled(n), make([]byte, itemBytes)
		random := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			t.Set(random.IntN(n), item)
		}
	})
}

// An entry comes somewhere and another goes elsewhere.
func BenchmarkInsertDeleteMiddle(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t, item := filled(n), make([]byte, itemBytes)
		random := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			t.Insert(random.IntN(n), item)
			t.Delete(random.IntN(n))
		}
		reportBytes(b, t)
	})
}

// A member of an ordered tree gets another score.
func BenchmarkOrderedMove(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := board(n)
		var buf []byte
		for i := 0; b.Loop(); i++ {
			buf = member(buf, i)
			t.Delete(search(t, buf))
			buf = member(buf, i+n)
			t.Insert(search(t, buf), buf)
		}
		reportBytes(b, t)
	})
}

func BenchmarkSearch(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := board(n)
		random := rand.New(rand.NewPCG(1, 1))
		var buf []byte
		for b.Loop() {
			buf = member(buf, random.IntN(n))
			sink += byte(search(t, buf))
		}
	})
}

// The same with every prefix equal, as with members of one score.
func BenchmarkSearchTies(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := New(&page.Space{}, func([]byte) uint64 { return 0 })
		for i := range n {
			t.Append(binary.BigEndian.AppendUint64(nil, uint64(i)))
		}
		random := rand.New(rand.NewPCG(1, 1))
		var target [8]byte
		for b.Loop() {
			binary.BigEndian.PutUint64(target[:], uint64(random.IntN(n)))
			sink += byte(t.Search(0, func(entry []byte) bool { return bytes.Compare(entry, target[:]) < 0 }))
		}
	})
}

func BenchmarkAscend(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := filled(n)
		for b.Loop() {
			for _, entry := range t.Ascend(0) {
				sink += entry[0]
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
	})
}

func BenchmarkDescend(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := filled(n)
		for b.Loop() {
			for _, entry := range t.Descend(n - 1) {
				sink += entry[0]
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
	})
}

// Half of the entries go from the middle, in one piece; what is left is thrown away.
func BenchmarkDeleteRange(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t := filled(n)
		for b.Loop() {
			other := t.Share()
			other.DeleteRange(n/4, 3*n/4)
		}
	})
}

// The first change after a view.
func BenchmarkSetAfterView(b *testing.B) {
	forSizes(b, func(b *testing.B, n int) {
		t, item := filled(n), make([]byte, itemBytes)
		random := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			at := t.space.Open()
			t.Set(random.IntN(n), item)
			t.space.Close(at)
		}
	})
}
