package set

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
}

// model is a set and the map that it must be like.
type model struct {
	form Form
	want map[string]bool
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

func (m *model) add(t testing.TB, ed *Edit, member string, asItem bool) {
	var added bool
	if asItem {
		it := packed.TextItem([]byte(member))
		if len(member)%2 == 0 {
			it = packed.ParseItem([]byte(member))
		}
		added = m.form.AddItem(ed, &it)
	} else {
		added = m.form.Add(ed, []byte(member))
	}
	require.Equal(t, !m.want[member], added, "%q", member)
	m.want[member] = true
	m.store(ed)
}

func (m *model) remove(t testing.TB, ed *Edit, member string) {
	require.Equal(t, m.want[member], m.form.Remove(ed, []byte(member)), "%q", member)
	delete(m.want, member)
	m.store(ed)
}

func (m *model) has(t testing.TB, member string) {
	text, parsed := packed.TextItem([]byte(member)), packed.ParseItem([]byte(member))
	require.Equal(t, [3]bool{m.want[member], m.want[member], m.want[member]},
		[3]bool{m.form.Has([]byte(member)), m.form.HasItem(&text), m.form.HasItem(&parsed)}, "%q", member)
}

// compare reads the set in every way there is.
func (m *model) compare(t testing.TB, random *rand.Rand) {
	require.Equal(t, len(m.want), m.form.Len())
	integers := true
	seen := map[string]bool{}
	for it := range m.form.Each {
		member := string(it.AppendTo(nil))
		require.True(t, m.want[member] && !seen[member], "%q", member)
		seen[member] = true
		_, isInt := packed.ParseInt([]byte(member))
		integers = integers && isInt
		if random.IntN(10) == 0 {
			m.has(t, member)
			m.has(t, member+"x")
		}
	}
	require.Len(t, seen, len(m.want))
	require.Equal(t, integers, m.form.Integers())
	clear(seen)
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.form.Scan(cursor, 1+random.IntN(50), func(it packed.Item) {
			member := string(it.AppendTo(nil))
			require.True(t, m.want[member] && !seen[member], "%q", member)
			seen[member] = true
		})
	}
	require.Len(t, seen, len(m.want))
	if len(m.want) == 0 {
		require.Equal(t, Form{}, m.form)
		return
	}
	clear(seen)
	count := random.IntN(len(m.want) + 2)
	m.form.Sample(random, count, func(it packed.Item) bool {
		seen[string(it.AppendTo(nil))] = true
		return true
	})
	require.Len(t, seen, min(count, len(m.want)))
	for member := range seen {
		require.True(t, m.want[member])
	}
	it := m.form.Random(random)
	require.True(t, m.want[string(it.AppendTo(nil))])
}

// sources draw members of the sets of one run.
var sources = []struct {
	name   string
	member func(random *rand.Rand) string
}{
	{"few bytes", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(200) - 100) }},
	{"integers", func(r *rand.Rand) string { return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10) }},
	{"integers of 3 digits", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(1200) - 100) }},
	{"large integers", func(r *rand.Rand) string { return strconv.Itoa(1<<60 + r.IntN(900)) }},
	{"words", func(r *rand.Rand) string { return fmt.Sprintf("member %d", r.IntN(400)) }},
	{"mixed", func(r *rand.Rand) string {
		return []string{"", "-0", "w"}[max(0, r.IntN(30)-27)] + strconv.Itoa(r.IntN(700))
	}},
	{"sizes", func(r *rand.Rand) string {
		size := []int{0, 1, 10, 100, 125, 126, 191, 192, 300, 3500, 3584, 5000, 65535, 65536, 70000}[max(0, r.IntN(60)-45)]
		return strconv.Itoa(r.IntN(400)) + string(make([]byte, size))
	}},
}

// Random operations on sets and on maps, with views and shared copies opened and dropped at random, end alike; the invariants hold after
// each step.
func TestModel(t *testing.T) {
	for _, source := range sources {
		t.Run(source.name, func(t *testing.T) {
			t.Parallel()
			random := newRandom(t)
			runModel(t, random, func() string { return source.member(random) }, 700)
		})
	}
}

// view is a model that doesn't change, while a view of the space is open.
type view struct {
	model
	at uint64
}

func runModel(t testing.TB, random *rand.Rand, member func() string, steps int) {
	ed := newEdit()
	live := []*model{{want: map[string]bool{}}}
	var views []view
	growing := true
	for step := range steps {
		m := live[random.IntN(len(live))]
		if random.IntN(40) == 0 {
			growing = !growing
		}
		switch what := random.IntN(100); {
		case what < 4 && len(views) < 4:
			views = append(views, view{model{m.form, maps.Clone(m.want)}, ed.Space.Open()})
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
		case what < 20 && len(m.want) > 0:
			text := string(m.form.Pop(ed, random, []byte("popped ")))[len("popped "):]
			require.True(t, m.want[text])
			delete(m.want, text)
			m.store(ed)
		default:
			for range 1 + random.IntN(12) {
				if growing == (random.IntN(8) > 0) {
					m.add(t, ed, member(), random.IntN(3) == 0)
				} else {
					m.remove(t, ed, m.some(random, member))
				}
			}
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
		for text := range maps.Clone(m.want) {
			m.remove(t, ed, text)
			require.NoError(t, m.form.Check())
		}
		require.Equal(t, Form{}, m.form)
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

// some is a member of the set, or a text that may not be one.
func (m *model) some(random *rand.Rand, member func() string) string {
	if len(m.want) > 0 && random.IntN(6) > 0 {
		it := m.form.Random(random)
		return string(it.AppendTo(nil))
	}
	return member()
}
