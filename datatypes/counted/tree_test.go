package counted

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// numbered is an entry of at least eight bytes.
func numbered(i, size int) []byte {
	entry := make([]byte, size)
	binary.BigEndian.PutUint64(entry, uint64(i))
	return entry
}

// numberedModel has n entries, 20 a page.
func numberedModel(n int, at func(i int) int) *model {
	m := &model{tree: newTree(&page.Space{}, leading, 4)}
	for i := range n {
		m.insert(at(i), numbered(0, 200))
	}
	for i := range n {
		m.set(i, numbered(i, 200))
	}
	return m
}

// At every fill around the boundaries of pages and nodes, an entry may come to every place, change its size there, and go from there.
func TestEveryPlaceAtEveryFill(t *testing.T) {
	t.Parallel()
	ways := map[string]func(i int) int{
		"appended":  func(i int) int { return i },
		"prepended": func(int) int { return 0 },
		"middle":    func(i int) int { return i / 2 },
	}
	for name, at := range ways {
		for n := 0; n <= 200; n += 1 + n/12 {
			base := numberedModel(n, at)
			require.NoError(t, base.tree.Check(), "%s %d", name, n)
			base.compare(t, n/2)
			for i := range n + 1 {
				m := base.clone(base.tree.Share())
				m.insert(i, numbered(max(i-1, 0), 200))
				require.NoError(t, m.tree.Check(), "%s %d, insert %d", name, n, i)
				if i == n {
					break
				}
				m.set(i, numbered(max(i-1, 0), 254))
				require.NoError(t, m.tree.Check(), "%s %d, set %d", name, n, i)
				m.delete(i, i+1)
				m.delete(i, i+1)
				require.NoError(t, m.tree.Check(), "%s %d, delete %d", name, n, i)
			}
			base.compare(t, n/2)
		}
	}
}

// Ranges of every beginning and length may go from a deep tree, which stays balanced.
func TestEveryRange(t *testing.T) {
	t.Parallel()
	base := numberedModel(230, func(i int) int { return i / 3 })
	for from := range 231 {
		for to := from; to <= 230; to++ {
			if (from*7+to)%5 > 0 {
				continue
			}
			m := base.clone(base.tree.Share())
			m.tree.DeleteRange(from, to)
			require.NoError(t, m.tree.Check(), "[%d, %d)", from, to)
			require.Equal(t, 230-(to-from), m.tree.Len())
			if from > 0 {
				require.Equal(t, base.want[from-1], m.tree.At(from-1))
			}
			if to < 230 {
				require.Equal(t, base.want[to], m.tree.At(from))
			}
		}
	}
	base.compare(t, 100)
}

// pages calls back with each page of a tree, first to last.
func (n *node) pages(call func(leaf)) {
	for _, child := range n.nodes {
		child.pages(call)
	}
	for _, s := range n.slots {
		call(s.page)
	}
}

// A list that was only pushed to consists of full pages and takes what it should.
func TestPushesLeaveFullPages(t *testing.T) {
	t.Parallel()
	const n = 30_000
	pushes := map[string]func(t *Tree, i int, item []byte){
		"back":  func(t *Tree, _ int, item []byte) { t.Append(item) },
		"front": func(t *Tree, _ int, item []byte) { t.Prepend(item) },
		"both": func(t *Tree, i int, item []byte) {
			if i%2 == 0 {
				t.Append(item)
			} else {
				t.Prepend(item)
			}
		},
	}
	for name, push := range pushes {
		for _, size := range []int{0, 3, 32, 100} {
			tree := New(&page.Space{}, nil)
			item := make([]byte, size)
			for i := range n {
				push(&tree, i, item)
			}
			require.NoError(t, tree.Check())
			var fills []float64
			tree.root.pages(func(p leaf) { fills = append(fills, float64(p.need())/float64(len(p))) })
			require.Greater(t, len(fills), 50)
			least := slices.Min(fills[1 : len(fills)-1])
			require.Greater(t, least, 0.95, "%s %d", name, size)
			perItem := float64(tree.AllocatedBytes()) / n
			require.Less(t, perItem, float64(size)*1.03+2, "%s %d", name, size)
			require.LessOrEqual(t, tree.Bytes(), tree.AllocatedBytes())
			if size == 32 {
				require.Less(t, perItem, 34.0, name)
			}
		}
	}
}

