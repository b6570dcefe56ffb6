package datatypes

import (
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// largeValues make a large value of a kind, or change all of it.
var largeValues = []struct {
	name   string
	change func(ed Editor, key []byte, count, salt int)
}{
	{"rope", func(ed Editor, key []byte, count, salt int) {
		for at := 0; at < 100*count; at += 10_000 {
			ed.WriteString(&Entry{}, key, at, fmt.Appendf(nil, "%d:%d", salt, at))
		}
	}},
	{"list", func(ed Editor, key []byte, count, salt int) {
		ed.ChangeList(&Entry{}, key, func(f *list.Form, edit *list.Edit) {
			for n := range count {
				if text := fmt.Appendf(nil, "%d:%04d", salt, n); n < f.Len() {
					f.Set(edit, n, text)
				} else {
					f.PushBack(edit, text)
				}
			}
		})
	}},
	{"set", func(ed Editor, key []byte, count, salt int) {
		ed.ChangeSet(&Entry{}, key, func(f *set.Form, edit *set.Edit) {
			for n := range count {
				f.Remove(edit, fmt.Appendf(nil, "%d:%04d", salt-1, n))
				f.Add(edit, fmt.Appendf(nil, "%d:%04d", salt, n))
			}
		})
	}},
	{"zset", func(ed Editor, key []byte, count, salt int) {
		ed.ChangeSortedSet(&Entry{}, key, 10, func(f *zset.Form, edit *zset.Edit) {
			for n := range count {
				f.Add(edit, fmt.Appendf(nil, "%04d", n), float64(n*salt%777))
			}
		})
	}},
	{"hash", func(ed Editor, key []byte, count, salt int) {
		ed.ChangeHash(&Entry{}, key, 10, func(f *hash.Form, edit *hash.Edit) {
			for n := range count {
				f.Set(edit, fmt.Appendf(nil, "%04d", n), fmt.Appendf(nil, "%d", n*salt))
			}
		})
	}},
}

// filler makes a database of so many small keys, and returns all in the order in which a walk comes to them.
func filler(t *testing.T, ed Editor, keys int) (ordered [][]byte) {
	for n := range keys {
		ed.SetString(fmt.Appendf(nil, "filler:%d", n), []byte("0123456789abcdef"), NoDeadline)
	}
	next := ed.Scan(0, 2*keys, func(key []byte, _ Entry) { ordered = append(ordered, append([]byte(nil), key...)) })
	require.Zero(t, next)
	return ordered
}

// Walks over parts yield, together, what Scan yields, and if nothing is written, page by page in the same order.
func TestWalkInParts(t *testing.T) {
	store := NewStore(1)
	ordered := filler(t, store.Edit(0), 3000)
	place := map[string]int{}
	for i, key := range ordered {
		place[string(key)] = i
	}
	for _, parts := range []uint64{1, 2, 3, 64, 1000} {
		view := store.View()
		walked, most := map[string]bool{}, 0
		for part := range parts {
			view.Walk(0, Positions*part/parts, Positions*(part+1)/parts, func(key []byte, _ Entry) bool {
				most = max(most, len(walked)-place[string(key)], place[string(key)]-len(walked))
				walked[string(key)] = true
				return true
			})
		}
		view.Close()
		require.Len(t, walked, len(ordered))
		require.Less(t, most, 128, "more than a page out of order")
	}
	view := store.View()
	defer view.Close()
	count := 0
	view.Walk(0, 0, Positions, func([]byte, Entry) bool {
		count++
		return count < 5
	})
	require.Equal(t, 5, count)
	view.Walk(0, 7, 7, func([]byte, Entry) bool { panic("an entry") })
}

// A large value that was given another name, one that the walk has passed, is still shown under the old one; so are values that share their
// pages with a copy, and a name that was passed shows nothing new.
func TestWalkSeesWhatWasMoved(t *testing.T) {
	for _, large := range largeValues {
		for _, copied := range []bool{false, true} {
			t.Run(fmt.Sprint(large.name, copied), func(t *testing.T) {
				store := NewStore(1)
				ed := store.Edit(0)
				ordered := filler(t, ed, 2000)
				early, late := ordered[10], ordered[len(ordered)-10]
				ed.Delete(late)
				large.change(ed, late, 2000, 1)
				want := rows(ed)
				view := store.View()
				got, next := slowly(t, view)
				for range len(ordered) / 2 {
					next()
				}
				if copied {
					ed.Copy(late, ed, early)
				} else {
					ed.Move(late, ed, early)
				}
				for salt := range 3 {
					large.change(ed, early, 2000, salt+2)
				}
				for next() {
				}
				same(t, want, got)
				view.Close()
			})
		}
	}
}

// slowly walks the only database of a view, an entry with each call of next, which tells whether there are more.
func slowly(t *testing.T, view *View) (got map[string]string, next func() (more bool)) {
	got = map[string]string{}
	pull, stop := iter.Pull(func(yield func(bool) bool) {
		view.Walk(0, 0, Positions, func(key []byte, e Entry) bool {
			got[string(key)] = written(key, &e)
			return yield(true)
		})
	})
	t.Cleanup(stop)
	return got, func() bool {
		_, more := pull()
		return more
	}
}

func same(t *testing.T, want, got map[string]string) {
	t.Helper()
	require.Equal(t, len(want), len(got))
	for key, row := range want {
		require.True(t, row == got[key], "%q", key)
	}
}

// What two trees share is not used again when the view has passed one of them.
func TestWalkLeavesWhatIsShared(t *testing.T) {
	for _, large := range largeValues {
		t.Run(large.name, func(t *testing.T) {
			store := NewStore(1)
			ed := store.Edit(0)
			ordered := filler(t, ed, 2000)
			early, late := ordered[10], ordered[len(ordered)-10]
			ed.Delete(early)
			large.change(ed, early, 2000, 1)
			ed.Copy(early, ed, late)
			view := store.View()
			want := rows(ed)
			got, next := slowly(t, view)
			next()
			large.change(ed, late, 2000, 2)
			for next() {
			}
			same(t, want, got)
			for range 100 {
				store.Tend(10)
			}
			for n := range 2000 { // in the pieces that are free now
				ed.SetString(fmt.Appendf(nil, "more:%d", n), make([]byte, 250), NoDeadline)
				large.change(ed, fmt.Appendf(nil, "large:%d", n%3), 20, n)
			}
			var e Entry
			ed.Find(&e, early, 0)
			require.True(t, want[string(early)] == written(early, &e))
			view.Close()
		})
	}
}

// A page that was passed becomes one with its buddy, which was not.
func TestWalkBesideMerges(t *testing.T) {
	store := NewStore(1)
	ed := store.Edit(0)
	random := newRandom(t)
	for _, key := range filler(t, ed, 20_000) {
		if random.IntN(100) < 55 { // to where pages nearly become one
			ed.Delete(key)
		}
	}
	var ordered [][]byte
	ed.Scan(0, 20_000, func(key []byte, _ Entry) { ordered = append(ordered, append([]byte(nil), key...)) })
	want, view := rows(ed), store.View()
	got, next := slowly(t, view)
	for n := 0; next(); n++ {
		if n >= 60 {
			ed.Delete(ordered[n-60])
			ed.SetString(ordered[random.IntN(60+n/2)], make([]byte, random.IntN(100)), NoDeadline)
		}
	}
	same(t, want, got)
	view.Close()
	ed.check(t)
}
