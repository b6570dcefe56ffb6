package zset

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
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

func newEdit() *Edit { return &Edit{Space: &page.Space{}, Seed: maphash.MakeSeed()} }

func TestSizesOfStructures(t *testing.T) {
	require.Equal(t, headerBytes, int(reflect.TypeFor[Tree]().Size()+reflect.TypeFor[dict.Dict]().Size()))
}

// scored is a member as the models have it.
type scored struct {
	member string
	score  float64
}

func compareScored(a, b scored) int {
	if a.score != b.score {
		return cmp.Compare(a.score, b.score)
	}
	return strings.Compare(a.member, b.member)
}

// model is a sorted set and what it must be like: scores by member, and both in order.
type model struct {
	form   Form
	want   map[string]float64
	sorted []scored
}

func newModel() *model { return &model{want: map[string]float64{}} }

var poison = bytes.Repeat([]byte{0xee}, 2*packed.MaxBytes)

// store does what an owner does after a change: it takes the piece out of the edit's buffer, which the next change writes over.
func (m *model) store(ed *Edit) {
	if m.form.Packed != nil {
		m.form.Packed = bytes.Clone(m.form.Packed)
	}
	for _, buffer := range [][]byte{ed.Scratch, ed.Spare} {
		copy(buffer[:cap(buffer)], poison)
	}
}

// rank is where a pair stands in the model, or would.
func (m *model) rank(member string, score float64) int {
	i, _ := slices.BinarySearchFunc(m.sorted, scored{member, score}, compareScored)
	return i
}

func (m *model) drop(from, to int) {
	for _, s := range m.sorted[from:to] {
		delete(m.want, s.member)
	}
	m.sorted = slices.Delete(m.sorted, from, to)
}

func (m *model) add(t testing.TB, ed *Edit, member string, score float64, asItem bool) {
	was, there := m.want[member]
	want := Added
	switch {
	case there && was == score:
		want = Unchanged
	case there:
		want = Changed
	}
	var got Outcome
	if asItem {
		it := packed.TextItem([]byte(member))
		if len(member)%2 == 0 {
			it = packed.ParseItem([]byte(member))
		}
		got = m.form.AddItem(ed, &it, score)
	} else {
		got = m.form.Add(ed, []byte(member), score)
	}
	require.Equal(t, want, got, "%q %v", member, score)
	if want != Unchanged {
		if there {
			i := m.rank(member, was)
			m.drop(i, i+1)
		}
		m.want[member] = score
		m.sorted = slices.Insert(m.sorted, m.rank(member, score), scored{member, score})
	}
	m.store(ed)
}

func (m *model) remove(t testing.TB, ed *Edit, member string) {
	score, there := m.want[member]
	require.Equal(t, there, m.form.Remove(ed, []byte(member)), "%q", member)
	if there {
		i := m.rank(member, score)
		m.drop(i, i+1)
	}
	m.store(ed)
}

func (m *model) removeRange(ed *Edit, from, to int) {
	m.form.RemoveRange(ed, from, to)
	m.drop(from, to)
	m.store(ed)
}

// finds looks a text up in every way there is.
func (m *model) finds(t testing.TB, member string) {
	score, there := m.want[member]
	rank := 0
	if there {
		rank = m.rank(member, score)
	}
	text, parsed := packed.TextItem([]byte(member)), packed.ParseItem([]byte(member))
	for i, at := range []Place{m.form.Find([]byte(member)), m.form.FindItem(&text), m.form.FindItem(&parsed)} {
		require.Equal(t, there, at.Found(), "%q, %d", member, i)
		if there {
			require.Equal(t, rank, m.form.Rank(&at), "%q, %d", member, i)
		}
		require.Equal(t, math.Float64bits(score), math.Float64bits(at.Score), "%q, %d", member, i)
	}
}

// bounds compares every search by score or by member.
func (m *model) bounds(t testing.TB, score float64, member string) {
	count := func(is func(s scored) bool) int {
		i, _ := slices.BinarySearchFunc(m.sorted, true, func(s scored, _ bool) int {
			if is(s) {
				return -1
			}
			return 1
		})
		return i
	}
	it := scored{member, score}
	require.Equal(t, count(func(s scored) bool { return s.score < score }), m.form.FirstFrom(score), "%v", score)
	require.Equal(t, count(func(s scored) bool { return s.score <= score }), m.form.FirstAbove(score), "%v", score)
	require.Equal(t, count(func(s scored) bool { return compareScored(s, it) < 0 }), m.form.FirstFromMember(score, []byte(member)), "%v", it)
	require.Equal(t, count(func(s scored) bool { return compareScored(s, it) <= 0 }), m.form.FirstAboveMember(score, []byte(member)), "%v", it)
}

