package datatypes

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/datatypes/rope"
)

// Editor changes a database. It is a value: making one costs nothing. Keys and values that are handed in are copied, unless a method says
// otherwise, and are never the store's own bytes.
type Editor struct {
	*DB
	// clockS is the time of use that a written key gets, or a count of uses (FrequencyAt); with keep only one that wasn't there.
	clockS uint32
	keep   bool
	// note is what a written string carries beside its value, nil mostly.
	note *Note
}

// At returns an editor for which keys that it writes are used at clockS (DB.Touch), or have the count of uses that FrequencyAt says. With keep
// those that are there already keep their clocks.
func (ed Editor) At(clockS uint32, keep bool) Editor {
	ed.clockS, ed.keep = clockS, keep
	return ed
}

// lookAgain looks a key up for a change, expired or not, unless e still tells the truth about it.
func (ed Editor) lookAgain(e *Entry, key []byte) {
	if e.looked && e.changes == ed.changes {
		return
	}
	ed.Find(e, key, math.MinInt64)
}

// put gives key an entry with a body of so many bytes and, if t isn't nil, a tree. e is what is known of the key; it becomes a look at the
// new entry. The body keeps what it can of the old one and is the caller's to write.
func (ed Editor) put(e *Entry, key []byte, l label, size int, t tree, deadlineMs int64) (body []byte) {
	db := ed.DB
	ed.lookAgain(e, key)
	db.enter(e)
	defer db.leave()
	if kinds[l] != KindHash && e.Kind() == KindHash { // a hash for a hash: the caller notes it, when its body is written
		db.fieldsExpiring.note(e.hash, e.fieldDeadlineMs(), NoDeadline)
	}
	tag, trailer := deadlineBits(deadlineMs)
	noted := ed.note.size()
	if noted > 0 {
		tag |= tagNote
	}
	if len(e.payload) == 1+size+noted+trailer && t == nil && e.tree == nil && db.dict.Changeable(&e.at) {
		// The hot path: as large as what it takes the place of.
		if was := e.deadlineMs; was != deadlineMs || int(e.noted) != noted {
			db.content += int64(size) - int64(len(e.body()))
			db.changes++
			e.deadlineMs, e.noted, e.changes = deadlineMs, uint8(noted), db.changes
			db.noteDeadline(e.hash, was, deadlineMs)
		}
		sealPayload(e.payload, byte(l)|tag, trailer, deadlineMs)
		if noted > 0 {
			ed.note.write(e.payload[1+size : 1+size+noted])
		}
		if !ed.keep {
			ed.used(e, false)
		}
		return e.payload[1 : 1+size]
	}
	fresh := !e.Found()
	if !fresh {
		db.content -= int64(len(e.body()))
	} else {
		db.content += int64(len(key))
	}
	db.content += int64(size)
	db.trees.change(treeSizeOf(e.tree), treeSizeOf(t))
	var owned any
	if t != nil {
		owned = t
	}
	was := e.deadlineMs
	e.at = db.dict.Put(e.at, e.hash, key, 1+size+noted+trailer, owned)
	e.payload, e.noted = e.at.Payload(), uint8(noted)
	sealPayload(e.payload, byte(l)|tag, trailer, deadlineMs)
	if noted > 0 {
		ed.note.write(e.payload[1+size : 1+size+noted])
	}
	db.noteDeadline(e.hash, was, deadlineMs)
	db.changes++
	e.deadlineMs, e.tree, e.changes = deadlineMs, t, db.changes
	if fresh || !ed.keep {
		ed.used(e, fresh)
	}
	return e.payload[1 : 1+size]
}

// SetString stores value under key, in place of whatever was there. Writing over a key allocates nothing where its page has room and no
// view has been opened since it was last written.
func (ed Editor) SetString(key, value []byte, deadlineMs int64) {
	ed.SetStringAt(&Entry{}, key, value, deadlineMs)
}

// SetStringAt is SetString for a key that Find has just been asked for, under the same hold of the section, and spares looking it up
// again; found is the look it took, whether it found the key or not, and becomes a look at the new entry.
func (ed Editor) SetStringAt(found *Entry, key, value []byte, deadlineMs int64) {
	if n, ok := ParseInt(value); ok {
		ed.SetIntAt(found, key, n, deadlineMs)
		return
	}
	ed.SetTextAt(found, key, value, deadlineMs)
}

