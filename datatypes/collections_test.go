package datatypes

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// Whatever a key holds and whatever is taken for elements of it, approaching them changes and allocates nothing; it is done for one that is there, for
// one that isn't, and for the empty one.
func TestApproachElements(t *testing.T) {
	s := NewStore(1)
	ed := s.Edit(0)
	for _, size := range []int{1, 100, 20_000} {
		name := func(kind string) []byte { return fmt.Appendf(nil, "%s of %d", kind, size) }
		element := func(i int) []byte { return fmt.Appendf(nil, "element %d", i) }
		ed.SetString(name("string"), make([]byte, size), NoDeadline)
		ed.ChangeList(&Entry{}, name("list"), func(f *list.Form, edit *list.Edit) {
			for i := range size {
				f.PushBack(edit, element(i))
			}
		})
		ed.ChangeSet(&Entry{}, name("set"), func(f *set.Form, edit *set.Edit) {
			for i := range size {
				f.Add(edit, element(i))
			}
		})
		ed.ChangeSortedSet(&Entry{}, name("zset"), 16, func(f *zset.Form, edit *zset.Edit) {
			for i := range size {
				f.Add(edit, element(i), float64(i))
			}
		})
		ed.ChangeHash(&Entry{}, name("hash"), 16, func(f *hash.Form, edit *hash.Edit) {
			for i := range size {
				f.Set(edit, element(i), element(i))
			}
		})
		elements := [][]byte{element(0), element(size), {}, element(size / 2)}
		hashes := make([]uint64, 2*len(elements))
		db := s.DB(0)
		for _, kind := range []string{"string", "list", "set", "zset", "hash", "nothing"} {
			key := name(kind)
			before := db.UsedBytes()
			require.Zero(t, testing.AllocsPerRun(10, func() { db.touched += db.ApproachElements(key, elements, hashes) }), "%s", key)
			require.Equal(t, before, db.UsedBytes())
		}
		for _, i := range []int{0, size / 2} {
			var e Entry
			require.True(t, db.Find(&e, name("zset"), 0))
			form := e.SortedSet()
			at := form.Find(element(i))
			require.True(t, at.Found())
			require.Equal(t, float64(i), at.Score)
		}
	}
}

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
