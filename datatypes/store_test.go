package datatypes

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the model tests; 0 draws one")

func newRandom(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// Check walks everything and compares it with the running totals, for tests. O(n).
func (db *DB) check(t *testing.T) {
	t.Helper()
	require.NoError(t, db.dict.Check())
	var deadlines int
	var content, trees, sum int64
	db.Range(func(key []byte, e Entry) bool {
		content += int64(len(key) + len(e.body()))
		trees += treeSizeOf(e.tree).bytes
		if e.deadlineMs != NoDeadline {
			deadlines++
			sum += e.deadlineMs
		}
		return true
	})
	require.Equal(t, content, db.content)
	require.Equal(t, trees, db.trees.bytes)
	require.Equal(t, deadlines, db.deadlines)
	require.Equal(t, uint64(sum), db.deadlineSum.low)
	require.GreaterOrEqual(t, db.expiring.places(), deadlines, "every key with a deadline has a place in the index")
	require.Greater(t, db.UsedBytes()+1, content+trees)
}

type modelValue struct {
	text       string
	deadlineMs int64
	raw        bool // made by a write within
}

func (v modelValue) encoding() string {
	n, err := strconv.ParseInt(v.text, 10, 64)
	switch {
	case v.raw:
		return "raw"
	case err == nil && strconv.FormatInt(n, 10) == v.text:
		return "int"
	case len(v.text) <= 44:
		return "embstr"
	}
	return "raw"
}

// model is what a database must be like.
type model map[string]modelValue

func (m model) compare(t *testing.T, r Reader) {
	t.Helper()
	seen, deadlines := 0, 0
	r.Range(func(key []byte, e Entry) bool {
		want, there := m[string(key)]
		require.True(t, there, "%q", key)
		require.True(t, want.text == string(e.AppendString(nil)), "%q", key)
		require.Equal(t, want.deadlineMs, e.DeadlineMs())
		require.Equal(t, want.encoding(), e.Encoding())
		require.Equal(t, len(want.text), e.StringLen())
		if e.DeadlineMs() != NoDeadline {
			deadlines++
		}
		seen++
		return true
	})
	require.Equal(t, len(m), seen)
	require.Equal(t, len(m), r.Len())
	require.Equal(t, deadlines, r.Deadlines())
}

type modelView struct {
	view *View
	want []model
}

// modelRun is a store, what it must be like, and the views open on it.
type modelRun struct {
	t      *testing.T
	random *rand.Rand
	store  *Store
	want   []model
	views  []modelView
	// nowS is the time, used when each key was last written or touched.
	nowS uint32
	used []map[string]uint32
}

// Random edits of two databases, with views opened and closed at random, end as they do on plain maps; each view keeps showing what was
// there when it was opened.
func TestStoreModel(t *testing.T) {
	random := newRandom(t)
	for range 4 {
		r := &modelRun{t: t, random: random, store: NewStore(2), want: []model{{}, {}}, used: []map[string]uint32{{}, {}}}
		r.store.FineClocks(true)
		for step := range 3000 {
			r.step()
			if step%16 == 0 {
				r.store.DB(0).check(t)
				r.store.DB(1).check(t)
			}
		}
		for i, want := range r.want {
			want.compare(t, r.store.DB(i))
			for key := range want {
				r.compareUse(i, key)
				require.True(t, r.store.Edit(i).Delete([]byte(key)))
			}
			r.store.DB(i).check(t)
			require.Less(t, r.store.DB(i).dict.Size().Live, int64(220), "nothing is left of many keys")
		}
		for _, v := range r.views {
			v.compare(t)
		}
	}
}

func (v *modelView) compare(t *testing.T) {
	for i, want := range v.want {
		want.compare(t, v.view.DB(i))
	}
}

func (r *modelRun) key() string { return fmt.Sprint("k", r.random.IntN(60)) }

func (r *modelRun) text() string {
	switch r.random.IntN(8) {
	case 0, 1:
		return strconv.FormatInt(int64(r.random.Uint64())>>r.random.IntN(64), 10)
	case 2:
		return strings.Repeat("x", r.random.IntN(600))
	case 3:
		return strings.Repeat("y", r.random.IntN(200_000))
	}
	return strings.Repeat("z", r.random.IntN(60))
}

func (r *modelRun) deadline() int64 {
	return []int64{0, 0, 1000, 2000, 1 << 47, math.MaxInt64}[r.random.IntN(6)]
}

func (r *modelRun) step() {
	r.nowS++
	index, key := r.random.IntN(2), r.key()
	ed, want := r.store.Edit(index).At(r.nowS, false), r.want[index]
	value, there := want[key]
	op := r.random.IntN(100)
	if op < 82 {
		r.used[index][key] = r.nowS
	}
	switch {
	case op < 30:
		v := modelValue{r.text(), r.deadline(), false}
		var found Entry
		ed.Find(&found, []byte(key), 0)
		switch op % 3 {
		case 0:
			ed.SetStringAt(&found, []byte(key), []byte(v.text), v.deadlineMs)
		case 1:
			ed.SetString([]byte(key), []byte(v.text), v.deadlineMs)
		default:
			ed.AdoptString([]byte(key), []byte(v.text), v.deadlineMs)
		}
		want[key] = v
	case op < 40:
		n := int64(r.random.Uint64()) >> r.random.IntN(64)
		ed.SetIntAt(&Entry{}, []byte(key), n, value.deadlineMs)
		want[key] = modelValue{strconv.FormatInt(n, 10), value.deadlineMs, false}
	case op < 50:
		text := r.text()
		require.Equal(r.t, len(value.text)+len(text), ed.AppendString(&Entry{}, []byte(key), []byte(text)))
		want[key] = modelValue{value.text + text, value.deadlineMs, there}
	case op < 60:
		text, at := r.text(), r.random.IntN(len(value.text)+100)
		bytes := append([]byte(value.text), make([]byte, max(0, at+len(text)-len(value.text)))...)
		copy(bytes[at:], text)
		require.Equal(r.t, len(bytes), ed.WriteString(&Entry{}, []byte(key), at, []byte(text)))
		want[key] = modelValue{string(bytes), value.deadlineMs, true}
	case op < 75:
		require.Equal(r.t, there, ed.Delete([]byte(key)))
		delete(want, key)
	case op < 82:
		value.deadlineMs = r.deadline()
		ed.SetDeadline([]byte(key), value.deadlineMs)
		if there {
			want[key] = value
		}
	default:
		r.rarer(op, index, key)
	}
	r.lookUp(index, key)
	r.use(index, key, r.key())
}

// use touches a key, writes it or another in a way that keeps its time of use, and compares theirs with what they must be.
func (r *modelRun) use(index int, key, other string) {
	db, want := r.store.DB(index), r.want[index]
	var e Entry
	switch value, there := want[other]; r.random.IntN(4) {
	case 0:
		if db.Find(&e, []byte(key), math.MinInt64) {
			db.Touch(&e, r.nowS)
			r.used[index][key] = r.nowS
		}
	case 1:
		if !there {
			r.used[index][other] = r.nowS
		}
		r.store.Edit(index).At(r.nowS, true).SetIntAt(&e, []byte(other), 12345, value.deadlineMs)
		want[other] = modelValue{"12345", value.deadlineMs, false}
	}
	r.compareUse(index, key)
	r.compareUse(index, other)
}

func (r *modelRun) compareUse(index int, key string) {
	var e Entry
	if db := r.store.DB(index); db.Find(&e, []byte(key), math.MinInt64) {
		require.EqualValues(r.t, r.nowS+5-r.used[index][key], db.IdleS(&e, r.nowS+5), "%q", key)
	}
}

// rarer are the operations that concern more than a key.
func (r *modelRun) rarer(op, index int, key string) {
	ed, want := r.store.Edit(index).At(r.nowS, false), r.want[index]
	value, there := want[key]
	other, to := r.random.IntN(2), r.key()
	switch {
	case op < 86 && there && (other != index || to != key):
		ed.Copy([]byte(key), r.store.Edit(other).At(r.nowS, false), []byte(to))
		r.want[other][to], r.used[other][to] = value, r.nowS
	case op < 90 && there && (other != index || to != key):
		ed.Move([]byte(key), r.store.Edit(other).At(r.nowS, false), []byte(to))
		r.want[other][to], r.used[other][to] = value, r.nowS
		delete(want, key)
	case op < 92 && len(r.views) < 4:
		r.views = append(r.views, modelView{r.store.View(), []model{maps.Clone(r.want[0]), maps.Clone(r.want[1])}})
	case op < 94 && len(r.views) > 0:
		i := r.random.IntN(len(r.views))
		r.views[i].compare(r.t)
		r.views[i].view.Close()
		r.views = slices.Delete(r.views, i, i+1)
	case op == 94:
		r.store.Swap(0, 1)
		r.want[0], r.want[1] = r.want[1], r.want[0]
		r.used[0], r.used[1] = r.used[1], r.used[0]
	case op == 95 && r.random.IntN(20) == 0:
		ed.Clear()
		clear(want)
	case op == 96:
		r.store.Tend(r.random.IntN(50))
	case op == 97 && r.random.IntN(4) == 0:
		r.store.Pack()
	}
}

func (r *modelRun) lookUp(index int, key string) {
	want, there := r.want[index][key]
	nowMs := int64(r.random.IntN(4)) * 1000
	alive := there && (want.deadlineMs == NoDeadline || want.deadlineMs > nowMs)
	db := r.store.DB(index)
	var e Entry
	found := db.Find(&e, []byte(key), nowMs)
	require.Equal(r.t, alive, found)
	require.Equal(r.t, there && !alive, db.Expired([]byte(key), nowMs))
	if found {
		require.True(r.t, want.text == string(e.AppendString(nil)))
		from := r.random.IntN(len(want.text) + 2)
		to := from + r.random.IntN(len(want.text)+2)
		var piece []byte
		e.StringRange(from, to, func(p []byte) bool {
			piece = append(piece, p...)
			return true
		})
		require.True(r.t, want.text[min(from, len(want.text)):min(to, len(want.text))] == string(piece))
	}
}

// A key is idle since it was last written or touched: exactly with clocks of its own, not longer than that with those that serve several.
// Changing between both costs nothing at once, goes on through an exchange of databases, and what the clocks take is counted.
func TestIdle(t *testing.T) {
	const keys = 20_000
	store := NewStore(2)
	name := func(n int) []byte { return fmt.Appendf(nil, "key:%d", n) }
	for n := range keys {
		store.Edit(1).At(uint32(1000+n), false).SetString(name(n), nil, NoDeadline)
	}
	db := store.DB(1)
	idle := func(n int) int64 {
		var e Entry
		require.True(t, db.Find(&e, name(n), 0))
		return db.IdleS(&e, 1000+2*keys)
	}
	for n := range keys {
		require.LessOrEqual(t, idle(n), int64(2*keys-n))
	}
	coarse := store.UsedBytes()
	for _, fine := range []bool{true, false, true} {
		before := store.UsedBytes()
		store.FineClocks(fine)
		require.Equal(t, before, store.UsedBytes())
		for steps := 0; store.Tend(100); steps++ {
			if steps == 2 {
				store.Swap(0, 1)
			}
		}
		store.Swap(0, 1)
		if fine {
			require.InDelta(t, 5*keys, store.UsedBytes()-coarse, keys)
		} else {
			require.Equal(t, coarse, store.UsedBytes())
		}
		db.check(t)
	}
	var e Entry
	require.False(t, db.Find(&e, []byte("none"), 0))
	db.Touch(&e, 7)
	require.Zero(t, db.IdleS(&e, 9))
	for n := range keys {
		db.Find(&e, name(n), 0)
		db.Touch(&e, uint32(1000+n))
	}
	for n := range keys {
		require.Equal(t, int64(2*keys-n), idle(n))
	}
	db.Find(&e, name(1), 0)
	db.Touch(&e, 1<<20)
	require.Zero(t, idle(1), "a clock that was set back")
	require.EqualValues(t, 2*keys-2, idle(2))
}

// What a database uses is what its entries add up to, and nothing is left when they are gone.
func TestUsedBytes(t *testing.T) {
	store := NewStore(1)
	ed := store.Edit(0)
	empty := store.UsedBytes()
	require.Less(t, empty, int64(300))
	for i := range 1000 {
		ed.SetString(fmt.Appendf(nil, "key:%04d", i), bytes.Repeat([]byte{'v'}, 100), NoDeadline)
	}
	m := store.Memory()
	require.Equal(t, store.UsedBytes(), m.Used)
	require.EqualValues(t, 1000*108, m.Used-m.Overhead, "keys and values")
	require.Less(t, m.Overhead-empty, int64(9500), "a key's own share")
	require.Less(t, m.Slack, int64(12_000))
	require.InDelta(t, 108+6, ed.KeyBytes([]byte("key:0001")), 1)
	view := store.View()
	ed.SetString([]byte("key:0001"), []byte("other"), NoDeadline)
	require.Positive(t, store.Memory().Displaced)
	require.Equal(t, 1, store.Memory().Views)
	view.Close()
	require.Zero(t, store.Memory().Displaced)
	ed.Clear()
	require.Equal(t, empty, store.UsedBytes())
}

// AppendExpired finds the keys whose time has come, all of them and no others, in steps of any size.
func TestAppendExpired(t *testing.T) {
	for _, looks := range []int{1, 7, 1000} {
		store := NewStore(1)
		ed := store.Edit(0)
		for i := range 50 {
			ed.SetString(fmt.Appendf(nil, "k%d", i), nil, int64(100_000+i%2*100_000))
		}
		expire := func(nowMs int64) (count int) {
			for more := true; more; {
				var keys [][]byte
				keys, more = ed.AppendExpired(nil, nowMs, looks)
				for _, key := range keys {
					require.True(t, ed.Expired(key, nowMs))
					require.True(t, ed.Delete(key))
					count++
				}
			}
			return count
		}
		require.Zero(t, expire(99_999))
		ed.SetDeadline([]byte("k0"), NoDeadline)
		ed.SetDeadline([]byte("k2"), 300_000)
		ed.SetDeadline([]byte("k1"), 50)
		require.Equal(t, 1, expire(60_000))
		require.Equal(t, 23, expire(110_000))
		require.Equal(t, 24, expire(210_000))
		require.Equal(t, 1, expire(310_000))
		require.Equal(t, 1, ed.Len())
		require.Zero(t, ed.Deadlines())
	}
}

// An index full of what has been moved or deleted is made anew, so that it can't grow without bounds.
func TestIndexIsRenewed(t *testing.T) {
	store := NewStore(1)
	ed := store.Edit(0)
	for i := range 20_000 {
		key := fmt.Appendf(nil, "k%d", i%10)
		ed.SetString(key, nil, int64(1_000_000+i))
		ed.SetDeadline(key, NoDeadline)
		if i%1000 == 0 {
			ed.SetDeadline(fmt.Appendf(nil, "kept%d", i), 5)
			ed.SetString(fmt.Appendf(nil, "kept%d", i), nil, 2_000_000)
		}
		store.Tend(100)
	}
	require.Less(t, ed.expiring.places(), 2*staleFew)
	count := 0
	for nowMs, more := int64(3_000_000), true; more; {
		var keys [][]byte
		keys, more = ed.AppendExpired(nil, nowMs, 100)
		for _, key := range keys {
			if ed.Delete(key) {
				count++
			}
		}
	}
	require.Equal(t, 20, count)
}

func TestMeanTTL(t *testing.T) {
	ed := NewStore(1).Edit(0)
	require.Zero(t, ed.MeanTTLMs(0))
	ed.SetString([]byte("a"), nil, 1000)
	ed.SetString([]byte("b"), nil, math.MaxInt64)
	ed.SetString([]byte("c"), nil, math.MaxInt64)
	require.InDelta(t, 2*(math.MaxInt64/3), ed.MeanTTLMs(0), 1e6)
	ed.Delete([]byte("b"))
	ed.SetString([]byte("c"), nil, 3000)
	require.EqualValues(t, 1500, ed.MeanTTLMs(500))
	require.Zero(t, ed.MeanTTLMs(5000))
}

func TestParseInt(t *testing.T) {
	for _, text := range []string{"0", "1", "-1", "10", "9223372036854775807", "-9223372036854775808"} {
		n, ok := ParseInt([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, text, strconv.FormatInt(n, 10))
	}
	for _, text := range []string{"", "-", "-0", "+1", "01", " 1", "1 ", "1x", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999"} {
		_, ok := ParseInt([]byte(text))
		require.False(t, ok, text)
	}
}

// The hot paths allocate nothing.
func TestHotPathsAllocateNothing(t *testing.T) {
	ed := NewStore(1).Edit(0)
	key, value, long := []byte("key"), []byte("value"), make([]byte, 1000)
	ed.SetString(key, value, 0)
	ed.SetString([]byte("long"), long, 0)
	ed.SetString([]byte("ttl"), value, 5000)
	n := int64(0)
	ed.SetIntAt(&Entry{}, []byte("n"), n, 0)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		var found Entry
		ed.Find(&found, key, 0)
		ed.SetStringAt(&found, key, value, 0)
		ed.SetString([]byte("long"), long, 0)
		ed.SetString([]byte("ttl"), value, 6000)
		ed.SetIntAt(&Entry{}, []byte("n"), n, 0)
		n += 50
	}))
}

