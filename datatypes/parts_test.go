package datatypes

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// What several goroutines put into the parts of a database is there, counted and due as what an Editor puts.
func TestParts(t *testing.T) {
	s := NewStore(2)
	s.SetLimits(Limits{HashListpack: 512, HashListpackValue: 64})
	s.NoteTime(1_000_000)
	for n := range 1000 {
		s.Edit(1).SetString(fmt.Appendf(nil, "k:%d", n), []byte("was"), int64(n%2)*2_000_000)
	}
	p := s.Divide(1)
	p.Expect(30_000)
	const fillers = 3
	var all []*Filler
	var done sync.WaitGroup
	for i := range fillers {
		f := p.Filler()
		all = append(all, f)
		done.Go(func() {
			for n := range 20_000 {
				key := fmt.Appendf(nil, "k:%d", n)
				if part := p.Of(key); part%fillers == i {
					f.Fill(part, func(ed Editor) { putNumbered(ed, f.Building(), key, n) })
				}
			}
		})
	}
	done.Wait()
	p.Join(all)
	db := s.DB(1)
	db.check(t)
	require.Equal(t, 20_000, db.Len())
	require.Equal(t, 2000, db.FieldDeadlines())
	require.Equal(t, 2000, db.Deadlines())
	seen := map[string]bool{}
	for more := true; more; {
		var keys [][]byte
		keys, more = db.AppendExpired(nil, 3_000_000, 100)
		for _, key := range keys {
			seen[string(key)] = true
		}
	}
	require.Len(t, seen, 2000)
	for n := range 20_000 {
		require.True(t, s.Edit(1).Delete(fmt.Appendf(nil, "k:%d", n)))
	}
	db.check(t)
	require.Zero(t, db.trees.bytes)

	view := s.View()
	require.Nil(t, s.Divide(0), "the view sees the pages")
	view.Close()
	require.NotNil(t, s.Divide(0))
}

// putNumbered puts a value of one of several kinds.
func putNumbered(ed Editor, edit *packed.Edit, key []byte, n int) {
	var e Entry
	ed.Find(&e, key, 0)
	switch n % 10 {
	case 0:
		var l hash.Fill
		for i := range 1 + n%300 {
			value := packed.IntItem(int64(i))
			deadlineMs := NoDeadline
			if i == 0 {
				deadlineMs = 2_500_000
			}
			l.Add(edit, &value, &value, deadlineMs)
		}
		f := l.Done(edit)
		ed.PutHash(&e, key, &f, 3, NoDeadline)
	case 1:
		ed.AdoptStringAt(&e, key, make([]byte, LongString*(n%1000/991)+n%100), 2_000_000)
	default:
		ed.SetStringAt(&e, key, key, NoDeadline)
	}
}
