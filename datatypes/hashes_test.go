package datatypes

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// modelField is what a field must be.
type modelField struct {
	value      string
	deadlineMs int64
}

func fieldsOf(f hash.Form) map[string]modelField {
	fields := map[string]modelField{}
	f.All(func(field, value packed.Item, deadlineMs int64) bool {
		fields[string(field.AppendTo(nil))] = modelField{string(value.AppendTo(nil)), deadlineMs}
		return true
	})
	return fields
}

// hashWorld is a store of hashes and strings, and what must be in it.
type hashWorld struct {
	t      *testing.T
	random *rand.Rand
	store  *Store
	// hashes has nil for a key that holds a string.
	hashes map[string]map[string]modelField
	// nowMs is a multiple of the 8 ms by which the timetable may be late; no deadline is.
	nowMs int64
}

func (w *hashWorld) compare(db Reader, want map[string]map[string]modelField) {
	require.Equal(w.t, len(want), db.Len())
	for key, fields := range want {
		var e Entry
		require.True(w.t, db.Find(&e, []byte(key), 0))
		if fields == nil {
			require.Equal(w.t, KindString, e.Kind())
			continue
		}
		require.Equal(w.t, KindHash, e.Kind())
		require.Equal(w.t, fields, fieldsOf(e.Hash()))
	}
}

// check compares everything that is counted with what is there.
func (w *hashWorld) check() {
	w.compare(w.store.DB(0), w.hashes)
	var trees int64
	timed := 0
	db := w.store.DB(0)
	db.Range(func(_ []byte, e Entry) bool {
		trees += treeSizeOf(e.tree).bytes
		if e.Kind() == KindHash {
			f := e.Hash()
			require.NoError(w.t, f.Check())
		}
		if e.fieldDeadlineMs() != NoDeadline {
			timed++
		}
		return true
	})
	require.Equal(w.t, trees, db.trees.bytes)
	require.Equal(w.t, timed, db.fieldsExpiring.count)
}

// change gives fields to a hash, or deadlines, or takes some away.
func (w *hashWorld) change(key string, add bool) {
	var e Entry
	fields := w.hashes[key]
	w.store.Edit(0).ChangeHash(&e, []byte(key), 4, func(f *hash.Form, edit *hash.Edit) {
		for range 1 + w.random.IntN(80) {
			field := fmt.Sprintf("f%d", w.random.IntN(300))
			was, had := fields[field]
			at := f.Find([]byte(field))
			require.Equal(w.t, had, at.Found())
			switch what := w.random.IntN(4); {
			case !add && had:
				f.DeleteAt(edit, &at)
				delete(fields, field)
			case what == 0 && had:
				was.deadlineMs = (w.nowMs + 1 + w.random.Int64N(2000)) | 1
				f.SetDeadlineAt(edit, &at, []byte(field), was.deadlineMs)
				fields[field] = was
			case add:
				value := packed.TextItem(fmt.Appendf(nil, "v%d", w.random.IntN(1000)))
				f.Put(edit, &at, []byte(field), &value, NoDeadline)
				if fields == nil {
					fields = map[string]modelField{}
				}
				fields[field] = modelField{string(value.Text()), NoDeadline}
			}
		}
	})
	w.hashes[key] = fields
	if len(fields) == 0 {
		delete(w.hashes, key)
	}
}

// expire takes out what is due, a few fields of a hash at a time, and finds it by the timetable alone.
func (w *hashWorld) expire() {
	db, ed := w.store.DB(0), w.store.Edit(0)
	for {
		keys, more := db.AppendWithDueFields(nil, w.nowMs, 1+w.random.IntN(10))
		for _, key := range keys {
			var e Entry
			ed.ChangeHash(&e, key, 0, func(f *hash.Form, edit *hash.Edit) {
				f.RemoveDue(edit, w.nowMs, 5, nil) // none, if the key has come twice
			})
		}
		if !more && len(keys) == 0 {
			break
		}
	}
	for key, fields := range w.hashes {
		maps.DeleteFunc(fields, func(_ string, f modelField) bool { return f.deadlineMs != NoDeadline && f.deadlineMs <= w.nowMs })
		if fields != nil && len(fields) == 0 {
			delete(w.hashes, key)
		}
	}
}

