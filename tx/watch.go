package tx

import (
	"maps"
	"slices"
	"sync/atomic"
)

// State is what a key is to who watches it.
type State uint8

// The states of a key. One that is expired lies in its database and is absent for everybody who asks.
const (
	Absent State = iota
	Present
	Expired
)

// Look tells the state of a key now.
type Look func(database int, key []byte) State

// Watcher is one connection's marks. The zero value watches nothing.
type Watcher struct {
	marks []*mark
	count atomic.Int64
	bytes atomic.Int64
	dirty atomic.Bool
}

// mark is one key that one watcher watches.
type mark struct {
	watcher  *Watcher
	database int
	key      string
	state    State
	// at is its place in the key's list, noPlace if it has left that because the key has changed.
	at int
}

const noPlace = -1

// Dirty tells whether a watched key has changed.
func (w *Watcher) Dirty() bool { return w.dirty.Load() }

// Count is the number of keys watched.
func (w *Watcher) Count() int { return int(w.count.Load()) }

// Bytes is about what the marks take.
func (w *Watcher) Bytes() int { return int(w.bytes.Load()) }

// markBytes is what a mark takes beside the key: itself, its places in two lists, and the key's in the table.
const markBytes = 160

// Watches are all marks, by database and key.
type Watches struct {
	databases []map[string][]*mark
	any       atomic.Int64
}

// NewWatches makes it for so many databases.
func NewWatches(databases int) *Watches {
	return &Watches{databases: make([]map[string][]*mark, databases)}
}

// Any tells whether anybody watches anything.
func (ws *Watches) Any() bool { return ws.any.Load() > 0 }

// Watch has w watch a key, whose state is given; a key watched already stays as it was.
func (ws *Watches) Watch(w *Watcher, database int, key []byte, state State) {
	marks := ws.databases[database][string(key)]
	if w.watches(database, key, marks) {
		return
	}
	m := &mark{w, database, string(key), state, len(marks)}
	if ws.databases[database] == nil {
		ws.databases[database] = map[string][]*mark{}
	}
	ws.databases[database][m.key] = append(marks, m)
	w.marks = append(w.marks, m)
	w.count.Add(1)
	w.bytes.Add(int64(markBytes + len(key)))
	ws.any.Add(1)
}

// watches tells whether w has a mark among those of a key, by the shorter way.
func (w *Watcher) watches(database int, key []byte, marks []*mark) bool {
	if len(w.marks) < len(marks) {
		return slices.ContainsFunc(w.marks, func(m *mark) bool { return m.at != noPlace && m.database == database && m.key == string(key) })
	}
	return slices.ContainsFunc(marks, func(m *mark) bool { return m.watcher == w })
}

// Unwatch forgets all marks of w. It stays dirty if it was. O(1) a mark.
func (ws *Watches) Unwatch(w *Watcher) {
	for _, m := range w.marks {
		if m.at != noPlace {
			ws.leave(m)
		}
	}
	w.count.Store(0)
	w.bytes.Store(0)
	w.marks = nil
}

// leave takes a mark out of its key's list; the last one comes into its place.
func (ws *Watches) leave(m *mark) {
	keys := ws.databases[m.database]
	marks := keys[m.key]
	last := len(marks) - 1
	marks[m.at], marks[last].at = marks[last], m.at
	marks[last] = nil
	if last == 0 {
		delete(keys, m.key)
	} else {
		keys[m.key] = marks[:last]
	}
	m.at = noPlace
	ws.any.Add(-1)
}

// Reset forgets all marks of w, and that it was dirty.
func (ws *Watches) Reset(w *Watcher) {
	ws.Unwatch(w)
	w.dirty.Store(false)
}

// Stale tells whether a key of w has expired since it was watched, which counts as a change.
func (ws *Watches) Stale(w *Watcher, look Look) bool {
	return slices.ContainsFunc(w.marks, func(m *mark) bool {
		return m.state != Expired && look(m.database, []byte(m.key)) == Expired
	})
}

// Touch says that a key has been changed.
func (ws *Watches) Touch(database int, key []byte, look Look) {
	if !ws.Any() {
		return
	}
	ws.each(database, string(key), func(m *mark) (stays bool) {
		if stays = m.state == Expired && look(database, key) == Absent; stays {
			m.state = Absent
		}
		return stays
	})
}

// each goes through the marks of a key; those that don't stay leave its list, and their watchers get dirty. Their other marks stay where they
// are: many who watch the same keys would otherwise cost whoever changes one as much as all of them.
func (ws *Watches) each(database int, key string, stays func(m *mark) bool) {
	for _, m := range slices.Clone(ws.databases[database][key]) {
		if !stays(m) {
			m.watcher.dirty.Store(true)
			ws.leave(m)
		}
	}
}

// Flush says that a database has been emptied.
func (ws *Watches) Flush(database int) {
	for _, key := range ws.keys(database) {
		ws.each(database, key, func(m *mark) (stays bool) {
			if m.state == Present {
				return false
			}
			m.state = Absent
			return true
		})
	}
}

// Swap says that two databases have changed places: a key has changed if it is present on either side.
func (ws *Watches) Swap(a, b int, look Look) {
	for _, database := range []int{a, b} {
		for _, key := range ws.keys(database) {
			now := look(database, []byte(key))
			ws.each(database, key, func(m *mark) (stays bool) {
				if m.state == Present || now == Present {
					return false
				}
				m.state = now
				return true
			})
		}
	}
}

// keys are those of a database that somebody watches.
func (ws *Watches) keys(database int) []string {
	if !ws.Any() {
		return nil
	}
	return slices.Collect(maps.Keys(ws.databases[database]))
}
