package datatypes

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Note is what a string may carry beside its value, for clients of memcached's protocol. It lies in the key's entry, before the deadline, and
// only there where something of it isn't zero:
//
//	| flags, 0 to 4 bytes | number, 8 bytes if there is one | shape, u8 |
//
//	shape: 0-2 bytes of flags | 3 has a number | 4 stale | 5 claimed | 6 fetched
//
// Whatever writes a new value lets the note go (SetString and its like), unless an editor was made to set one (Editor.Noting). What changes a
// part of the value (AppendString, WriteString, ChangeIntAt) keeps the flags and nothing else, and so do Copy and Move. Another deadline leaves
// all of it as it is.
type Note struct {
	// Flags are the client's own.
	Flags uint32
	// Number tells versions of the value apart, 0 is none: who gives numbers never gives one twice, and a changed value has none.
	Number uint64
	// Stale is set for a value that is to be made anew, Claimed once somebody was told to do so, Fetched once somebody has asked for the value.
	Stale, Claimed, Fetched bool
}

const (
	noteFlagBytes = 0x07
	noteNumber    = 0x08
	noteStale     = 0x10
	noteClaimed   = 0x20
	noteFetched   = 0x40
)

// numberBytes is what a number takes.
const numberBytes = 8

// shape is the last byte of a note as it lies; 0 if there is nothing to tell.
func (n *Note) shape() byte {
	shape := byte(bits.Len32(n.Flags)+7) / 8
	if n.Number != 0 {
		shape |= noteNumber
	}
	if n.Stale {
		shape |= noteStale
	}
	if n.Claimed {
		shape |= noteClaimed
	}
	if n.Fetched {
		shape |= noteFetched
	}
	return shape
}

// shapeSize is what a note of that shape takes.
func shapeSize(shape byte) int {
	size := 1 + int(shape&noteFlagBytes)
	if shape&noteNumber != 0 {
		size += numberBytes
	}
	return size
}

// size is what a note takes; 0 for none, or one that tells nothing.
func (n *Note) size() int {
	if n == nil {
		return 0
	}
	if shape := n.shape(); shape != 0 {
		return shapeSize(shape)
	}
	return 0
}

// write writes the note to where it is to lie, of the size that size has told.
func (n *Note) write(to []byte) {
	shape := n.shape()
	flags := int(shape & noteFlagBytes)
	for i := range flags {
		to[i] = byte(n.Flags >> (8 * i))
	}
	if n.Number != 0 {
		binary.LittleEndian.PutUint64(to[flags:], n.Number)
	}
	to[len(to)-1] = shape
}

// readNote is the contrary of write.
func readNote(from []byte) (n Note) {
	shape := from[len(from)-1]
	flags := int(shape & noteFlagBytes)
	for i := range flags {
		n.Flags |= uint32(from[i]) << (8 * i)
	}
	if shape&noteNumber != 0 {
		n.Number = binary.LittleEndian.Uint64(from[flags:])
	}
	n.Stale, n.Claimed, n.Fetched = shape&noteStale != 0, shape&noteClaimed != 0, shape&noteFetched != 0
	return n
}

// Noted tells whether the key has a note.
func (e *Entry) Noted() bool { return e.noted != 0 }

// Note is what the key carries beside its value.
func (e *Entry) Note() Note {
	if e.noted == 0 {
		return Note{}
	}
	_, trailer := deadlineBits(e.deadlineMs)
	end := len(e.payload) - trailer
	return readNote(e.payload[end-int(e.noted) : end])
}

// Noting returns an editor that gives the strings which it writes that note, or none with nil. It is read when they are written.
func (ed Editor) Noting(n *Note) Editor {
	ed.note = n
	return ed
}

// SetNoteAt gives a string that is there another note, and changes nothing else. found is as for SetStringAt.
func (ed Editor) SetNoteAt(found *Entry, key []byte, n *Note) {
	ed.lookAgain(found, key)
	if found.Kind() == KindString {
		ed.Noting(n).put(found, key, found.label(), len(found.body()), found.tree, found.deadlineMs)
	}
}

// changed is what remains of a key's note when a part of its value changes.
func (e *Entry) changed() Note { return Note{Flags: e.Note().Flags} }

// noteForm is the first byte of a note as AppendNote writes it.
const noteForm = 1

var errNote = errors.New("a note is broken")

// AppendNote appends what of a note outlives the process, for files: no number, since numbers are never given twice.
//
//	| 1, u8: the form | 1 stale, 2 claimed, u8 | flags, uvarint |
func AppendNote(dst []byte, n *Note) []byte {
	state := byte(0)
	if n.Stale {
		state |= 1
	}
	if n.Claimed {
		state |= 2
	}
	return binary.AppendUvarint(append(dst, noteForm, state), uint64(n.Flags))
}

// ParseNote reads what AppendNote has written, and returns what follows it.
func ParseNote(from []byte) (n Note, rest []byte, err error) {
	if len(from) < 3 || from[0] != noteForm || from[1] > 3 {
		return Note{}, nil, errNote
	}
	flags, size := binary.Uvarint(from[2:])
	if size <= 0 || flags > 1<<32-1 {
		return Note{}, nil, errNote
	}
	return Note{Flags: uint32(flags), Stale: from[1]&1 != 0, Claimed: from[1]&2 != 0}, from[2+size:], nil
}

// Lasting tells whether a note has something that AppendNote writes.
func (n *Note) Lasting() bool { return n.Flags != 0 || n.Stale || n.Claimed }
