package snapshot

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// limits are those of Redis 7.0's defaults, newLimits with the small sets of 7.2 besides.
var (
	limits    = datatypes.Limits{SetIntset: 512, SetListpackValue: 64, ZSetListpack: 128, ZSetListpackValue: 64, HashListpack: 512, HashListpackValue: 64}
	newLimits = datatypes.Limits{SetIntset: 512, SetListpack: 128, SetListpackValue: 64, ZSetListpack: 128, ZSetListpackValue: 64, HashListpack: 512,
		HashListpackValue: 64}
)

const databases = 16

func newStore() *datatypes.Store {
	s := datatypes.NewStore(databases)
	s.SetLimits(limits)
	return s
}

// described is what a client can see of a value: of a large one so much that it can be told from others.
func described(e *datatypes.Entry) string {
	var lines []string
	add := func(parts ...[]byte) { lines = append(lines, string(bytes.Join(parts, []byte("\x00: ")))) }
	ordered := false
	switch e.Kind() {
	case datatypes.KindString:
		add(e.AppendString(nil))
	case datatypes.KindStream:
		lines = append(lines, fmt.Sprint("form ", e.StreamForm()))
		e.StreamRange(func(piece []byte) bool {
			lines[0] += string(piece)
			return true
		})
	case datatypes.KindList:
		f := e.List()
		ordered = true
		f.Range(0, f.Len(), func(it packed.Item) bool {
			add(it.AppendTo(nil))
			return true
		})
	case datatypes.KindSet:
		f := e.Set()
		f.Each(func(it packed.Item) bool {
			add(it.AppendTo(nil))
			return true
		})
	case datatypes.KindSortedSet:
		f := e.SortedSet()
		ordered = true
		f.Each(func(it packed.Item, score float64) bool {
			add(it.AppendTo(nil), strconv.AppendUint(nil, math.Float64bits(score), 16))
			return true
		})
	case datatypes.KindHash:
		f := e.Hash()
		f.All(func(field, value packed.Item, deadlineMs int64) bool {
			add(field.AppendTo(nil), value.AppendTo(nil), strconv.AppendInt(nil, deadlineMs, 10))
			return true
		})
	}
	if !ordered {
		slices.Sort(lines)
	}
	all := strings.Join(lines, "\x00, ")
	if len(all) > 300 {
		all = fmt.Sprintf("%.100q and so on, %d bytes, checksum %x", all, len(all), sha256.Sum256([]byte(all)))
	}
	return fmt.Sprintf("%s, %s, %d elements, expires at %d: %s", e.Kind(), e.Encoding(), len(lines), e.DeadlineMs(), all)
}

// state is everything in a store.
func state(t testing.TB, s *datatypes.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for i := range s.Databases() {
		deadlines := 0
		s.DB(i).Range(func(key []byte, e datatypes.Entry) bool {
			all[fmt.Sprintf("%d %q", i, key)] = described(&e)
			if e.DeadlineMs() != datatypes.NoDeadline {
				deadlines++
			}
			require.NoError(t, checkValue(&e), "%q", key)
			return true
		})
		require.Equal(t, deadlines, s.DB(i).Deadlines())
	}
	return all
}

func checkValue(e *datatypes.Entry) error {
	switch e.Kind() {
	case datatypes.KindList:
		f := e.List()
		return f.Check()
	case datatypes.KindSet:
		f := e.Set()
		return f.Check()
	case datatypes.KindSortedSet:
		f := e.SortedSet()
		return f.Check()
	case datatypes.KindHash:
		f := e.Hash()
		return f.Check()
	}
	return nil
}

// written is a file of a store.
func written(t testing.TB, s *datatypes.Store, options WriteOptions) ([]byte, Written) {
	t.Helper()
	view := s.View()
	defer view.Close()
	var p bytes.Buffer
	w, err := Write(&p, view, s.Databases(), options)
	require.NoError(t, err)
	return p.Bytes(), w
}

// load loads a file into a store.
func load(s *datatypes.Store, p []byte, options LoadOptions) (Loaded, error) {
	file, err := rdb.NewReader(bytes.NewReader(p), rdb.ReadOptions{})
	if err != nil {
		return Loaded{}, err
	}
	return Load(s, file, options)
}

// loaded is a store with what a file has.
func loaded(t testing.TB, p []byte, options LoadOptions) *datatypes.Store {
	t.Helper()
	s := newStore()
	_, err := load(s, p, options)
	require.NoError(t, err)
	return s
}

