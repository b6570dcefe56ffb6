package tx

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// store is a keyspace in which only the state of keys matters.
type store []map[string]State

func (s store) look(database int, key []byte) State { return s[database][string(key)] }

func TestWatch(t *testing.T) {
	for _, c := range []struct {
		what   string
		state  State
		change func(s store, ws *Watches)
		dirty  bool
	}{
		{"nothing", Present, func(s store, ws *Watches) {}, false},
		{"a change", Present, func(s store, ws *Watches) { ws.Touch(0, []byte("k"), s.look) }, true},
		{"another key", Present, func(s store, ws *Watches) { ws.Touch(0, []byte("l"), s.look) }, false},
		{"another database", Present, func(s store, ws *Watches) { ws.Touch(1, []byte("k"), s.look) }, false},
		{"made", Absent, func(s store, ws *Watches) { s[0]["k"] = Present; ws.Touch(0, []byte("k"), s.look) }, true},
		{"an expired one deleted", Expired, func(s store, ws *Watches) { s[0]["k"] = Absent; ws.Touch(0, []byte("k"), s.look) }, false},
		{"an expired one deleted and made", Expired, func(s store, ws *Watches) {
			s[0]["k"] = Absent
			ws.Touch(0, []byte("k"), s.look)
			s[0]["k"] = Present
			ws.Touch(0, []byte("k"), s.look)
		}, true},
		{"flush", Present, func(s store, ws *Watches) { s[0]["k"] = Absent; ws.Flush(0) }, true},
		{"flush of an absent one", Absent, func(s store, ws *Watches) { ws.Flush(0) }, false},
		{"flush of an expired one", Expired, func(s store, ws *Watches) { s[0]["k"] = Absent; ws.Flush(0) }, false},
		{"flush of another database", Present, func(s store, ws *Watches) { ws.Flush(1) }, false},
		{"swap", Present, func(s store, ws *Watches) { s[0], s[1] = s[1], s[0]; ws.Swap(0, 1, s.look) }, true},
		{"swap of absent ones", Absent, func(s store, ws *Watches) { s[0], s[1] = s[1], s[0]; ws.Swap(0, 1, s.look) }, false},
		{"swap brings one", Absent, func(s store, ws *Watches) {
			s[1]["k"] = Present
			s[0], s[1] = s[1], s[0]
			ws.Swap(1, 0, s.look)
		}, true},
		{"swap brings an expired one", Absent, func(s store, ws *Watches) {
			s[1]["k"] = Expired
			s[0], s[1] = s[1], s[0]
			ws.Swap(0, 1, s.look)
		}, false},
		{"expires", Present, func(s store, ws *Watches) { s[0]["k"] = Expired }, true},
		{"stays expired", Expired, func(s store, ws *Watches) {}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, ws := store{{"k": c.state}, {}}, NewWatches(2)
			var w, idle Watcher
			ws.Watch(&w, 0, []byte("k"), c.state)
			ws.Watch(&w, 0, []byte("k"), Present)
			require.Equal(t, 1, w.Count(), "the second time changes nothing")
			ws.Watch(&idle, 0, []byte("other"), Absent)
			c.change(s, ws)
			require.Equal(t, c.dirty, w.Dirty() || ws.Stale(&w, s.look))
			require.False(t, idle.Dirty())
			ws.Reset(&w)
			require.False(t, w.Dirty())
			require.Zero(t, w.Count())
			ws.Touch(0, []byte("k"), s.look)
			require.False(t, w.Dirty(), "no longer watched")
			ws.Unwatch(&idle)
			require.False(t, ws.Any(), "no mark is left")
			for _, keys := range ws.databases {
				require.Empty(t, keys)
			}
		})
	}
}

// Many who watch the same keys cost who changes one a step each, and who leaves a step a key.
func TestManyWatchersOfManyKeys(t *testing.T) {
	const many = 250
	ws := NewWatches(1)
	watchers := make([]Watcher, many)
	for i := range watchers {
		for k := range many {
			ws.Watch(&watchers[i], 0, fmt.Append(nil, k), Absent)
		}
	}
	began := time.Now()
	for k := range many {
		ws.Touch(0, fmt.Append(nil, k), func(int, []byte) State { return Present })
	}
	for i := range watchers {
		require.True(t, watchers[i].Dirty())
		ws.Unwatch(&watchers[i])
	}
	require.False(t, ws.Any())
	require.Less(t, time.Since(began), 20*time.Second, "some marks")
}

// Many watchers of many keys against a plain table.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	s, ws := store{{}, {}, {}}, NewWatches(3)
	type place struct {
		database int
		key      string
	}
	watchers := make([]Watcher, 20)
	marks := make([]map[place]bool, len(watchers))
	dirty := make([]bool, len(watchers))
	for i := range marks {
		marks[i] = map[place]bool{}
	}
	for range 20_000 {
		i, p := random.IntN(len(watchers)), place{random.IntN(3), fmt.Sprint(random.IntN(6))}
		switch random.IntN(4) {
		case 0, 1:
			if !dirty[i] {
				ws.Watch(&watchers[i], p.database, []byte(p.key), Absent)
				marks[i][p] = true
			}
		case 2:
			s[p.database][p.key] = Present
			ws.Touch(p.database, []byte(p.key), s.look)
			for j := range marks {
				if marks[j][p] {
					dirty[j] = true
					marks[j][p] = false // it stays watched, though nobody need be told again
				}
			}
		case 3:
			ws.Reset(&watchers[i])
			dirty[i] = false
			clear(marks[i])
		}
		any := false // mark is of a key that hasn't changed
		for j := range watchers {
			require.Equal(t, dirty[j], watchers[j].Dirty())
			require.Equal(t, len(marks[j]), watchers[j].Count())
			for _, told := range marks[j] {
				any = any || told
			}
		}
		require.Equal(t, any, ws.Any())
	}
}

func TestQueueCopiesItsWords(t *testing.T) {
	var q Queue[string]
	q.Break()
	require.False(t, q.Broken(), "nothing has begun")
	q.Begin()
	words := [][]byte{[]byte("set"), []byte("k"), {}}
	q.Add("SET", words)
	words[1][0] = 'x'
	q.Add("GET", words[:1])
	require.True(t, q.Active())
	require.Equal(t, []Queued[string]{{"SET", [][]byte{[]byte("set"), []byte("k"), {}}}, {"GET", [][]byte{[]byte("set")}}}, q.Commands())
	require.Positive(t, q.Bytes())
	_ = append(q.Commands()[0].Words[0], "over"...)
	require.Equal(t, "k", string(q.Commands()[0].Words[1]), "a word has no room behind it")
	q.Break()
	require.True(t, q.Broken())
	q.Reset()
	require.False(t, q.Active() || q.Broken())
	require.Zero(t, q.Bytes())
}
