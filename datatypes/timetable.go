package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/expiry"
)

// timetable tells when something about keys becomes due: the keys themselves, or fields of hashes. It doesn't know which keys: what it leads
// to is asked for its deadline.
type timetable struct {
	// of is the deadline of an entry that this is about, or NoDeadline.
	of func(e *Entry) (deadlineMs int64)
	// count is how many keys have one.
	count int
	// index tells when keys are due; it is nil until one has a deadline. renewed is the one that takes its place when it is ready, nil most
	// of the time, and renewedTo the position up to which it knows all keys.
	index, renewed *expiry.Index
	renewedTo      uint64
	// indexMs is the time that the index was last asked for, near enough for filing.
	indexMs int64
}

// bytes is what the indexes take.
func (t *timetable) bytes() (sum int64) {
	for _, index := range []*expiry.Index{t.index, t.renewed} {
		if index != nil {
			sum += index.Bytes()
		}
	}
	return sum
}

// places is how many places the index has.
func (t *timetable) places() int {
	if t.index == nil {
		return 0
	}
	return t.index.Len()
}

// next is a time before which nothing is due; false if nothing has a deadline.
func (t *timetable) next() (ms int64, ok bool) {
	if t.index == nil {
		return 0, false
	}
	return t.index.Next()
}

// note says that a key's deadline changes, or that it stays although it had come.
func (t *timetable) note(hash uint64, was, now int64) {
	told := was != NoDeadline && was <= t.indexMs // so that the index has no place for it any more
	if was == now && !told {
		return
	}
	if was != NoDeadline {
		t.count--
	}
	if now == NoDeadline {
		return
	}
	t.count++
	// An earlier deadline than before needs a place of its own; for a later one the old place comes first and asks again.
	if was == NoDeadline || now < was || told {
		if t.index == nil {
			t.index = &expiry.Index{}
		}
		t.index.File(hash, now, t.indexMs)
		if t.renewed != nil {
			t.renewed.File(hash, now, t.indexMs)
		}
	}
}

// appendDue appends keys whose deadline has come at nowMs, having looked at no more than looks places of the index, and tells whether more
// are due. db.due is where they lie.
func (t *timetable) appendDue(db *DB, keys [][]byte, nowMs int64, looks int) (_ [][]byte, more bool) {
	if t.index == nil {
		return keys, false
	}
	if cap(db.due) > maxDueBytes {
		db.due = nil
	}
	db.due, db.dueHashes, t.indexMs = db.due[:0], db.dueHashes[:0], nowMs
	_, more = t.index.Fire(nowMs, looks, func(hash uint64) (deadlineMs int64, found bool) {
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
			switch deadlineMs := t.of(&e); {
			case deadlineMs == NoDeadline:
			case deadlineMs <= nowMs:
				from := len(db.due)
				db.due = append(db.due, it.Key...)
				keys = append(keys, db.due[from:len(db.due):len(db.due)])
			case ahead == NoDeadline || deadlineMs < ahead:
				ahead = deadlineMs
			}
			return true
		})
		if ahead != NoDeadline {
			t.index.File(hash, ahead, nowMs)
		}
	}
	return keys, more
}

// maxDueBytes is how much room for keys is kept from one call to the next.
const maxDueBytes = 64 << 10

const (
	// staleShare is how many places an index may have for each key with a deadline before it is made anew, staleKeys for how many keys
	// it may have one more, since all of them are walked for it, and staleFew how many it may have in any case.
	staleShare = 2
	staleKeys  = 8
	staleFew   = 1000
)

// renew makes the index anew, a little at a time, when most of it is about deadlines that were moved or keys that are gone. It returns how
// many entries it has looked at.
func (t *timetable) renew(db *DB, looks int) (looked int) {
	if t.renewed == nil {
		if t.places() <= staleShare*t.count+db.Len()/staleKeys+staleFew {
			return 0
		}
		t.renewed, t.renewedTo = &expiry.Index{}, 0
	}
	for looked < looks {
		t.renewedTo = db.dict.Scan(t.renewedTo, min(looks-looked, dictPage), func(it dict.Item) {
			looked++
			e := entryOf(it)
			if deadlineMs := t.of(&e); deadlineMs != NoDeadline {
				t.renewed.File(db.hash(it.Key), deadlineMs, t.indexMs)
			}
		})
		looked++
		if t.renewedTo == 0 {
			t.index, t.renewed = t.renewed, nil
			break
		}
	}
	return looked
}

// dictPage is how many entries are looked at in one step: as many as a page of the dictionary has at most.
const dictPage = 128
