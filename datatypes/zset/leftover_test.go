package zset

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Wide ranges that are taken out, of which members come back before and after their entries in the index have been cleared away, leave the
// set and its copies and views like their models, and nothing in the end.
func TestWideRanges(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	for _, scores := range []int{1, 40, 1 << 20} {
		ed := newEdit()
		live := []*model{newModel()}
		draw := func() (member string, score float64) {
			i := random.IntN(6000)
			return word(i), float64(i * 7919 % scores)
		}
		var views []view
		for step := range 24 {
			m := live[random.IntN(len(live))]
			n := len(m.sorted)
			switch what := random.IntN(20); {
			case n < 2500:
				for range 3000 {
					member, score := draw()
					m.add(t, ed, member, score, false)
				}
			case what < 4 || step < 5:
				width := wideRange/2 + random.IntN(wideRange)
				if step < 5 {
					width = wideRange // the first step has filled the set
				}
				from := random.IntN(n - width)
				m.removeRange(ed, from, from+width)
				if width >= wideRange {
					require.NotEmpty(t, m.form.Tree.leftovers)
				}
			case what < 6 && len(views) < 3:
				views = append(views, view{model{m.form, maps.Clone(m.want), slices.Clone(m.sorted)}, ed.Space.Open()})
			case what < 8 && len(views) > 0:
				i := random.IntN(len(views))
				views[i].compareAnyOrder(t)
				require.NoError(t, views[i].form.Check())
				ed.Space.Close(views[i].at)
				views = slices.Delete(views, i, i+1)
			case what == 8 && len(live) < 3:
				live = append(live, m.copy(ed))
			case what == 9 && len(live) > 1:
				live = slices.DeleteFunc(live, func(other *model) bool { return other == m })
			case what < 12:
				before := m.form.Tree.leftOver()
				more := m.form.Tend(ed, 300)
				require.Equal(t, more, m.form.Tree.leftOver() > 0)
				require.Equal(t, max(before-300, 0), m.form.Tree.leftOver())
			default:
				for range 50 {
					member, score := draw()
					if random.IntN(3) == 0 {
						m.remove(t, ed, member)
					} else {
						m.add(t, ed, member, score, false)
					}
				}
			}
			if step%3 == 0 {
				require.NoError(t, m.form.Check(), "step %d", step)
			}
			if step%5 == 0 {
				m.compareAnyOrder(t)
			}
		}
		for _, v := range views {
			v.compareAnyOrder(t)
			ed.Space.Close(v.at)
		}
		for _, m := range live {
			for m.form.Tend(ed, 1000) {
			}
			require.NoError(t, m.form.Check())
			m.compare(t, random)
			require.Zero(t, m.form.Tree.leftoverBytes)
			m.removeRange(ed, 0, len(m.sorted)-3)
			require.Nil(t, m.form.Tree)
		}
	}
}

// leftOver is how many entries of the index lead to nobody.
func (t *Tree) leftOver() (entries int) {
	for _, l := range t.leftovers {
		entries += l.left
	}
	return entries
}

// compareAnyOrder compares members, and what a scan finds: some of them twice, if they went and came back.
func (m *model) compareAnyOrder(t testing.TB) {
	rank := 0
	m.form.Each(func(it packed.Item, score float64) bool {
		require.True(t, m.same(rank, &it, score), "rank %d", rank)
		rank++
		return true
	})
	require.Len(t, m.sorted, rank)
	seen := map[string]bool{}
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.form.Scan(cursor, 100, func(it packed.Item, score float64) {
			want, there := m.want[string(it.Text())]
			require.True(t, there && want == score, "%q", it.Text())
			seen[string(it.Text())] = true
		})
	}
	require.Len(t, seen, len(m.want))
}

// A wide range goes quickly, however many members it has, and what it left takes no more than it took before.
func TestWideRangesAreQuick(t *testing.T) {
	random, ed := rand.New(rand.NewPCG(1, 1)), newEdit()
	const n = 100_000
	var f Form
	for _, i := range random.Perm(n) {
		f.Add(ed, []byte(word(i)), mixed(i))
	}
	before, began := f.Tree.Bytes(), time.Now()
	f.RemoveRange(ed, 1000, 1000+wideRange-1)
	perMember := time.Since(began) / (wideRange - 1)
	began = time.Now()
	f.RemoveRange(ed, 1000, f.Len()-1000)
	took := time.Since(began)
	require.Equal(t, 2000, f.Len())
	t.Logf("%v for %d members, %v for each of few", took, n, perMember)
	require.Less(t, took, perMember*n/5)
	require.Less(t, f.Tree.Bytes(), before)
	left := f.Tree.leftoverBytes
	for f.Tend(ed, 1000) {
		require.Less(t, f.Tree.leftoverBytes, left, "what is cleared away is given back")
		left = f.Tree.leftoverBytes
	}
	require.NoError(t, f.Check())
	require.Less(t, f.Tree.Bytes(), int64(2000*60))
}
