package datatypes

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// written is everything that an entry shows, as one text.
func written(key []byte, e *Entry) string {
	out := fmt.Appendf(nil, "%q %s %s %d:", key, e.Kind(), e.Encoding(), e.DeadlineMs())
	add := func(it packed.Item) {
		text := it.AppendTo(nil)
		out = append(binary.AppendUvarint(out, uint64(len(text))), text...)
	}
	switch e.Kind() {
	case KindString:
		out = e.AppendString(out)
	case KindList:
		f := e.List()
		f.Range(0, f.Len(), func(it packed.Item) bool {
			add(it)
			return true
		})
	case KindSet:
		f := e.Set()
		f.Each(func(it packed.Item) bool {
			add(it)
			return true
		})
	case KindSortedSet:
		f := e.SortedSet()
		f.Each(func(it packed.Item, score float64) bool {
			add(it)
			out = fmt.Append(out, score)
			return true
		})
	case KindHash:
		f := e.Hash()
		f.All(func(field, value packed.Item, deadlineMs int64) bool {
			add(field)
			add(value)
			out = fmt.Append(out, deadlineMs)
			return true
		})
	}
	return string(out)
}

// rows are all entries of a database, by their keys.
func rows(r Reader) map[string]string {
	all := map[string]string{}
	r.Range(func(key []byte, e Entry) bool {
		all[string(key)] = written(key, &e)
		return true
	})
	return all
}

// walkers are the walks of one view, and what it must show.
type walkers struct {
	view *View
	want []map[string]string
	// got is what the walks have yielded so far; next their next steps, each of which tells whether there are more.
	got  []map[string]string
	next []func() bool
	stop []func()
	// walked is set for a view of which everything must have been yielded before it is closed; otherwise nobody walks it.
	walked bool
}

// walkWorld is a store of values of all kinds, and views of it.
type walkWorld struct {
	t      *testing.T
	random *rand.Rand
	store  *Store
	keys   int
	views  []*walkers
	nowMs  int64
	done   int // views walked to their ends
	// recent are keys to which a value was just moved or copied: they are edited more often than others.
	recent []place
}

type place struct {
	db  *DB
	key []byte
}

const walkDatabases = 2

func newWalkWorld(t *testing.T, random *rand.Rand) *walkWorld {
	w := &walkWorld{t: t, random: random, store: NewStore(walkDatabases), keys: 100 + random.IntN(800), nowMs: 1000}
	w.store.SetLimits(Limits{SetIntset: 8, SetListpack: 8, SetListpackValue: 20, ZSetListpack: 8, ZSetListpackValue: 20,
		HashListpack: 8, HashListpackValue: 20})
	return w
}

func (w *walkWorld) key() []byte { return fmt.Appendf(nil, "key:%d", w.random.IntN(w.keys)) }

// enlarge makes or changes a large value.
func (w *walkWorld) enlarge(ed Editor, e *Entry, key []byte) {
	large := largeValues[w.random.IntN(len(largeValues))]
	if e.Found() && kindNames[e.Kind()] != large.name && (e.Kind() != KindString || large.name != "rope") {
		ed.Delete(key)
	}
	large.change(ed, key, 300+w.random.IntN(500), w.random.IntN(5))
	w.recent = append(w.recent[max(0, len(w.recent)-5):], place{ed.DB, key})
}

func (w *walkWorld) text() []byte {
	length := []int{5, 30, 100, 240, 600, 5000, 100_000}[min(w.random.IntN(6)+w.random.IntN(30)/29, 6)]
	text := make([]byte, w.random.IntN(length))
	for i := range text {
		text[i] = byte(w.random.Uint32())
	}
	return text
}

func (w *walkWorld) deadline() int64 {
	if w.random.IntN(3) > 0 {
		return NoDeadline
	}
	return w.nowMs + int64(w.random.IntN(2000))
}

// open opens a view, and walks in several parts if it is to be walked.
func (w *walkWorld) open() {
	v := &walkers{view: w.store.View(), walked: w.random.IntN(4) > 0}
	for i := range walkDatabases {
		v.want, v.got = append(v.want, rows(w.store.DB(i))), append(v.got, map[string]string{})
	}
	w.views = append(w.views, v)
	if !v.walked {
		return
	}
	for i := range walkDatabases {
		ends := []uint64{0, Positions}
		for range w.random.IntN(4) {
			ends = append(ends, w.random.Uint64N(Positions))
		}
		slices.Sort(ends)
		for part := range len(ends) - 1 {
			w.walk(v, i, ends[part], ends[part+1])
		}
	}
}

func (w *walkWorld) walk(v *walkers, database int, from, to uint64) {
	next, stop := iter.Pull(func(yield func(bool) bool) {
		v.view.Walk(database, from, to, func(key []byte, e Entry) bool {
			return w.see(v, database, key, &e, func() bool { return yield(true) })
		})
	})
	v.next = append(v.next, func() bool {
		_, more := next()
		return more
	})
	v.stop = append(v.stop, stop)
}

