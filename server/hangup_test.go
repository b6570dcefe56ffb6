package server

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/transport"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// turn runs fn on a loop's goroutine and waits for it.
func (l *loop) turn(fn func()) {
	done := make(chan struct{})
	l.post(func() {
		fn()
		close(done)
	})
	<-done
}

// TestCommandsOutliveTheirClient has clients go away, in every manner, while their commands wait for the store: all of them are run, as
// they were sent before the end. Meanwhile the hang-up keeps no loop awake.
func TestCommandsOutliveTheirClient(t *testing.T) {
	leave := map[string]func(*net.TCPConn) error{
		"half": (*net.TCPConn).CloseWrite,
		"full": (*net.TCPConn).Close,
		"reset": func(c *net.TCPConn) error {
			c.SetLinger(0)
			return c.Close()
		},
	}
	for name, leave := range leave {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, nil)
			l := s.loops[0]
			c := s.dial(t)
			require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
			s.gates.waitSection()
			require.NoError(t, c.Send(append(wire.Frame("SET", "a", "1"), wire.Frame("SET", "b", "2")...)))
			require.Eventually(t, func() bool { return s.gates.parked.Load() > 0 }, 10*time.Second, time.Millisecond)
			require.NoError(t, leave(c.Conn.(*net.TCPConn)))
			require.Eventually(t, func() bool {
				quiet := false
				l.turn(func() {
					ready, err := l.poller.Wait(0, nil)
					quiet = err == nil && len(ready) == 0
				})
				return quiet
			}, 10*time.Second, 5*time.Millisecond)
			s.gates.leaveSection()
			if name == "half" {
				require.Equal(t, "+OK\r\n", receive(t, c))
				require.Equal(t, "+OK\r\n", receive(t, c))
			}
			require.Eventually(t, func() bool { return s.clients.count.Load() == 0 }, 10*time.Second, time.Millisecond)
			require.Equal(t, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n", do(t, s.dial(t), "MGET", "a", "b"))
		})
	}
}

// TestFinishingClientKeepsNoLoopAwake leaves the answer to QUIT, and what follows it, unread on both sides.
func TestFinishingClientKeepsNoLoopAwake(t *testing.T) {
	s := startServer(t, nil)
	require.Equal(t, "+OK\r\n", do(t, s.dial(t), "SET", "k", string(make([]byte, 32<<20))))
	c := s.dial(t)
	require.NoError(t, c.Send(append(wire.Frame("GET", "k"), wire.Frame("QUIT")...)))
	l := s.loops[0]
	finishing := func() (yes bool) {
		l.turn(func() {
			for _, c := range l.clients.list {
				yes = yes || c.marks.finishing && c.marks.watchingWrites
			}
		})
		return yes
	}
	require.Eventually(t, finishing, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Send(wire.Frame("PING")))
	require.Eventually(t, func() (quiet bool) {
		l.turn(func() {
			ready, err := l.poller.Wait(0, nil)
			quiet = err == nil && len(ready) == 0
		})
		return quiet && finishing()
	}, 10*time.Second, 5*time.Millisecond)
	require.Never(t, func() (awake bool) {
		l.turn(func() {
			ready, _ := l.poller.Wait(0, nil)
			awake = len(ready) > 0
		})
		return awake
	}, 50*time.Millisecond, 5*time.Millisecond)
}

// TestAcceptedAtTheEnd connects while no loop takes clients any more: the end of the server closes the connection all the same.
func TestAcceptedAtTheEnd(t *testing.T) {
	s := startServer(t, nil)
	busy, release := make(chan struct{}), make(chan struct{})
	s.loops[0].post(func() {
		close(busy)
		<-release
		s.stopped.Store(true)
	})
	<-busy
	c := s.dial(t)
	require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
	close(release)
	s.stop(0)
	s.Wait()
	requireClosed(t, c)
}

// TestPauseOutlivesItsTimer has the wall clock stand before the end of a pause when the timer fires: the pause ends later, but it ends.
func TestPauseOutlivesItsTimer(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	s.gates.waitSection()
	s.beginPause(pauseAll, s.clock.nowMs()+20)
	s.pause.endMs += 50
	s.gates.leaveSection()
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
}

// TestPausedClientsThatLeave has many clients come, wait for the end of a pause, and go: the server doesn't remember them all.
func TestPausedClientsThatLeave(t *testing.T) {
	s := startServer(t, nil)
	require.Equal(t, "+OK\r\n", do(t, s.dial(t), "CLIENT", "PAUSE", "100000"))
	for i := range 100 {
		c := s.dial(t)
		require.NoError(t, c.Send(wire.Frame("SET", fmt.Sprint(i), "v")))
		require.Eventually(t, func() bool {
			paused := false
			for _, c := range s.clients.all() {
				paused = paused || c.traffic.paused.Load()
			}
			return paused
		}, 10*time.Second, 100*time.Microsecond)
		c.Close()
		require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, 100*time.Microsecond)
	}
	s.gates.waitSection()
	defer s.gates.leaveSection()
	require.Less(t, len(s.pause.parked[0]), 10)
	require.Zero(t, s.pausedClients())
}

// TestSoftLimitBeginsAnew drains the replies of a client that was above the soft limit: its time above it starts from nothing.
func TestSoftLimitBeginsAnew(t *testing.T) {
	s := startServer(t, nil, "--client-output-buffer-limit", "normal", "0", "1mb", "1000")
	require.Equal(t, "+OK\r\n", do(t, s.dial(t), "SET", "k", string(make([]byte, 32<<20))))
	c := s.dial(t)
	require.NoError(t, c.Send(wire.Frame("GET", "k")))
	l := s.loops[0]
	over := func() (yes bool) {
		l.turn(func() {
			for _, c := range l.clients.list {
				yes = yes || !c.marks.overSoft.IsZero()
			}
		})
		return yes
	}
	require.Eventually(t, over, 10*time.Second, time.Millisecond)
	receive(t, c)
	require.Eventually(t, func() bool { return !over() }, 10*time.Second, time.Millisecond)
}

// greedyConn takes all that it is given.
type greedyConn struct {
	transport.Conn
	taken   int
	watched bool
}

func (g *greedyConn) Write(segments [][]byte) (n int, err error) {
	for _, s := range segments {
		n += len(s)
	}
	g.taken += n
	return n, nil
}

func (g *greedyConn) WatchWrites(on bool) { g.watched = on }

// TestFastReaderTakesTurns sends much to a client that takes everything at once: a round sends it no more than its share.
func TestFastReaderTakesTurns(t *testing.T) {
	s := startServer(t, nil)
	l := s.loops[0]
	conn := &greedyConn{}
	c := &client{conn: conn, loop: l}
	const pieces, size = 4096, 16 << 10
	piece := make([]byte, size)
	for range pieces {
		c.reply.Shared(piece)
	}
	rounds, most, watched := 0, 0, true
	l.turn(func() {
		for ; c.reply.Len() > 0 && rounds < pieces; rounds++ {
			before := conn.taken
			l.send(c)
			most = max(most, conn.taken-before)
			watched = watched && conn.watched == (c.reply.Len() > 0)
		}
	})
	require.Equal(t, pieces*size, conn.taken)
	require.LessOrEqual(t, most, sendBytes+writeSegments*size)
	require.Greater(t, rounds, 20)
	require.True(t, watched)
}
