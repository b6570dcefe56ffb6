package datatypes

import (
	"bytes"
)

// NoDeadline is the deadline of a key that never expires.
const NoDeadline int64 = 0

// Kind is the type of a value, named as the TYPE command names it.
type Kind uint8

// The kinds of values.
const (
	KindString Kind = iota + 1
)

// String is the reply of TYPE.
func (k Kind) String() string {
	if k == KindString {
		return "string"
	}
	return "none"
}

// Entry is a look at one key. Its bytes belong to the store: they may be read while the gate, the section or the view under which the
// entry was found is held, and must be copied to be kept.
type Entry struct {
	kind       Kind
	deadlineMs int64
	value      []byte
	// madeAt is the store's clock at the entry's making: an entry older than the newest view is never changed in place.
	madeAt uint64
	// place is the stored entry that this is a look at.
	place *Entry
}

// Kind tells the type of the value.
func (e Entry) Kind() Kind { return e.kind }

// DeadlineMs is the time at which the key expires, or NoDeadline.
func (e Entry) DeadlineMs() int64 { return e.deadlineMs }

// Bytes is the value of a string.
func (e Entry) Bytes() []byte { return e.value }

// expired tells whether the deadline has come at nowMs.
func (e Entry) expired(nowMs int64) bool { return e.deadlineMs != NoDeadline && e.deadlineMs <= nowMs }

// Reader is what a live database and a database of a view have in common, so that a long computation runs on either.
type Reader interface {
	// Find returns the entry of key, or false if there is none or its deadline has come at nowMs.
	Find(key []byte, nowMs int64) (Entry, bool)
	// Len counts the keys, expired ones that still lie there too.
	Len() int
	// Deadlines counts the keys that have a deadline.
	Deadlines() int
	// Range calls yield for each entry, expired ones too, in no order, until it returns false.
	Range(yield func(key []byte, e Entry) bool)
}

// Store is all databases.
type Store struct {
	databases []*DB
}

// NewStore makes count empty databases.
func NewStore(count int) *Store {
	s := &Store{databases: make([]*DB, count)}
	for i := range s.databases {
		s.databases[i] = &DB{}
	}
	return s
}

// Databases is their number.
func (s *Store) Databases() int { return len(s.databases) }

// DB is the database of that index, which must be below Databases.
func (s *Store) DB(index int) *DB { return s.databases[index] }

// Edit gives the means to change the database of that index. The caller holds the exclusive section.
func (s *Store) Edit(index int) Editor { return Editor{s.databases[index]} }

// View opens a view of every database as it is now. The caller holds the exclusive section; the view is then free of it.
func (s *Store) View() *View {
	v := &View{databases: make([]*DB, len(s.databases))}
	for i, db := range s.databases {
		v.databases[i] = db.clone()
		db.viewedAt++
	}
	return v
}

// UsedBytes estimates the bytes that keys and values take; O(databases).
func (s *Store) UsedBytes() int64 {
	var sum int64
	for _, db := range s.databases {
		sum += db.bytes
	}
	return sum
}

// OverheadBytes is the part of UsedBytes that is neither key nor value.
func (s *Store) OverheadBytes() int64 {
	var sum int64
	for _, db := range s.databases {
		sum += db.OverheadBytes()
	}
	return sum
}

// View is all databases at the moment it was opened.
type View struct {
	databases []*DB
}

// DB is the database of that index in the view.
func (v *View) DB(index int) Reader { return v.databases[index] }

// Close ends the view; nothing got from it may be used afterwards.
func (v *View) Close() { v.databases = nil }

// DB is one database. The zero value is empty.
type DB struct {
	entries map[string]*Entry
	// deadlines are the entries that have a deadline, so that they are found without a walk over all keys.
	deadlines map[string]*Entry
	bytes     int64
	// viewedAt counts the views opened so far.
	viewedAt uint64
}

// overheadBytes is what a key is taken to cost beyond its own bytes and its value's.
const overheadBytes = 96

// Find implements Reader.
func (db *DB) Find(key []byte, nowMs int64) (Entry, bool) {
	e, ok := db.entries[string(key)]
	if !ok || e.expired(nowMs) {
		return Entry{}, false
	}
	look := *e
	look.place = e
	return look, true
}

// Expired tells whether key lies here with a deadline that has come at nowMs: a read treats it as absent, the next edit deletes it.
func (db *DB) Expired(key []byte, nowMs int64) bool {
	e, ok := db.entries[string(key)]
	return ok && e.expired(nowMs)
}

// Len implements Reader.
func (db *DB) Len() int { return len(db.entries) }

// Deadlines implements Reader.
func (db *DB) Deadlines() int { return len(db.deadlines) }

// OverheadBytes is the part of the database's bytes that is neither key nor value.
func (db *DB) OverheadBytes() int64 { return int64(len(db.entries)) * overheadBytes }

// KeyBytes is what key and its value take of UsedBytes; 0 if there is none.
func (db *DB) KeyBytes(key []byte) int64 {
	e, ok := db.entries[string(key)]
	if !ok {
		return 0
	}
	return int64(len(key)+len(e.value)) + overheadBytes
}

// MeanTTLMs is the mean time to live of the keys that have a deadline, from a sample of them.
func (db *DB) MeanTTLMs(nowMs int64) int64 {
	const sample = 20
	var sum, count int64
	for _, e := range db.deadlines {
		sum += max(e.deadlineMs-nowMs, 0)
		if count++; count == sample {
			break
		}
	}
	if count == 0 {
		return 0
	}
	return sum / count
}

