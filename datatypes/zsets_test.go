package datatypes

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

func scoresOf(f zset.Form) map[string]float64 {
	scores := map[string]float64{}
	f.Each(func(it packed.Item, score float64) bool {
		scores[string(it.AppendTo(nil))] = score
		return true
	})
	return scores
}

// Sorted sets in a store, changed, copied, renamed, under views, against maps.
func TestSortedSetsInAStore(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	s := NewStore(1)
	s.SetLimits(Limits{ZSetListpack: 20, ZSetListpackValue: 10})
	model := map[string]map[string]float64{}
	compare := func(db Reader, want map[string]map[string]float64) {
		require.Equal(t, len(want), db.Len())
		for key, scores := range want {
			var e Entry
			require.True(t, db.Find(&e, []byte(key), 0))
			require.Equal(t, KindSortedSet, e.Kind())
			require.Equal(t, scores, scoresOf(e.SortedSet()))
		}
	}
	var view *View
	var frozen map[string]map[string]float64
	for step := range 1500 {
		key, other := fmt.Sprintf("z:%d", random.IntN(4)), fmt.Sprintf("z:%d", random.IntN(4))
		ed := s.Edit(0)
		switch what := random.IntN(12); {
		case what < 9:
			changeScores(t, random, ed, key, what < 6, model)
		case what < 10 && model[key] != nil && key != other:
			ed.Copy([]byte(key), ed, []byte(other))
			model[other] = maps.Clone(model[key])
		case what < 11 && view == nil:
			view, frozen = s.View(), map[string]map[string]float64{}
			for key, scores := range model {
				frozen[key] = maps.Clone(scores)
			}
		case view != nil:
			compare(view.DB(0), frozen)
			view.Close()
			view = nil
		}
		if step%20 == 0 {
			compare(s.DB(0), model)
			var trees int64
			s.DB(0).Range(func(_ []byte, e Entry) bool {
				trees += treeSizeOf(e.tree).bytes
				form := e.SortedSet()
				require.NoError(t, form.Check())
				return true
			})
			require.Equal(t, trees, s.DB(0).trees.bytes)
		}
	}
}

// changeScores adds members to a sorted set, or takes some away.
func changeScores(t *testing.T, random *rand.Rand, ed Editor, key string, add bool, model map[string]map[string]float64) {
	var e Entry
	scores := model[key]
	ed.ChangeSortedSet(&e, []byte(key), 4, func(f *zset.Form, edit *zset.Edit) {
		for range 1 + random.IntN(80) {
			member, score := fmt.Sprintf("m%d", random.IntN(300)), float64(random.IntN(50))/2
			_, had := scores[member]
			if !add {
				require.Equal(t, had, f.Remove(edit, []byte(member)))
				delete(scores, member)
				continue
			}
			require.Equal(t, !had, f.Add(edit, []byte(member), score) == zset.Added)
			if scores == nil {
				scores = map[string]float64{}
			}
			scores[member] = score
		}
	})
	if model[key] = scores; len(scores) == 0 {
		delete(model, key)
	}
}

func TestSortedSetEncodings(t *testing.T) {
	s := NewStore(1)
	s.SetLimits(Limits{ZSetListpack: 2, ZSetListpackValue: 5})
	encoding := func(key string) string {
		var e Entry
		s.DB(0).Find(&e, []byte(key), 0)
		return e.Encoding()
	}
	add := func(key string, members ...string) {
		var e Entry
		longest := len(slices.MaxFunc(members, func(a, b string) int { return len(a) - len(b) }))
		s.Edit(0).ChangeSortedSet(&e, []byte(key), longest, func(f *zset.Form, edit *zset.Edit) {
			for _, member := range members {
				f.Add(edit, []byte(member), 1)
			}
		})
	}
	add("a", "x", "y")
	require.Equal(t, "listpack", encoding("a"))
	add("a", "z")
	require.Equal(t, "skiplist", encoding("a"))
	var e Entry
	s.Edit(0).ChangeSortedSet(&e, []byte("a"), 0, func(f *zset.Form, edit *zset.Edit) { f.Remove(edit, []byte("z")) })
	require.Equal(t, "skiplist", encoding("a"), "never back")
	add("b", "longer")
	require.Equal(t, "skiplist", encoding("b"))
}
