package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// TestPanicOutsideApplyCostsOneClient has commands fail before anything is changed: their client is closed with a report in the log, the
// commands around them, of others and in the same batch, are answered.
func TestPanicOutsideApplyCostsOneClient(t *testing.T) {
	for _, name := range []string{"fail.read", "fail.parse"} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, nil)
			other, failing := s.dial(t), s.dial(t)
			require.Equal(t, "+OK\r\n", do(t, other, "SET", "k", "v"))
			require.NoError(t, failing.Send(append(wire.Frame(name), wire.Frame("SET", "k", "after")...)))
			requireClosed(t, failing)
			require.Equal(t, "$1\r\nv\r\n", do(t, other, "GET", "k"), "nothing of the client runs after its panic")
			require.Equal(t, "+OK\r\n", do(t, other, "SET", "k", "w"))
			require.Contains(t, s.log.String(), "=== PANIC ===")
			require.EqualValues(t, 1, s.stats.panics.Load())
		})
	}
}

// TestPanicInApplyEndsTheProcess has a command fail after it has begun to change keys.
func TestPanicInApplyEndsTheProcess(t *testing.T) {
	codes := make(chan int, 1)
	s := startServer(t, func(s *Server) {
		s.exit = func(code int) {
			codes <- code
			s.stop(code)
		}
	})
	c := s.dial(t)
	require.NoError(t, c.Send(wire.Frame("fail.apply")))
	require.Equal(t, 1, <-codes)
	require.Equal(t, 1, s.Wait())
	require.Contains(t, s.log.String(), "Exiting without saving")
}

// TestPanicInATransaction is the same for a command that EXEC runs: before a change it costs the client, after it the process.
func TestPanicInATransaction(t *testing.T) {
	codes := make(chan int, 1)
	s := startServer(t, func(s *Server) {
		s.exit = func(code int) {
			codes <- code
			s.stop(code)
		}
	})
	failing, other := s.dial(t), s.dial(t)
	sendAll(t, failing, wire.Frame("MULTI"), wire.Frame("SET", "k", "v"), wire.Frame("fail.parse"), wire.Frame("EXEC"))
	requireClosed(t, failing)
	require.Equal(t, "$1\r\nv\r\n", do(t, other, "GET", "k"))
	require.Empty(t, codes)
	sendAll(t, other, wire.Frame("MULTI"), wire.Frame("fail.apply"), wire.Frame("EXEC"))
	require.Equal(t, 1, <-codes)
	require.Equal(t, 1, s.Wait())
}
