package counted

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// leading is the prefix of the tests' entries: their first eight bytes, zeros behind shorter ones. Their order is that of bytes.
func leading(entry []byte) uint64 {
	var first [8]byte
	copy(first[:], entry)
	return binary.BigEndian.Uint64(first[:])
}

func search(t *Tree, target []byte) int {
	return t.Search(leading(target), func(entry []byte) bool { return bytes.Compare(entry, target) < 0 })
}

// seek is search for the place itself.
func seek(t *Tree, target []byte) (s Spot) {
	t.Seek(&s, leading(target), func(entry []byte) bool { return bytes.Compare(entry, target) < 0 })
	return s
}

// scored makes an entry with one of so many prefixes.
func scored(random *rand.Rand, prefixes, size int) []byte {
	entry := binary.BigEndian.AppendUint64(nil, uint64(random.IntN(prefixes)))
	return append(entry, newEntry(random, size)...)
}

// A tree in order is like a sorted slice, wherever its entries have their differences: in the prefix or behind it.
func TestOrderedModel(t *testing.T) {
	for _, fanOut := range []int{4, 7, 128} {
		for _, prefixes := range []int{1, 3, 1 << 40} {
			t.Run(fmt.Sprintf("fan-out %d/%d prefixes", fanOut, prefixes), func(t *testing.T) {
				t.Parallel()
				random := newRandom(t)
				for range 2 {
					runOrdered(t, random, fanOut, prefixes, 1200)
				}
			})
		}
	}
}

func runOrdered(t testing.TB, random *rand.Rand, fanOut, prefixes, steps int) {
	space := &page.Space{}
	w := &world{space: space, live: []*model{{tree: newTree(space, leading, fanOut)}}}
	size := sizes(random)
	shrinking := false
	for step := range steps {
		m := w.live[random.IntN(len(w.live))]
		if random.IntN(300) == 0 {
			shrinking = !shrinking
		}
		if w.step(t, random, m) {
			continue
		}
		target := scored(random, prefixes, size())
		i := search(m.tree, target)
		want, _ := slices.BinarySearchFunc(m.want, target, bytes.Compare)
		require.Equal(t, want, i)
		n := len(m.want)
		spot := seek(m.tree, target)
		require.Equal(t, i, m.tree.Index(&spot))
		switch what := random.IntN(20); {
		case n > 0 && what%2 == 1 && (what < 4 || shrinking && what < 12):
			k := random.IntN(n)
			k -= countBefore(m.want, k)
			spot = seek(m.tree, m.want[k])
			m.tree.Land(&spot)
			require.Equal(t, k, m.tree.Index(&spot))
			m.tree.DeleteAt(&spot)
			m.want = slices.Delete(m.want, k, k+1)
		case n > 0 && i < n && what == 16:
			m.tree.Land(&spot)
			entry := append(bytes.Clone(target), 0)[:len(target)]
			m.tree.SetAt(&spot, entry)
			m.want[i] = entry
		case n > 0 && what == 14:
			m.move(t, random.IntN(n), target)
		case what%2 == 1 && what < 16:
			m.tree.InsertAt(&spot, target)
			m.want = slices.Insert(m.want, i, target)
		case n > 0 && (what == 0 || shrinking && what < 12):
			i = min(i, n-1)
			require.Equal(t, i, search(m.tree, m.want[i])+countBefore(m.want, i))
			m.delete(i, min(n, i+1+random.IntN(3)))
		case n > 0 && what == 19 && random.IntN(10) == 0:
			m.delete(i, i+random.IntN(n-i+1))
		case n > 0 && what == 19 && random.IntN(10) == 0:
			m.deleteEach(random, 1+random.IntN(n)/[]int{1, 3, 20}[random.IntN(3)])
		case n > 0 && i < n && what == 18:
			// Something that stands in the same place.
			m.set(i, append(bytes.Clone(target), 0)[:len(target)])
		default:
			m.insert(i, target)
		}
		require.NoError(t, m.tree.Check(), "step %d", step)
		require.True(t, slices.IsSortedFunc(m.want, bytes.Compare))
	}
	w.end(t, random)
}

