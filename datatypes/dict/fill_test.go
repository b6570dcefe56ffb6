package dict

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// sizedKey is the key of that number and size; size bounds how many there are.
func sizedKey(n, size int) []byte {
	key := bytes.Repeat([]byte{'.'}, size)
	for i := 0; i < min(size, 4); i++ {
		key[i] = byte(n >> (8 * i))
	}
	return key
}

// Pages are filled with entries of one size, three pages of them, and emptied in every order: the invariants are checked six
// times on the way up and down, and in the end one page is left, of the smallest size.
func TestEveryFill(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	keySizes := []int{0, 1, 2, 124, 125, 126, 127, 300}
	for total := 1; total <= 259; total++ {
		// Every total with short keys, every 128th and the bounds with all keys.
		for _, size := range keySizes {
			all := total%128 == 1 || total >= 255
			if size != 2 && !all || total < 2+min(size, 2) {
				continue
			}
			payload := max(total-2-size, 0)
			for _, tree := range []any{nil, "a tree"} {
				if tree != nil && size == 2 && !all {
					continue
				}
				fillAndEmpty(t, random, size, payload, tree)
			}
		}
	}
}

func fillAndEmpty(t *testing.T, random *rand.Rand, size, payload int, tree any) {
	orders := []string{"forward", "backward", "random"}
	if size == 2 && payload%16 != 0 {
		// Neighbouring sizes take turns.
		orders = orders[payload%3 : payload%3+1]
	}
	for _, order := range orders {
		fillAndEmptyIn(t, random, order, size, payload, tree)
	}
}

func fillAndEmptyIn(t *testing.T, random *rand.Rand, order string, size, payload int, tree any) {
	f := formOf(size, payload, tree != nil)
	keys := min(3*min(page.MaxBytes/(f.total+slotBytes), maxEntries), 1<<(8*min(size, 3)))
	m := &model{New(&page.Space{}, hasher), make(map[string]value, keys)}
	what := fmt.Sprintf("%d keys of %d, payload %d, tree %v, %s", keys, size, payload, tree, order)
	step := max(1, keys/6)
	numbers := random.Perm(keys)
	if order != "random" {
		slices.Sort(numbers)
	}
	if order == "backward" {
		slices.Reverse(numbers)
	}
	for n := range keys {
		m.put(sizedKey(n, size), bytes.Repeat([]byte{byte(n)}, payload), tree)
		if n%step == 0 {
			require.NoError(t, m.dict.Check(), what)
		}
	}
	m.compare(t)
	for i, n := range numbers {
		key := sizedKey(n, size)
		if !m.dict.Delete(hasher(key), key) {
			require.Fail(t, "gone before it was deleted", what)
		}
		if i%step == 0 {
			require.NoError(t, m.dict.Check(), what)
		}
	}
	require.NoError(t, m.dict.Check(), what)
	left := m.dict.Size()
	require.Equal(t, 1, left.Pages, what)
	require.Equal(t, int64(directoryBytes+slotSize+headerBytes), left.Live, what)
	// The last page may have the slack that any page may.
	require.False(t, tooLarge(int(left.Allocated)-directoryBytes-slotSize, need(0, 0)), what)
}

// An entry put over one of its size allocates nothing and stays in its page; while a view sees the page it is copied once, and not again.
func TestPutInPlace(t *testing.T) {
	for _, size := range []int{0, 1, 100, 220, 300, 5000} {
		space := &page.Space{}
		d := New(space, hasher)
		for n := range 500 {
			d.Put(At{}, hasher(numberKey(n)), numberKey(n), size, nil)
		}
		key := numberKey(7)
		h := hasher(key)
		put := func() At { return d.Put(d.Find(h, key), h, key, size, nil) }
		piece := func() *byte {
			at := d.Find(h, key)
			s := at.where()
			if s.page[at.start+1] >= markStubTree {
				return &s.refs.blocks[u16(s.page[at.start+2:])][0]
			}
			return &s.page[0]
		}
		before := piece()
		require.Zero(t, testing.AllocsPerRun(100, func() { put() }), "%d", size)
		require.Same(t, before, piece())
		at := space.Open()
		view := d.View()
		put()
		copied := piece()
		require.NotSame(t, before, copied)
		require.Zero(t, testing.AllocsPerRun(100, func() { put() }), "%d", size)
		require.Same(t, copied, piece())
		require.NoError(t, d.Check())
		require.NoError(t, view.Check())
		space.Close(at)
		require.Zero(t, testing.AllocsPerRun(100, func() { put() }), "%d", size)
		require.Same(t, copied, piece())
	}
}

