package counted

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

func TestSizesOfStructures(t *testing.T) {
	for size, of := range map[int]any{nodeBytes: node{}, slotBytes: slot{}, sliceBytes: []byte(nil), countBytes: int(0)} {
		require.Equal(t, size, int(reflect.TypeOf(of).Size()), "%T", of)
	}
	require.Equal(t, referencesBytes, int(reflect.TypeOf(references{}).Size()))
	require.Equal(t, prefixBytes, int(reflect.TypeOf(uint64(0)).Size()))
	require.Equal(t, pointerBytes, int(reflect.TypeOf(&node{}).Size()))
}

// newTree makes one with a small fan-out, so that few entries make it deep.
func newTree(space *page.Space, prefix func([]byte) uint64, fanOut int) *Tree {
	t := New(space, prefix)
	t.fanOut = fanOut
	return &t
}

// model is a tree and the slice that it must be like. The slice's elements never change.
type model struct {
	tree *Tree
	want [][]byte
}

func (m *model) insert(i int, entry []byte) {
	switch {
	case i == m.tree.Len() && len(entry)%2 == 0:
		m.tree.Append(entry)
	case i == 0 && len(entry)%2 == 0:
		m.tree.Prepend(entry)
	default:
		m.tree.Insert(i, entry)
	}
	m.want = slices.Insert(m.want, i, entry)
}

func (m *model) set(i int, entry []byte) {
	m.tree.Set(i, entry)
	m.want[i] = entry
}

func (m *model) delete(from, to int) {
	switch {
	case to == from+1 && to == len(m.want):
		m.tree.DeleteLast(func(entry []byte) {
			if !bytes.Equal(entry, m.want[from]) {
				panic(fmt.Sprintf("the last entry is %q, not %q", entry, m.want[from]))
			}
		})
	case to == from+1 && from == 0:
		m.tree.DeleteFirst(func(entry []byte) {
			if !bytes.Equal(entry, m.want[0]) {
				panic(fmt.Sprintf("the first entry is %q, not %q", entry, m.want[0]))
			}
		})
	case to == from+1:
		m.tree.Delete(from)
	default:
		m.tree.DeleteRange(from, to)
	}
	m.want = slices.Delete(m.want, from, to)
}

// deleteEach removes about so many entries, some of them side by side.
func (m *model) deleteEach(random *rand.Rand, count int) {
	gone := make([]bool, len(m.want))
	for range count {
		i := random.IntN(len(gone))
		for k := range 1 + random.IntN(4) {
			gone[min(i+k, len(gone)-1)] = true
		}
	}
	var indexes []int
	var rest [][]byte
	for i, entry := range m.want {
		if gone[i] {
			indexes = append(indexes, i)
		} else {
			rest = append(rest, entry)
		}
	}
	m.tree.DeleteEach(indexes)
	m.want = rest
}

func (m *model) clone(tree Tree) model { return model{&tree, slices.Clone(m.want)} }

// compare tells whether the tree holds what the model does, read in every way there is.
func (m *model) compare(t testing.TB, from int) {
	require.Equal(t, len(m.want), m.tree.Len())
	equal := func(i int, entry []byte) {
		if !bytes.Equal(m.want[i], entry) {
			require.Equal(t, m.want[i], entry, "entry %d", i)
		}
	}
	seen := 0
	for i, entry := range m.tree.Ascend(0) {
		require.Equal(t, seen, i)
		equal(i, entry)
		seen++
	}
	require.Equal(t, len(m.want), seen)
	for i, entry := range m.tree.Descend(len(m.want) - 1) {
		seen--
		require.Equal(t, seen, i)
		equal(i, entry)
	}
	require.Zero(t, seen)
	from = min(from, len(m.want))
	for i, entry := range m.tree.Ascend(from) {
		require.Equal(t, from+seen, i)
		equal(i, entry)
		if seen++; seen == 300 {
			break
		}
	}
	require.Equal(t, min(300, len(m.want)-from), seen)
	entries := make([][]byte, 1+from%300)
	seen = m.tree.Read(from, entries)
	require.Equal(t, min(len(entries), len(m.want)-from), seen)
	for k, entry := range entries[:seen] {
		equal(from+k, entry)
	}
	for i, entry := range m.tree.Descend(from - 1) {
		require.Equal(t, from-1, i)
		equal(i, entry)
		if from--; seen == from {
			break
		}
	}
	for i := 0; i < len(m.want); i += 1 + len(m.want)/100 {
		equal(i, m.tree.At(i))
	}
}

// view is a model that doesn't change, while a view of the space is open.
type view struct {
	model
	at uint64
}

// world is a space with trees that share and views of them.
type world struct {
	space *page.Space
	live  []*model
	views []view
}

