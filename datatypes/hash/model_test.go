package hash

import (
	"bytes"
	"flag"
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
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
	require.Equal(t, headerBytes, int(reflect.TypeFor[Tree]().Size()+reflect.TypeFor[dict.Dict]().Size())+16)
	require.Equal(t, orderBytes, int(reflect.TypeFor[counted.Tree]().Size()))
}

// held is what the model knows of a field.
type held struct {
	value      string
	deadlineMs int64
}

// model is a hash and the map that it must be like.
type model struct {
	form Form
	want map[string]held
}

// store does what an owner does after a change: it takes the piece out of the edit's buffer, which the next change writes over.
func (m *model) store(ed *Edit) {
	if m.form.Packed != nil {
		m.form.Packed = bytes.Clone(m.form.Packed)
	}
	for _, buffer := range [][]byte{ed.Scratch, ed.Spare} {
		buffer = buffer[:cap(buffer)]
		for i := range buffer {
			buffer[i] = 0xee
		}
	}
}

// set gives a field a value in one of the ways there are.
func (m *model) set(t testing.TB, ed *Edit, random *rand.Rand, field, value string, deadlineMs int64) {
	_, there := m.want[field]
	var it packed.Item
	if random.IntN(2) == 0 {
		it = packed.ParseItem([]byte(value))
	} else {
		it = packed.TextItem([]byte(value))
	}
	switch {
	case deadlineMs != NoDeadline:
		at := m.form.Find([]byte(field))
		require.Equal(t, there, at.Found())
		m.form.Put(ed, &at, []byte(field), &it, deadlineMs)
	case random.IntN(2) == 0:
		require.Equal(t, !there, m.form.SetItem(ed, []byte(field), &it), "%q", field)
	default:
		require.Equal(t, !there, m.form.Set(ed, []byte(field), []byte(value)), "%q", field)
	}
	m.want[field] = held{value, deadlineMs}
	m.store(ed)
}

func (m *model) delete(t testing.TB, ed *Edit, field string) {
	_, there := m.want[field]
	require.Equal(t, there, m.form.Delete(ed, []byte(field)), "%q", field)
	delete(m.want, field)
	m.store(ed)
}

func (m *model) setDeadline(t testing.TB, ed *Edit, field string, deadlineMs int64) {
	h, there := m.want[field]
	require.Equal(t, there, m.form.SetDeadline(ed, []byte(field), deadlineMs), "%q", field)
	if there {
		m.want[field] = held{h.value, deadlineMs}
	}
	m.store(ed)
}

// removeDue takes out up to limit fields that are due.
func (m *model) removeDue(t testing.TB, ed *Edit, nowMs int64, limit int) {
	dueBefore := m.form.Len() - m.form.LiveLen(nowMs)
	told := 0
	removed := m.form.RemoveDue(ed, nowMs, limit, func(field, value packed.Item) {
		told++
		text := string(field.AppendTo(nil))
		require.Equal(t, m.want[text].value, string(value.AppendTo(nil)))
		require.True(t, due(m.want[text].deadlineMs, nowMs))
		delete(m.want, text)
	})
	require.Equal(t, min(dueBefore, limit), removed)
	require.Equal(t, removed, told)
	m.store(ed)
}

// live is the fields that aren't due.
func (m *model) live(nowMs int64) map[string]string {
	live := map[string]string{}
	for field, h := range m.want {
		if !due(h.deadlineMs, nowMs) {
			live[field] = h.value
		}
	}
	return live
}

func (m *model) find(t testing.TB, field string, nowMs int64) {
	h, there := m.want[field]
	at := m.form.Find([]byte(field))
	require.Equal(t, there, at.Found())
	require.Equal(t, h.deadlineMs, at.DeadlineMs)
	require.Equal(t, h.value, string(at.Value.AppendTo(nil)))
	live := there && !due(h.deadlineMs, nowMs)
	require.Equal(t, live, m.form.Has([]byte(field), nowMs))
	value, found := m.form.Get([]byte(field), nowMs)
	deadlineMs, known := m.form.Deadline([]byte(field), nowMs)
	require.Equal(t, [2]bool{live, live}, [2]bool{found, known})
	if live {
		require.Equal(t, h.value, string(value.AppendTo(nil)))
		require.Equal(t, h.deadlineMs, deadlineMs)
		require.Equal(t, len(h.value), m.form.ValueLen([]byte(field), nowMs))
	} else {
		require.Zero(t, m.form.ValueLen([]byte(field), nowMs))
	}
}

