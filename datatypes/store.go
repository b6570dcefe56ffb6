package datatypes

import (
	"hash/maphash"
	"sync"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Store is all databases.
type Store struct {
	space     *page.Space
	databases []*DB
	// edited is how many databases, from the first on, may hold anything: what is summed up often goes through these alone.
	edited int
	// packing, packingTrees and refining are rounds that Tend goes on with (tend.go).
	packing, refining round
	packingTrees      treeRound
	// fine is set where each key has, or gets, an access clock of its own.
	fine bool
}

// NewStore makes count empty databases.
func NewStore(count int) *Store {
	s := &Store{space: &page.Space{}, databases: make([]*DB, count)}
	seed := maphash.MakeSeed()
	for i := range s.databases {
		s.databases[i] = newDB(s.space, seed, i)
	}
	return s
}

// Databases is their number.
func (s *Store) Databases() int { return len(s.databases) }

// DB is the database of that index, which must be below Databases.
func (s *Store) DB(index int) *DB { return s.databases[index] }

// Edit gives the means to change the database of that index. The caller holds the exclusive section.
func (s *Store) Edit(index int) Editor {
	s.edits(index)
	return Editor{DB: s.databases[index]}
}

// edits notes that a database may hold something.
func (s *Store) edits(index int) {
	if index >= s.edited {
		s.edited = index + 1
	}
}

// Swap exchanges two databases. The caller holds the exclusive section. O(1).
func (s *Store) Swap(a, b int) {
	s.edits(max(a, b))
	s.databases[a], s.databases[b] = s.databases[b], s.databases[a]
	if s.refining.active {
		s.refining = round{active: true}
	}
}

// View opens a view of every database as it is now. The caller holds a gate or the exclusive section; the view is then free of
// it. O(databases).
func (s *Store) View() *View {
	v := &View{space: s.space, databases: make([]*keys, len(s.databases))}
	for i, db := range s.databases {
		v.databases[i] = db.keys.view()
	}
	v.at = s.space.Open()
	for _, db := range v.databases {
		db.moment = v.at
	}
	return v
}

// View is all databases at the moment it was opened.
type View struct {
	space     *page.Space
	databases []*keys
	at        uint64
	// walk begins with the first Walk.
	walk    sync.Once
	passage *page.Passage
}

// DB is the database of that index in the view.
func (v *View) DB(index int) Reader { return v.databases[index] }

// Close ends the view; nothing got from it may be used afterwards. Any goroutine may call it, once.
func (v *View) Close() {
	v.space.Close(v.at)
	v.databases = nil
}

// Memory tells where a store's memory is, in bytes.
type Memory struct {
	// Used is what keys, values and the structures around them take; Overhead is the part that is neither key nor value.
	Used, Overhead int64
	// Slack is what lies unused in pages and blocks, Free what the free lists hold, Dead what has left slabs since they were last packed,
	// Displaced about what only open views see, and have not passed.
	Slack, Free, Dead, Displaced int64
	// Views is the number of open views.
	Views int
}

// UsedBytes is what keys, values and the structures around them take. O(databases in use).
func (s *Store) UsedBytes() (sum int64) {
	for _, db := range s.databases[:s.edited] {
		sum += db.UsedBytes()
	}
	return sum
}

// Memory tells where the memory is. O(databases).
func (s *Store) Memory() (m Memory) {
	for _, db := range s.databases {
		size := db.dict.Size()
		m.Used += db.UsedBytes()
		m.Overhead += db.OverheadBytes()
		m.Slack += size.Allocated - size.Live + db.trees.allocated - db.trees.bytes
	}
	m.Free, m.Dead, m.Displaced, m.Views = s.space.FreeBytes(), s.space.DeadBytes(), s.space.DisplacedBytes(), s.space.Views()
	return m
}

// Trim leaves the free lists to the collector. The caller holds the exclusive section.
func (s *Store) Trim() { s.space.Trim() }
