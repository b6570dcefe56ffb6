package datatypes

import (
	"bytes"
	"hash/maphash"
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Reader is what a live database and a database of a view have in common, so that a long computation runs on either.
type Reader interface {
	// Find makes e a look at the entry of key and returns true, or false if there is none or its deadline has come at nowMs.
	Find(e *Entry, key []byte, nowMs int64) bool
	// Len counts the keys, expired ones that still lie there too.
	Len() int
	// Deadlines counts the keys that have a deadline.
	Deadlines() int
	// Range calls yield for each entry, expired ones too, in no particular order, until it returns false.
	Range(yield func(key []byte, e Entry) bool)
	// Scan calls yield for the entries from a position on, expired ones too, about count of them, and returns where to go on, 0 at the
	// end. It begins at 0; positions stay below 2^53. A key that is there from the first call to the last is yielded once.
	Scan(from uint64, count int, yield func(key []byte, e Entry)) (next uint64)
	// Building is what collections are made with that no key holds yet, for Editor.PutSet and its like. What was made with it before may be
	// written over by that: one at a time.
	Building() *packed.Edit
	// SmallSortedSet tells whether what e found, a sorted set or nothing, would show the encoding of a small sorted set if it had so many
	// members, the longest added one of that length.
	SmallSortedSet(e *Entry, count, longest int) bool
	// Random draws a key, expired ones too, each with the same probability; false if there is none.
	Random(random *rand.Rand) (key []byte, e Entry, ok bool)
}

// keys is the part of a database that a view sees.
type keys struct {
	dict *dict.Dict
	seed maphash.Seed
	// deadlines counts the keys that have one.
	deadlines int
	// changes counts the edits, so that an Entry knows whether it is still true; a body that is written where it
	// lies, with the same deadline and the same size of its note, isn't counted.
	changes uint64
	limits  Limits
	// number tells the databases of a store apart, whatever indexes they have been given since.
	number int
	// uses is how clocks count uses, nil where they tell times.
	uses *Frequency
	// origin is the database of which a view shows keys, moment the view's.
	origin *keys
	moment uint64
}

func (k *keys) view() *keys {
	seen := *k
	seen.dict, seen.origin = k.dict.View(), k
	return &seen
}

func (k *keys) hash(key []byte) uint64 { return maphash.Bytes(k.seed, key) }

// Len implements Reader.
func (k *keys) Len() int { return k.dict.Len() }

// Deadlines implements Reader.
func (k *keys) Deadlines() int { return k.deadlines }

// Find implements Reader.
func (k *keys) Find(e *Entry, key []byte, nowMs int64) bool {
	e.hash = k.hash(key)
	e.at = k.dict.Find(e.hash, key)
	e.tree, e.looked = nil, true
	if !e.at.Found() {
		e.payload, e.deadlineMs, e.noted = nil, NoDeadline, 0
		return false
	}
	payload, t := e.at.Value()
	e.open(payload)
	if t != nil {
		e.tree = t.(tree)
	}
	return !e.Expired(nowMs)
}

// Expired tells whether the deadline has come at nowMs.
func (e *Entry) Expired(nowMs int64) bool { return e.deadlineMs != NoDeadline && e.deadlineMs <= nowMs }

// Range implements Reader.
func (k *keys) Range(yield func(key []byte, e Entry) bool) {
	k.dict.Range(func(it dict.Item) bool { return yield(it.Key, entryOf(it)) })
}

// Scan implements Reader.
func (k *keys) Scan(from uint64, count int, yield func(key []byte, e Entry)) (next uint64) {
	return k.dict.Scan(from, count, func(it dict.Item) { yield(it.Key, entryOf(it)) })
}

// Random implements Reader.
func (k *keys) Random(random *rand.Rand) (key []byte, e Entry, ok bool) {
	it, ok := k.dict.Random(random)
	if !ok {
		return nil, e, false
	}
	return it.Key, entryOf(it), true
}

// Building implements Reader.
func (k *keys) Building() *packed.Edit {
	return &packed.Edit{Space: page.NewSpaceApart(k.moment), Seed: k.seed}
}

// DB is one database.
type DB struct {
	keys
	space *page.Space
	// expiring tells when keys expire, fieldsExpiring when fields of hashes do.
	expiring, fieldsExpiring timetable
	// content is the bytes of keys and of values as they lie in entries, trees what trees take.
	content int64
	trees   treeSize
	// deadlineSum is the sum of all deadlines, for their mean.
	deadlineSum sum128
	collecting
	// due is where timetables put keys, dueHashes what an index said.
	due       []byte
	dueHashes []uint64
	// touched keeps the compiler from leaving out what is read ahead.
	touched byte
}

func newDB(space *page.Space, seed maphash.Seed, number int) *DB {
	db := &DB{space: space}
	db.number = number
	db.expiring.of, db.fieldsExpiring.of = (*Entry).DeadlineMs, (*Entry).fieldDeadlineMs
	db.seed = seed
	db.edit = packed.Edit{Space: space, Seed: seed}
	db.dict = dict.NewWithClocks(space, func(key []byte) uint64 { return maphash.Bytes(seed, key) })
	return db
}

// Find implements Reader. What it returns spares an Editor the look-up, until the next edit.
func (db *DB) Find(e *Entry, key []byte, nowMs int64) bool {
	e.changes = db.changes
	return db.keys.Find(e, key, nowMs)
}

// Building implements Reader. The caller holds the exclusive section.
func (db *DB) Building() *packed.Edit { return &db.edit }

// Unchanged tells whether a key holds at nowMs what it held in a view, which is still open, or holds nothing as it did then; its deadline may be
// another.
func (db *DB) Unchanged(view Reader, key []byte, nowMs int64) bool {
	var now, then Entry
	db.Find(&now, key, math.MinInt64)
	if now.Expired(nowMs) {
		return false
	}
	view.Find(&then, key, math.MinInt64)
	// What a view sees isn't changed where it is: the first change gives the key another tree.
	return now.label() == then.label() && now.tree == then.tree && bytes.Equal(now.body(), then.body())
}

// AllUnchanged tells whether nothing at all was changed since a view of the database was opened, which is still open.
func (db *DB) AllUnchanged(view Reader) bool {
	then, ok := view.(*keys)
	return ok && then.origin == &db.keys && then.changes == db.changes
}

// Approach reads what the Finds of keys will read, so that they wait for memory together and not one after the other; worth it from a
// handful of keys on. hashes is room for as many numbers; what is returned means nothing.
func (db *DB) Approach(keys [][]byte, hashes []uint64) (sum byte) {
	for i, key := range keys {
		hashes[i] = db.hash(key)
	}
	return db.dict.Approach(hashes[:len(keys)])
}

// ApproachElements does that for members of the set or sorted set, or fields of the hash, that key holds. Small ones lie with their key and have
// been approached with it.
func (db *DB) ApproachElements(key []byte, elements [][]byte, hashes []uint64) byte {
	var e Entry
	db.keys.Find(&e, key, math.MinInt64)
	if t, ok := e.tree.(interface {
		Approach(elements [][]byte, hashes []uint64) byte
	}); ok {
		return t.Approach(elements, hashes)
	}
	return 0
}

// LastLook remembers the last look at a key, for who looks at the same one again and again, as commands in a row do that fill a list. It is good under
// one hold of gate or section and for one goroutine; the zero value remembers nothing yet, and nil never does.
type LastLook struct {
	db *DB
	// key is its copy: the words of a command may be gone when the next one is looked at.
	key    [lastKeyBytes]byte
	length int
	e      Entry
}

// lastKeyBytes is the longest key that is remembered.
const lastKeyBytes = 64

// Find is db.Find, and spares the way to the key if it was the last one and since then no entry has moved, and none got another deadline or a note of
// another size.
func (l *LastLook) Find(db *DB, e *Entry, key []byte, nowMs int64) bool {
	if l == nil {
		return db.Find(e, key, nowMs)
	}
	if l.db == db && l.e.changes == db.changes && string(l.key[:l.length]) == string(key) {
		*e = l.e
		return e.Found() && !e.Expired(nowMs)
	}
	found := db.Find(e, key, nowMs)
	if l.db = nil; len(key) <= lastKeyBytes {
		l.db, l.length, l.e = db, copy(l.key[:], key), *e
	}
	return found
}

// Expired tells whether key lies here with a deadline that has come at nowMs: a read treats it as absent, the next edit deletes it.
func (db *DB) Expired(key []byte, nowMs int64) bool {
	var e Entry
	return !db.Find(&e, key, nowMs) && e.Found()
}

// Has tells whether key is there at nowMs.
func (db *DB) Has(key []byte, nowMs int64) bool {
	var e Entry
	return db.Find(&e, key, nowMs)
}

// UsedBytes is what the database's keys, values and structures take. O(1).
func (db *DB) UsedBytes() int64 {
	return db.dict.Size().Live + db.trees.bytes + db.expiring.bytes() + db.fieldsExpiring.bytes()
}

// OverheadBytes is the part of the database's bytes that is neither key nor value.
func (db *DB) OverheadBytes() int64 { return db.UsedBytes() - db.trees.bytes - db.content }

// KeyBytes is what key and its value take of UsedBytes; 0 if there is none.
func (db *DB) KeyBytes(key []byte) int64 {
	at := db.dict.Find(db.hash(key), key)
	if !at.Found() {
		return 0
	}
	e := entryOf(at.Item())
	return db.dict.Bytes(at) + treeSizeOf(e.tree).bytes
}

// MeanTTLMs is the mean time to live of the keys that have a deadline. O(1).
func (db *DB) MeanTTLMs(nowMs int64) int64 {
	if db.deadlines == 0 {
		return 0
	}
	return max(0, db.deadlineSum.over(db.deadlines)-nowMs)
}

// sum128 is a sum that 64 bits may not hold.
type sum128 struct{ high, low uint64 }

func (s *sum128) add(n int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(n), 0)
	s.high += carry + uint64(n>>63)
}

func (s *sum128) addSum(other sum128) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, other.low, 0)
	s.high += other.high + carry
}

func (s *sum128) over(count int) int64 {
	if s.high >= uint64(count) {
		return 0 // deadlines before 1970 outweigh the others
	}
	mean, _ := bits.Div64(s.high, s.low, uint64(count))
	return int64(mean)
}