// text is a random text: most are short, some integers, few long.
func text(r *rand.Rand) []byte {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1, 2, 3:
		return strconv.AppendInt(nil, int64(r.Uint64()>>r.IntN(64)), 10)
	case 4:
		return strconv.AppendInt(nil, []int64{0, -1, math.MaxInt64, math.MinInt64, math.MaxInt32, math.MinInt32, 127, -128}[r.IntN(8)], 10)
	case 5:
		return bytes.Repeat([]byte{byte(r.IntN(256)), 'x'}, r.IntN(300))
	}
	p := make([]byte, r.IntN(40))
	for i := range p {
		p[i] = byte(r.IntN(256))
	}
	return p
}

// scores are what a random score is taken of, beside others.
var scores = []float64{0, 1, -1, 0.1, math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53, -(1 << 62), 1 << 62}

// fill puts a random value under a key: of any kind, of up to so many elements.
func fill(r *rand.Rand, ed datatypes.Editor, key []byte, most int) {
	var e datatypes.Entry
	count := 1 + r.IntN(most)
	ed.Delete(key)
	switch r.IntN(8) {
	case 0:
		ed.SetString(key, bytes.Repeat(text(r), 1+r.IntN(3)), 0)
	case 1:
		ed.SetTextAt(&e, key, []byte(strconv.Itoa(r.IntN(1000))), 0) // after INCRBYFLOAT
	case 2, 3:
		integers := r.IntN(2) == 0
		ed.ChangeSet(&e, key, func(f *set.Form, edit *set.Edit) {
			for range count {
				member := text(r)
				if integers {
					member = strconv.AppendInt(nil, int64(r.Uint64()>>r.IntN(64)), 10)
				}
				f.Add(edit, member)
			}
		})
	case 4:
		ed.ChangeList(&e, key, func(f *list.Form, edit *list.Edit) {
			for range count {
				f.PushBack(edit, text(r))
			}
		})
	case 5, 6:
		longest := r.IntN(80)
		ed.ChangeSortedSet(&e, key, longest, func(f *zset.Form, edit *zset.Edit) {
			for range count {
				score := r.NormFloat64()
				if r.IntN(2) == 0 {
					score = scores[r.IntN(len(scores))]
				}
				member := text(r)
				f.Add(edit, member[:min(len(member), longest)], score)
			}
		})
	default:
		fillHash(r, ed, key, count)
	}
	if r.IntN(3) == 0 {
		ed.SetDeadline(key, []int64{1, 1 << 40, 1<<48 + 5, math.MaxInt64, -1, -7, 1_900_000_000_000 + r.Int64N(1e9)}[r.IntN(7)])
	}
}

func fillHash(r *rand.Rand, ed datatypes.Editor, key []byte, count int) {
	timed, longest := r.IntN(3) == 0, r.IntN(80)
	ed.ChangeHash(&datatypes.Entry{}, key, longest, func(f *hash.Form, edit *hash.Edit) {
		for range count {
			field, value := text(r), text(r)
			field, value = field[:min(len(field), longest)], value[:min(len(value), longest)]
			f.Set(edit, field, value)
			if timed && r.IntN(2) == 0 {
				f.SetDeadline(edit, field, 1+r.Int64N(1<<uint(1+r.IntN(48)))%largestDeadline)
			}
		}
	})
}

// filled is a store of random values.
func filled(r *rand.Rand, keys int) *datatypes.Store {
	s := newStore()
	for range keys {
		database := []int{0, 0, 0, 3, 15}[r.IntN(5)]
		most := 20
		if r.IntN(50) == 0 {
			most = 2000
		}
		fill(r, s.Edit(database), text(r), most)
	}
	ed := s.Edit(1)
	ed.SetString([]byte("long"), bytes.Repeat([]byte("0123456789"), 100_000), 0)
	ed.SetString([]byte("noise"), noise(r, 200_000), 5)
	ed.ChangeList(&datatypes.Entry{}, []byte("large items"), func(f *list.Form, edit *list.Edit) {
		f.PushBack(edit, noise(r, 1<<20), []byte("small"), noise(r, 9000))
	})
	ed.ChangeSet(&datatypes.Entry{}, []byte("large member"), func(f *set.Form, edit *set.Edit) { f.Add(edit, noise(r, 1<<20)) })
	ed.ChangeHash(&datatypes.Entry{}, []byte("large field"), 1<<20, func(f *hash.Form, edit *hash.Edit) {
		f.Set(edit, noise(r, 1<<20), noise(r, 1<<20))
	})
	ed.ChangeSortedSet(&datatypes.Entry{}, []byte("large member of a sorted set"), 1<<20, func(f *zset.Form, edit *zset.Edit) {
		f.Add(edit, noise(r, 1<<20), 0.1)
	})
	return s
}

// noise is what can't be compressed.
func noise(r *rand.Rand, size int) []byte {
	p := make([]byte, size)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}