// SetTextAt is SetStringAt for a value that stays a text even if it reads as an integer: what OBJECT ENCODING shows after INCRBYFLOAT.
func (ed Editor) SetTextAt(found *Entry, key, value []byte, deadlineMs int64) {
	if len(value) >= LongString {
		ed.putRope(found, key, append(make([]byte, 0, len(value)), value...), deadlineMs)
		return
	}
	l := labelRaw
	if len(value) <= embstrMax {
		l = labelEmbstr
	}
	copy(ed.put(found, key, l, len(value), nil, deadlineMs), value)
}

// SetRawAt is SetTextAt for a value shorter than LongString whose encoding is raw however short it is, as that of what BITOP stores.
func (ed Editor) SetRawAt(found *Entry, key, value []byte, deadlineMs int64) {
	copy(ed.put(found, key, labelRaw, len(value), nil, deadlineMs), value)
}

// SetIntAt stores an integer, whose digits are the value.
func (ed Editor) SetIntAt(found *Entry, key []byte, n, deadlineMs int64) {
	body := ed.put(found, key, labelInt, intBytes(n), nil, deadlineMs)
	binary.PutVarint(body, n)
}

// ChangeIntAt is SetIntAt for an integer that was reckoned from the value that was there: of the note the flags stay.
func (ed Editor) ChangeIntAt(found *Entry, key []byte, n, deadlineMs int64) {
	ed.lookAgain(found, key)
	if found.noted != 0 {
		kept := found.changed()
		ed.note = &kept
	}
	ed.SetIntAt(found, key, n, deadlineMs)
}

// AdoptString is SetString with a value that the store keeps as it is where it is long; nobody else may change it from then on.
func (ed Editor) AdoptString(key, value []byte, deadlineMs int64) {
	ed.AdoptStringAt(&Entry{}, key, value, deadlineMs)
}

// AdoptStringAt is AdoptString for a key that Find has just been asked for; found is as for SetStringAt.
func (ed Editor) AdoptStringAt(found *Entry, key, value []byte, deadlineMs int64) {
	if len(value) < LongString {
		ed.SetStringAt(found, key, value, deadlineMs)
		return
	}
	ed.putRope(found, key, value, deadlineMs)
}

func (ed Editor) putRope(e *Entry, key, value []byte, deadlineMs int64) {
	ed.put(e, key, labelRaw, 0, rope.Adopt(ed.space, value), deadlineMs)
}

// AppendString adds value at the end of the string under key, or stores it if there is none, and returns the string's length. The key's
// deadline stays. found is as for SetStringAt; a key that is there must be a string. O(len(value)), amortized.
func (ed Editor) AppendString(found *Entry, key, value []byte) (length int) {
	ed.lookAgain(found, key)
	if !found.Found() {
		ed.SetStringAt(found, key, value, NoDeadline)
		return len(value)
	}
	return ed.WriteString(found, key, found.StringLen(), value)
}

// WriteString writes value at a position of the string under key, with zeros before it where there was nothing, and returns the string's
// length. Everything else is as for AppendString. A long string costs what is written and no more, unless a view is open: then 64 KiB.
func (ed Editor) WriteString(found *Entry, key []byte, position int, value []byte) (length int) {
	e := found
	ed.lookAgain(e, key)
	length = max(e.StringLen(), position+len(value))
	if e.noted != 0 {
		kept := e.changed()
		ed.note = &kept
	}
	if e.tree != nil || length >= LongString {
		ed.writeRope(e, key, position, value)
		return length
	}
	var digits []byte
	if e.label() == labelInt {
		var room [20]byte
		digits = e.AppendString(room[:0])
	}
	had := e.StringLen()
	body := ed.put(e, key, labelRaw, length, nil, e.deadlineMs)
	copy(body, digits)
	if position > had {
		clear(body[had:position])
	}
	copy(body[position:], value)
	return length
}

// writeRope is WriteString for a string that is long or becomes so.
func (ed Editor) writeRope(e *Entry, key []byte, position int, value []byte) {
	r := e.rope()
	if r == nil {
		r = rope.New(ed.space)
		r.Append(ed.space, e.AppendString(nil))
		ed.put(e, key, labelRaw, 0, r, e.deadlineMs)
	}
	was := treeSizeOf(r)
	defer ed.leave()
	if mine := r.Own(ed.space); mine != r || e.noted != 0 && e.Note() != *ed.note {
		ed.put(e, key, labelRaw, 0, mine, e.deadlineMs)
		r, was = mine, treeSizeOf(mine)
	}
	ed.enter(e)
	r.WriteAt(ed.space, position, value)
	if !ed.keep {
		ed.used(e, false)
	}
	ed.trees.change(was, treeSizeOf(r))
}