// Packing waits while a view is open, without asking for another turn, and then leaves pages without room.
func TestPackingWaitsForViews(t *testing.T) {
	store := NewStore(3)
	ed := store.Edit(1)
	for i := range 20_000 {
		ed.SetString(fmt.Appendf(nil, "key:%d", i), []byte("value"), NoDeadline)
	}
	slack := store.Memory().Slack
	view := store.View()
	store.Pack()
	require.False(t, store.Tend(100))
	require.True(t, store.Packing())
	require.Equal(t, slack, store.Memory().Slack)
	view.Close()
	steps := 0
	for store.Tend(100) {
		steps++
	}
	require.Greater(t, steps, 2, "a little at a time")
	require.False(t, store.Packing())
	require.Less(t, store.Memory().Slack, slack/10)
	ed.check(t)
}

// Packing twice doesn't take the first slabs for waste, and what a view sees of slabs is waste once it is overwritten.
func TestPackingCountsWhatIsDead(t *testing.T) {
	store := NewStore(1)
	ed := store.Edit(0)
	for i := range 20_000 {
		ed.SetString(fmt.Appendf(nil, "key:%d", i), []byte("value"), NoDeadline)
	}
	for range 2 {
		store.Pack()
		for store.Tend(100) {
			require.True(t, store.Packing())
		}
		require.Zero(t, store.Memory().Dead)
	}
	view := store.View()
	for i := range 20_000 {
		ed.SetString(fmt.Appendf(nil, "key:%d", i), []byte("other"), NoDeadline)
	}
	require.Positive(t, store.Memory().Displaced)
	view.Close()
	require.Greater(t, store.Memory().Dead, store.UsedBytes()/2)
	second := store.View()
	require.Zero(t, store.Memory().Displaced, "a view that has just been opened sees nothing of its own")
	second.Close()
}
