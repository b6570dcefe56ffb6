package server

import (
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// deriveServer is a server where everything that can be is built on a view, and waits there until free is called.
func deriveServer(t *testing.T) (s *testServer, free func()) {
	s = startServer(t, nil, "--enable-debug-command", "yes", "--io-threads", "4")
	do(t, s.dial(t), "DEBUG", "IN-PLACE", "-1")
	s.workers <- struct{}{}
	s.workers <- struct{}{}
	freed := false
	free = func() {
		if !freed {
			<-s.workers
			<-s.workers
		}
		freed = true
	}
	t.Cleanup(free)
	return s, free
}

func viewsOpen(t *testing.T, c *wire.Conn, want string) {
	require.Eventually(t, func() bool { return strings.Contains(do(t, c, "INFO", "memory"), "store_views:"+want+"\r\n") }, 10*time.Second, time.Millisecond)
}

// What is stored is made of what the sources hold then, not of what they held when the command came.
func TestDerivedFromWhatIsThere(t *testing.T) {
	for name, change := range map[string][]string{
		"a member more": {"SADD", "a", "new"}, "a source gone": {"DEL", "b"}, "another type": {"SET", "b", "x"}, "a new source": {"SADD", "none", "new"},
		"nothing": {"PING"}, "a deadline": {"EXPIRE", "a", "1000"}, "flushed": {"FLUSHALL"}, "another key": {"SADD", "z", "new"},
	} {
		t.Run(name, func(t *testing.T) {
			s, free := deriveServer(t)
			c, other := s.dial(t), s.dial(t)
			do(t, c, "SADD", "a", "1", "2", "3")
			do(t, c, "SADD", "b", "3", "4")
			require.NoError(t, c.Send(wire.Frame("SUNIONSTORE", "d", "a", "b", "none")))
			viewsOpen(t, other, "1")
			do(t, other, change...)
			want := do(t, other, "MULTI") + do(t, other, "SUNIONSTORE", "e", "a", "b", "none") + do(t, other, "EXEC")
			free()
			reply := receive(t, c)
			require.True(t, strings.HasSuffix(want, "*1\r\n"+reply), "%q and %q", want, reply)
			require.Equal(t, ":0\r\n", do(t, other, "SDIFFSTORE", "difference", "e", "d"))
			viewsOpen(t, other, "0")
		})
	}
}

// Who changes the sources again and again can't keep a command from its end.
func TestDerivedInTheSectionAtLast(t *testing.T) {
	building, changed := make(chan struct{}), make(chan struct{})
	var build atomic.Int32
	rows := append(testRows(), commands.Row{Name: "derive", Arity: 1, Flags: commands.FlagWrite, ACL: commands.ACLKeyspace, Group: "generic",
		Since: "1.0.0", Summary: "Derives.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			var found string
			c.Client.Derive(c, commands.Derivation{
				Sources: func(*commands.Call) [][]byte { return [][]byte{[]byte("k")} },
				Build: func(c *commands.Call, db datatypes.Reader) {
					var e datatypes.Entry
					db.Find(&e, []byte("k"), c.NowMs)
					found = string(e.AppendString(nil))
					if build.Add(1) <= builds {
						building <- struct{}{}
						<-changed
					}
				},
				Store: func(c *commands.Call) { c.Reply.BulkString(found) },
			})
		}})
	s := startServerWith(t, rows, nil)
	c, other := s.dial(t), s.dial(t)
	do(t, other, "SET", "k", "0")
	require.NoError(t, c.Send(wire.Frame("DERIVE")))
	for range builds {
		<-building
		do(t, other, "APPEND", "k", "+")
		changed <- struct{}{}
	}
	require.Equal(t, "$4\r\n0+++\r\n", receive(t, c))
	require.EqualValues(t, builds+1, build.Load())
	viewsOpen(t, other, "0")
}

// Nothing is stored while writing clients are paused.
func TestDerivedAfterAPause(t *testing.T) {
	s, free := deriveServer(t)
	c, other := s.dial(t), s.dial(t)
	do(t, c, "SADD", "a", "1", "2", "3")
	require.NoError(t, c.Send(wire.Frame("SUNIONSTORE", "d", "a")))
	viewsOpen(t, other, "1")
	do(t, other, "CLIENT", "PAUSE", "100000", "WRITE")
	free()
	require.Eventually(t, func() bool { return len(s.workers) == 0 }, 10*time.Second, time.Millisecond)
	require.Equal(t, ":0\r\n", do(t, other, "EXISTS", "d"))
	do(t, other, "CLIENT", "UNPAUSE")
	require.Equal(t, ":3\r\n", receive(t, c))
	require.Equal(t, ":1\r\n", do(t, other, "EXISTS", "d"))
}