// SetDeadline gives an existing key another deadline, or none.
func (ed Editor) SetDeadline(key []byte, deadlineMs int64) {
	ed.SetDeadlineAt(&Entry{}, key, deadlineMs)
}

// SetDeadlineAt is SetDeadline for a key that Find has just been asked for; found is as for SetStringAt.
func (ed Editor) SetDeadlineAt(found *Entry, key []byte, deadlineMs int64) {
	ed.lookAgain(found, key)
	if found.Found() {
		ed.keepNote(found, &Note{}).put(found, key, found.label(), len(found.body()), found.tree, deadlineMs)
	}
}

// keepNote returns an editor that gives a key the note that it has. room is where it is kept.
func (ed Editor) keepNote(e *Entry, room *Note) Editor {
	ed.note = nil
	if e.noted != 0 {
		*room = e.Note()
		ed.note = room
	}
	return ed
}

// Delete removes key and tells whether it was there, expired or not. O(1), whatever the value's size.
func (ed Editor) Delete(key []byte) bool {
	return ed.DeleteAt(&Entry{}, key)
}

// DeleteAt is Delete for a key that Find has just been asked for; found is as for SetStringAt.
func (ed Editor) DeleteAt(found *Entry, key []byte) bool {
	ed.lookAgain(found, key)
	if !found.Found() {
		return false
	}
	ed.fieldsExpiring.note(found.hash, found.fieldDeadlineMs(), NoDeadline)
	ed.drop(found, key)
	return true
}

// drop removes a key that was found, which has no fields with deadlines any more. e becomes the zero value.
func (ed Editor) drop(e *Entry, key []byte) {
	db := ed.DB
	db.content -= int64(len(key) + len(e.body()))
	db.trees.change(treeSizeOf(e.tree), treeSize{})
	db.noteDeadline(e.hash, e.deadlineMs, NoDeadline)
	db.enter(e)
	db.dict.DeleteAt(e.at, e.hash)
	db.leave()
	db.changes++
	*e = Entry{}
}

// Copy gives the key `to` of another database, or of the same, the value and the deadline of a key that is there. Both may change from then
// on. O(1): large values are shared and copied as they change.
func (ed Editor) Copy(key []byte, other Editor, to []byte) {
	var e Entry
	ed.lookAgain(&e, key)
	t := e.tree
	if t != nil {
		ed.keep = true // the original is looked at, not written
		var mine tree
		mine, t = shareTree(ed.space, t)
		ed.keepNote(&e, &Note{}).put(&e, key, e.label(), len(e.body()), mine, e.deadlineMs)
	}
	other.place(to, &e, t)
}

// Move takes a key that is there, with its value and deadline, to the name `to` of another database or of the same. O(1).
func (ed Editor) Move(key []byte, other Editor, to []byte) {
	var e Entry
	ed.lookAgain(&e, key)
	payload := append([]byte(nil), e.payload...)
	if word := atomic.LoadUint32(e.at.Clock()); word&usedOften != 0 && ed.uses != nil {
		other.clockS, other.keep = word, false // it is as well used as it was
	}
	t := e.tree
	if t != nil && ed.space.Bar() != 0 {
		// A view looks for it under the old name, whatever place of the new one it may have passed: nothing of it may be changed in place.
		_, t = shareTree(ed.space, t)
	}
	ed.Delete(key)
	e.payload = payload
	other.place(to, &e, t)
}

// place stores a value that was another key's.
func (ed Editor) place(key []byte, of *Entry, t tree) {
	// The body may lie where putting the new key moves it.
	l := of.label()
	var room [maxIntBytes + embstrMax]byte
	body := append(room[:0], of.body()...)
	if of.noted != 0 {
		kept := of.changed()
		ed.note = &kept
	}
	var e Entry
	ed.lookAgain(&e, key)
	was := e.fieldDeadlineMs()
	copy(ed.put(&e, key, l, len(body), t, of.deadlineMs), body)
	if kinds[l] == KindHash {
		ed.fieldsExpiring.note(e.hash, was, e.fieldDeadlineMs())
	}
}

// Clear removes every key. O(1); views keep theirs.
func (ed Editor) Clear() {
	db := ed.DB
	if db.Len() == 0 && db.expiring.index == nil && db.fieldsExpiring.index == nil {
		return
	}
	db.dict.Clear()
	changes := db.changes
	fresh := newDB(db.space, db.seed, db.number)
	fresh.dict, fresh.limits, fresh.collecting, fresh.uses = db.dict, db.limits, db.collecting, db.uses
	*db = *fresh
	db.changes = changes + 1
}
