package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// A base that is being written for a log that is off is not that of the log that is then switched on: this one has to have its own, also where
// it can't begin it at once.
func TestSwitchingOnBesideABaseAlone(t *testing.T) {
	t.Parallel()
	memory := vfs.NewMemory()
	s := startServer(t, logsTo(memory), "--save", "")
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	hurry := slowly(t, c)
	require.Equal(t, "+"+rewriteStarted+"\r\n", do(t, c, "BGREWRITEAOF"))
	do(t, c, "MULTI")
	do(t, c, "CONFIG", "SET", "appendonly", "yes")
	require.Equal(t, "*1\r\n+OK\r\n", do(t, c, "EXEC"))
	hurry()
	s.rewritten(t, 2)
	do(t, c, "SET", "later", "v")
	require.Equal(t, "+"+rewriteStarted+"\r\n", do(t, c, "BGREWRITEAOF"))
	s.rewritten(t, 3)
	require.Equal(t, "$1\r\nv\r\n", do(t, startLogged(t, memory.Crash(0)).dial(t), "GET", "later"))
}
