package list

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

func newEdit() *Edit { return &Edit{Space: &page.Space{}} }

func TestSizesOfStructures(t *testing.T) {
	require.Equal(t, headerBytes, int(reflect.TypeFor[Tree]().Size()))
}

// model is a list and the slice that it must be like. The slice's elements never change.
type model struct {
	form Form
	want []string
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

// copy is what COPY makes.
func (m *model) copy(ed *Edit) *model {
	other := &model{Form{Packed: bytes.Clone(m.form.Packed)}, slices.Clone(m.want)}
	if m.form.Tree != nil {
		m.form.Tree = m.form.Tree.Own(ed.Space)
		other.form.Tree = m.form.Tree.Share(ed.Space)
	}
	return other
}

// collect returns a function that appends the items it is given as texts.
func collect(into *[]string) func(packed.Item) bool {
	return func(it packed.Item) bool {
		*into = append(*into, string(it.AppendTo(nil)))
		return true
	}
}

func reversed(texts []string) []string {
	back := slices.Clone(texts)
	slices.Reverse(back)
	return back
}

// compare reads the list in every way there is.
func (m *model) compare(t testing.TB, random *rand.Rand) {
	n := len(m.want)
	require.Equal(t, n, m.form.Len())
	var all, back []string
	m.form.Range(0, n, collect(&all))
	m.form.RangeBack(0, n, collect(&back))
	require.True(t, slices.Equal(m.want, all))
	require.True(t, slices.Equal(reversed(m.want), back))
	if n == 0 {
		require.Equal(t, Form{}, m.form)
		return
	}
	for range 5 {
		from := random.IntN(n + 1)
		to := from + random.IntN(n-from+1)
		var some, back []string
		m.form.Range(from, to, collect(&some))
		m.form.RangeBack(from, to, collect(&back))
		require.True(t, slices.Equal(m.want[from:to], some))
		require.True(t, slices.Equal(reversed(m.want[from:to]), back))
		m.read(t, from, n, 1+random.IntN(100))
		m.read(t, from, to, 1+random.IntN(100))
		i := random.IntN(n)
		it := m.form.At(i)
		require.Equal(t, m.want[i], string(it.AppendTo(nil)))
		m.find(t, m.want[i], from, to)
		m.find(t, m.want[i]+"x", from, to)
	}
}

// read reads a range, so many items at a time.
func (m *model) read(t testing.TB, from, to, many int) {
	items := make([]packed.Item, many)
	var texts []string
	yield := collect(&texts)
	r := m.form.Reader(from, to)
	for count := r.Read(items); count > 0; count = r.Read(items) {
		for _, it := range items[:count] {
			yield(it)
		}
	}
	require.True(t, slices.Equal(m.want[from:to], texts))
}

// find looks for a text in a range from either end.
func (m *model) find(t testing.TB, text string, from, to int) {
	var want, found, back []int
	for i := from; i < to; i++ {
		if m.want[i] == text {
			want = append(want, i)
		}
	}
	m.form.Find([]byte(text), from, to, false, func(i int) bool { found = append(found, i); return true })
	m.form.Find([]byte(text), from, to, true, func(i int) bool { back = append(back, i); return true })
	slices.Reverse(back)
	require.Equal(t, want, found)
	require.Equal(t, want, back)
	if len(want) > 1 {
		m.form.Find([]byte(text), from, to, true, func(i int) bool { want = append(want, i); return false })
		require.Equal(t, found[len(found)-1], want[len(want)-1])
	}
}

// sources draw items of the lists of one run.
var sources = []struct {
	name string
	text func(random *rand.Rand) string
}{
	{"digits", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(130) - 10) }},
	{"integers", func(r *rand.Rand) string { return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10) }},
	{"words", func(r *rand.Rand) string { return fmt.Sprintf("item %d", r.IntN(40)) }},
	{"like entries", func(r *rand.Rand) string { return string([]byte{byte(0xf4 + r.IntN(12)), byte(r.IntN(3))}[:r.IntN(3)]) }},
	{"mixed", func(r *rand.Rand) string {
		return []string{"", "-0", "w", "\xfe", "\xf6"}[max(0, r.IntN(30)-25)] + strconv.Itoa(r.IntN(700))
	}},
	{"sizes", func(r *rand.Rand) string {
		size := []int{0, 1, 10, 100, 191, 192, 253, 254, 255, 300, 3500, 3584, 5000, 65535, 65536, 70000}[max(0, r.IntN(60)-44)]
		return string([]byte{byte(r.IntN(256))}) + string(make([]byte, size))
	}},
}

// view is a model that doesn't change, while a view of the space is open.
type view struct {
	model
	at uint64
}

