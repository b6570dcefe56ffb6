package snapshot

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// What memcached's clients keep beside a string (datatypes.Note) stands in a fact right before its key, since no version has a place for it.
// Whoever doesn't know the fact skips it, and loads the string without.
//
//	cinnabar-note   CRC-32 of the key, u32 | the note, as datatypes.AppendNote writes it
//
// About 23 bytes a key that has one. If another key comes than the one it is about, it is left out.
const keyNote = "cinnabar-note"

var errNote = errors.New("the fact " + keyNote + " before the key is broken")

// NoteCommand is the word before a note in a log, in place of a command that Redis would not know: an ECHO of it, the note and the key, which
// does nothing there.
const NoteCommand = keyNote

// maxNote is more than a note takes in bytes.
const maxNote = 16

// writeNote writes the fact before a string that has a note.
func writeNote(out *rdb.Encoder, key []byte, n *datatypes.Note) {
	var room [4 + maxNote]byte
	out.Aux(keyNote, datatypes.AppendNote(binary.LittleEndian.AppendUint32(room[:0], crc32.ChecksumIEEE(key)), n))
}

// note is a note that was told of the key that comes next, if its checksum is this.
type note struct {
	datatypes.Note
	check uint32
	told  bool
}

// read takes in a fact.
func (n *note) read(fact []byte) (err error) {
	if len(fact) < 4 {
		return errNote
	}
	n.check, n.told = binary.LittleEndian.Uint32(fact), true
	var rest []byte
	if n.Note, rest, err = datatypes.ParseNote(fact[4:]); err != nil || len(rest) > 0 {
		return errNote
	}
	return nil
}

// of is the note of a key, the zero value if none was told.
func (n *note) of(key []byte) datatypes.Note {
	if !n.told || n.check != crc32.ChecksumIEEE(key) {
		return datatypes.Note{}
	}
	return n.Note
}

// AppendNoteWord appends the word of the ECHO that tells a note in a log.
func AppendNoteWord(dst, key []byte, n *datatypes.Note) []byte {
	return append(datatypes.AppendNote(append(dst, NoteCommand...), n), key...)
}

// ParseNoteWord reads such a word; ok is false for any other. The key lies in the word.
func ParseNoteWord(word []byte) (key []byte, n datatypes.Note, ok bool) {
	if len(word) < len(NoteCommand) || string(word[:len(NoteCommand)]) != NoteCommand {
		return nil, n, false
	}
	n, key, err := datatypes.ParseNote(word[len(NoteCommand):])
	return key, n, err == nil
}