// once returns a function that takes a field and its value, which must be among those wanted, each at most once.
func once(t testing.TB, want map[string]string) (note func(field, value packed.Item), seen map[string]bool) {
	seen = map[string]bool{}
	return func(field, value packed.Item) {
		text := string(field.AppendTo(nil))
		expected, there := want[text]
		require.True(t, there && !seen[text], "%q", text)
		require.Equal(t, expected, string(value.AppendTo(nil)))
		seen[text] = true
	}, seen
}

// compare reads the hash in every way there is.
func (m *model) compare(t testing.TB, random *rand.Rand, nowMs int64) {
	require.Equal(t, len(m.want), m.form.Len())
	live := m.live(nowMs)
	require.Equal(t, len(live), m.form.LiveLen(nowMs))
	earliest, all := NoDeadline, map[string]string{}
	for field, h := range m.want {
		earliest = sooner(earliest, h.deadlineMs)
		all[field] = h.value
		if random.IntN(10) == 0 {
			m.find(t, field, nowMs)
			m.find(t, field+"x", nowMs)
		}
	}
	require.Equal(t, earliest, m.form.NextDeadline())

	note, seen := once(t, all)
	m.form.All(func(field, value packed.Item, deadlineMs int64) bool {
		note(field, value)
		require.Equal(t, m.want[string(field.AppendTo(nil))].deadlineMs, deadlineMs)
		return true
	})
	require.Len(t, seen, len(all))

	note, seen = once(t, live)
	m.form.Each(nowMs, func(field, value packed.Item) bool { note(field, value); return true })
	require.Len(t, seen, len(live))

	note, seen = once(t, live)
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.form.Scan(cursor, 1+random.IntN(50), nowMs, note)
	}
	require.Len(t, seen, len(live))

	maps.DeleteFunc(all, func(field, _ string) bool { _, isLive := live[field]; return isLive })
	note, seen = once(t, all)
	last := int64(0)
	m.form.EachDue(nowMs, func(field, value packed.Item) bool {
		note(field, value)
		deadlineMs := m.want[string(field.AppendTo(nil))].deadlineMs
		require.True(t, m.form.Tree == nil || deadlineMs >= last, "a tree's deadlines come in order")
		last = deadlineMs
		return true
	})
	require.Len(t, seen, len(all))

	count := random.IntN(len(live) + 2)
	note, seen = once(t, live)
	m.form.Sample(random, count, nowMs, func(field, value packed.Item) bool { note(field, value); return true })
	require.Len(t, seen, min(count, len(live)))
	note, _ = once(t, live)
	field, value, ok := m.form.Random(random, nowMs)
	require.Equal(t, len(live) > 0, ok)
	if ok {
		note(field, value)
	}
	if len(m.want) == 0 {
		require.Equal(t, Form{}, m.form)
	}
}

var longTexts = []int{0, 1, 10, 100, 125, 126, 191, 192, 300, 1700, 3500, 3584, 5000, 65535, 65536, 70000}

// sources draw fields and values of the hashes of one run.
var sources = []struct {
	name         string
	field, value func(random *rand.Rand) string
}{
	{"few bytes", digits(150), digits(300)},
	{"integers", digits(1 << 62), func(r *rand.Rand) string { return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10) }},
	{"words", words(400), words(1 << 30)},
	{"few words", words(100), words(100)},
	{"mixed", func(r *rand.Rand) string {
		return []string{"", "-0", "w"}[max(0, r.IntN(30)-27)] + strconv.Itoa(r.IntN(700))
	}, func(r *rand.Rand) string { return []string{"", "1.5", "0", "-7", "none"}[r.IntN(5)] }},
	{"sizes", func(r *rand.Rand) string {
		return strconv.Itoa(r.IntN(400)) + string(make([]byte, longTexts[max(0, r.IntN(80)-64)]))
	}, func(r *rand.Rand) string { return string(make([]byte, longTexts[max(0, r.IntN(60)-44)])) }},
}

func digits(n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return strconv.Itoa(r.IntN(n) - n/3) }
}

func words(n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return fmt.Sprintf("word %d", r.IntN(n)) }
}

