package datatypes

import (
	"iter"
	"math"
	"sync/atomic"

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
	v.walkLooking(database, from, to, nil, func(it dict.Item) bool { return yield(it.Key, entryOf(it)) })
}

// Use is how a key was used: for how many seconds not, or how often where the store counted that when the view was opened. What nobody knows is -1.
type Use struct {
	IdleS     int64
	Frequency int
}

// WalkUsed is Walk that tells of each key how it was used by clockS. That is known of keys that are there still, and not in the view but in the
// store: inStore runs what it is given under a gate or in the section, once for each page.
func (v *View) WalkUsed(database int, from, to uint64, clockS uint32, inStore func(look func()), yield func(key []byte, e Entry, use Use) bool) {
	k := v.databases[database]
	var uses []Use
	look := func(items iter.Seq[dict.Item]) {
		uses = uses[:0]
		inStore(func() {
			for it := range items {
				uses = append(uses, k.useInStore(it.Key, clockS))
			}
		})
	}
	v.walkLooking(database, from, to, look, func(it dict.Item) bool {
		use := uses[0]
		uses = uses[1:]
		return yield(it.Key, entryOf(it), use)
	})
}

// useInStore is how a key was used by what the store's clocks say now.
func (k *keys) useInStore(key []byte, clockS uint32) Use {
	use := Use{-1, -1}
	live := k.origin.dict
	at := live.Find(k.hash(key), key)
	switch {
	case !at.Found():
	case k.uses != nil:
		use.Frequency = int(k.uses.count(atomic.LoadUint32(at.Clock()), clockS))
	default:
		use.IdleS = idleS(atomic.LoadUint32(at.Clock()), clockS)
	}
	return use
}

// walkLooking is Walk with what dict.Walk calls look.
func (v *View) walkLooking(database int, from, to uint64, look func(iter.Seq[dict.Item]), each func(dict.Item) bool) {
	k := v.databases[database]
	v.beginWalk()
	if from >= to {
		return
	}
	course := v.passage.Course(k.number, from, to)
	defer course.End()
	k.dict.Walk(from, course, func() bool {
		_, more := k.walkDisplaced(course, math.MaxInt, look, each)
		return more
	}, look, each)
}

// WalkDisplaced yields the entries of pages, so many at most, that were written over since the first Walk or WalkDisplaced and that no walk has
// come to, of any database, until yield returns false, and returns how many there were. Walks do that by themselves, a database each; this is
// for a writer who finds that they don't keep up with him (Memory.Displaced), and may be called in the exclusive section. Everything said of
// Walk goes for it.
func (v *View) WalkDisplaced(pages int, yield func(database int, key []byte, e Entry) bool) (walked int) {
	v.beginWalk()
	for i, k := range v.databases {
		n, more := k.walkDisplaced(v.passage.Course(k.number, 0, Positions), pages-walked, nil,
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
func (k *keys) walkDisplaced(course *page.Course, pages int, look func(iter.Seq[dict.Item]), yield func(dict.Item) bool) (walked int,
	more bool) {
	for ; walked < pages; walked++ {
		x := course.Next()
		if x == nil {
			break
		}
		if !k.dict.Displaced(x, look, yield) {
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