// Pages at the ends of a large tree begin as large as their neighbours, and give back what they don't fill when others follow; what is taken from
// there moves no page.
func TestEndsOfALargeTree(t *testing.T) {
	t.Parallel()
	for _, end := range []edge{front, back} {
		space := &page.Space{}
		m := &model{tree: newTree(space, nil, 128)}
		add := func(count, size int) {
			for range count {
				m.insert(map[edge]int{front: 0, back: len(m.want)}[end], make([]byte, size))
				require.NoError(t, m.tree.Check())
			}
		}
		pageAt := func() *byte {
			n := m.tree.root
			for ; n.nodes != nil; n = n.nodes[n.lastAt(end)] {
			}
			return &n.slots[n.lastAt(end)].page[0]
		}
		add(2000, 100)
		first, moves := pageAt(), 0
		add(1000, 100)
		for last := pageAt(); len(m.want) > 1500; {
			i := map[edge]int{front: 0, back: len(m.want) - 1}[end]
			m.delete(i, i+1)
			require.NoError(t, m.tree.Check())
			if is := pageAt(); is != last {
				last = is
				moves++
			}
		}
		require.NotSame(t, first, pageAt())
		require.Less(t, moves, 2*1500/(page.MaxBytes/101), "pages end, and no page moves before")
		add(1000, 3) // the first page of these is too large
		require.LessOrEqual(t, m.tree.AllocatedBytes(), m.tree.Bytes()*21/20+2*page.MaxBytes)
		view := m.clone(*m.tree)
		at := space.Open()
		add(500, 3)
		view.compare(t, 100)
		space.Close(at)
		m.compare(t, 100)
	}
}

// Pages that were divided anywhere lie in pieces that fit.
func TestRandomInsertsFit(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	tree := New(&page.Space{}, nil)
	for i := range 50_000 {
		tree.Insert(random.IntN(i+1), make([]byte, 32))
	}
	require.NoError(t, tree.Check())
	require.Less(t, float64(tree.AllocatedBytes())/50_000, 37.5)
}

// What an emptied tree gives back is enough to fill it again, however it was emptied.
func TestEmptyingReturnsEverything(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	space := &page.Space{}
	space.Limit(64 << 20)
	tree := New(space, nil)
	empty := []func(){
		func() { tree.Delete(0) },
		func() { tree.Delete(tree.Len() - 1) },
		func() { tree.Delete(random.IntN(tree.Len())) },
		func() { tree.DeleteRange(0, tree.Len()) },
		func() { tree.DeleteRange(0, 1+tree.Len()/3) },
		func() { tree.DeleteRange(tree.Len()/3, 1+tree.Len()*2/3) },
	}
	var most int64
	for round := range 18 {
		for i := range 3000 {
			tree.Insert(random.IntN(tree.Len()+1), make([]byte, []int{32, 32, 32, 90, 300}[i%5]))
		}
		for tree.Len() > 0 {
			empty[round%len(empty)]()
		}
		require.NoError(t, tree.Check())
		if round < len(empty) {
			most = max(most, space.FreeBytes())
		}
		require.Less(t, float64(space.FreeBytes()), float64(most)*1.5, "round %d", round)
	}
	require.Greater(t, most, int64(3000*80))
}

// A tree that nearly all was taken from, in any order, takes little.
func TestShrinkingGivesBack(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	tree := New(&page.Space{}, nil)
	for range 50_000 {
		tree.Append(make([]byte, 32))
	}
	full := tree.AllocatedBytes()
	for tree.Len() > 5000 {
		tree.Delete(random.IntN(tree.Len()))
	}
	require.NoError(t, tree.Check())
	require.Less(t, tree.AllocatedBytes(), full*14/100)
}

// Entries that become shorter leave fewer pages.
func TestShorterEntriesGiveBack(t *testing.T) {
	t.Parallel()
	tree := New(&page.Space{}, nil)
	for range 10_000 {
		tree.Append(make([]byte, 200))
	}
	for i := range 10_000 {
		tree.Set(i, make([]byte, i%3))
	}
	require.NoError(t, tree.Check())
	require.Less(t, tree.AllocatedBytes(), int64(4*10_000))
}

