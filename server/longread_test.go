package server

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// A long read answers what was there when it came, in its connection's order, while writers go on; others aren't kept waiting.
func TestLongReads(t *testing.T) {
	for _, threads := range []string{"1", "4"} {
		t.Run("loops"+threads, func(t *testing.T) {
			s := startServer(t, nil, "--io-threads", threads, "--enable-debug-command", "yes")
			c, other := s.dial(t), s.dial(t)
			require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "IN-PLACE", "-1"))
			do(t, c, "DEBUG", "POPULATE", "3000")
			var frames [][]byte
			for i := range 20 {
				frames = append(frames, wire.Frame("KEYS", "*"), wire.Frame("DEL", fmt.Sprintf("key:%d", i)), wire.Frame("PING", fmt.Sprint(i)))
			}
			sendAll(t, c, frames...)
			for i := range 20 {
				reply, err := c.Receive()
				require.NoError(t, err)
				require.Len(t, reply.Items, 3000-i, "KEYS sees what came before it and nothing behind it")
				require.Equal(t, ":1\r\n", receive(t, c))
				require.Equal(t, fmt.Sprintf("$%d\r\n%d\r\n", len(fmt.Sprint(i)), i), receive(t, c))
			}
			require.Contains(t, do(t, other, "INFO", "commandstats"), "cmdstat_keys:calls=20,")
			require.Eventually(t, func() bool { return strings.Contains(do(t, other, "INFO", "memory"), "store_views:0\r\n") }, 10*time.Second, time.Millisecond)

			do(t, other, "MULTI")
			do(t, other, "KEYS", "key:2?")
			do(t, other, "DEL", "key:20")
			do(t, other, "KEYS", "key:2?")
			require.NoError(t, other.Send(wire.Frame("EXEC")))
			reply, err := other.Receive()
			require.NoError(t, err)
			require.Len(t, reply.Items, 3)
			require.Len(t, reply.Items[0].Items, 10)
			require.Len(t, reply.Items[2].Items, 9)
		})
	}
}

// slowRows are a long read that goes on until the test lets it end.
func slowRows(entered, leave chan struct{}) []commands.Row {
	return append(testRows(), commands.Row{Name: "slow", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace, Group: "generic",
		Since: "1.0.0", Summary: "Waits.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			c.OnView(func(c *commands.Call, db datatypes.Reader) {
				entered <- struct{}{}
				<-leave
				c.Reply.Int(int64(db.Len()))
			})
		}})
}

// While a long read goes on everybody else is served, its own connection waits, and a client that leaves meanwhile harms nobody.
func TestLongReadKeepsNobodyWaiting(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := startServerWith(t, slowRows(entered, leave), nil)
	c, other, leaver := s.dial(t), s.dial(t), s.dial(t)
	do(t, other, "SET", "a", "1")
	sendAll(t, c, wire.Frame("SLOW"), wire.Frame("SET", "b", "2"), wire.Frame("GET", "b"))
	<-entered
	sendAll(t, leaver, wire.Frame("SLOW"))
	<-entered
	require.NoError(t, leaver.Close())
	require.Equal(t, "+OK\r\n", do(t, other, "SET", "c", "3"))
	require.Equal(t, ":0\r\n", do(t, other, "EXISTS", "b"))
	leave <- struct{}{}
	leave <- struct{}{}
	require.Equal(t, ":1\r\n", receive(t, c), "what was there when it came")
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "$1\r\n2\r\n", receive(t, c))
}

// A panic in a long read costs its client the connection and nobody else anything.
func TestLongReadPanics(t *testing.T) {
	rows := append(testRows(), commands.Row{Name: "fail.view", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace,
		Group: "generic", Since: "1.0.0", Summary: "Fails.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			c.OnView(func(*commands.Call, datatypes.Reader) { panic("on a view") })
		}})
	s := startServerWith(t, rows, nil)
	c, other := s.dial(t), s.dial(t)
	sendAll(t, c, wire.Frame("FAIL.VIEW"))
	requireClosed(t, c)
	require.Equal(t, "+OK\r\n", do(t, other, "SET", "k", "v"))
	require.Contains(t, s.log.String(), "on a view")
	require.Contains(t, do(t, other, "INFO", "memory"), "store_views:0\r\n")
}

