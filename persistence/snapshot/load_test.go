package snapshot

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// many is a store of so many keys: strings, every tenth with a deadline, every hundredth a set of numbers, every thousandth a large one.
func many(keys int) *datatypes.Store {
	r := rand.New(rand.NewPCG(1, 2))
	s := newStore()
	for n := range keys {
		key := strconv.AppendInt([]byte("key:"), int64(n), 10)
		switch {
		case n%100 == 0:
			fill(r, s.Edit(0), key, 100)
		case n%10 == 0:
			s.Edit(0).SetIntAt(&datatypes.Entry{}, key, int64(n), 1_900_000_000_000+int64(n))
		default:
			s.Edit(0).SetString(key, key, 0)
		}
	}
	return s
}

// Enough keys, or bytes, for a database to be divided, and more than fit into the queue.
func TestManyKeys(t *testing.T) {
	const keys = 30_000
	s := settled(t, many(keys))
	s.Edit(0).SetString([]byte("long"), noise(rand.New(rand.NewPCG(3, 4)), 3<<20), 0)
	s.Edit(5).SetString([]byte("elsewhere"), []byte("x"), 0)
	want := state(t, s)
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10, Checksum: true}})
	for i, workers := range []int{1, 2, 5} {
		offsets := []int64{0}
		got := newStore()
		l, err := load(got, p, LoadOptions{Workers: workers, Size: int64(len(p) * i * i * i), Progress: func(offset int64) error {
			offsets = append(offsets, offset)
			return nil
		}})
		require.NoError(t, err)
		require.Equal(t, int64(len(want)), l.Keys)
		require.Equal(t, want, state(t, got))
		require.Equal(t, fieldDeadlinesOf(s), fieldDeadlinesOf(got))
		require.Equal(t, int64(len(p)), offsets[len(offsets)-1])
		require.Greater(t, len(offsets), len(p)/(3<<20))
		require.InDelta(t, s.UsedBytes(), got.UsedBytes(), float64(s.UsedBytes())/10)
		checkDeadlines(t, got)
		// It goes on as any other store.
		for n := range keys {
			require.True(t, got.Edit(0).Delete(strconv.AppendInt([]byte("key:"), int64(n), 10)))
		}
		require.Equal(t, 1, got.DB(0).Len())
	}
}

// checkDeadlines waits for every deadline of database 0 to come.
func checkDeadlines(t *testing.T, s *datatypes.Store) {
	db, due := s.DB(0), 0
	seen := map[string]bool{}
	for more := true; more; {
		var keys [][]byte
		keys, more = db.AppendExpired(nil, 1_900_000_000_000+60_000, 1<<20)
		for _, key := range keys {
			seen[string(key)] = true
		}
	}
	db.Range(func(key []byte, e datatypes.Entry) bool {
		if e.Expired(1_900_000_000_000) || e.DeadlineMs() != 0 && e.DeadlineMs() < 1_900_000_000_000+60_000 {
			due++
			require.True(t, seen[string(key)], "%q", key)
		}
		return true
	})
	require.NotZero(t, due)
}

func TestExpiredAndReplaced(t *testing.T) {
	s := newStore()
	for i, deadline := range []int64{0, 1, 99, 100, 101, 5000} {
		s.Edit(0).SetString([]byte{byte(i)}, []byte("x"), deadline)
	}
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}})
	got := newStore()
	l, err := load(got, p, LoadOptions{NowMs: 100})
	require.NoError(t, err)
	require.Equal(t, Loaded{Keys: 3, Expired: 3}, l)
	_, err = load(got, p, LoadOptions{NowMs: 100})
	require.ErrorIs(t, err, errKeyTwice)
	got.Edit(0).SetString([]byte{0}, []byte("another"), 7)
	got.Edit(0).SetString([]byte("stays"), []byte("x"), 0)
	l, err = load(got, p, LoadOptions{Replace: true})
	require.NoError(t, err)
	require.Equal(t, Loaded{Keys: 6}, l)
	require.Equal(t, 7, got.DB(0).Len())
	got.Edit(0).Delete([]byte("stays"))
	require.Equal(t, state(t, s), state(t, got))
}

// A large store is replaced key by key, by several workers.
func TestManyReplaced(t *testing.T) {
	s := settled(t, many(20_000))
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 12}})
	got := loaded(t, p, LoadOptions{Workers: 3})
	_, err := load(got, p, LoadOptions{Workers: 3})
	require.ErrorIs(t, err, errKeyTwice)
	_, err = load(got, p, LoadOptions{Workers: 3, Replace: true})
	require.NoError(t, err)
	require.Equal(t, state(t, s), state(t, got))
}

// While a view is open nothing is divided, and the view stays what it is.
func TestLoadedUnderAView(t *testing.T) {
	s := settled(t, many(15_000))
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 12}})
	got := loaded(t, p, LoadOptions{})
	got.Edit(0).SetString([]byte("key:1"), []byte("seen"), 0)
	view := got.View()
	_, err := load(got, p, LoadOptions{Workers: 2, Replace: true})
	require.NoError(t, err)
	var e datatypes.Entry
	require.True(t, view.DB(0).Find(&e, []byte("key:1"), 0))
	require.Equal(t, "seen", string(e.AppendString(nil)))
	view.Close()
	require.Equal(t, state(t, s), state(t, got))
}