// step does something to views and shares once in a while, and tells whether it did.
func (w *world) step(t testing.TB, random *rand.Rand, m *model) bool {
	switch what := random.IntN(500); {
	case what < 4 && len(w.views) < 4:
		v := view{m.clone(*m.tree), 0}
		v.at = w.space.Open()
		w.views = append(w.views, v)
	case what < 8 && len(w.views) > 0:
		i := random.IntN(len(w.views))
		w.views[i].compare(t, random.IntN(1000))
		w.space.Close(w.views[i].at)
		w.views = slices.Delete(w.views, i, i+1)
	case what < 10 && len(w.live) < 3:
		other := m.clone(m.tree.Share())
		w.live = append(w.live, &other)
	case what < 12 && len(w.live) > 1:
		w.live = slices.DeleteFunc(w.live, func(other *model) bool { return other == m })
	case what < 16:
		w.space.BeginPacking()
		for i, more := 0, true; more; more = i != 0 {
			i = m.tree.Repack(i, 1+random.IntN(10))
		}
	default:
		return false
	}
	return true
}

// end compares whatever is there, and empties all trees.
func (w *world) end(t testing.TB, random *rand.Rand) {
	for _, m := range w.live {
		m.compare(t, random.IntN(1000))
	}
	for _, v := range w.views {
		v.compare(t, random.IntN(1000))
		require.NoError(t, v.tree.Check())
		w.space.Close(v.at)
	}
	for _, m := range w.live {
		for len(m.want) > 0 {
			i := random.IntN(len(m.want))
			m.delete(i, min(i+1+random.IntN(40), len(m.want)))
			if len(m.want)%16 == 0 {
				require.NoError(t, m.tree.Check())
			}
		}
		require.NoError(t, m.tree.Check())
		require.Zero(t, m.tree.Bytes())
		require.Zero(t, m.tree.AllocatedBytes())
	}
}

// sizes draws the sizes of entries: those of one tree are alike, with exceptions.
func sizes(random *rand.Rand) func() int {
	usual := []int{0, 1, 8, 33, 100, 200, 254, 300}[random.IntN(8)]
	odd := random.IntN(40)
	return func() int {
		if random.IntN(40) < odd {
			return []int{0, 1, 127, 253, 254, 255, 256, 257, 5000, random.IntN(260), random.IntN(260), random.IntN(40)}[random.IntN(12)]
		}
		return random.IntN(usual + 1)
	}
}

// newEntry is unlike others as far as its size allows.
func newEntry(random *rand.Rand, size int) []byte {
	entry := bytes.Repeat([]byte{byte(random.IntN(256))}, size)
	copy(entry, fmt.Sprintf("%x", random.Uint32()))
	return entry
}

// Random operations on a tree and on a slice, with views and shared copies opened and dropped at random, end alike; the invariants hold
// after each step.
func TestModel(t *testing.T) {
	for _, fanOut := range []int{4, 5, 9, 128} {
		for _, bias := range []string{"anywhere", "ends", "queue", "cluster", "growing", "shrinking"} {
			t.Run(fmt.Sprintf("fan-out %d/%s", fanOut, bias), func(t *testing.T) {
				t.Parallel()
				random := newRandom(t)
				for range 2 {
					runModel(t, random, fanOut, bias, 900)
				}
			})
		}
	}
}

func runModel(t testing.TB, random *rand.Rand, fanOut int, bias string, steps int) {
	space := &page.Space{}
	w := &world{space: space, live: []*model{{tree: newTree(space, nil, fanOut)}}}
	size := sizes(random)
	for range random.IntN(3) * 1000 {
		w.live[0].insert(random.IntN(len(w.live[0].want)+1), newEntry(random, size()))
	}
	for step := range steps {
		m := w.live[random.IntN(len(w.live))]
		if !w.step(t, random, m) {
			modelStep(random, m, bias, size)
		}
		require.NoError(t, m.tree.Check(), "step %d", step)
	}
	w.end(t, random)
}

// place draws where the next operation happens, among n places.
func place(random *rand.Rand, n int, bias string) int {
	switch {
	case bias == "ends" && random.IntN(8) > 0:
		return random.IntN(2) * (n - 1)
	case bias == "cluster" && random.IntN(20) > 0:
		return min(n-1, n/3+random.IntN(3))
	}
	return random.IntN(n)
}

func modelStep(random *rand.Rand, m *model, bias string, size func() int) {
	n := len(m.want)
	what := random.IntN(100)
	if bias == "shrinking" {
		what += 30
	}
	switch {
	case n == 0 || what < 48:
		i := place(random, n+1, bias)
		if bias == "queue" {
			i = n
		}
		for range 1 + random.IntN(5) {
			m.insert(i, newEntry(random, size()))
		}
	case what < 60:
		i := place(random, n, bias)
		m.set(i, newEntry(random, size()))
	case what < 62 && bias != "growing":
		i := place(random, n, bias)
		m.delete(i, i+random.IntN(n-i+1))
	case what < 70 && n > 100:
		i := place(random, n-100, bias)
		m.delete(i, i+random.IntN(100))
	case what == 71 && bias != "growing":
		m.deleteEach(random, 1+random.IntN(n)/[]int{1, 3, 20}[random.IntN(3)])
	case what == 70 && random.IntN(20) == 0:
		m.tree.Clear()
		m.want = nil
	case bias == "queue":
		m.delete(0, min(n, 1+random.IntN(4)))
	default:
		i := place(random, n, bias)
		m.delete(i, i+1)
	}
}
