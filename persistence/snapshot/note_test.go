package snapshot

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

func notesOf(s *datatypes.Store, database int) map[string]datatypes.Note {
	notes := map[string]datatypes.Note{}
	s.DB(database).Range(func(key []byte, e datatypes.Entry) bool {
		if e.Noted() {
			notes[string(key)] = e.Note()
		}
		return true
	})
	return notes
}

func TestNotesAreKept(t *testing.T) {
	s := newStore()
	want := map[string]datatypes.Note{}
	for n := range 3 * divideKeys {
		key, value := fmt.Sprint("key:", n), "value"
		ed := s.Edit(1)
		if n%3 == 0 {
			note := datatypes.Note{Flags: uint32(n), Stale: n%2 == 0, Claimed: n%5 == 0, Number: 7, Fetched: true}
			ed = ed.Noting(&note)
			if note.Lasting() {
				want[key] = datatypes.Note{Flags: note.Flags, Stale: note.Stale, Claimed: note.Claimed}
			}
		}
		if n == 9 {
			value = strings.Repeat("long", rawMost/3) // built as it is read
		}
		ed.SetString([]byte(key), []byte(value), int64(n%2)*1<<40)
	}
	for _, workers := range []int{1, 3} {
		p, w := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}, Workers: workers})
		require.Zero(t, w.Beside)
		got := loaded(t, p, LoadOptions{Workers: workers})
		require.Equal(t, want, notesOf(got, 1))
		require.Equal(t, state(t, s), state(t, got))
	}
}

func TestNotesOfKeysThatWereTakenOut(t *testing.T) {
	var p bytes.Buffer
	out, err := rdb.NewOutput(&p, rdb.Options{Version: 10})
	require.NoError(t, err)
	require.NoError(t, out.Select(0))
	e := out.NewEncoder()
	writeNote(e, []byte("gone"), &datatypes.Note{Flags: 3})
	entry := rdb.NewEntry([]byte("other"))
	require.NoError(t, e.String(&entry, rdb.IntElement(5)))
	writeNote(e, []byte("there"), &datatypes.Note{Flags: 4})
	entry = rdb.NewEntry([]byte("there"))
	require.NoError(t, e.String(&entry, rdb.IntElement(5)))
	require.NoError(t, e.Flush())
	require.NoError(t, out.End())
	got := loaded(t, p.Bytes(), LoadOptions{})
	require.Equal(t, map[string]datatypes.Note{"there": {Flags: 4}}, notesOf(got, 0))
}

func TestBrokenNotes(t *testing.T) {
	var n note
	for _, fact := range []string{"", "abc", "abcd", "abcd\x01\x00", "abcd\x01\x00\x05x", "abcd\x09\x00\x05"} {
		require.ErrorIs(t, n.read([]byte(fact)), errNote, "%q", fact)
	}
}

func TestNoteInARecord(t *testing.T) {
	s := newStore()
	s.Edit(0).Noting(&datatypes.Note{Flags: 300, Stale: true}).SetString([]byte("a key"), []byte("v"), 99)
	lines, _ := recordLines(t, s, 0)
	require.Equal(t, []string{"SELECT 0", "SET a key v", "ECHO cinnabar-note\x01\x01\xac\x02a key", "PEXPIREAT a key 99"}, lines)
	key, note, ok := ParseNoteWord([]byte(lines[2][len("ECHO "):]))
	require.True(t, ok)
	require.Equal(t, "a key", string(key))
	require.Equal(t, datatypes.Note{Flags: 300, Stale: true}, note)
	for _, word := range []string{"", "hello", "cinnabar-note", "cinnabar-note\x02\x00\x00k"} {
		_, _, ok := ParseNoteWord([]byte(word))
		require.False(t, ok)
	}
}