// A file that ends too early, or in which a bit is another: an error that tells where, or another value.
func TestBrokenFiles(t *testing.T) {
	p, _ := written(t, many(9_000), WriteOptions{Options: rdb.Options{Version: 10, Compress: true, Checksum: true}})
	r := rand.New(rand.NewPCG(1, 9))
	for i := range 30 {
		at := r.IntN(len(p))
		cut := i%2 == 0
		broken := bytes.Clone(p)
		if cut {
			broken = p[:at]
		} else {
			broken[at] ^= 1 << r.IntN(8)
		}
		_, err := load(newStore(), broken, LoadOptions{Workers: 1 + i%3})
		if at < 9 && err != nil {
			continue
		}
		require.Error(t, err, "at %d", at)
		var where *rdb.Error
		require.ErrorAs(t, err, &where)
		require.LessOrEqual(t, where.Offset, int64(len(broken)))
		if cut {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		}
	}
}

// Whoever builds it, a value that is wrong is an error that tells its key and where it is.
func TestBrokenValue(t *testing.T) {
	for _, keys := range []int{10, 20_000} {
		for _, size := range []int{10, 3 << 20} {
			var p bytes.Buffer
			out, err := rdb.NewOutput(&p, rdb.Options{Version: 10})
			require.NoError(t, err)
			e := out.NewEncoder()
			for n := range keys {
				entry := rdb.NewEntry(strconv.AppendInt(nil, int64(n), 10))
				require.NoError(t, e.String(&entry, rdb.IntElement(1)))
			}
			entry := rdb.NewEntry([]byte("wrong"))
			require.NoError(t, e.Set(&entry, rdb.Table, 2, func(yield func(rdb.Element) bool) {
				text := bytes.Repeat([]byte("x"), size)
				_ = yield(rdb.TextElement(text)) && yield(rdb.TextElement(text))
			}))
			require.NoError(t, e.Flush())
			require.NoError(t, out.End())
			for workers := range 3 {
				_, err = load(newStore(), p.Bytes(), LoadOptions{Workers: workers})
				require.ErrorIs(t, err, errTwice)
				var where *rdb.Error
				require.ErrorAs(t, err, &where)
				require.Equal(t, "wrong", string(where.Key))
				require.Greater(t, where.Offset, int64(p.Len()-2*size-50))
				require.LessOrEqual(t, where.Offset, int64(p.Len()))
			}
		}
	}
}

var errEnough = errors.New("enough")

func TestLoadBrokenOff(t *testing.T) {
	s := many(30_000)
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}})
	_, err := load(newStore(), p, LoadOptions{Progress: func(int64) error { return errEnough }})
	require.ErrorIs(t, err, errEnough)
	_, err = load(datatypes.NewStore(1), fileOfDatabase(t, 1), LoadOptions{})
	require.ErrorIs(t, err, ErrDatabases)
}

func fileOfDatabase(t *testing.T, database int) []byte {
	s := newStore()
	s.Edit(database).SetString([]byte("k"), []byte("v"), 0)
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}, Facts: Facts{RedisVersion: "7.0.15", CreatedS: 5, UsedMemory: 6, AOFBase: true, Libraries: [][]byte{[]byte("code")}}})
	return p
}

func TestFactsOfAFile(t *testing.T) {
	facts, libraries := map[string]string{}, ""
	_, err := load(newStore(), fileOfDatabase(t, 3), LoadOptions{
		Fact: func(name, text []byte) { facts[string(name)] = string(text) },
		Library: func(code []byte) error {
			libraries += string(code)
			return nil
		},
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"redis-ver": "7.0.15", "redis-bits": "64", "ctime": "5", "used-mem": "6", "aof-base": "1"}, facts)
	require.Equal(t, "code", libraries)
	_, err = load(newStore(), fileOfDatabase(t, 3), LoadOptions{Library: func([]byte) error { return errEnough }})
	require.ErrorIs(t, err, errEnough)
}

// The time of use is that of the loading, less the time for which a key was idle.
func TestIdle(t *testing.T) {
	p := []byte("REDIS0010\xfe\x00\xf8\x0a\x00\x01a\x01x\xff\x00\x00\x00\x00\x00\x00\x00\x00")
	s := newStore()
	_, err := load(s, p, LoadOptions{ClockS: 1000})
	require.NoError(t, err)
	var e datatypes.Entry
	require.True(t, s.DB(0).Find(&e, []byte("a"), 0))
	require.Equal(t, int64(10), s.DB(0).IdleS(&e, 1000))
}

// FuzzLoad loads whatever bytes: what is loaded is sound, and written and loaded again the same.
func FuzzLoad(f *testing.F) {
	for _, p := range goldenFiles(f) {
		if len(p) < 4000 {
			f.Add(p)
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		s := newStore()
		file, err := rdb.NewReader(bytes.NewReader(p), rdb.ReadOptions{SkipChecksum: true})
		if err != nil || len(p) > 1<<16 {
			return
		}
		if _, err := Load(s, file, LoadOptions{Workers: 1}); err != nil {
			return
		}
		s = settled(t, s)
		again, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 12}, Workers: 1})
		require.Equal(t, state(t, s), state(t, loaded(t, again, LoadOptions{Workers: 2})))
	})
}