// A client that has gone gets done what it asked for, and waiting clients are served by what is stored.
func TestDerivedForOneWhoHasGone(t *testing.T) {
	s, free := deriveServer(t)
	c, other, waiting := s.dial(t), s.dial(t), s.dial(t)
	do(t, c, "ZADD", "a", "1", "x", "2", "y")
	require.NoError(t, c.Send(wire.Frame("ZRANGESTORE", "d", "a", "0", "-1")))
	viewsOpen(t, other, "1")
	c.Close()
	require.Equal(t, "+OK\r\n", do(t, waiting, "WATCH", "d"))
	free()
	require.Eventually(t, func() bool { return do(t, other, "ZCARD", "d") == ":2\r\n" }, 10*time.Second, time.Millisecond)
	require.Equal(t, "+OK\r\n+QUEUED\r\n*-1\r\n", do(t, waiting, "MULTI")+do(t, waiting, "PING")+do(t, waiting, "EXEC"))
	viewsOpen(t, other, "0")
}

// Two databases with as many changes that change places: what is stored is made of the one that lies there then.
func TestDerivedAcrossSwap(t *testing.T) {
	s, free := deriveServer(t)
	c, other := s.dial(t), s.dial(t)
	for database, weights := range []string{"5 3", "3 5"} {
		first, second, _ := strings.Cut(weights, " ")
		do(t, other, "SELECT", strconv.Itoa(database))
		do(t, other, "RPUSH", "l", "1", "2")
		do(t, other, "SET", "w_1", first)
		do(t, other, "SET", "w_2", second)
	}
	require.NoError(t, c.Send(wire.Frame("SORT", "l", "BY", "w_*", "STORE", "d")))
	viewsOpen(t, other, "1")
	do(t, other, "SWAPDB", "0", "1")
	free()
	require.Equal(t, ":2\r\n", receive(t, c))
	require.Equal(t, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n", do(t, s.dial(t), "LRANGE", "d", "0", "-1"))
}

// Whoever repeats a SORT finds what it has found: expired keys and due fields that it has met have gone before it.
func TestDerivedTellsWhatHadExpired(t *testing.T) {
	for _, inPlace := range []string{"-1", "0"} {
		sink := &recorder{}
		s := startServer(t, func(s *Server) { s.sequence.sinks = append(s.sequence.sinks, sink) }, "--enable-debug-command", "yes")
		c := s.dial(t)
		do(t, c, "DEBUG", "IN-PLACE", inPlace)
		do(t, c, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
		do(t, c, "RPUSH", "l", "1", "2", "3")
		do(t, c, "MSET", "w_1", "3", "w_3", "1")
		do(t, c, "SET", "w_2", "2", "PXAT", "1")
		for _, field := range []string{"1", "2", "3"} {
			do(t, c, "HSET", "h_"+field, "f", field, "other", "x")
			do(t, c, "HPEXPIRE", "h_"+field, "1", "FIELDS", "1", "f")
		}
		require.Eventually(t, func() bool {
			return strings.Count(do(t, c, "HTTL", "h_1", "FIELDS", "1", "f")+do(t, c, "HTTL", "h_2", "FIELDS", "1", "f")+
				do(t, c, "HTTL", "h_3", "FIELDS", "1", "f"), ":-2") == 3
		}, 10*time.Second, time.Millisecond)
		require.Equal(t, ":3\r\n", do(t, c, "SORT", "l", "BY", "w_*", "GET", "h_*->f", "STORE", "d"))
		require.Equal(t, "*3\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n", do(t, c, "LRANGE", "d", "0", "-1"))
		s.gates.waitSection()
		lines := strings.Join(sink.lines, "\n")
		s.gates.leaveSection()
		require.Contains(t, lines, "0 MULTI\n0 DEL w_2\n0 HDEL h_2 f\n0 HDEL h_3 f\n0 HDEL h_1 f\n0 SORT l BY w_* GET h_*->f STORE d\n0 EXEC")
	}
}
