package zset

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

func BenchmarkZSet(b *testing.B) {
	for _, n := range []int{10, 1000, 1_000_000} {
		for _, kind := range []struct {
			name  string
			score func(int) float64
		}{{"whole scores", mixed}, {"one score", alike}} {
			random, ed := rand.New(rand.NewPCG(1, 1)), newEdit()
			members := make([][]byte, n)
			for i := range members {
				members[i] = []byte(word(i))
			}
			random.Shuffle(n, func(i, j int) { members[i], members[j] = members[j], members[i] })
			var f Form
			for i, member := range members {
				f.Add(ed, member, kind.score(i))
			}
			f.Packed = bytes.Clone(f.Packed)
			random.Shuffle(n, func(i, j int) { members[i], members[j] = members[j], members[i] })
			run := func(what string, do func(i int)) {
				b.Run(fmt.Sprintf("%d %s/%s", n, kind.name, what), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						do(i % n)
					}
					size := float64(len(f.Packed))
					if f.Tree != nil {
						size = float64(f.Tree.AllocatedBytes())
					}
					b.ReportMetric(size/float64(n), "bytes/member")
				})
			}
			run("find", func(i int) { f.Find(members[i]) })
			run("remove and add", func(i int) {
				at := f.Find(members[i])
				f.Remove(ed, members[i])
				f.Add(ed, members[i], at.Score)
			})
			run("increment", func(i int) {
				at := f.Find(members[i])
				f.Put(ed, at, members[i], at.Score+1)
			})
			run("page of ten", func(i int) { f.Range(i/10*10, i/10*10+10, func(packed.Item, float64) bool { return true }) })
			run("pop and add", func(i int) {
				member, score := f.PopFirst(ed, nil)
				f.Add(ed, member, score)
			})
			cursor := uint64(0)
			run("scan ten", func(int) { cursor = f.Scan(cursor, 10, func(packed.Item, float64) {}) })
			run("random", func(int) { f.Random(random) })
		}
	}
}

// BenchmarkScoreChange gives one of 100,000 members another score: any of as many, or one more than a few ten thousand others have too.
func BenchmarkScoreChange(b *testing.B) {
	const n = 100_000
	random, ed := rand.New(rand.NewPCG(1, 1)), newEdit()
	members := make([][]byte, n)
	for i := range members {
		members[i] = fmt.Appendf(nil, "element:%012d", i)
	}
	for _, kind := range []struct {
		name  string
		score func(was float64) float64
	}{
		{"random score", func(float64) float64 { return float64(random.IntN(n)) }},
		{"increment", func(was float64) float64 { return was + 1 }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			var f Form
			change := func() {
				member := members[random.IntN(n)]
				at := f.Find(member)
				f.Put(ed, at, member, kind.score(at.Score))
			}
			for range 10 * n {
				change()
			}
			for b.Loop() {
				change()
			}
			b.ReportMetric(float64(f.Tree.AllocatedBytes())/float64(f.Len()), "bytes/member")
		})
	}
}