// see notes what a walk has yielded, and lets others go on meanwhile.
func (w *walkWorld) see(v *walkers, database int, key []byte, e *Entry, meanwhile func() bool) (more bool) {
	row, name := written(key, e), string(key)
	_, again := v.got[database][name]
	require.False(w.t, again, "%q comes twice", name)
	v.got[database][name] = row
	more = meanwhile()
	require.True(w.t, row == written(key, e), "%q changed while it was looked at", name)
	return more
}

// step goes on with a walk, by a few entries, and with the view's end if there are no more.
func (w *walkWorld) step(v *walkers) {
	if len(v.next) > 0 {
		i := w.random.IntN(len(v.next))
		for range w.random.IntN(60) {
			if !v.next[i]() {
				v.next, v.stop = slices.Delete(v.next, i, i+1), slices.Delete(v.stop, i, i+1)
				break
			}
		}
	}
	if v.walked && w.random.IntN(20) == 0 {
		v.view.WalkDisplaced(w.random.IntN(3), func(database int, key []byte, e Entry) bool {
			return w.see(v, database, key, &e, func() bool { return true })
		})
	}
	switch {
	case w.random.IntN(300) == 0: // given up
		for _, stop := range v.stop {
			stop()
		}
		w.close(v)
	case v.walked && len(v.next) == 0, !v.walked && w.random.IntN(50) == 0:
		for i, want := range v.want {
			got := v.got[i]
			if !v.walked {
				got = rows(v.view.DB(i))
			}
			require.Equal(w.t, len(want), len(got))
			for key, row := range want {
				require.True(w.t, row == got[key], "%q", key)
			}
		}
		w.done++
		w.close(v)
	}
}

func (w *walkWorld) close(v *walkers) {
	v.view.Close()
	w.views = slices.DeleteFunc(w.views, func(other *walkers) bool { return other == v })
}

// edit changes something.
func (w *walkWorld) edit() {
	ed, key := w.store.Edit(w.random.IntN(walkDatabases)), w.key()
	if len(w.recent) > 0 && w.random.IntN(3) == 0 {
		p := w.recent[w.random.IntN(len(w.recent))]
		ed, key = Editor{DB: p.db}, p.key
	}
	ed = ed.At(uint32(w.nowMs), w.random.IntN(2) == 0)
	var e Entry
	ed.Find(&e, key, 0)
	switch op := w.random.IntN(100); {
	case op < 12:
		ed.SetStringAt(&e, key, w.text(), w.deadline())
	case op < 18:
		// As large as what is there: the way that changes nothing but bytes.
		if text, ok := e.StringPiece(); ok && e.Kind() == KindString && len(text) > 0 {
			fresh := slices.Clone(text)
			fresh[w.random.IntN(len(fresh))]++
			ed.SetTextAt(&e, key, fresh, e.DeadlineMs())
		}
	case op < 21:
		ed.AdoptString(key, w.text(), w.deadline())
	case op < 24:
		ed.SetIntAt(&e, key, w.random.Int64(), w.deadline())
	case op < 31:
		if e.Kind() == KindString || !e.Found() {
			ed.WriteString(&e, key, w.random.IntN(e.StringLen()+50), w.text())
		}
	case op < 34:
		if e.Kind() == KindString || !e.Found() {
			ed.AppendString(&e, key, w.text())
		}
	case op < 43:
		ed.DeleteAt(&e, key)
	case op < 46:
		ed.SetDeadlineAt(&e, key, w.deadline())
	case op < 76:
		w.editCollection(ed, &e, key)
	case op < 78:
		w.enlarge(ed, &e, key)
	default:
		w.editRarely(op, ed, &e, key)
	}
}

func (w *walkWorld) editRarely(op int, ed Editor, e *Entry, key []byte) {
	other, to := w.store.Edit(w.random.IntN(walkDatabases)), w.key()
	switch {
	case op < 88 && e.Found() && (other.DB != ed.DB || string(to) != string(key)):
		if op < 82 {
			ed.Copy(key, other, to)
		} else {
			ed.Move(key, other, to)
		}
		w.recent = append(w.recent[max(0, len(w.recent)-5):], place{other.DB, to}, place{ed.DB, key})
	case op == 88:
		w.store.Swap(0, 1)
	case op == 89 && w.random.IntN(40) == 0:
		ed.Clear()
	case op == 90 && w.random.IntN(8) == 0: // pages become one, and are divided again
		var gone [][]byte
		ed.Range(func(key []byte, _ Entry) bool {
			if w.random.IntN(3) > 0 {
				gone = append(gone, slices.Clone(key))
			}
			return true
		})
		for _, key := range gone {
			ed.Delete(key)
		}
	case op == 91 && w.random.IntN(4) == 0:
		for n := range w.keys {
			if key := fmt.Appendf(nil, "key:%d", n); !ed.Has(key, 0) {
				ed.SetString(key, bytes.Repeat([]byte{byte(n)}, w.random.IntN(100)), NoDeadline)
			}
		}
	case op < 93:
		w.store.Tend(w.random.IntN(50))
	case op == 93:
		w.store.Pack()
	case op == 94:
		w.store.FineClocks(w.random.IntN(2) == 0)
	case op < 97:
		w.nowMs += int64(w.random.IntN(100))
		for i := range walkDatabases {
			ed := w.store.Edit(i)
			due, _ := ed.AppendExpired(nil, w.nowMs, 20)
			for _, key := range due {
				ed.Delete(slices.Clone(key))
			}
		}
	case op == 97:
		w.store.Trim()
	}
}

