package datatypes

import (
	"hash/maphash"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Store is all databases.
type Store struct {
	space     *page.Space
	databases []*DB
	// packing and refining are rounds that Tend goes on with.
	packing, refining round
	// fine is set where each key has, or gets, an access clock of its own.
	fine bool
}

// NewStore makes count empty databases.
func NewStore(count int) *Store {
	s := &Store{space: &page.Space{}, databases: make([]*DB, count)}
	seed := maphash.MakeSeed()
	for i := range s.databases {
		s.databases[i] = newDB(s.space, seed)
	}
	return s
}

// Databases is their number.
func (s *Store) Databases() int { return len(s.databases) }

// DB is the database of that index, which must be below Databases.
func (s *Store) DB(index int) *DB { return s.databases[index] }

// Edit gives the means to change the database of that index. The caller holds the exclusive section.
func (s *Store) Edit(index int) Editor { return Editor{DB: s.databases[index]} }

// Swap exchanges two databases. The caller holds the exclusive section. O(1).
func (s *Store) Swap(a, b int) {
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
	// Displaced about what only open views see.
	Slack, Free, Dead, Displaced int64
	// Views is the number of open views.
	Views int
}

// UsedBytes is what keys, values and the structures around them take. O(databases).
func (s *Store) UsedBytes() (sum int64) {
	for _, db := range s.databases {
		sum += db.usedBytes()
	}
	return sum
}

// Memory tells where the memory is. O(databases).
func (s *Store) Memory() (m Memory) {
	for _, db := range s.databases {
		size := db.dict.Size()
		m.Used += db.usedBytes()
		m.Overhead += db.OverheadBytes()
		m.Slack += size.Allocated - size.Live
	}
	m.Free, m.Dead, m.Displaced, m.Views = s.space.FreeBytes(), s.space.DeadBytes(), s.space.DisplacedBytes(), s.space.Views()
	return m
}

// freeShare is the part of what is used that the free lists may hold beside it.
const freeShare = 32

// Tend does a little of what nobody asks for: it bounds the free lists by what is used, goes on with indexes that are being made anew,
// looking at about so many entries, with packing, and with FineClocks. It tells whether there is more to do now. The caller holds the exclusive section.
func (s *Store) Tend(looks int) (more bool) {
	s.space.Limit(s.UsedBytes() / freeShare)
	for _, db := range s.databases {
		for _, t := range []*timetable{&db.expiring, &db.fieldsExpiring} {
			if looks > 0 {
				looks -= t.renew(db, looks)
			}
			more = more || t.renewed != nil
		}
	}
	if looks > 0 {
		more = s.pack() || more
		more = s.refine() || more
	}
	return more
}

// tendPages is how many pages are packed in one step, or given other clocks: some 50 us.
const tendPages = 64

// round is the state of something that is done to all pages a little at a time: which database's come next, from which position on.
type round struct {
	active   bool
	database int
	position uint64
}

// Pack has Tend pack all pages side by side, from the beginning. The caller holds the exclusive section.
func (s *Store) Pack() {
	s.space.BeginPacking()
	s.packing = round{active: true}
}

// Packing tells whether a round of packing is under way.
func (s *Store) Packing() bool { return s.packing.active }

// pack goes on with a round of packing and tells whether there is more to do. While a view is open it waits, or pages would be copied.
func (s *Store) pack() (more bool) {
	return s.space.Bar() == 0 && s.packing.step(s.databases, (*dict.Dict).Repack)
}

// FineClocks says whether each key is to have an access clock of its own, 5 bytes a key and some 15 ns a look-up, as evicting by use needs;
// otherwise a clock serves all keys of a slot, some dozens. Keys that lie here already get theirs by Tend, a little at a time. The caller
// holds the exclusive section.
func (s *Store) FineClocks(fine bool) {
	if fine == s.fine {
		return
	}
	s.fine = fine
	for _, db := range s.databases {
		db.dict.SetFine(fine)
	}
	s.refining = round{active: true}
}

// refine goes on with what FineClocks has begun and tells whether there is more to do.
func (s *Store) refine() (more bool) { return s.refining.step(s.databases, (*dict.Dict).Refine) }

// step goes on with a round and tells whether there is more to do.
func (r *round) step(databases []*DB, do func(d *dict.Dict, from uint64, pages int) (next uint64)) (more bool) {
	for pages := tendPages; pages > 0 && r.active; {
		db := databases[r.database]
		r.position = do(db.dict, r.position, pages)
		db.changes++
		if r.position != 0 {
			break
		}
		pages -= db.dict.Size().Pages
		r.database++
		r.active = r.database < len(databases)
	}
	return r.active
}

// Trim leaves the free lists to the collector. The caller holds the exclusive section.
func (s *Store) Trim() { s.space.Trim() }