// Keys that change behind the bytes that their hash is of, whatever their sizes, also while a view sees the pages.
func TestRekey(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	const head = 8
	hash := func(key []byte) uint64 { return hasher(key[:head]) }
	space := &page.Space{}
	d := New(space, hash)
	keys := make([][]byte, 2000)
	fresh := func(n int) []byte {
		size := random.IntN(20)
		if random.IntN(20) == 0 {
			size = random.IntN(300) // to blocks and back
		}
		return append(fmt.Appendf(nil, "%0*d", head, n), bytes.Repeat([]byte{byte(random.IntN(3))}, size)...)
	}
	for n := range keys {
		keys[n] = fresh(n)
		d.Put(At{}, hash(keys[n]), keys[n], 0, nil)
	}
	check := func(d *Dict, keys [][]byte) {
		t.Helper()
		require.NoError(t, d.Check())
		require.Equal(t, len(keys), d.Len())
		for _, key := range keys {
			require.True(t, d.Find(hash(key), key).Found(), "%q", key)
		}
	}
	for range 10 {
		at, view, before := space.Open(), d.View(), slices.Clone(keys)
		for range 2 * len(keys) {
			n := random.IntN(len(keys))
			if key := fresh(n); !d.Find(hash(key), key).Found() {
				d.Rekey(d.Find(hash(key), keys[n]), hash(key), key)
				keys[n] = key
			}
		}
		check(d, keys)
		check(view, before)
		space.Close(at)
	}
}

// Filling and emptying a hundred times leaves nothing: the dictionary is the same, free lists keep their bound, the heap doesn't grow.
func TestRefillingLeavesNoGrowth(t *testing.T) {
	const keys = 1000
	space := &page.Space{}
	d := New(space, hasher)
	heap := func() int64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	var full, empty Size
	var first int64
	for round := range 100 {
		for n := range keys {
			d.Put(At{}, hasher(numberKey(n)), numberKey(n), n%300, nil)
		}
		if round == 0 {
			full = d.Size()
		}
		require.Equal(t, full, d.Size())
		for n := range keys {
			d.Delete(hasher(numberKey(n)), numberKey(n))
		}
		if round == 0 {
			empty = d.Size()
		}
		require.Equal(t, empty, d.Size())
		require.LessOrEqual(t, space.FreeBytes(), int64(1<<20))
		if round == 4 {
			first = heap()
		}
	}
	require.NoError(t, d.Check())
	require.Less(t, heap()-first, int64(1<<20))
}

// Nine keys in ten gone leave at most a fifth of what the dictionary had taken.
func TestDeletingMostGivesBack(t *testing.T) {
	t.Parallel()
	const keys = 10_000
	for _, payload := range []int{0, 32, 200, 400} {
		d := New(&page.Space{}, hasher)
		for n := range keys {
			d.Put(At{}, hasher(numberKey(n)), numberKey(n), payload, nil)
		}
		full := d.Size().Allocated
		for n := range keys {
			if n%10 != 0 {
				d.Delete(hasher(numberKey(n)), numberKey(n))
			}
		}
		share := float64(d.Size().Allocated) / float64(full)
		t.Logf("payload %d: %.3f of %d bytes a key", payload, share, full/keys)
		require.LessOrEqual(t, share, 0.2)
		require.NoError(t, d.Check())
	}
}