// put gives a key a hash that was made beside the store, on a view of it.
func (w *hashWorld) put(key string) {
	view := w.store.View()
	edit := view.DB(0).Building()
	var f hash.Form
	fields := map[string]modelField{}
	for range 1 + w.random.IntN(200) {
		field, deadlineMs := fmt.Sprintf("f%d", w.random.IntN(300)), NoDeadline
		if w.random.IntN(3) == 0 {
			deadlineMs = (w.nowMs + 1 + w.random.Int64N(2000)) | 1
		}
		at, value := f.Find([]byte(field)), packed.TextItem(fmt.Appendf(nil, "v%d", w.random.IntN(1000)))
		f.Put(edit, &at, []byte(field), &value, deadlineMs)
		fields[field] = modelField{string(value.Text()), deadlineMs}
	}
	view.Close()
	w.store.Edit(0).PutHash(&Entry{}, []byte(key), &f, 4, NoDeadline)
	w.hashes[key] = fields
}

// Hashes in a store, changed, copied, moved, written over, under views, with fields that expire, against maps.
func TestHashesInAStore(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := &hashWorld{t: t, random: rand.New(rand.NewPCG(seed, 1)), store: NewStore(1), nowMs: 1_000_000}
	w.hashes = map[string]map[string]modelField{}
	w.store.SetLimits(Limits{HashListpack: 20, HashListpackValue: 10})
	var view *View
	var frozen map[string]map[string]modelField
	for step := range 3000 {
		key, other := fmt.Sprintf("h:%d", w.random.IntN(4)), fmt.Sprintf("h:%d", w.random.IntN(4))
		ed := w.store.Edit(0)
		fields, there := w.hashes[key]
		switch what := w.random.IntN(20); {
		case what < 12 && (fields != nil || !there):
			w.change(key, what < 8)
		case what < 13 && there && key != other:
			ed.Copy([]byte(key), ed, []byte(other))
			w.hashes[other] = maps.Clone(fields)
		case what < 14 && there && key != other:
			ed.Move([]byte(key), ed, []byte(other))
			w.hashes[other] = fields
			delete(w.hashes, key)
		case what < 15:
			ed.SetString([]byte(key), []byte("a string"), NoDeadline)
			w.hashes[key] = nil
		case what < 16 && step%2 == 0:
			w.put(key)
		case what < 16:
			require.Equal(t, there, ed.Delete([]byte(key)))
			delete(w.hashes, key)
		case what < 18:
			w.nowMs += w.random.Int64N(60) * 8
			w.expire()
		case what < 19 && view == nil:
			view, frozen = w.store.View(), map[string]map[string]modelField{}
			for key, fields := range w.hashes {
				frozen[key] = maps.Clone(fields)
			}
		case view != nil:
			w.compare(view.DB(0), frozen)
			view.Close()
			view = nil
		case w.random.IntN(10) == 0:
			ed.Clear()
			clear(w.hashes)
		}
		w.store.Tend(100)
		if step%20 == 0 {
			w.check()
		}
	}
	w.nowMs = math.MaxInt64 / 2
	w.expire()
	w.check()
	require.Zero(t, w.store.DB(0).fieldsExpiring.count)
}

func TestHashEncodings(t *testing.T) {
	s := NewStore(1)
	s.SetLimits(Limits{HashListpack: 2, HashListpackValue: 5})
	encoding := func(key string) string {
		var e Entry
		s.DB(0).Find(&e, []byte(key), 0)
		return e.Encoding()
	}
	change := func(key string, longest int, change func(f *hash.Form, edit *hash.Edit)) {
		var e Entry
		s.Edit(0).ChangeHash(&e, []byte(key), longest, change)
	}
	set := func(fields ...string) func(f *hash.Form, edit *hash.Edit) {
		return func(f *hash.Form, edit *hash.Edit) {
			for _, field := range fields {
				f.Set(edit, []byte(field), []byte("v"))
			}
		}
	}
	deadline := func(deadlineMs int64) func(f *hash.Form, edit *hash.Edit) {
		return func(f *hash.Form, edit *hash.Edit) { f.SetDeadline(edit, []byte("x"), deadlineMs) }
	}
	change("a", 1, set("x", "y"))
	require.Equal(t, "listpack", encoding("a"))
	change("a", 0, deadline(5000))
	require.Equal(t, "listpackex", encoding("a"))
	change("a", 0, deadline(NoDeadline))
	require.Equal(t, "listpackex", encoding("a"), "never back")
	change("a", 1, set("z"))
	require.Equal(t, "hashtable", encoding("a"))
	change("a", 0, func(f *hash.Form, edit *hash.Edit) { f.Delete(edit, []byte("z")) })
	require.Equal(t, "hashtable", encoding("a"), "never back")
	change("b", 6, set("longer"))
	require.Equal(t, "hashtable", encoding("b"))
}