// Random operations on lists and on slices, with views and shared copies opened and dropped at random, end alike; the invariants hold
// after each step.
func TestModel(t *testing.T) {
	for _, source := range sources {
		t.Run(source.name, func(t *testing.T) {
			t.Parallel()
			random := newRandom(t)
			for _, usual := range []int{20, 500, 3000} {
				runModel(t, random, func() string { return source.text(random) }, usual, 400)
			}
		})
	}
}

// runModel does so many steps on lists of about the usual length.
func runModel(t testing.TB, random *rand.Rand, text func() string, usual, steps int) {
	ed := newEdit()
	live := []*model{{}}
	var views []view
	for step := range steps {
		m := live[random.IntN(len(live))]
		switch what := random.IntN(100); {
		case what < 4 && len(views) < 4:
			views = append(views, view{model{m.form, slices.Clone(m.want)}, ed.Space.Open()})
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
		case what < 15:
			m.compare(t, random)
		case what < 17 && m.form.Tree != nil:
			ed.Space.BeginPacking()
			for i, more := uint64(0), true; more; more = i != 0 {
				i = m.form.Tree.Repack(i, 3)
			}
		default:
			m.change(t, ed, random, text, usual)
			m.store(ed)
		}
		require.NoError(t, m.form.Check(), "step %d", step)
		require.Equal(t, len(m.want), m.form.Len())
	}
	for _, v := range views {
		v.compare(t, random)
		ed.Space.Close(v.at)
	}
	for _, m := range live {
		m.compare(t, random)
		for len(m.want) > 0 {
			m.pop(t, ed, random.IntN(2) == 0, min(len(m.want), 1+random.IntN(100)))
			m.store(ed)
			require.NoError(t, m.form.Check())
		}
		require.Equal(t, Form{}, m.form)
	}
}

// change does something to the list.
func (m *model) change(t testing.TB, ed *Edit, random *rand.Rand, text func() string, usual int) {
	n := len(m.want)
	what := random.IntN(100)
	if n > 2*usual {
		what = 50 + random.IntN(50)
	}
	switch {
	case n == 0 || what < 40:
		m.push(ed, random.IntN(2) == 0, text, random.IntN(2+usual/10))
	case what < 46:
		i, item := random.IntN(n+1), text()
		m.form.Insert(ed, i, []byte(item))
		m.want = slices.Insert(m.want, i, item)
	case what < 55:
		i, item := random.IntN(n), text()
		m.form.Set(ed, i, []byte(item))
		m.want[i] = item
	case what < 65:
		m.pop(t, ed, random.IntN(2) == 0, random.IntN(min(n, 2+usual/20)))
	case what < 75:
		from := random.IntN(n + 1)
		to := from + random.IntN(min(n-from, 2+usual/10)+1)
		m.form.Delete(ed, from, to)
		m.want = slices.Delete(m.want, from, to)
	case what < 77:
		from := random.IntN(n + 1)
		to := from + random.IntN(n-from+1)
		m.form.Delete(ed, from, to)
		m.want = slices.Delete(m.want, from, to)
	case what < 80:
		// Usually it leaves little, at the front, at the back or between.
		from := random.IntN(n+1) * random.IntN(2)
		to := from + random.IntN(min(n-from, 1+n/[]int{1, 20, 100}[random.IntN(3)])+1)
		m.form.Trim(ed, from, to)
		m.want = slices.Clone(m.want[from:to])
	default:
		m.removeEach(ed, random, max(1, []int{n / 100, n / 20, n / 3}[random.IntN(3)]))
	}
}

func (m *model) push(ed *Edit, back bool, text func() string, count int) {
	var texts [][]byte
	for range count {
		texts = append(texts, []byte(text()))
	}
	if back {
		m.form.PushBack(ed, texts...)
		for _, item := range texts {
			m.want = append(m.want, string(item))
		}
		return
	}
	m.form.PushFront(ed, texts...)
	for _, item := range texts {
		m.want = slices.Insert(m.want, 0, string(item))
	}
}

func (m *model) pop(t testing.TB, ed *Edit, back bool, count int) {
	var popped []string
	m.form.Pop(ed, back, count, collect(&popped))
	n := len(m.want)
	if back {
		require.True(t, slices.Equal(reversed(m.want[n-count:]), popped))
		m.want = m.want[:n-count]
	} else {
		require.True(t, slices.Equal(m.want[:count], popped))
		m.want = slices.Clone(m.want[count:])
	}
}

// removeEach removes up to so many items, of which some stand side by side.
func (m *model) removeEach(ed *Edit, random *rand.Rand, count int) {
	gone := map[int]bool{}
	for len(gone) < count {
		i := random.IntN(len(m.want))
		for k := range 1 + random.IntN(3) {
			gone[min(i+k, len(m.want)-1)] = true
		}
	}
	var indexes []int
	var rest []string
	for i, item := range m.want {
		if gone[i] {
			indexes = append(indexes, i)
		} else {
			rest = append(rest, item)
		}
	}
	m.form.RemoveEach(ed, indexes)
	m.want = rest
}
