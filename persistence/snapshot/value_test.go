package snapshot

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// settled is a store after a reload: what Redis wouldn't show in the same encoding either, it doesn't any more.
func settled(t testing.TB, s *datatypes.Store) *datatypes.Store {
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 12}})
	return loaded(t, p, LoadOptions{Workers: 1})
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(1) {
		r := rand.New(rand.NewPCG(seed, 1))
		random := filled(r, 700)
		s := settled(t, random)
		want := state(t, s)
		require.Len(t, want, len(state(t, random)))
		for _, options := range []WriteOptions{
			{Options: rdb.Options{Version: 10, Compress: true, Checksum: true}},
			{Options: rdb.Options{Version: 10}, Workers: 1},
			{Options: rdb.Options{Version: 11, Checksum: true}, Workers: 3},
			{Options: rdb.Options{Version: 12, Compress: true}, Workers: 2},
		} {
			p, w := written(t, s, options)
			require.Equal(t, int64(len(want)), w.Keys)
			require.Equal(t, options.Version < 12, w.Beside > 0)
			for _, workers := range []int{1, 3} {
				got := loaded(t, p, LoadOptions{Workers: workers})
				require.Equal(t, want, state(t, got), "seed %d, version %d, %d workers", seed, options.Version, workers)
				require.Equal(t, fieldDeadlinesOf(s), fieldDeadlinesOf(got))
			}
		}
	}
}

func fieldDeadlinesOf(s *datatypes.Store) (counts []int) {
	for i := range s.Databases() {
		counts = append(counts, s.DB(i).FieldDeadlines())
	}
	return counts
}

// Payloads of DUMP, each put back.
func TestPayloads(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	s := settled(t, filled(r, 1000))
	for i := range s.Databases() {
		into := newStore()
		b := NewBuilder(into.DB(0).Building())
		s.DB(i).Range(func(key []byte, e datatypes.Entry) bool {
			p, err := Dump(&e, rdb.Options{Version: 10 + r.IntN(3), Compress: r.IntN(2) == 0})
			require.NoError(t, err)
			require.NoError(t, b.Restore(p, false))
			var found datatypes.Entry
			b.Put(into.Edit(0), &found, key, e.DeadlineMs())
			require.Equal(t, described(&e), described(&found))
			p[r.IntN(len(p))]++
			require.Error(t, b.Restore(p, false))
			return true
		})
	}
}

// A value built on a view, beside the store, becomes the store's.
func TestBuiltApart(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	s := newStore()
	for n := range 300 {
		key := []byte{byte(n % 50)}
		other := newStore()
		fill(r, other.Edit(0), key, 1500)
		var e datatypes.Entry
		other.DB(0).Find(&e, key, -1<<63)
		p, err := Dump(&e, rdb.Options{Version: 12})
		require.NoError(t, err)
		view := s.View()
		b := NewBuilder(view.DB(0).Building())
		require.NoError(t, b.Restore(p, false))
		view.Close()
		var found datatypes.Entry
		b.Put(s.Edit(0), &found, key, 0)
		fill(r, s.Edit(0), []byte{byte(r.IntN(50))}, 500)
	}
	state(t, s)
}

// goldenFiles are what other servers wrote; one of them is broken on purpose.
func goldenFiles(t testing.TB) map[string][]byte {
	paths, err := filepath.Glob("../rdb/testdata/*.rdb")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	files := map[string][]byte{}
	for _, path := range paths {
		p, err := os.ReadFile(path)
		require.NoError(t, err)
		files[filepath.Base(path)] = p
	}
	delete(files, "redis-corrupt_ziplist.rdb")
	return files
}

func TestGoldenFiles(t *testing.T) {
	streams := 0
	for name, p := range goldenFiles(t) {
		s := loaded(t, p, LoadOptions{Workers: 1})
		want := state(t, s)
		for version := 10; version <= 12; version++ {
			again, w := written(t, s, WriteOptions{Options: rdb.Options{Version: version, Compress: true, Checksum: true}})
			require.Equal(t, int64(len(want)), w.Keys)
			if version == 10 && strings.HasPrefix(name, "v12") {
				continue // streams of newer types have become older ones
			}
			require.Equal(t, want, state(t, loaded(t, again, LoadOptions{Workers: 2})), name)
		}
		for _, value := range want {
			if strings.HasPrefix(value, "stream, ") {
				streams++
			}
		}
	}
	require.NotZero(t, streams)
}

// A score of -0 stays what it is, though redis-server makes it 0 where it packs a sorted set.
func TestNegativeZero(t *testing.T) {
	for _, members := range []int{1, 200} {
		s := newStore()
		s.Edit(0).ChangeSortedSet(&datatypes.Entry{}, []byte("key"), 3, func(f *zset.Form, edit *zset.Edit) {
			for n := range members {
				f.Add(edit, []byte(strconv.Itoa(n)), math.Copysign(0, -1))
			}
		})
		p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}})
		require.Equal(t, state(t, s), state(t, loaded(t, p, LoadOptions{})))
	}
}