// What becomes neighbours when two nodes become one is joined too, far from where something was removed.
func TestSmallPagesBetweenJoinedNodes(t *testing.T) {
	t.Parallel()
	m := numberedModel(160, func(i int) int { return i })
	require.Len(t, m.tree.root.nodes, 2)
	// Of each node's four full pages three stay, in the end two and one, and those at the seam have three entries each.
	m.delete(100, 160)
	m.delete(83, 100)
	m.delete(63, 80)
	m.delete(0, 20)
	require.NoError(t, m.tree.Check())
	require.Len(t, m.tree.root.nodes, 2)
	m.delete(0, 20)
	require.NoError(t, m.tree.Check())
	require.Len(t, m.tree.root.slots, 2)
	m.compare(t, 10)
}

// pushes adds so many short items at one end of a tree of one page, and counts how often what was at the other end moved.
func pushes(tree *Tree, atFront bool, items int) (moved int) {
	item := make([]byte, 8)
	for range items {
		var last leaf
		first, end := 0, 0
		if tree.root != nil {
			last = tree.root.slots[0].page
			first, end = last.first(), last.end()
		}
		if atFront {
			tree.Prepend(item)
		} else {
			tree.Append(item)
		}
		p := tree.root.slots[0].page
		if last == nil || &p[0] != &last[0] || atFront && p.end() != end || !atFront && p.first() != first {
			moved++
		}
	}
	return moved
}

// Pushing at one end moves what is in a page only now and then, also where entries came or went at the other end before.
func TestPushesMoveLittle(t *testing.T) {
	t.Parallel()
	for _, atFront := range []bool{false, true} {
		for _, before := range []int{0, 60, 100} {
			tree := New(&page.Space{}, nil)
			pushes(&tree, !atFront, before)
			require.Less(t, pushes(&tree, atFront, 120-before), 30+(120-before)/10, "front %v, %d before", atFront, before)
		}
		tree := New(&page.Space{}, nil)
		pushes(&tree, !atFront, 100)
		for range 12 {
			if atFront {
				tree.Delete(tree.Len() - 1)
			} else {
				tree.Delete(0)
			}
		}
		require.Less(t, pushes(&tree, atFront, 20), 8, "front %v", atFront)
	}
}

// The first change after a view copies a path, the next one beside it nothing.
func TestChangeAfterViewCopiesAPath(t *testing.T) {
	t.Parallel()
	space := &page.Space{}
	tree := New(space, nil)
	for i := range 300_000 {
		tree.Append(numbered(i, 32))
	}
	at := space.Open()
	defer space.Close(at)
	tree.Set(150_000, numbered(1, 32))
	first := space.DisplacedBytes()
	require.Greater(t, first, int64(4096))
	require.Less(t, first, int64(20<<10))
	tree.Set(150_000, numbered(2, 32))
	tree.Insert(150_000, numbered(3, 32))
	require.Less(t, space.DisplacedBytes(), first+4096)
	other := tree.Share()
	other.DeleteRange(1000, 299_000)
	require.Less(t, other.AllocatedBytes(), tree.AllocatedBytes()/50)
	require.NoError(t, other.Check())
	require.NoError(t, tree.Check())
}

// Readers of views run beside the writer and see what was there when the views were opened.
func TestReadersBesideTheWriter(t *testing.T) {
	random := newRandom(t)
	space := &page.Space{}
	m := &model{tree: newTree(space, leading, 8)}
	var readers sync.WaitGroup
	open := make(chan struct{}, 4)
	for round := range 60 {
		v := view{m.clone(*m.tree), 0}
		v.at = space.Open()
		open <- struct{}{}
		from := random.IntN(1000)
		readers.Go(func() {
			defer func() { <-open }()
			defer space.Close(v.at)
			v.compare(t, from)
			for i, want := range v.want {
				if i%17 == 0 {
					require.LessOrEqual(t, search(v.tree, want), i)
				}
			}
		})
		for range 100 {
			entry := scored(random, 1<<30, random.IntN(400))
			i := search(m.tree, entry)
			switch what := random.IntN(10); {
			case what < 6+round%2 || i == len(m.want):
				m.insert(i, entry)
			case what < 8:
				m.set(i, append(bytes.Clone(m.want[i][:8]), entry[8:]...))
			default:
				m.delete(i, min(len(m.want), i+1+random.IntN(10)))
			}
		}
		if round%20 == 19 {
			other := m.clone(m.tree.Share())
			m = &other
		}
		require.NoError(t, m.tree.Check())
	}
	readers.Wait()
	m.compare(t, 0)
	require.Zero(t, space.Views())
}

