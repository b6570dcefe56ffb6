package server

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// TestLargeBeginningsCountAtOnce has the beginning of a large command and a CLIENT LIST that was sent later come in the same round: what the
// beginning takes stands in the list, or its client is gone from it.
func TestLargeBeginningsCountAtOnce(t *testing.T) {
	for name, limit := range map[string]string{"counted": "0", "evicted": "500kb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, nil, "--io-threads", "1", "--maxmemory-clients", limit)
			asking, greedy := s.dial(t), s.dial(t)
			do(t, asking, "PING")
			do(t, greedy, "CLIENT", "SETNAME", "greedy")
			release := make(chan struct{})
			s.clientAt(asking).loop.post(func() { <-release })
			send := func(from *wire.Conn, bytes string) {
				fd := s.clientAt(from).conn.FD()
				require.NoError(t, from.Send([]byte(bytes)))
				require.Eventually(t, func() bool {
					come, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
					return err == nil && come == len(bytes)
				}, 10*time.Second, time.Millisecond)
			}
			send(greedy, "*2\r\n$4\r\nECHO\r\n$900000\r\n"+strings.Repeat("x", 40_000))
			send(asking, string(wire.Frame("CLIENT", "LIST")))
			close(release)
			list, err := asking.Receive()
			require.NoError(t, err)
			if name == "evicted" {
				require.NotContains(t, string(list.Raw), "name=greedy")
			} else {
				require.Regexp(t, `name=greedy .* tot-mem=9\d{5} `, string(list.Raw))
			}
		})
	}
}
