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

// Walks over parts yield, together, what Range yields, in the order of Scan.
func TestWalk(t *testing.T) {
	s := NewStore(1)
	for n := range 3000 {
		s.Edit(0).SetIntAt(&Entry{}, []byte{byte(n), byte(n >> 8)}, int64(n), NoDeadline)
	}
	view := s.View()
	defer view.Close()
	var inOrder []string
	for from, next := uint64(0), uint64(1); next != 0; from = next {
		next = view.DB(0).Scan(from, 7, func(key []byte, _ Entry) { inOrder = append(inOrder, string(key)) })
	}
	for _, parts := range []uint64{1, 2, 3, 64, 1000} {
		var walked []string
		for part := range parts {
			view.Walk(0, Positions*part/parts, Positions*(part+1)/parts, func(key []byte, e Entry) bool {
				n, _ := e.Int()
				require.Equal(t, []byte{byte(n), byte(n >> 8)}, key)
				walked = append(walked, string(key))
				return true
			})
		}
		require.Equal(t, inOrder, walked)
	}
	count := 0
	view.Walk(0, 0, Positions, func([]byte, Entry) bool {
		count++
		return count < 5
	})
	require.Equal(t, 5, count)
}