// same tells whether a pair is what the model has at a rank, bit by bit.
func (m *model) same(rank int, it *packed.Item, score float64) bool {
	s := m.sorted[rank]
	return string(it.AppendTo(nil)) == s.member && math.Float64bits(score) == math.Float64bits(s.score)
}

// ranges compares a range in both directions, and a part of each.
func (m *model) ranges(t testing.TB, random *rand.Rand, from, to int) {
	stop := to - from
	if random.IntN(2) == 0 {
		stop = random.IntN(stop + 1)
	}
	rank, seen := from, 0
	m.form.Range(from, to, func(it packed.Item, score float64) bool {
		require.True(t, m.same(rank, &it, score), "rank %d", rank)
		rank++
		seen++
		return seen < stop
	})
	require.Equal(t, min(to-from, max(stop, 1)), seen)
	rank, seen = to, 0
	m.form.RangeBack(from, to, func(it packed.Item, score float64) bool {
		rank--
		require.True(t, m.same(rank, &it, score), "rank %d", rank)
		seen++
		return seen < stop
	})
	require.Equal(t, min(to-from, max(stop, 1)), seen)
}

// compare reads the set in every way there is.
func (m *model) compare(t testing.TB, random *rand.Rand) {
	n := len(m.sorted)
	require.Equal(t, n, m.form.Len())
	m.ranges(t, random, 0, n)
	from := random.IntN(n + 1)
	m.ranges(t, random, from, from+random.IntN(n-from+1))
	for range 10 {
		score, member := randomScore(random), strconv.Itoa(random.IntN(100))
		if n > 0 && random.IntN(4) > 0 {
			s := m.sorted[random.IntN(n)]
			score, member = s.score, s.member
			m.finds(t, member)
		}
		m.finds(t, member+"x")
		m.bounds(t, score, member)
		m.bounds(t, score, "")
		m.bounds(t, score, member+"\x00")
	}
	seen := map[string]bool{}
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.form.Scan(cursor, 1+random.IntN(50), func(it packed.Item, score float64) {
			member := string(it.AppendTo(nil))
			want, there := m.want[member]
			require.True(t, there && !seen[member] && want == score, "%q", member)
			seen[member] = true
		})
	}
	require.Len(t, seen, n)
	if n == 0 {
		require.Equal(t, Form{}, m.form)
		return
	}
	rank := random.IntN(n)
	it, score := m.form.At(rank)
	require.True(t, m.same(rank, &it, score))
	it, score = m.form.Random(random)
	require.True(t, m.same(m.rank(string(it.AppendTo(nil)), score), &it, score))
	clear(seen)
	count := random.IntN(n + 2)
	m.form.Sample(random, count, func(it packed.Item, score float64) bool {
		require.True(t, m.same(m.rank(string(it.AppendTo(nil)), score), &it, score))
		seen[string(it.AppendTo(nil))] = true
		return true
	})
	require.Len(t, seen, min(count, n))
}

// sources draw members and scores of the sets of one run.
var sources = []struct {
	name   string
	member func(random *rand.Rand) string
	score  func(random *rand.Rand) float64
}{
	{"few", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(200) - 100) }, randomScore},
	{"words", func(r *rand.Rand) string { return fmt.Sprintf("member %d", r.IntN(900)) }, randomScore},
	{"whole scores", func(r *rand.Rand) string { return fmt.Sprintf("member %d", r.IntN(900)) },
		func(r *rand.Rand) float64 { return float64(r.IntN(1 << 20)) }},
	{"one score", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(3000)) }, func(*rand.Rand) float64 { return 1 }},
	{"zeros", func(r *rand.Rand) string { return fmt.Sprintf("m%03d", r.IntN(900)) },
		func(r *rand.Rand) float64 { return math.Copysign(0, float64(r.IntN(3)-1)) }},
	{"members in members", func(r *rand.Rand) string {
		return []string{"", "a", "aa\x00a", "\x00"}[r.IntN(4)] + strings.Repeat([]string{"a", "\x00", "b"}[r.IntN(3)], r.IntN(120))
	}, func(r *rand.Rand) float64 { return float64(r.IntN(40) / 38) }},
	{"sizes", func(r *rand.Rand) string {
		size := []int{0, 1, 10, 100, 111, 112, 125, 126, 191, 192, 250, 255, 3500, 3584, 5000, 65535, 65536, 70000}[max(0, r.IntN(60)-42)]
		return strconv.Itoa(r.IntN(400)) + string(make([]byte, size))
	}, func(r *rand.Rand) float64 { return float64(r.IntN(3)) }},
}

