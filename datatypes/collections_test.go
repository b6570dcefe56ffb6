package datatypes

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// What is built on a view, while the store changes, becomes a part of the store like any other: it changes, is copied, and views that are
// opened later don't see what happens to it.
func TestBuiltApart(t *testing.T) {
	for _, size := range []int{0, 1, 20, 5000} {
		for _, viewAfter := range []bool{false, true} {
			t.Run(fmt.Sprint(size, viewAfter), func(t *testing.T) { buildApart(t, size, viewAfter) })
		}
	}
}

func buildApart(t *testing.T, size int, viewAfter bool) {
	s := NewStore(1)
	ed := s.Edit(0)
	random := rand.New(rand.NewPCG(1, uint64(size)))
	disturb := func() { ed.SetString(fmt.Appendf(nil, "k%d", random.IntN(1000)), []byte("v"), NoDeadline) }
	for range 1000 {
		disturb()
	}
	view := s.View()
	var members set.Form
	var scores zset.Form
	building, scoring := view.DB(0).Building(), view.DB(0).Building()
	for i := range size {
		members.Add(building, fmt.Appendf(nil, "m%d", i))
		scores.Add(scoring, fmt.Appendf(nil, "m%d", i), float64(i))
		disturb()
		if i%100 == 0 {
			s.View().Close()
		}
	}
	if viewAfter {
		defer s.View().Close()
	}
	view.Close()
	if size == 0 {
		require.Zero(t, members.Len())
		return
	}
	var e, f Entry
	ed.PutSet(&e, []byte("set"), &members, nil, NoDeadline)
	ed.PutSortedSet(&f, []byte("zset"), &scores, 5, NoDeadline)
	want, wantScores := map[string]bool{}, map[string]float64{}
	for i := range size {
		want[fmt.Sprintf("m%d", i)], wantScores[fmt.Sprintf("m%d", i)] = true, float64(i)
	}
	requireApart(t, s.DB(0), want, wantScores)
	later := s.View()
	ed.Copy([]byte("set"), ed, []byte("copy"))
	for i := range size/2 + 1 {
		ed.ChangeSet(&e, []byte("set"), func(f *set.Form, edit *set.Edit) {
			f.Remove(edit, fmt.Appendf(nil, "m%d", i))
			f.Add(edit, fmt.Appendf(nil, "n%d", i))
		})
		ed.ChangeSortedSet(&f, []byte("zset"), 5, func(f *zset.Form, edit *zset.Edit) {
			f.Remove(edit, fmt.Appendf(nil, "m%d", i))
			f.Add(edit, fmt.Appendf(nil, "n%d", i), float64(-i))
		})
	}
	requireApart(t, later.DB(0), want, wantScores)
	later.Close()
	for i := range size/2 + 1 {
		delete(want, fmt.Sprintf("m%d", i))
		delete(wantScores, fmt.Sprintf("m%d", i))
		want[fmt.Sprintf("n%d", i)], wantScores[fmt.Sprintf("n%d", i)] = true, float64(-i)
	}
	requireApart(t, s.DB(0), want, wantScores)
	s.Pack()
	for s.Tend(1000) {
	}
	requireApart(t, s.DB(0), want, wantScores)
}

func requireApart(t *testing.T, db Reader, want map[string]bool, scores map[string]float64) {
	var e Entry
	require.True(t, db.Find(&e, []byte("set"), 0))
	f := e.Set()
	require.NoError(t, f.Check())
	members := map[string]bool{}
	f.Each(func(it packed.Item) bool {
		members[string(it.AppendTo(nil))] = true
		return true
	})
	require.Equal(t, want, members)
	require.True(t, db.Find(&e, []byte("zset"), 0))
	z := e.SortedSet()
	require.NoError(t, z.Check())
	require.Equal(t, scores, scoresOf(z))
}