// Range implements Reader.
func (db *DB) Range(yield func(key []byte, e Entry) bool) {
	for key, e := range db.entries {
		if !yield([]byte(key), *e) {
			return
		}
	}
}

// AppendExpired appends up to limit keys whose deadline has come at nowMs, looking at no more than 10 times as many.
func (db *DB) AppendExpired(keys [][]byte, nowMs int64, limit int) [][]byte {
	looks := 10 * limit
	for key, e := range db.deadlines {
		if e.expired(nowMs) {
			if keys = append(keys, []byte(key)); len(keys) >= limit {
				break
			}
		}
		if looks--; looks == 0 {
			break
		}
	}
	return keys
}

func (db *DB) clone() *DB {
	c := &DB{entries: make(map[string]*Entry, len(db.entries)), deadlines: make(map[string]*Entry, len(db.deadlines)), bytes: db.bytes}
	for k, e := range db.entries {
		c.entries[k] = e
	}
	for k, e := range db.deadlines {
		c.deadlines[k] = e
	}
	return c
}

// Editor changes a database. It is a value: making one costs nothing.
type Editor struct {
	*DB
}

// SetString stores value under key, in place of whatever was there. It copies both. Writing over a key allocates nothing if the room of
// its old value suffices and no view has been opened since that was stored.
func (ed Editor) SetString(key, value []byte, deadlineMs int64) {
	db := ed.DB
	e, found := db.entries[string(key)]
	if found && ed.overwrite(e, key, value, deadlineMs) {
		return
	}
	if found {
		db.bytes += int64(len(value) - len(e.value))
	} else {
		db.bytes += int64(len(key) + len(value) + overheadBytes)
	}
	ed.put(key, newEntry(value), found, deadlineMs)
}

// SetStringAt is SetString for a key that Find has just been asked for, under the same hold of the section, and spares looking it up
// again; found is what it returned, zero if there was none.
func (ed Editor) SetStringAt(found Entry, key, value []byte, deadlineMs int64) {
	if found.place == nil || !ed.overwrite(found.place, key, value, deadlineMs) {
		ed.SetString(key, value, deadlineMs)
	}
}

// overwrite writes over an entry in place, if no view shares it and its room suits the value.
func (ed Editor) overwrite(e *Entry, key, value []byte, deadlineMs int64) bool {
	db := ed.DB
	if e.madeAt <= db.viewedAt || cap(e.value) > roomBytes+wasteFactor*len(value) {
		return false
	}
	db.bytes += int64(len(value) - len(e.value))
	had, has := e.deadlineMs != NoDeadline, deadlineMs != NoDeadline
	e.value, e.deadlineMs = append(e.value[:0], value...), deadlineMs
	if had != has {
		db.noteDeadline(string(key), e)
	}
	return true
}

// AdoptString is SetString with a value that the store keeps as it is; nobody else may change it from then on.
func (ed Editor) AdoptString(key, value []byte, deadlineMs int64) {
	db := ed.DB
	if e, found := db.entries[string(key)]; found {
		db.bytes += int64(len(value) - len(e.value))
		ed.put(key, &Entry{value: value}, true, deadlineMs)
		return
	}
	db.bytes += int64(len(key) + len(value) + overheadBytes)
	ed.put(key, &Entry{value: value}, false, deadlineMs)
}

// put stores a new entry; db.bytes has been adjusted.
func (ed Editor) put(key []byte, e *Entry, found bool, deadlineMs int64) {
	db := ed.DB
	if db.entries == nil {
		db.entries, db.deadlines = make(map[string]*Entry), make(map[string]*Entry)
	}
	name := string(key)
	e.kind, e.deadlineMs, e.madeAt = KindString, deadlineMs, db.viewedAt+1
	db.entries[name] = e
	if found || deadlineMs != NoDeadline {
		db.noteDeadline(name, e)
	}
}

func (db *DB) noteDeadline(name string, e *Entry) {
	if e.deadlineMs == NoDeadline {
		delete(db.deadlines, name)
	} else {
		db.deadlines[name] = e
	}
}

// wasteFactor is how many times as large as a value the room may be that an older one left to it.
const wasteFactor = 4

// roomBytes is what an entry holds of a small value beside itself, so that a look-up touches one line of memory less.
const roomBytes = 40

func newEntry(value []byte) *Entry {
	if len(value) > roomBytes {
		return &Entry{value: bytes.Clone(value)}
	}
	e := &struct {
		Entry
		room [roomBytes]byte
	}{}
	e.value = append(e.room[:0], value...)
	return &e.Entry
}

// SetDeadline gives an existing key another deadline, or none.
func (ed Editor) SetDeadline(key []byte, deadlineMs int64) {
	if e, ok := ed.entries[string(key)]; ok {
		ed.SetString(key, e.value, deadlineMs)
	}
}

// Delete removes key and tells whether it was there, expired or not.
func (ed Editor) Delete(key []byte) bool {
	e, ok := ed.entries[string(key)]
	if !ok {
		return false
	}
	ed.bytes -= int64(len(key) + len(e.value) + overheadBytes)
	delete(ed.entries, string(key))
	delete(ed.deadlines, string(key))
	return true
}

// Clear removes every key. O(1) for the caller; views keep theirs.
func (ed Editor) Clear() { *ed.DB = DB{viewedAt: ed.viewedAt} }
