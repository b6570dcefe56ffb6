package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
)

// recordLines are the commands that WriteRecords makes of a store.
func recordLines(t *testing.T, store *datatypes.Store, stampS int64, libraries ...[]byte) (lines []string, stamp int64) {
	view := store.View()
	defer view.Close()
	var out bytes.Buffer
	require.NoError(t, WriteRecords(&out, view, store.Databases(), RecordOptions{StampS: stampS, Libraries: libraries}))
	r := aof.NewReader(&out, 0)
	for {
		record, err := r.Next()
		if err == io.EOF {
			return lines, r.Stamp()
		}
		require.NoError(t, err)
		lines = append(lines, string(bytes.Join(record.Words, []byte(" "))))
	}
}

func TestRecords(t *testing.T) {
	s := newStore()
	one, last := s.Edit(0), s.Edit(s.Databases()-1)
	one.SetString([]byte("string"), []byte("value"), 1234567890123)
	last.SetString([]byte("n"), []byte("-12"), 0)
	last.ChangeSortedSet(new(datatypes.Entry), []byte("z"), 1, func(f *zset.Form, ed *zset.Edit) {
		f.Add(ed, []byte("low"), math.Inf(-1))
		f.Add(ed, []byte("7"), 0.1)
		f.Add(ed, []byte("high"), math.Inf(1))
	})
	last.ChangeHash(new(datatypes.Entry), []byte("h"), 1, func(f *hash.Form, ed *hash.Edit) {
		f.Set(ed, []byte("f"), []byte("1"))
		f.Set(ed, []byte("g"), nil)
		f.SetDeadline(ed, []byte("g"), 99)
	})
	lines, stamp := recordLines(t, s, 1700000000, []byte("#!lua name=a"), []byte("#!lua name=b"))
	require.Equal(t, int64(1700000000), stamp)
	require.Equal(t, []string{"FUNCTION LOAD #!lua name=a", "FUNCTION LOAD #!lua name=b"}, lines[:2])
	require.Equal(t, []string{"SELECT 0", "SET string value", "PEXPIREAT string 1234567890123", fmt.Sprint("SELECT ", s.Databases()-1)}, lines[2:6])
	require.ElementsMatch(t, []string{"SET n -12", "ZADD z -inf low 0.1 7 inf high", "HMSET h f 1 g ", "HPEXPIREAT h 99 FIELDS 1 g"}, lines[6:])
}

// Collections come in commands of at most 64 elements, and all of them come.
func TestRecordsInPieces(t *testing.T) {
	for _, count := range []int{1, 63, 64, 65, 128, 1000} {
		s := newStore()
		s.Edit(0).ChangeList(new(datatypes.Entry), []byte("l"), func(f *list.Form, ed *list.Edit) {
			for i := range count {
				f.PushBack(ed, fmt.Append(nil, i))
			}
		})
		s.Edit(0).ChangeSet(new(datatypes.Entry), []byte("s"), func(f *set.Form, ed *set.Edit) {
			for i := range count {
				f.Add(ed, fmt.Append(nil, "m", i))
			}
		})
		lines, _ := recordLines(t, s, 0)
		var elements, members []string
		for _, line := range lines[1:] {
			words := strings.Fields(line)
			require.LessOrEqual(t, len(words), 2+64)
			if words[0] == "RPUSH" {
				elements = append(elements, words[2:]...)
			} else {
				members = append(members, words[2:]...)
			}
		}
		require.Len(t, elements, count)
		require.Len(t, members, count)
		for i, element := range elements {
			require.Equal(t, fmt.Sprint(i), element)
		}
		require.Len(t, lines, 1+2*((count+63)/64))
	}
}

// failingWriter takes so many bytes.
type failingWriter struct{ left int }

var errFull = errors.New("full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestRecordsBrokenOff(t *testing.T) {
	s := newStore()
	for i := range 1000 {
		s.Edit(0).SetString(fmt.Append(nil, "key ", i), bytes.Repeat([]byte("v"), 1000), 0)
	}
	view := s.View()
	defer view.Close()
	for _, left := range []int{0, 100_000, 900_000} {
		require.ErrorIs(t, WriteRecords(&failingWriter{left}, view, s.Databases(), RecordOptions{}), errFull)
	}
	enough, told := errors.New("enough"), 0
	require.ErrorIs(t, WriteRecords(io.Discard, view, s.Databases(), RecordOptions{Progress: func(keys int) error {
		if told += keys; told > 500 {
			return enough
		}
		return nil
	}}), enough)
	require.Less(t, told, 700)
	told = 0
	require.NoError(t, WriteRecords(io.Discard, view, s.Databases(), RecordOptions{Progress: func(keys int) error { told += keys; return nil }}))
	require.Equal(t, 1000, told)
}