// Random operations on hashes and on maps, with views and shared copies opened and dropped at random, end alike; the invariants hold after
// each step. In some runs no field has a deadline, in some a few have one, in some most.
func TestModel(t *testing.T) {
	for i, source := range sources {
		for timed := range 3 {
			t.Run(fmt.Sprintf("%s, %d deadlines", source.name, timed), func(t *testing.T) {
				t.Parallel()
				random := newRandom(t)
				w := world{t: t, random: random, ed: newEdit(), nowMs: 1_700_000_000_000, growing: true, timed: timed}
				w.field = func() string { return sources[i].field(random) }
				w.value = func() string { return sources[i].value(random) }
				w.run(500)
			})
		}
	}
}

// view is a model that doesn't change, while a view of the space is open.
type view struct {
	model
	at uint64
}

// world is some hashes of one space, some of them sharing nodes, and views of them.
type world struct {
	t            testing.TB
	random       *rand.Rand
	ed           *Edit
	nowMs        int64
	growing      bool
	timed        int
	field, value func() string
	live         []*model
	views        []view
}

// deadline draws one: near ones are few, so that some fields have the same.
func (w *world) deadline() int64 {
	switch {
	case w.timed == 0 || w.timed == 1 && w.random.IntN(10) > 0 || w.random.IntN(8) == 0:
		return NoDeadline
	case w.random.IntN(20) == 0:
		return maxDeadline
	}
	return w.nowMs + int64(w.random.IntN(40)) - 10
}

func (w *world) run(steps int) {
	t, random, ed := w.t, w.random, w.ed
	w.live = []*model{{want: map[string]held{}}}
	for step := range steps {
		if random.IntN(40) == 0 {
			w.growing = !w.growing
		}
		w.nowMs += int64(random.IntN(2))
		m := w.live[random.IntN(len(w.live))]
		w.step(m)
		require.NoError(t, m.form.Check(), "step %d", step)
		require.Equal(t, len(m.want), m.form.Len())
	}
	for _, v := range w.views {
		v.compare(t, random, w.nowMs)
		ed.Space.Close(v.at)
	}
	for _, m := range w.live {
		m.compare(t, random, w.nowMs)
		for field := range maps.Clone(m.want) {
			m.delete(t, ed, field)
			require.NoError(t, m.form.Check())
		}
		require.Equal(t, Form{}, m.form)
	}
}

func (w *world) step(m *model) {
	t, random, ed := w.t, w.random, w.ed
	switch what := random.IntN(100); {
	case what < 4 && len(w.views) < 4:
		w.views = append(w.views, view{model{m.form, maps.Clone(m.want)}, ed.Space.Open()})
	case what < 8 && len(w.views) > 0:
		i := random.IntN(len(w.views))
		w.views[i].compare(t, random, w.nowMs)
		require.NoError(t, w.views[i].form.Check())
		ed.Space.Close(w.views[i].at)
		w.views = slices.Delete(w.views, i, i+1)
	case what < 10 && len(w.live) < 3:
		w.live = append(w.live, m.copy(ed))
	case what < 12 && len(w.live) > 1:
		w.live = slices.DeleteFunc(w.live, func(other *model) bool { return other == m })
	case what < 16:
		m.compare(t, random, w.nowMs)
	case what < 18 && m.form.Tree != nil:
		ed.Space.BeginPacking()
		for from, more := uint64(0), true; more; more = from != 0 {
			from = m.form.Tree.Repack(from, 3)
		}
	case what < 22:
		m.removeDue(t, ed, w.nowMs, 1+random.IntN(40))
	default:
		for range 1 + random.IntN(12) {
			switch {
			case w.timed > 0 && random.IntN(4) == 0:
				m.setDeadline(t, ed, w.some(m), w.deadline())
			case w.growing == (random.IntN(8) > 0):
				field := w.field()
				if random.IntN(4) == 0 {
					field = w.some(m)
				}
				m.set(t, ed, random, field, w.value(), w.deadline())
			default:
				m.delete(t, ed, w.some(m))
			}
		}
	}
}

// copy is what COPY makes.
func (m *model) copy(ed *Edit) *model {
	other := &model{Form{Packed: bytes.Clone(m.form.Packed)}, maps.Clone(m.want)}
	if m.form.Tree != nil {
		m.form.Tree = m.form.Tree.Own(ed.Space)
		other.form.Tree = m.form.Tree.Share(ed.Space)
	}
	return other
}

// some is a field of the hash, or a text that may not be one.
func (w *world) some(m *model) string {
	if len(m.want) > 0 && w.random.IntN(6) > 0 {
		if field, _, ok := m.form.Random(w.random, Never); ok {
			return string(field.AppendTo(nil))
		}
	}
	return w.field()
}
