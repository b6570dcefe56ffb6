package datatypes

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStoreModel runs random edits against plain maps, with views opened and closed at random: each view must keep showing what the
// model held when it was opened.
func TestStoreModel(t *testing.T) {
	type value struct {
		text       string
		deadlineMs int64
	}
	type opened struct {
		view *View
		want map[string]value
	}
	rnd := rand.New(rand.NewSource(1))
	store, model, views := NewStore(2), map[string]value{}, []opened{}
	ed := store.Edit(1)
	same := func(r Reader, want map[string]value) {
		got, deadlines := map[string]value{}, 0
		r.Range(func(key []byte, e Entry) bool {
			got[string(key)] = value{string(e.Bytes()), e.DeadlineMs()}
			if e.DeadlineMs() != NoDeadline {
				deadlines++
			}
			return true
		})
		require.Equal(t, want, got)
		require.Equal(t, len(want), r.Len())
		require.Equal(t, deadlines, r.Deadlines())
	}
	for range 20_000 {
		key := fmt.Sprint("k", rnd.Intn(40))
		switch op := rnd.Intn(100); {
		case op < 60:
			v := value{fmt.Sprint(rnd.Int63n(1 << uint(rnd.Intn(60)))), int64(rnd.Intn(3)) * 1000}
			found, ok := ed.Find([]byte(key), 0)
			switch {
			case ok && op < 25:
				ed.SetStringAt(found, []byte(key), []byte(v.text), v.deadlineMs)
			case op < 50:
				ed.SetString([]byte(key), []byte(v.text), v.deadlineMs)
			default:
				ed.AdoptString([]byte(key), []byte(v.text), v.deadlineMs)
			}
			model[key] = v
		case op < 80:
			_, was := model[key]
			require.Equal(t, was, ed.Delete([]byte(key)))
			delete(model, key)
		case op < 90:
			ed.SetDeadline([]byte(key), 3000)
			if v, ok := model[key]; ok {
				model[key] = value{v.text, 3000}
			}
		case op < 92 && len(views) < 4:
			want := map[string]value{}
			for k, v := range model {
				want[k] = v
			}
			views = append(views, opened{store.View(), want})
		case op < 96 && len(views) > 0:
			i := rnd.Intn(len(views))
			same(views[i].view.DB(1), views[i].want)
			views[i].view.Close()
			views = append(views[:i], views[i+1:]...)
		case op == 99 && rnd.Intn(20) == 0:
			ed.Clear()
			clear(model)
		}
		want, ok := model[key]
		nowMs := int64(rnd.Intn(4)) * 1000
		e, found := store.DB(1).Find([]byte(key), nowMs)
		alive := ok && (want.deadlineMs == NoDeadline || want.deadlineMs > nowMs)
		require.Equal(t, alive, found)
		require.Equal(t, ok && !alive, store.DB(1).Expired([]byte(key), nowMs))
		if found {
			require.Equal(t, want.text, string(e.Bytes()))
		}
	}
	same(store.DB(1), model)
	require.Zero(t, store.DB(0).Len())
}

// TestUsedBytes holds the total to what the entries add up to, after any order of operations.
func TestUsedBytes(t *testing.T) {
	store := NewStore(1)
	ed := store.Edit(0)
	ed.SetString([]byte("a"), []byte("12345"), 0)
	ed.SetString([]byte("a"), []byte("123"), 5)
	ed.SetString([]byte("b"), []byte("1"), 0)
	require.EqualValues(t, 2*overheadBytes+2+4, store.UsedBytes())
	view := store.View()
	ed.SetString([]byte("a"), []byte("123456"), 0)
	view.Close()
	ed.Delete([]byte("b"))
	require.EqualValues(t, overheadBytes+7, store.UsedBytes())
	ed.Clear()
	require.Zero(t, store.UsedBytes())
}

// TestAppendExpired finds keys whose time has come and no others.
func TestAppendExpired(t *testing.T) {
	store := NewStore(1)
	ed := store.Edit(0)
	for i := range 50 {
		ed.SetString(fmt.Appendf(nil, "k%d", i), nil, int64(1000+i%2*1000))
	}
	require.Empty(t, store.DB(0).AppendExpired(nil, 999, 100))
	require.Len(t, store.DB(0).AppendExpired(nil, 1000, 100), 25)
	require.Len(t, store.DB(0).AppendExpired(nil, 2000, 10), 10)
}

// TestSetOverAllocatesNothing holds the hot path to its promise.
func TestSetOverAllocatesNothing(t *testing.T) {
	ed := NewStore(1).Edit(0)
	key, value := []byte("key"), []byte("value")
	ed.SetString(key, value, 0)
	require.Zero(t, testing.AllocsPerRun(100, func() { ed.SetString(key, value, 0) }))
}
