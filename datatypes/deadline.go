package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/expiry"
)

// noteDeadline keeps the counts and the index when a key's deadline changes.
func (db *DB) noteDeadline(hash uint64, was, now int64) {
	if was == now {
		return
	}
	if was != NoDeadline {
		db.deadlines--
		db.deadlineSum.add(-was)
	}
	if now == NoDeadline {
		return
	}
	db.deadlines++
	db.deadlineSum.add(now)
	// An earlier deadline than before needs a place of its own; for a later one the old place comes first and asks again.
	if was == NoDeadline || now < was {
		db.index.File(hash, now, db.indexMs)
		if db.renewed != nil {
			db.renewed.File(hash, now, db.indexMs)
		}
	}
}

// AppendExpired appends keys whose deadline has come at nowMs, having looked at no more than looks places of the index, and tells whether
// more are due. The caller holds the exclusive section and deletes each of them before it leaves; the keys are good until the next call.
func (db *DB) AppendExpired(keys [][]byte, nowMs int64, looks int) (_ [][]byte, more bool) {
	if cap(db.due) > maxDueBytes {
		db.due = nil
	}
	db.due, db.dueHashes, db.indexMs = db.due[:0], db.dueHashes[:0], nowMs
	_, more = db.index.Fire(nowMs, looks, func(hash uint64) (deadlineMs int64, found bool) {
		db.dueHashes = append(db.dueHashes, hash)
		return 0, false
	})
	var sum byte
	for _, hash := range db.dueHashes {
		sum += db.dict.Touch(hash) // as in Approach: wait for memory once
	}
	db.touched = sum
	for _, hash := range db.dueHashes {
		ahead := NoDeadline
		db.dict.Candidates(hash, expiry.Mask, func(it dict.Item) bool {
			e := entryOf(it)
			switch {
			case e.deadlineMs == NoDeadline:
			case e.Expired(nowMs):
				from := len(db.due)
				db.due = append(db.due, it.Key...)
				keys = append(keys, db.due[from:len(db.due):len(db.due)])
			case ahead == NoDeadline || e.deadlineMs < ahead:
				ahead = e.deadlineMs
			}
			return true
		})
		if ahead != NoDeadline {
			db.index.File(hash, ahead, nowMs)
		}
	}
	return keys, more
}

// maxDueBytes is how much room for keys is kept from one call to the next.
const maxDueBytes = 64 << 10

// NextDeadline is a time before which AppendExpired finds nothing; false if no key has a deadline.
func (db *DB) NextDeadline() (ms int64, ok bool) { return db.index.Next() }

const (
	// staleShare is how many places an index may have for each key with a deadline before it is made anew, staleKeys for how many keys
	// it may have one more, since all of them are walked for it, and staleFew how many it may have in any case.
	staleShare = 2
	staleKeys  = 8
	staleFew   = 1000
)

// renewIndex makes the index anew, a little at a time, when most of it is about deadlines that were moved or keys that are gone. It returns
// how many entries it has looked at.
func (db *DB) renewIndex(looks int) (looked int) {
	if db.renewed == nil {
		if db.index.Len() <= staleShare*db.deadlines+db.Len()/staleKeys+staleFew {
			return 0
		}
		db.renewed, db.renewedTo = &expiry.Index{}, 0
	}
	for looked < looks {
		db.renewedTo = db.dict.Scan(db.renewedTo, min(looks-looked, dictPage), func(it dict.Item) {
			looked++
			if e := entryOf(it); e.deadlineMs != NoDeadline {
				db.renewed.File(db.hash(it.Key), e.deadlineMs, db.indexMs)
			}
		})
		looked++
		if db.renewedTo == 0 {
			db.index, db.renewed = db.renewed, nil
			break
		}
	}
	return looked
}

// dictPage is how many entries are looked at in one step: as many as a page of the dictionary has at most.
const dictPage = 128
