package datatypes

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Positions is the number of positions in the order of hashes: what Scan counts in, and Walk.
const Positions = 1 << dict.PositionBits

// Walk yields the entries of a database whose hashes lie from one position on and before another, expired ones too, until yield returns
// false. [0, Positions) is all of them.
//
// Walking consumes the view. What was yielded need not be kept as it was: it may be changed in place, and copies that were made for the view
// are used again. So that there are few of them, a page that is written over before the walk comes to it is yielded next, and passed over
// later. Therefore entries come in the order of hashes only by and large, and several walks of a database, which may go on at once on goroutines of
// their own, yield each other's: all parts together yield every entry once, if every position is in one of them. Few large parts are better
// than many small ones, since a page that lies in two is kept.
//
// What yield is given is good until it returns, collections too. Of a database that is walked nothing may be read by other methods of the
// view, and no position be walked twice, though yield has broken off. The view must not be closed before its walks are over.
//
// O(entries); no walk waits for the store, nor the store for a walk. While a view is walked an edit costs some tens of nanoseconds more.
func (v *View) Walk(database int, from, to uint64, yield func(key []byte, e Entry) bool) {
	k := v.databases[database]
	v.beginWalk()
	if from >= to {
		return
	}
	course := v.passage.Course(k.number, from, to)
	defer course.End()
	each := func(it dict.Item) bool { return yield(it.Key, entryOf(it)) }
	k.dict.Walk(from, course, func() bool {
		_, more := k.walkDisplaced(course, math.MaxInt, each)
		return more
	}, each)
}

// WalkDisplaced yields the entries of pages, so many at most, that were written over since the first Walk or WalkDisplaced and that no walk has
// come to, of any database, until yield returns false, and returns how many there were. Walks do that by themselves, a database each; this is
// for a writer who finds that they don't keep up with him (Memory.Displaced), and may be called in the exclusive section. Everything said of
// Walk goes for it.
func (v *View) WalkDisplaced(pages int, yield func(database int, key []byte, e Entry) bool) (walked int) {
	v.beginWalk()
	for i, k := range v.databases {
		n, more := k.walkDisplaced(v.passage.Course(k.number, 0, Positions), pages-walked,
			func(it dict.Item) bool { return yield(i, it.Key, entryOf(it)) })
		if walked += n; !more {
			break
		}
	}
	return walked
}

func (v *View) beginWalk() {
	v.walk.Do(func() { v.passage = v.space.Walk(v.at, len(v.databases)) })
}

// walkDisplaced yields the entries of so many pages at most that were displaced, and tells whether yield did not return false.
func (k *keys) walkDisplaced(course *page.Course, pages int, yield func(dict.Item) bool) (walked int, more bool) {
	for ; walked < pages; walked++ {
		x := course.Next()
		if x == nil {
			break
		}
		if !k.dict.Displaced(x, yield) {
			return walked, false
		}
		course.Done(x)
	}
	return walked, true
}

// enter says that what is changed until leave is the entry that e has looked for, and what it owns: it may be done in place where all views
// have passed (View.Walk).
func (db *DB) enter(e *Entry) { db.space.Enter(db.number, e.hash) }

func (db *DB) leave() { db.space.Leave() }
