package server

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/wire"
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

// WAITAOF tells of what a start would find: nothing, before a log that is switched on has its base.
func TestWaitingForALogWithoutABase(t *testing.T) {
	t.Parallel()
	s := startServer(t, logsTo(vfs.NewMemory()), "--save", "", "--appendfsync", "always")
	c, other := s.dial(t), s.dial(t)
	do(t, c, "SET", "k", "v")
	hurry := slowly(t, c)
	for _, words := range [][]string{{"MULTI"}, {"CONFIG", "SET", "appendonly", "yes"}, {"WAITAOF", "1", "0", "0"}} {
		do(t, c, words...)
	}
	require.Equal(t, "*2\r\n+OK\r\n*2\r\n:0\r\n:0\r\n", do(t, c, "EXEC"), "a log without even a file")
	require.Equal(t, "*2\r\n:0\r\n:0\r\n", do(t, c, "WAITAOF", "1", "0", "20"))
	require.Eventually(t, func() bool {
		return strings.Contains(do(t, c, "INFO", "persistence"), "aof_rewrite_in_progress:1\r\n")
	}, 10*time.Second, time.Millisecond)
	do(t, c, "SET", "k", "synced behind no base")
	require.Equal(t, "*2\r\n:0\r\n:0\r\n", do(t, c, "WAITAOF", "1", "0", "20"))
	require.NoError(t, other.Send(wire.Frame("WAITAOF", "1", "0", "0")))
	hurry()
	require.Equal(t, "*2\r\n:1\r\n:0\r\n", receive(t, other))
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_rewrite_in_progress:0\r\n")
}

// DEBUG LOADAOF reads the log's files anew while a rewrite writes its base.
func TestLoadingTheLogBesideARewrite(t *testing.T) {
	t.Parallel()
	s := startLogged(t, vfs.NewMemory(), "--save", "")
	c, other := s.dial(t), s.dial(t)
	fillKeys(t, c)
	want := do(t, c, "DEBUG", "DIGEST")
	for range 20 {
		do(t, c, "BGREWRITEAOF")
		require.Equal(t, "+OK\r\n", do(t, other, "DEBUG", "LOADAOF"), s.log)
		require.Equal(t, want, do(t, c, "DEBUG", "DIGEST"))
	}
}

// A log that is switched on lies where dir says then, where the next start looks for it; so does a base written while the log is off.
func TestSwitchingOnInAnotherDir(t *testing.T) {
	t.Parallel()
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	s := startServer(t, nil, "--dir", dirs[0], "--save", "", "--enable-protected-configs", "yes")
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	for i, dir := range dirs[:2] {
		require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "dir", dir))
		require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "yes"))
		s.rewritten(t, int64(i+1))
		require.FileExists(t, filepath.Join(dir, logDir, "appendonly.aof.manifest"))
		require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "no"))
	}
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "dir", dirs[2]))
	require.Equal(t, "+"+rewriteStarted+"\r\n", do(t, c, "BGREWRITEAOF"))
	s.rewritten(t, 3)
	require.FileExists(t, filepath.Join(dirs[2], logDir, "appendonly.aof.manifest"))
}

// A rewrite knows where the log is from its beginning on, whatever becomes of dir meanwhile.
func TestDirChangesBesideARewrite(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--dir", t.TempDir(), "--save", "", "--enable-protected-configs", "yes")
	c, other := s.dial(t), s.dial(t)
	for i := range 20 {
		require.NoError(t, other.Send(wire.Frame("BGREWRITEAOF")))
		require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "dir", t.TempDir()))
		require.Equal(t, "+"+rewriteStarted+"\r\n", receive(t, other))
		s.rewritten(t, int64(i+1))
	}
}