// editCollection changes a collection, or makes one: of few elements, or of enough for a tree of several pages.
func (w *walkWorld) editCollection(ed Editor, e *Entry, key []byte) {
	kind := e.Kind()
	if !e.Found() {
		kind = []Kind{KindList, KindSet, KindSortedSet, KindHash}[w.random.IntN(4)]
	}
	count := 1 + w.random.IntN(5)
	if w.random.IntN(4) == 0 {
		count = w.random.IntN(600)
	}
	word := func() []byte {
		text := fmt.Appendf(nil, "%d", w.random.IntN(1000))
		if n := w.random.IntN(40); n > 0 {
			text = append(text, strings.Repeat("x", n)...)
		} else {
			text = append(text, strings.Repeat("y", 300)...)
		}
		return text
	}
	switch kind {
	case KindList:
		ed.ChangeList(e, key, func(f *list.Form, edit *list.Edit) {
			for range count {
				w.editList(f, edit, word())
			}
		})
	case KindSet:
		ed.ChangeSet(e, key, func(f *set.Form, edit *set.Edit) {
			for range count {
				if w.random.IntN(3) == 0 {
					f.Remove(edit, word())
				} else {
					f.Add(edit, word())
				}
			}
		})
	case KindSortedSet:
		ed.ChangeSortedSet(e, key, 350, func(f *zset.Form, edit *zset.Edit) {
			for range count {
				if w.random.IntN(3) == 0 {
					f.Remove(edit, word())
				} else {
					f.Add(edit, word(), float64(w.random.IntN(100)))
				}
			}
			if w.random.IntN(10) == 0 {
				from := w.random.IntN(f.Len() + 1)
				f.RemoveRange(edit, from, from+w.random.IntN(f.Len()-from+1))
			}
		})
	case KindHash:
		ed.ChangeHash(e, key, 350, func(f *hash.Form, edit *hash.Edit) {
			for range count {
				switch field := word(); w.random.IntN(6) {
				case 0, 1:
					f.Delete(edit, field)
				case 2:
					f.SetDeadline(edit, field, w.deadline())
				default:
					f.Set(edit, field, word())
				}
			}
		})
	}
}

func (w *walkWorld) editList(f *list.Form, edit *list.Edit, word []byte) {
	switch n := f.Len(); w.random.IntN(8) {
	case 0:
		f.PushFront(edit, word)
	case 1, 2:
		f.PushBack(edit, word)
	case 3:
		f.Insert(edit, w.random.IntN(n+1), word)
	case 4, 5:
		if n > 0 {
			f.Set(edit, w.random.IntN(n), word)
		}
	default:
		if n > 0 {
			from := w.random.IntN(n)
			f.Delete(edit, from, min(n, from+1+w.random.IntN(3)))
		}
	}
}

func (w *walkWorld) check() {
	for i := range walkDatabases {
		w.store.DB(i).check(w.t)
		w.store.DB(i).Range(func(key []byte, e Entry) bool {
			var err error
			switch e.Kind() {
			case KindList:
				f := e.List()
				err = f.Check()
			case KindSet:
				f := e.Set()
				err = f.Check()
			case KindSortedSet:
				f := e.SortedSet()
				err = f.Check()
			case KindHash:
				f := e.Hash()
				err = f.Check()
			}
			require.NoError(w.t, err, "%q", key)
			return true
		})
	}
}

// Whatever an editor does while views are walked a few entries at a time, in several parts, beside each other and beside views that aren't
// walked: each shows every entry as it was when the view was opened, once.
func TestWalkModel(t *testing.T) {
	random := newRandom(t)
	rounds, done := 4, 0
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		w := newWalkWorld(t, random)
		for range 2 * w.keys {
			w.edit()
		}
		for step := range 3000 {
			w.edit()
			// One view alone leaves the most to be changed in place.
			if len(w.views) < 1+round%4 && random.IntN(40) == 0 {
				w.open()
			}
			if len(w.views) > 0 && random.IntN(4) == 0 {
				w.step(w.views[random.IntN(len(w.views))])
			}
			if step%500 == 0 {
				w.check()
			}
		}
		for len(w.views) > 0 {
			w.step(w.views[0])
		}
		w.check()
		done += w.done
	}
	require.Greater(t, done, 3*rounds, "views that were walked to their ends")
}