// Messages to a client stand before or behind the reply of a long read, never within it.
func TestNoMessageWithinALongReply(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes")
	c, other := s.dial(t), s.dial(t)
	do(t, other, "MSET", "small", "s", "large", strings.Repeat("x", 3<<20))
	do(t, c, "HELLO", "3")
	do(t, c, "SUBSCRIBE", "news")
	s.workers <- struct{}{} // all reads on views wait until their places are free again
	s.workers <- struct{}{}
	free := sync.OnceFunc(func() {
		<-s.workers
		<-s.workers
	})
	t.Cleanup(free)
	require.NoError(t, c.Send(wire.Frame("MGET", "small", "large", "small")))
	require.Eventually(t, func() bool { return strings.Contains(do(t, other, "INFO", "memory"), "store_views:1\r\n") }, 10*time.Second, time.Millisecond)
	require.Equal(t, ":1\r\n", do(t, other, "PUBLISH", "news", "m"))
	require.Equal(t, ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nm\r\n", receive(t, c))
	free()
	reply, err := c.Receive()
	require.NoError(t, err)
	require.Len(t, reply.Items, 3)
	require.Equal(t, "$1\r\ns\r\n", string(reply.Items[0].Raw))
	require.Equal(t, "$1\r\ns\r\n", string(reply.Items[2].Raw))
}

// What looking keys up does before a long read (a key found expired, a miss) is told with it, and not with the next command.
func TestLongReadTellsWhatItsLookUpsDid(t *testing.T) {
	sink := &recorder{}
	s := startServer(t, func(s *Server) { s.sequence.sinks = append(s.sequence.sinks, sink) }, "--enable-debug-command", "yes",
		"--notify-keyspace-events", "Exm")
	c, listener := s.dial(t), s.dial(t)
	do(t, c, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	do(t, c, "SET", "large", strings.Repeat("x", 3<<20))
	do(t, c, "SET", "gone", "v", "PXAT", "1")
	do(t, listener, "PSUBSCRIBE", "*")
	reply := do(t, c, "MGET", "gone", "missed", "large")
	require.True(t, strings.HasPrefix(reply, "*3\r\n$-1\r\n$-1\r\n$"))
	do(t, c, "SET", "x", "y")
	for _, want := range []string{"__keyevent@0__:expired gone", "__keyevent@0__:keymiss gone", "__keyevent@0__:keymiss missed"} {
		message, err := listener.Receive()
		require.NoError(t, err)
		require.Len(t, message.Items, 4)
		require.Equal(t, want, message.Items[2].Text+" "+message.Items[3].Text)
	}
	s.gates.waitSection()
	defer s.gates.leaveSection()
	require.Equal(t, []string{"0 DEL gone", "0 SET x y"}, sink.lines[len(sink.lines)-2:])
}

// A long read whose client has gone isn't begun, and one that runs ends at its next breath.
func TestLongReadOfNobody(t *testing.T) {
	entered, breaths := make(chan struct{}, 8), make(chan int, 8)
	rows := append(testRows(), commands.Row{Name: "breathe", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace, Group: "generic",
		Since: "1.0.0", Summary: "Breathes.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			c.OnView(func(c *commands.Call, _ datatypes.Reader) {
				entered <- struct{}{}
				count := 0
				for c.Breathe() {
					count++
				}
				breaths <- count
			})
		}})
	s := startServerWith(t, rows, nil)
	other := s.dial(t)
	var leavers []*wire.Conn
	for range 8 {
		c := s.dial(t)
		require.NoError(t, c.Send(wire.Frame("BREATHE")))
		leavers = append(leavers, c)
	}
	views := func(count int) func() bool {
		return func() bool {
			return strings.Contains(do(t, other, "INFO", "memory"), fmt.Sprintf("store_views:%d\r\n", count))
		}
	}
	require.Eventually(t, views(len(leavers)), 10*time.Second, time.Millisecond)
	for _, c := range leavers {
		require.NoError(t, c.Close())
	}
	require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
	require.Eventually(t, views(0), 10*time.Second, time.Millisecond)
	require.LessOrEqual(t, len(entered), len(leavers))
	require.Equal(t, len(entered), len(breaths), "all that began have ended")
}

// keepWorkers has nothing run that goes on elsewhere until free is called.
func keepWorkers(t *testing.T, s *testServer) (free func()) {
	s.workers <- struct{}{}
	s.workers <- struct{}{}
	free = sync.OnceFunc(func() {
		<-s.workers
		<-s.workers
	})
	t.Cleanup(free)
	return free
}

// Views that wait for their turn are bounded; who finds no place for one is answered later all the same, whoever has gone meanwhile.
func TestPlacesForViews(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes", "--io-threads", "4")
	other := s.dial(t)
	do(t, other, "DEBUG", "IN-PLACE", "-1")
	do(t, other, "SADD", "a", "1", "2")
	free := keepWorkers(t, s)
	var clients []*wire.Conn
	for i := range 4 * maxViewPlaces {
		c := s.dial(t)
		words := []string{"KEYS", "*"}
		if i%2 == 1 {
			words = []string{"SUNIONSTORE", "d" + strconv.Itoa(i), "a"}
		}
		require.NoError(t, c.Send(append(wire.Frame(words...), wire.Frame("PING")...)))
		clients = append(clients, c)
	}
	waiting := func() int {
		s.views.mu.Lock()
		defer s.views.mu.Unlock()
		return len(s.views.waiting)
	}
	require.Eventually(t, func() bool { return waiting() == 3*maxViewPlaces }, 10*time.Second, time.Millisecond)
	require.Contains(t, do(t, other, "INFO", "memory"), "store_views:16\r\n")
	for i := 0; i < len(clients); i += 3 {
		clients[i].Close()
	}
	free()
	for i, c := range clients {
		if i%3 != 0 {
			_, err := c.Receive()
			require.NoError(t, err)
			require.Equal(t, "+PONG\r\n", receive(t, c))
		}
	}
	require.Eventually(t, func() bool { return strings.Contains(do(t, other, "INFO", "memory"), "store_views:0\r\n") }, 10*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		s.views.mu.Lock()
		defer s.views.mu.Unlock()
		return s.views.taken == 0
	}, 10*time.Second, time.Millisecond)
}
