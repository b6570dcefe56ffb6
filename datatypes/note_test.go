package datatypes

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// noteOf looks a key up.
func noteOf(db *DB, key string) Note {
	var e Entry
	db.Find(&e, []byte(key), 0)
	return e.Note()
}

func setNoted(ed Editor, key, value string, deadlineMs int64, n Note) {
	ed.Noting(&n).SetString([]byte(key), []byte(value), deadlineMs)
}

func TestNoteLastsAsLongAsItsValue(t *testing.T) {
	s := NewStore(2)
	ed, db := s.Edit(0), s.DB(0)
	full := Note{Flags: 0x01020304, Number: 1 << 60, Stale: true, Claimed: true, Fetched: true}
	flags := Note{Flags: 0x01020304}
	long := strings.Repeat("x", LongString)
	for _, value := range []string{"12", "text", strings.Repeat("y", 300), long} {
		set := func(deadlineMs int64) { setNoted(ed, "k", value, deadlineMs, full) }
		is := func(want Note, what string) {
			require.Equal(t, want, noteOf(db, "k"), "%s of %.10s", what, value)
			var e Entry
			db.Find(&e, []byte("k"), 0)
			require.Equal(t, want != Note{}, e.Noted())
		}
		set(NoDeadline)
		is(full, "set")
		ed.SetDeadline([]byte("k"), 1<<40)
		is(full, "another deadline")
		ed.SetDeadline([]byte("k"), NoDeadline)
		is(full, "no deadline")
		var e Entry
		db.Find(&e, []byte("k"), 0)
		ed.AppendString(&e, []byte("k"), []byte("z"))
		is(flags, "append")
		db.Find(&e, []byte("k"), 0)
		require.Equal(t, value+"z", string(e.AppendString(nil)))
		set(1 << 50)
		ed.Copy([]byte("k"), s.Edit(1), []byte("c"))
		is(full, "copied")
		require.Equal(t, flags, noteOf(s.DB(1), "c"))
		ed.Move([]byte("k"), ed, []byte("m"))
		require.Equal(t, flags, noteOf(db, "m"))
		set(NoDeadline)
		ed.ChangeIntAt(&Entry{}, []byte("k"), 13, NoDeadline)
		is(flags, "another integer")
		set(NoDeadline)
		ed.SetNoteAt(&Entry{}, []byte("k"), &Note{Fetched: true})
		is(Note{Fetched: true}, "another note")
		set(NoDeadline)
		ed.SetString([]byte("k"), []byte(value), NoDeadline)
		is(Note{}, "written over")
		require.True(t, ed.Delete([]byte("k")) && ed.Delete([]byte("m")))
	}
	s.Edit(1).Clear()
	require.Zero(t, db.content)
	require.Zero(t, db.trees.bytes)
}

// A long string's note changes where the string is changed in place.
func TestNoteOfALongStringOfTheSameSize(t *testing.T) {
	s := NewStore(1)
	ed := s.Edit(0)
	setNoted(ed, "k", strings.Repeat("x", LongString), NoDeadline, Note{Flags: 7, Stale: true})
	var e Entry
	ed.Find(&e, []byte("k"), 0)
	ed.WriteString(&e, []byte("k"), 3, []byte("abc"))
	require.Equal(t, Note{Flags: 7}, noteOf(s.DB(0), "k"))
}

func TestNotesAmongOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := NewStore(1)
	ed, db := s.Edit(0), s.DB(0)
	type state struct {
		value      []byte
		note       Note
		deadlineMs int64
	}
	model := map[string]state{}
	for range 20000 {
		key := fmt.Sprint("key:", random.IntN(300))
		want := state{value: bytes.Repeat([]byte{'v'}, 1+random.IntN(120))}
		if random.IntN(2) == 0 {
			want.note = Note{Flags: random.Uint32() >> random.IntN(32), Stale: random.IntN(9) == 0, Fetched: random.IntN(9) == 0}
		}
		if random.IntN(3) == 0 {
			want.note.Number = random.Uint64()
		}
		if random.IntN(2) == 0 {
			want.deadlineMs = 1 + random.Int64N(1<<50)
		}
		switch had, is := model[key]; {
		case is && random.IntN(4) == 0:
			require.True(t, ed.Delete([]byte(key)))
			delete(model, key)
			continue
		case is && random.IntN(3) == 0:
			ed.SetDeadline([]byte(key), want.deadlineMs)
			had.deadlineMs = want.deadlineMs
			want = had
		default:
			setNoted(ed, key, string(want.value), want.deadlineMs, want.note)
		}
		model[key] = want
		view := s.View()
		if random.IntN(20) == 0 {
			for key, want := range model {
				var e Entry
				view.DB(0).Find(&e, []byte(key), 0)
				require.Equal(t, want, state{e.AppendString(nil), e.Note(), e.DeadlineMs()})
			}
		}
		view.Close()
	}
	var content int64
	for key, want := range model {
		content += int64(len(key) + len(want.value))
	}
	require.Equal(t, content, db.content)
	require.Equal(t, len(model), db.Len())
}

func TestNoteAsBytes(t *testing.T) {
	for _, n := range []Note{{Flags: 1}, {Flags: 1<<32 - 1, Stale: true}, {Claimed: true, Stale: true}} {
		got, rest, err := ParseNote(append(AppendNote(nil, &n), "rest"...))
		require.NoError(t, err)
		require.Equal(t, n, got)
		require.Equal(t, "rest", string(rest))
	}
	for _, broken := range []string{"", "\x01", "\x01\x00", "\x02\x00\x00", "\x01\x04\x00", "\x01\x00\xff\xff\xff\xff\x7f", "\x01\x00\xff"} {
		_, _, err := ParseNote([]byte(broken))
		require.Error(t, err, "%q", broken)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		n := Note{Flags: 5, Number: 7}
		_ = n.size()
	}))
}

func TestNoteAllocatesNothing(t *testing.T) {
	s := NewStore(1)
	key, value := []byte("key"), []byte("some value")
	n := Note{Flags: 5, Number: 7}
	set := func() {
		var e Entry
		ed := s.Edit(0)
		ed.Find(&e, key, 0)
		n.Number++
		ed.Noting(&n).SetStringAt(&e, key, value, 1<<40)
		ed.SetDeadlineAt(&e, key, 1<<41)
		ed.ChangeIntAt(&e, key, 12, 1<<41)
	}
	set()
	require.Zero(t, testing.AllocsPerRun(100, set))
}
