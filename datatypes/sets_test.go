package datatypes

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

func membersOf(f set.Form) (members []string) {
	f.Each(func(it packed.Item) bool {
		members = append(members, string(it.AppendTo(nil)))
		return true
	})
	slices.Sort(members)
	return members
}

// setWorld is a store of sets beside plain maps.
type setWorld struct {
	t         *testing.T
	random    *rand.Rand
	store     *Store
	sets      map[string]map[string]bool
	deadlines map[string]int64
	views     []frozenSets
}

// frozenSets is a view and what it must show.
type frozenSets struct {
	view    *View
	members map[string][]string
}

func (w *setWorld) freeze() map[string][]string {
	all := map[string][]string{}
	for key, members := range w.sets {
		for member := range members {
			all[key] = append(all[key], member)
		}
		slices.Sort(all[key])
	}
	return all
}

func (w *setWorld) compare(db Reader, want map[string][]string) {
	require.Equal(w.t, len(want), db.Len())
	for key, members := range want {
		var e Entry
		require.True(w.t, db.Find(&e, []byte(key), 0))
		require.Equal(w.t, KindSet, e.Kind())
		require.Equal(w.t, members, membersOf(e.Set()))
	}
}

// check compares everything, and what the store says it takes with what it takes.
func (w *setWorld) check() {
	db := w.store.DB(0)
	w.compare(db, w.freeze())
	var trees int64
	db.Range(func(key []byte, e Entry) bool {
		require.Equal(w.t, w.deadlines[string(key)], e.DeadlineMs())
		trees += treeSizeOf(e.tree).bytes
		form := e.Set()
		require.NoError(w.t, form.Check())
		return true
	})
	require.Equal(w.t, trees, db.trees.bytes)
	require.NoError(w.t, db.dict.Check())
}

func (w *setWorld) forget(key string) {
	delete(w.sets, key)
	delete(w.deadlines, key)
}

// change adds members to a set, or takes some away.
func (w *setWorld) change(key string, add bool) {
	var e Entry
	count := 1 + w.random.IntN(60)
	w.store.Edit(0).ChangeSet(&e, []byte(key), func(f *set.Form, edit *set.Edit) {
		for range count {
			member := strconv.Itoa(w.random.IntN(400))
			if w.random.IntN(4) == 0 {
				member = "m" + member
			}
			if !add {
				require.Equal(w.t, w.sets[key][member], f.Remove(edit, []byte(member)))
				delete(w.sets[key], member)
				continue
			}
			require.Equal(w.t, !w.sets[key][member], f.Add(edit, []byte(member)))
			if w.sets[key] == nil {
				w.sets[key] = map[string]bool{}
			}
			w.sets[key][member] = true
		}
	})
	if len(w.sets[key]) == 0 {
		w.forget(key)
	}
}

// duplicate gives a set another name, too or instead.
func (w *setWorld) duplicate(key, other string, move bool) {
	copied := maps.Clone(w.sets[key])
	w.deadlines[other] = w.deadlines[key]
	ed := w.store.Edit(0)
	if move {
		ed.Move([]byte(key), ed, []byte(other))
		w.forget(key)
	} else {
		ed.Copy([]byte(key), ed, []byte(other))
	}
	w.sets[other] = copied
}

func (w *setWorld) step() {
	key, other := fmt.Sprintf("set:%d", w.random.IntN(6)), fmt.Sprintf("set:%d", w.random.IntN(6))
	switch what := w.random.IntN(20); {
	case what < 14:
		w.change(key, what < 8)
	case what < 15:
		require.Equal(w.t, w.sets[key] != nil, w.store.Edit(0).Delete([]byte(key)))
		w.forget(key)
	case what < 17 && w.sets[key] != nil && other != key:
		w.duplicate(key, other, what == 16)
	case what < 18 && w.sets[key] != nil:
		w.deadlines[key] = 1 + w.random.Int64N(1000)
		w.store.Edit(0).SetDeadline([]byte(key), w.deadlines[key])
	case what < 19 && len(w.views) < 3:
		w.views = append(w.views, frozenSets{w.store.View(), w.freeze()})
	case len(w.views) > 0:
		w.closeView(w.random.IntN(len(w.views)))
	}
}

func (w *setWorld) closeView(i int) {
	w.compare(w.views[i].view.DB(0), w.views[i].members)
	w.views[i].view.Close()
	w.views = slices.Delete(w.views, i, i+1)
}

// Sets in a store, added to, taken from, copied, renamed, with deadlines, under views, against maps.
func TestSetsInAStore(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := &setWorld{t: t, random: rand.New(rand.NewPCG(seed, 1)), store: NewStore(2), sets: map[string]map[string]bool{},
		deadlines: map[string]int64{}}
	w.store.SetLimits(Limits{SetIntset: 8})
	for i := range 4000 {
		w.step()
		if i%40 == 0 {
			w.check()
		}
	}
	for len(w.views) > 0 {
		w.closeView(0)
	}
	w.store.Edit(0).Clear()
	require.Zero(t, w.store.DB(0).trees.bytes)
	require.Equal(t, 8, w.store.DB(0).limits.SetIntset, "limits outlive FLUSHALL")
}

// The encoding follows Redis's limits and never goes back.
func TestSetEncodings(t *testing.T) {
	s := NewStore(1)
	s.SetLimits(Limits{SetIntset: 3})
	encoding := func(key string) string {
		var e Entry
		s.DB(0).Find(&e, []byte(key), 0)
		return e.Encoding()
	}
	change := func(key string, remove bool, members ...string) {
		var e Entry
		s.Edit(0).ChangeSet(&e, []byte(key), func(f *set.Form, edit *set.Edit) {
			for _, member := range members {
				if remove {
					f.Remove(edit, []byte(member))
				} else {
					f.Add(edit, []byte(member))
				}
			}
		})
	}
	change("a", false, "1", "2", "3")
	require.Equal(t, "intset", encoding("a"))
	change("a", false, "4")
	require.Equal(t, "hashtable", encoding("a"))
	change("a", true, "4", "3")
	require.Equal(t, "hashtable", encoding("a"))
	change("a", true, "1", "2")
	require.False(t, s.DB(0).Has([]byte("a"), 0))
	change("a", false, "1")
	require.Equal(t, "intset", encoding("a"))
	change("a", false, "x")
	require.Equal(t, "hashtable", encoding("a"))
	s.SetLimits(Limits{SetIntset: 3, SetListpack: 2, SetListpackValue: 5})
	change("b", false, "x", "y")
	require.Equal(t, "listpack", encoding("b"))
	change("b", false, "longer")
	require.Equal(t, "hashtable", encoding("b"))
	change("c", false, "1")
	change("c", false, "x")
	require.Equal(t, "listpack", encoding("c"))
	change("c", true, "x")
	require.Equal(t, "listpack", encoding("c"))
}
