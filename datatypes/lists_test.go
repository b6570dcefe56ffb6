package datatypes

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

func itemsOf(f list.Form) (items []string) {
	f.Range(0, f.Len(), func(it packed.Item) bool {
		items = append(items, string(it.AppendTo(nil)))
		return true
	})
	return items
}

// listWorld is a store of lists beside plain slices.
type listWorld struct {
	t      *testing.T
	random *rand.Rand
	store  *Store
	lists  map[string][]string
	views  []frozenLists
}

// frozenLists is a view and what it must show.
type frozenLists struct {
	view  *View
	lists map[string][]string
}

func (w *listWorld) freeze() map[string][]string {
	all := map[string][]string{}
	for key, items := range w.lists {
		all[key] = slices.Clone(items)
	}
	return all
}

func (w *listWorld) compare(db Reader, want map[string][]string) {
	require.Equal(w.t, len(want), db.Len())
	for key, items := range want {
		var e Entry
		require.True(w.t, db.Find(&e, []byte(key), 0))
		require.Equal(w.t, KindList, e.Kind())
		require.Equal(w.t, "quicklist", e.Encoding())
		require.Equal(w.t, items, itemsOf(e.List()))
	}
}

func (w *listWorld) check() {
	db := w.store.DB(0)
	w.compare(db, w.lists)
	var trees int64
	db.Range(func(_ []byte, e Entry) bool {
		trees += treeSizeOf(e.tree).bytes
		form := e.List()
		require.NoError(w.t, form.Check())
		return true
	})
	require.Equal(w.t, trees, db.trees.bytes)
}

func (w *listWorld) change(key string, what int) {
	var e Entry
	w.store.Edit(0).ChangeList(&e, []byte(key), func(f *list.Form, edit *list.Edit) {
		items := w.lists[key]
		require.Equal(w.t, len(items), f.Len())
		switch {
		case what < 6:
			for range 1 + w.random.IntN(300) {
				text := strings.Repeat("x", w.random.IntN(20)) + fmt.Sprint(w.random.IntN(1000))
				if what < 4 {
					f.PushBack(edit, []byte(text))
					items = append(items, text)
				} else {
					f.PushFront(edit, []byte(text))
					items = append([]string{text}, items...)
				}
			}
		case what < 8 && len(items) > 0:
			from := w.random.IntN(len(items))
			to := from + 1 + w.random.IntN(len(items)-from)
			f.Delete(edit, from, to)
			items = slices.Delete(items, from, to)
		case len(items) > 0:
			i := w.random.IntN(len(items))
			f.Set(edit, i, []byte("set"))
			items[i] = "set"
		}
		w.lists[key] = items
	})
	if len(w.lists[key]) == 0 {
		delete(w.lists, key)
	}
}

func (w *listWorld) step() {
	key, other := fmt.Sprintf("list:%d", w.random.IntN(5)), fmt.Sprintf("list:%d", w.random.IntN(5))
	ed := w.store.Edit(0)
	switch what := w.random.IntN(16); {
	case what < 10:
		w.change(key, what)
	case what < 11:
		require.Equal(w.t, w.lists[key] != nil, ed.Delete([]byte(key)))
		delete(w.lists, key)
	case what < 13 && w.lists[key] != nil && key != other:
		ed.Copy([]byte(key), ed, []byte(other))
		w.lists[other] = slices.Clone(w.lists[key])
	case what < 14 && len(w.views) < 3:
		w.views = append(w.views, frozenLists{w.store.View(), w.freeze()})
	case len(w.views) > 0:
		w.closeView(w.random.IntN(len(w.views)))
	}
}

func (w *listWorld) closeView(i int) {
	w.compare(w.views[i].view.DB(0), w.views[i].lists)
	w.views[i].view.Close()
	w.views = slices.Delete(w.views, i, i+1)
}

// Lists in a store, pushed to, cut, copied, under views, against slices.
func TestListsInAStore(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := &listWorld{t: t, random: rand.New(rand.NewPCG(seed, 1)), store: NewStore(1), lists: map[string][]string{}}
	for i := range 1500 {
		w.step()
		if i%20 == 0 {
			w.check()
		}
	}
	for len(w.views) > 0 {
		w.closeView(0)
	}
	w.store.Edit(0).Clear()
	require.Zero(t, w.store.DB(0).trees.bytes)
}