// move replaces an entry by another, wherever that comes.
func (m *model) move(t testing.TB, k int, target []byte) {
	k -= countBefore(m.want, k)
	from, to := seek(m.tree, m.want[k]), seek(m.tree, target)
	m.tree.Land(&from)
	i := m.tree.Index(&to)
	m.near(t, &from, k, leading(m.want[k]))
	m.near(t, &to, i, leading(target))
	m.around(t, &to, i, leading(target))
	if to.Adjoins(&from) {
		require.True(t, i == k || i == k+1)
		m.tree.SetAt(&from, target)
	} else {
		m.tree.MoveAt(&from, &to, target)
	}
	if i > k {
		i--
	}
	m.want = slices.Insert(slices.Delete(m.want, k, k+1), i, target)
}

// near compares what lies around a place before entry i, if one beside it has that prefix.
func (m *model) near(t testing.TB, s *Spot, i int, prefix uint64) {
	has := func(i int) bool { return 0 <= i && i < len(m.want) && leading(m.want[i]) == prefix }
	if !has(i-1) && !has(i) {
		return
	}
	for _, by := range []int{-200, -40, -1, 0, 1, 40, 200} {
		near := m.tree.Near(s, by, prefix)
		if has(i + by) {
			require.Equal(t, m.want[i+by], near)
		} else {
			require.Nil(t, near)
		}
	}
}

// around compares what lies around a place before entry i: right beside it what does, and some way off something of the same page.
func (m *model) around(t testing.TB, s *Spot, i int, prefix uint64) {
	at := func(i int) []byte {
		if i < 0 || i >= len(m.want) {
			return nil
		}
		return m.want[i]
	}
	before, behind := m.tree.Beside(s)
	require.Equal(t, at(i-1), before)
	require.Equal(t, at(i), behind)
	if len(m.want) == 0 {
		return
	}
	const far = 20
	left, right := m.tree.Around(s, far, prefix)
	first := i - s.number
	end := first + m.tree.slotAt(s).page.count()
	has := func(i int) bool { return 0 <= i && i < len(m.want) && leading(m.want[i]) == prefix }
	if left == nil {
		require.False(t, s.number >= far && has(first) || has(first-maxEntries), "many lie to the left")
	} else {
		require.True(t, has(i-1) && has(i-min(far, s.number)))
		at := slices.IndexFunc(m.want[first:i], func(entry []byte) bool { return bytes.Equal(entry, left) })
		require.True(t, at == 0 || 0 < at && at <= s.number-far, "%d of %d", at, s.number)
	}
	if right == nil {
		require.False(t, i < end && has(end+2*maxEntries), "many lie to the right")
	} else {
		require.True(t, has(i))
		require.True(t, slices.ContainsFunc(m.want[i:end], func(entry []byte) bool { return bytes.Equal(entry, right) }))
		require.True(t, i+1 == end || len(right) == 0 || &right[0] != &behind[0])
	}
}

// countBefore is how many entries right before i are equal to it.
func countBefore(entries [][]byte, i int) (n int) {
	for n < i && bytes.Equal(entries[i-n-1], entries[i]) {
		n++
	}
	return n
}

// Entries that come in order leave full pages. To find one of them the prefixes lead to its page.
func TestSortedInputLeavesFullPages(t *testing.T) {
	space := &page.Space{}
	tree := New(space, leading)
	for i := range 20000 {
		entry := append(binary.BigEndian.AppendUint64(nil, uint64(i)), "member"...)
		at := search(&tree, entry)
		require.Equal(t, i, at)
		tree.Insert(at, entry)
	}
	require.NoError(t, tree.Check())
	require.Less(t, float64(tree.AllocatedBytes())/20000, 15*1.06)
	asked := 0
	target := tree.At(12345)
	require.Equal(t, 12345, tree.Search(leading(target), func(entry []byte) bool {
		asked++
		return bytes.Compare(entry, target) < 0
	}))
	require.LessOrEqual(t, asked, softEntries/stride+stride, "one page is searched, and no more")
}
