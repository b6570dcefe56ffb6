package datatypes

import (
	"bytes"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// freeShare is the part of what is used that the free lists may hold beside it.
const freeShare = 32

// Tend does a little of what nobody asks for: it bounds the free lists by what is used, takes back what walked views do not need any more, goes
// on with indexes that are being made anew, looking at about so many entries, with packing, and with FineClocks. It tells whether there is more
// to do now. The caller holds the exclusive section.
func (s *Store) Tend(looks int) (more bool) {
	s.space.Limit(s.UsedBytes() / freeShare)
	s.space.Sweep(tendPages)
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
	s.packing, s.packingTrees = round{active: true}, treeRound{round: round{active: true}}
}

// Packing tells whether a round of packing is under way.
func (s *Store) Packing() bool { return s.packing.active || s.packingTrees.active }

// pack goes on with a round of packing and tells whether there is more to do. While a view is open it waits, or pages would be copied.
func (s *Store) pack() (more bool) {
	if s.space.Bar() != 0 {
		return false
	}
	return s.packing.step(s.databases, tendPages, (*dict.Dict).Repack) || s.packingTrees.step(s.databases)
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
func (s *Store) refine() (more bool) {
	return s.refining.step(s.databases, tendPages, (*dict.Dict).Refine)
}

// step goes on with a round, with about so many pages, and tells whether there is more to do.
func (r *round) step(databases []*DB, pages int, do func(d *dict.Dict, from uint64, pages int) (next uint64)) (more bool) {
	for pages > 0 && r.active {
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

// treeRound is a round through all collections that have trees, one after the other.
type treeRound struct {
	round
	// keys are those whose trees come next, in the database of index; from is how far the first one has come.
	keys  [][]byte
	index int
	from  uint64
}

// glances is how many pages are passed over in the time that one takes to be packed.
const glances = 16

// step goes on with the round and tells whether there is more to do.
func (r *treeRound) step(databases []*DB) (more bool) {
	for pages := tendPages; pages > 0 && (r.active || len(r.keys) > 0); pages-- {
		if len(r.keys) == 0 {
			r.gather(databases)
			continue
		}
		if r.from, more = databases[r.index].packTree(r.keys[0], r.from, pages); more {
			return true
		}
		r.keys = r.keys[1:]
	}
	return r.active || len(r.keys) > 0
}

// gather finds the next keys that have trees.
func (r *treeRound) gather(databases []*DB) {
	r.index, r.keys = r.database, nil
	r.position = databases[r.database].dict.Owners(r.position, glances, func(it dict.Item) { r.keys = append(r.keys, bytes.Clone(it.Key)) })
	if r.position == 0 {
		r.database++
		r.active = r.database < len(databases)
	}
}

// packable is a tree that package page can move side by side.
type packable interface {
	Repack(from uint64, pages int) (next uint64)
}

// packTree packs about so many pages of a key's tree from a position on, or clears away what a sorted set has left over, and returns the
// position from which to go on, if there is more to do.
func (db *DB) packTree(key []byte, from uint64, pages int) (next uint64, more bool) {
	var e Entry
	db.Find(&e, key, math.MinInt64)
	if e.Kind() == KindSortedSet {
		Editor{DB: db, keep: true}.ChangeSortedSet(&e, key, 0, func(f *zset.Form, edit *zset.Edit) { more = f.Tend(edit, pages) })
		if more {
			return from, true
		}
	}
	t, ok := e.tree.(packable)
	if !ok {
		return 0, false
	}
	was := treeSizeOf(e.tree)
	next = t.Repack(from, pages)
	db.trees.change(was, treeSizeOf(e.tree))
	return next, next != 0
}
