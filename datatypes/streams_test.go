package datatypes

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func streamBytes(e *Entry) (raw []byte) {
	e.StreamRange(func(piece []byte) bool {
		raw = append(raw, piece...)
		return true
	})
	return raw
}

// Streams are the bytes they were put as, short or long, copied, moved, written over and seen by views.
func TestStreams(t *testing.T) {
	for _, size := range []int{0, 1, 100, 300, LongString - 2, LongString - 1, LongString, 300_000} {
		s := NewStore(2)
		ed, raw := s.Edit(0), bytes.Repeat([]byte("stream "), size/7+1)[:size]
		ed.PutStream(&Entry{}, []byte("a"), 21, raw, 5)
		ed.Copy([]byte("a"), ed, []byte("b"))
		ed.Move([]byte("b"), s.Edit(1), []byte("c"))
		view := s.View()
		for _, look := range []struct {
			db  Reader
			key string
		}{{s.DB(0), "a"}, {s.DB(1), "c"}, {view.DB(1), "c"}} {
			var e Entry
			require.True(t, look.db.Find(&e, []byte(look.key), 0))
			require.Equal(t, KindStream, e.Kind())
			require.Equal(t, "stream", e.Kind().String())
			require.Equal(t, "stream", e.Encoding())
			require.Equal(t, int64(5), e.DeadlineMs())
			require.Equal(t, byte(21), e.StreamForm())
			require.Equal(t, size, e.StreamLen())
			require.True(t, bytes.Equal(raw, streamBytes(&e)))
			require.Zero(t, e.Elements())
		}
		ed.PutStream(&Entry{}, []byte("a"), 19, nil, NoDeadline)
		s.Edit(1).SetString([]byte("c"), []byte("a string"), NoDeadline)
		view.Close()
		for i := range 2 {
			s.DB(i).check(t)
		}
	}
}
