//go:build !portable_transport

package server

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestKeepAliveFollowsConfigSet asks the system what new connections have.
func TestKeepAliveFollowsConfigSet(t *testing.T) {
	s := startServer(t, nil, "--tcp-keepalive", "50")
	first := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, first, "CONFIG", "SET", "tcp-keepalive", "77"))
	second := s.dial(t)
	require.Equal(t, "+PONG\r\n", do(t, second, "PING"))
	for i, want := range []int{50, 77} {
		seconds, err := unix.GetsockoptInt(s.clients.all()[i].conn.FD(), unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
		require.NoError(t, err)
		require.Equal(t, want, seconds)
	}
}