// Reading allocates nothing, and so does a list in steady use.
func TestNothingIsAllocated(t *testing.T) {
	tree := New(&page.Space{}, leading)
	item := make([]byte, 32)
	for i := range 10_000 {
		tree.Append(numbered(i, 32))
	}
	random := rand.New(rand.NewPCG(1, 1))
	sum := 0
	works := map[string]func(){
		"at":     func() { sum += len(tree.At(random.IntN(10_000))) },
		"search": func() { sum += search(&tree, item) },
		"set":    func() { tree.Set(0, item) },
		"range":  func() { count(&tree, 20, &sum) },
	}
	for name, work := range works {
		require.Zero(t, testing.AllocsPerRun(100, work), name)
	}
	list := New(&page.Space{}, nil)
	for range 10_000 {
		list.Append(item)
	}
	queue := func() {
		for range 1000 {
			list.Append(item)
			list.Delete(0)
		}
	}
	queue()
	require.LessOrEqual(t, testing.AllocsPerRun(20, queue), 3.0, "in a thousand")
}

// count reads so many entries in both directions.
func count(t *Tree, entries int, sum *int) {
	for i, entry := range t.Ascend(5000) {
		if *sum += len(entry); i == 5000+entries {
			break
		}
	}
	for i, entry := range t.Descend(5000) {
		if *sum += len(entry); i == 5000-entries {
			break
		}
	}
}

// Long entries lie in blocks, which may be written in place while nobody else sees them.
func TestLongEntries(t *testing.T) {
	t.Parallel()
	space := &page.Space{}
	m := &model{tree: newTree(space, nil, 4)}
	for i, size := range []int{20 << 20, 255, 254, 32 << 10, 32<<10 - 8, 32<<10 - 7, 0} {
		m.insert(i/2, numbered(i, max(size, 8))[:size])
		require.NoError(t, m.tree.Check())
	}
	m.compare(t, 3)
	for i := range m.want {
		for _, size := range []int{1 << 20, 1<<20 - 1, 300, 299, 254, 255} {
			m.set(i, bytes.Repeat([]byte{byte(size)}, size))
			require.NoError(t, m.tree.Check())
		}
	}
	m.compare(t, 3)
	at := space.Open()
	before := m.clone(*m.tree)
	m.set(2, bytes.Repeat([]byte{1}, 255))
	before.compare(t, 3)
	m.compare(t, 3)
	space.Close(at)
}

// Indexes beyond the ends are the caller's mistake.
func TestIndexesBeyondTheEnds(t *testing.T) {
	t.Parallel()
	m := numberedModel(3, func(i int) int { return i })
	for name, call := range map[string]func(){
		"at -1":         func() { m.tree.At(-1) },
		"at 3":          func() { m.tree.At(3) },
		"insert -1":     func() { m.tree.Insert(-1, nil) },
		"insert 4":      func() { m.tree.Insert(4, nil) },
		"set 3":         func() { m.tree.Set(3, nil) },
		"delete 3":      func() { m.tree.Delete(3) },
		"delete [2, 1)": func() { m.tree.DeleteRange(2, 1) },
		"ascend 4": func() {
			for range m.tree.Ascend(4) {
				break
			}
		},
		"read 4": func() { m.tree.Read(4, make([][]byte, 1)) },
		"descend 3": func() {
			for range m.tree.Descend(3) {
				break
			}
		},
	} {
		require.Panics(t, call, name)
	}
	m.compare(t, 1)
	require.NoError(t, m.tree.Check())
}

// Repacked pages waste nothing and are changed like others.
func TestRepack(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	space := &page.Space{}
	m := &model{tree: newTree(space, nil, 128)}
	for i := range 20_000 {
		m.insert(random.IntN(i+1), numbered(i, 32))
	}
	before := m.tree.AllocatedBytes()
	space.BeginPacking()
	rounds := 0
	for i, more := 0, true; more; more = i != 0 {
		i = m.tree.Repack(i, 20)
		rounds++
	}
	require.Greater(t, rounds, 5)
	require.NoError(t, m.tree.Check())
	require.Less(t, m.tree.AllocatedBytes(), before*97/100)
	require.Less(t, float64(m.tree.AllocatedBytes()), float64(m.tree.Bytes())*1.02)
	for i := range 500 {
		m.insert(random.IntN(len(m.want)), numbered(i, 32))
		m.delete(i*10, i*10+1)
	}
	require.Positive(t, space.DeadBytes())
	m.compare(t, 1000)
	require.NoError(t, m.tree.Check(), fmt.Sprint(len(m.want)))
}