// Random operations on sorted sets and on their models, with views and shared copies opened and dropped at random, end alike; the
// invariants hold after each step.
func TestModel(t *testing.T) {
	for _, source := range sources {
		t.Run(source.name, func(t *testing.T) {
			t.Parallel()
			random := newRandom(t)
			draw := func() scored { return scored{source.member(random), source.score(random)} }
			runModel(t, random, draw, 600)
		})
	}
}

// view is a model that doesn't change, while a view of the space is open.
type view struct {
	model
	at uint64
}

func runModel(t testing.TB, random *rand.Rand, draw func() scored, steps int) {
	ed := newEdit()
	live := []*model{newModel()}
	var views []view
	growing := true
	for step := range steps {
		m := live[random.IntN(len(live))]
		n := len(m.sorted)
		if random.IntN(60) == 0 {
			growing = !growing
		}
		switch what := random.IntN(100); {
		case what < 4 && len(views) < 4:
			views = append(views, view{model{m.form, maps.Clone(m.want), slices.Clone(m.sorted)}, ed.Space.Open()})
		case what < 8 && len(views) > 0:
			i := random.IntN(len(views))
			views[i].compare(t, random)
			require.NoError(t, views[i].form.Check())
			ed.Space.Close(views[i].at)
			views = slices.Delete(views, i, i+1)
		case what < 10 && len(live) < 3:
			live = append(live, m.copy(ed))
		case what < 12 && len(live) > 1:
			live = slices.DeleteFunc(live, func(other *model) bool { return other == m })
		case what < 14:
			m.compare(t, random)
		case what < 16 && m.form.Tree != nil:
			ed.Space.BeginPacking()
			for from, more := uint64(0), true; more; more = from != 0 {
				from = m.form.Tree.Repack(from, 3)
			}
		case what < 19 && n > 0:
			m.pop(t, ed, random.IntN(2) == 0)
		case what < 21 && n > 0:
			from := random.IntN(n)
			to := from + random.IntN(min(n-from, 20)+1)
			if random.IntN(8) == 0 {
				to = from + random.IntN(n-from+1)
			}
			m.removeRange(ed, from, to)
		default:
			m.change(t, ed, random, draw, growing)
		}
		require.NoError(t, m.form.Check(), "step %d", step)
		require.Equal(t, len(m.sorted), m.form.Len())
	}
	for _, v := range views {
		v.compare(t, random)
		ed.Space.Close(v.at)
	}
	for _, m := range live {
		m.compare(t, random)
		for _, member := range slices.Collect(maps.Keys(m.want)) {
			m.remove(t, ed, member)
		}
		require.Equal(t, Form{}, m.form)
	}
}

// change adds, removes and changes members, some of which are there.
func (m *model) change(t testing.TB, ed *Edit, random *rand.Rand, draw func() scored, growing bool) {
	for range 1 + random.IntN(12) {
		s := draw()
		there := s.member
		if n := len(m.sorted); n > 0 && random.IntN(6) > 0 {
			there = m.sorted[random.IntN(n)].member
		}
		switch what := random.IntN(10); {
		case what < 2:
			m.add(t, ed, there, s.score, false)
		case what == 2:
			// A step as those of ZINCRBY.
			m.add(t, ed, there, m.want[there]+float64(random.IntN(3)), true)
		case growing == (what < 9):
			m.add(t, ed, s.member, s.score, random.IntN(3) == 0)
		default:
			m.remove(t, ed, there)
		}
	}
}

func (m *model) pop(t testing.TB, ed *Edit, first bool) {
	at, pop := 0, m.form.PopFirst
	if !first {
		at, pop = len(m.sorted)-1, m.form.PopLast
	}
	want := m.sorted[at]
	member, score := pop(ed, []byte("popped "))
	require.Equal(t, "popped "+want.member, string(member))
	require.Equal(t, math.Float64bits(want.score), math.Float64bits(score))
	m.drop(at, at+1)
	m.store(ed)
}

// copy is what COPY makes.
func (m *model) copy(ed *Edit) *model {
	other := &model{Form{Packed: bytes.Clone(m.form.Packed)}, maps.Clone(m.want), slices.Clone(m.sorted)}
	if m.form.Tree != nil {
		m.form.Tree = m.form.Tree.Own(ed.Space)
		other.form.Tree = m.form.Tree.Share(ed.Space)
	}
	return other
}
