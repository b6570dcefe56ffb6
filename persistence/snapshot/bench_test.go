package snapshot

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// workloads are stores of one shape each: what puts the value of a number under a key.
var workloads = []struct {
	name string
	keys int
	put  func(ed datatypes.Editor, key []byte, n int)
}{
	{"strings", 2_000_000, func(ed datatypes.Editor, key []byte, n int) {
		ed.SetString(key, fmt.Appendf(nil, "value:%026d", n*7919), 0)
	}},
	{"deadlines", 2_000_000, func(ed datatypes.Editor, key []byte, n int) {
		ed.SetString(key, fmt.Appendf(nil, "value:%026d", n*7919), 1_900_000_000_000+int64(n)*7919%100_000_000)
	}},
	{"hashes", 200_000, func(ed datatypes.Editor, key []byte, n int) {
		ed.ChangeHash(&datatypes.Entry{}, key, 8, func(f *hash.Form, edit *hash.Edit) {
			for i := range 8 {
				f.Set(edit, fmt.Appendf(nil, "field:%d", i), fmt.Appendf(nil, "v%09d", n+i))
			}
		})
	}},
	{"sets", 200_000, func(ed datatypes.Editor, key []byte, n int) {
		ed.ChangeSet(&datatypes.Entry{}, key, func(f *set.Form, edit *set.Edit) {
			for i := range 20 {
				f.Add(edit, strconv.AppendInt(nil, int64(n*20+i), 10))
			}
		})
	}},
	{"zsets", 200_000, func(ed datatypes.Editor, key []byte, n int) {
		ed.ChangeSortedSet(&datatypes.Entry{}, key, 9, func(f *zset.Form, edit *zset.Edit) {
			for i := range 10 {
				f.Add(edit, fmt.Appendf(nil, "m%06d", n+i), float64(n*7919%1000+i))
			}
		})
	}},
	{"lists", 200_000, func(ed datatypes.Editor, key []byte, n int) {
		ed.ChangeList(&datatypes.Entry{}, key, func(f *list.Form, edit *list.Edit) {
			for i := range 10 {
				f.PushBack(edit, fmt.Appendf(nil, "item%05d", n+i))
			}
		})
	}},
	{"one large of each", 8, func(ed datatypes.Editor, key []byte, n int) {
		for i := range 250_000 {
			member := fmt.Appendf(nil, "member:%d", i*7919%1_000_003)
			switch n % 4 {
			case 0:
				ed.ChangeHash(&datatypes.Entry{}, key, 8, func(f *hash.Form, edit *hash.Edit) { f.Set(edit, member, member) })
			case 1:
				ed.ChangeSet(&datatypes.Entry{}, key, func(f *set.Form, edit *set.Edit) { f.Add(edit, member) })
			case 2:
				ed.ChangeSortedSet(&datatypes.Entry{}, key, 8, func(f *zset.Form, edit *zset.Edit) { f.Add(edit, member, float64(i*7919%10_007)) })
			default:
				ed.ChangeList(&datatypes.Entry{}, key, func(f *list.Form, edit *list.Edit) { f.PushBack(edit, member) })
			}
		}
	}},
}

func workload(put func(ed datatypes.Editor, key []byte, n int), keys int) *datatypes.Store {
	s := newStore()
	for n := range keys {
		put(s.Edit(0), fmt.Appendf(nil, "key:%012d", n), n)
	}
	return s
}

func BenchmarkWrite(b *testing.B) {
	for _, w := range workloads {
		s := workload(w.put, w.keys)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d workers", w.name, workers), func(b *testing.B) {
				view := s.View()
				defer view.Close()
				b.ReportAllocs()
				for b.Loop() {
					_, err := Write(io.Discard, view, databases, WriteOptions{Options: rdb.Options{Version: 10, Compress: true, Checksum: true}, Workers: workers})
					require.NoError(b, err)
				}
				b.ReportMetric(float64(w.keys*b.N)/b.Elapsed().Seconds(), "keys/s")
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, w := range workloads {
		p, _ := written(b, workload(w.put, w.keys), WriteOptions{Options: rdb.Options{Version: 10, Compress: true, Checksum: true}})
		for _, workers := range []int{1, 2, 3} {
			b.Run(fmt.Sprintf("%s/%d workers", w.name, workers), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					file, err := rdb.NewReader(bytes.NewReader(p), rdb.ReadOptions{})
					require.NoError(b, err)
					l, err := Load(newStore(), file, LoadOptions{Workers: workers})
					require.NoError(b, err)
					require.Equal(b, int64(w.keys), l.Keys)
				}
				b.ReportMetric(float64(w.keys*b.N)/b.Elapsed().Seconds(), "keys/s")
			})
		}
	}
}
