package server

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
