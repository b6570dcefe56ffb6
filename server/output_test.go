package server

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// TestMuchIsSentSoon has a client ask for much in one go: what has gathered is sent before more commands run. Little waits for the end of
// the round, so that it goes in one piece, and so does what is bounded.
func TestMuchIsSentSoon(t *testing.T) {
	value := strings.Repeat("x", 2*muchBytes/holdCommands)
	for _, c := range []struct {
		name, key, limit string
		sent             bool
	}{{"much", "long", "0", true}, {"little", "short", "0", false}, {"much within a limit", "long", "10mb", false}} {
		t.Run(c.name, func(t *testing.T) {
			s := startServer(t, nil, "--io-threads", "1", "--client-output-buffer-limit", "normal", c.limit, "0", "0")
			conn := s.dial(t)
			require.Equal(t, "+OK\r\n", do(t, conn, "MSET", "long", value, "short", "x"))
			l, client := s.loops[0], s.clients.all()[0]
			var before, after int64
			l.turn(func() {
				client.input.bytes = bytes.Repeat(wire.Frame("GET", c.key), 2*holdCommands)
				before = l.stats.outputBytes.load()
				l.enqueue(client)
				l.settle()
				after = l.stats.outputBytes.load()
			})
			require.Equal(t, c.sent, after > before)
			text := map[string]string{"long": value, "short": "x"}[c.key]
			want := fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
			for range 2 * holdCommands {
				require.Equal(t, want, receive(t, conn))
			}
		})
	}
}

// TestMuchIsNotSentToTheGone has a client go away before the first of its replies is sent: the commands that were read before are run.
func TestMuchIsNotSentToTheGone(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "1")
	conn := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, conn, "SET", "long", strings.Repeat("x", 2*muchBytes)))
	l, client := s.loops[0], s.clients.all()[0]
	require.NoError(t, conn.Conn.(*net.TCPConn).SetLinger(0))
	var closed error
	l.turn(func() {
		closed = conn.Close()
		client.input.bytes = append(bytes.Repeat(wire.Frame("GET", "long"), 2*holdCommands), wire.Frame("SET", "done", "1")...)
		l.enqueue(client)
		l.settle()
	})
	require.NoError(t, closed)
	require.Equal(t, "$1\r\n1\r\n", do(t, s.dial(t), "GET", "done"))
	require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
}

// TestMuchWaitsForTheLog: where the log is on, all replies of a round wait for one sync; and no round sends without end.
func TestMuchWaitsForTheLog(t *testing.T) {
	much := func(l *loop, soon int64) (yes bool) {
		l.turn(func() {
			l.gathered, l.soon = muchBytes, l.soon+soon
			yes = l.hasMuch()
			l.gathered = 0
		})
		return yes
	}
	logged := startLogged(t, vfs.NewMemory())
	require.False(t, much(logged.loops[0], 0))
	s := startServer(t, nil)
	l := s.loops[0]
	require.True(t, much(l, 0))
	require.False(t, much(l, soonBytes))
	require.True(t, much(l, 0), "the next round begins anew")
}
