package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// sendAll sends commands in one write.
func sendAll(t testing.TB, c *wire.Conn, frames ...[]byte) {
	t.Helper()
	var all []byte
	for _, frame := range frames {
		all = append(all, frame...)
	}
	require.NoError(t, c.Send(all))
}

// TestSleepStopsTheStoreAndNoLoop has the store sleep: others' commands wait, loops don't, a client that goes away is let go, and the
// end of the server doesn't wait for the end of the sleep.
func TestSleepStopsTheStoreAndNoLoop(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2", "--enable-debug-command", "yes")
	sleeper, other := s.dial(t), s.dial(t)
	require.NoError(t, sleeper.Send(wire.Frame("DEBUG", "SLEEP", "1000")))
	require.Eventually(t, func() bool { return s.gates.section.Load() == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, other.Send(wire.Frame("PING")))
	require.Eventually(t, func() bool { return s.gates.parked.Load() > 0 }, 10*time.Second, time.Millisecond)
	for _, l := range s.loops {
		runs := make(chan bool, 1)
		l.post(func() { runs <- true })
		<-runs
	}
	sleeper.Close()
	require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
	silent, err := other.Silent(10 * time.Millisecond)
	require.NoError(t, err)
	require.True(t, silent)
}

// TestAnswersOfElsewhereStandInOrder pipelines a command that goes elsewhere between others, and switches replies off around it.
func TestAnswersOfElsewhereStandInOrder(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes", "--slowlog-log-slower-than", "10000")
	c := s.dial(t)
	sendAll(t, c, wire.Frame("PING", "before"), wire.Frame("DEBUG", "SLEEP", "0.02"), wire.Frame("PING", "after"))
	require.Equal(t, "$6\r\nbefore\r\n", receive(t, c))
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "$5\r\nafter\r\n", receive(t, c))
	slow := s.slowLog.newest(-1)
	require.Len(t, slow, 1)
	require.Equal(t, []string{"DEBUG", "SLEEP", "0.02"}, slow[0].words)
	require.GreaterOrEqual(t, slow[0].took, 20*time.Millisecond)

	sendAll(t, c, wire.Frame("CLIENT", "REPLY", "SKIP"), wire.Frame("DEBUG", "SLEEP", "0.001"), wire.Frame("PING", "first"),
		wire.Frame("CLIENT", "REPLY", "OFF"), wire.Frame("DEBUG", "SLEEP", "0.001"), wire.Frame("CLIENT", "REPLY", "ON"))
	require.Equal(t, "$5\r\nfirst\r\n", receive(t, c))
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "-ERR The server is running without a config file\r\n", do(t, c, "CONFIG", "REWRITE"))
}

// TestPanicElsewhere costs its client alone, before a change; after one it ends the process.
func TestPanicElsewhere(t *testing.T) {
	row := func(name string, rest func(*commands.Call)) commands.Row {
		return commands.Row{Name: name, Arity: 1, Flags: commands.FlagWrite, ACL: commands.ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary: "Fails.", Complexity: "O(1)", Handler: func(c *commands.Call) { clientOf(c).goElsewhere(rest) }}
	}
	codes := make(chan int, 1)
	s := startServerWith(t, []commands.Row{
		row("fail.elsewhere", func(*commands.Call) { panic("before the change") }),
		row("fail.halfway", func(c *commands.Call) {
			c.Edit()
			panic("in the change")
		}),
	}, func(s *Server) {
		s.exit = func(code int) {
			codes <- code
			s.stop(code)
		}
	})
	failing, other := s.dial(t), s.dial(t)
	sendAll(t, failing, wire.Frame("fail.elsewhere"), wire.Frame("SET", "k", "v"))
	requireClosed(t, failing)
	require.Equal(t, "$-1\r\n", do(t, other, "GET", "k"))
	require.EqualValues(t, 1, s.stats.panics.Load())
	require.NoError(t, other.Send(wire.Frame("fail.halfway")))
	require.Equal(t, 1, <-codes)
	require.Equal(t, 1, s.Wait())
}
