package server

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// slowly makes rewrites last until hurry is called.
func slowly(t testing.TB, c *wire.Conn) (hurry func()) {
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "rdb-key-save-delay", "60000000"))
	return func() { require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "rdb-key-save-delay", "0")) }
}

func TestRewriteReplies(t *testing.T) {
	t.Parallel()
	s := startLogged(t, vfs.NewMemory())
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	hurry := slowly(t, c)
	require.Equal(t, "+Background append only file rewriting started\r\n", do(t, c, "BGREWRITEAOF"))
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_rewrite_in_progress:1\r\n")
	require.Equal(t, "-ERR Background append only file rewriting already in progress\r\n", do(t, c, "BGREWRITEAOF"))
	hurry()
	s.rewritten(t, 1)

	do(t, c, "MULTI")
	do(t, c, "BGREWRITEAOF")
	require.Equal(t, "*1\r\n+Background append only file rewriting scheduled\r\n", do(t, c, "EXEC"))
	s.rewritten(t, 2)
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_rewrite_scheduled:0\r\n")
}

// A rewrite waits for the end of a save, and a save for that of a rewrite.
func TestRewriteBesideASave(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(s *Server) {
		system, path := vfs.NewMemory(), ""
		for _, name := range strings.Split(s.config.String("dir"), "/") { // where snapshots go
			path = filepath.Join(path, name)
			require.NoError(t, system.Mkdir(path))
		}
		logsTo(system)(s)
	}, "--rdb-key-save-delay", "60000000")
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	require.Equal(t, "+Background saving started\r\n", do(t, c, "BGSAVE"))
	require.Equal(t, "+Background append only file rewriting scheduled\r\n", do(t, c, "BGREWRITEAOF"))
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "yes"))
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_rewrite_scheduled:1\r\n")
	require.Contains(t, s.log.String(), "AOF was enabled but there is already another background operation.")
	s.gates.waitSection()
	s.saves.breakOff()
	s.gates.leaveSection()
	require.Eventually(t, func() bool {
		return strings.Contains(do(t, c, "INFO", "persistence"), "aof_rewrite_in_progress:1\r\n")
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, errBusySaves, strings.Trim(do(t, c, "BGSAVE"), "-\r\n"))
	require.Equal(t, "+Background saving scheduled\r\n", do(t, c, "BGSAVE", "SCHEDULE"))
	do(t, c, "CONFIG", "SET", "rdb-key-save-delay", "0")
	s.rewritten(t, 1)
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_enabled:1\r\n")
	require.Eventually(t, func() bool {
		return strings.Contains(do(t, c, "INFO", "persistence"), "rdb_saves:2\r\n")
	}, 10*time.Second, time.Millisecond)
}

// TestSwitchingTheLog switches it on and off while clients write: what it then holds is the data as it was.
func TestSwitchingTheLog(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			memory := vfs.NewMemory()
			s := startServer(t, logsTo(memory), "--appendfsync", policy, "--io-threads", "3", "--enable-debug-command", "yes")
			c := s.dial(t)
			fillKeys(t, c)
			stop, stopped := make(chan bool), make(chan error, 4)
			for i := range 4 {
				writer := s.dial(t)
				go func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							stopped <- nil
							return
						default:
						}
						_, err := writer.Do("RPUSH", fmt.Sprint("list:", i), fmt.Sprint(n))
						if err != nil {
							stopped <- err
							return
						}
					}
				}()
			}
			for round := range 4 {
				require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "yes"))
				if round%2 == 0 {
					s.rewritten(t, int64(round+1))
					require.Contains(t, do(t, c, "INFO", "persistence"), "aof_last_bgrewrite_status:ok\r\n")
				}
				if round < 3 {
					require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "no"))
				}
			}
			s.rewritten(t, 4)
			close(stop)
			for range 4 {
				require.NoError(t, <-stopped)
			}
			want := do(t, c, "DEBUG", "DIGEST")
			s.end()
			again := startLogged(t, memory.Crash(0), "--appendfsync", policy)
			require.Equal(t, want, do(t, again.dial(t), "DEBUG", "DIGEST"), s.log)
		})
	}
}

// A log that is switched on and has no base yet: the end of the server is refused, the end of the log leaves nothing behind.
func TestLogWithoutABase(t *testing.T) {
	t.Parallel()
	memory := vfs.NewMemory()
	s := startServer(t, logsTo(memory))
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	hurry := slowly(t, c)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "yes"))
	s.gates.waitSection()
	require.False(t, s.endLog(false))
	s.gates.leaveSection()
	require.Contains(t, s.log.String(), "Writing initial AOF, can't exit.")
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "no"))
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_rewrite_in_progress:0\r\n")
	s.rewritten(t, 1)
	names, err := memory.List(logDir)
	require.NoError(t, err)
	require.Empty(t, names)
	hurry()
	// Rewritten alone, the log is a base.
	require.Equal(t, "+Background append only file rewriting started\r\n", do(t, c, "BGREWRITEAOF"))
	s.rewritten(t, 2)
	names, err = memory.List(logDir)
	require.NoError(t, err)
	require.Equal(t, []string{"appendonly.aof.1.base.rdb", "appendonly.aof.manifest"}, names)
	require.Equal(t, "$1\r\nv\r\n", do(t, startLogged(t, memory).dial(t), "GET", "k"))
}

// Where the log can't be switched on, CONFIG SET says so and nothing has changed.
func TestLogThatCannotBeSwitchedOn(t *testing.T) {
	t.Parallel()
	system := vfs.NewFailing(vfs.NewMemory(), vfs.Rule{Op: vfs.Creates, First: 1, Count: 1, Err: syscall.EACCES})
	s := startServer(t, logsTo(system))
	c := s.dial(t)
	require.Equal(t, "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.\r\n",
		do(t, c, "CONFIG", "SET", "appendonly", "yes"))
	require.Contains(t, do(t, c, "CONFIG", "GET", "appendonly"), "no")
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_enabled:0\r\n")
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "appendonly", "yes"))
	s.rewritten(t, 1)
}

// removals is a file system that asks at each removal whether a rewrite is under way.
type removals struct {
	vfs.FS
	under atomic.Pointer[func() bool]
	seen  chan bool
}

func (r *removals) Remove(name string) error {
	if under := r.under.Load(); under != nil {
		r.seen <- (*under)()
	}
	return r.FS.Remove(name)
}

// A rewrite is under way until what it replaced is gone: who waits for its end and looks finds nothing else.
func TestRewriteEndsWithoutHistory(t *testing.T) {
	t.Parallel()
	system := &removals{FS: vfs.NewMemory(), seen: make(chan bool, 10)}
	s := startLogged(t, system)
	c, other := s.dial(t), s.dial(t)
	under := func() bool { return infoField(t, other, "aof_rewrite_in_progress") == "1" }
	system.under.Store(&under)
	do(t, c, "SET", "k", "v")
	require.Equal(t, "+Background append only file rewriting started\r\n", do(t, c, "BGREWRITEAOF"))
	s.rewritten(t, 1)
	require.Len(t, system.seen, 2, "the base and the increment")
	require.True(t, <-system.seen && <-system.seen)
	system.under.Store(nil)
}

func TestRewriteByGrowth(t *testing.T) {
	t.Parallel()
	s := startLogged(t, vfs.NewMemory(), "--auto-aof-rewrite-min-size", "20000", "--auto-aof-rewrite-percentage", "50")
	c := s.dial(t)
	do(t, c, "SET", "k", strings.Repeat("x", 15000))
	do(t, c, "SET", "k", strings.Repeat("y", 15000))
	s.rewritten(t, 1)
	require.Regexp(t, `Starting automatic rewriting of AOF on \d+% growth`, s.log.String())
	_, fields := info(t, c, "persistence")
	require.Equal(t, fields["aof_base_size"], fields["aof_current_size"])
	require.Less(t, number(t, fields, "aof_current_size"), int64(20000))
}

// Rewrites that fail are tried again by themselves, less and less often.
func TestRewritesAreLimited(t *testing.T) {
	t.Parallel()
	memory := vfs.NewMemory()
	system := vfs.NewFailing(memory)
	s := startLogged(t, system, "--auto-aof-rewrite-min-size", "1", "--auto-aof-rewrite-percentage", "1")
	c := s.dial(t)
	system.Set(vfs.Rule{Op: vfs.Creates, First: 1, Err: syscall.ENOSPC})
	do(t, c, "SET", "k", strings.Repeat("x", 1000))
	require.Eventually(t, func() bool {
		return strings.Contains(s.log.String(), "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in 1 minutes")
	}, 10*time.Second, time.Millisecond)
	_, fields := info(t, c, "persistence")
	require.Equal(t, "3", fields["aof_rewrites_consecutive_failures"])
	require.Equal(t, "err", fields["aof_last_bgrewrite_status"])
	s.gates.waitSection()
	l := s.appendLog
	for _, minutes := range []int{2, 4, 8, 16, 32, 60, 60} {
		require.True(t, l.limited())
		l.limit.until = time.Now()
		require.False(t, l.limited(), "the time has come")
		l.limit.failures++
		require.True(t, l.limited())
		require.Equal(t, minutes, l.limit.minutes)
	}
	s.gates.leaveSection()
	system.Set()
	require.Equal(t, "+Background append only file rewriting started\r\n", do(t, c, "BGREWRITEAOF"), "who asks isn't limited")
	s.rewritten(t, 1)
	_, fields = info(t, c, "persistence")
	require.Equal(t, "0", fields["aof_rewrites_consecutive_failures"])
}

func TestWaitLog(t *testing.T) {
	t.Parallel()
	system := newBarrier(vfs.NewMemory())
	s := startLogged(t, system, "--appendfsync", "everysec")
	c := s.dial(t)
	require.Equal(t, "-ERR value is out of range, value must between 0 and 1\r\n", do(t, c, "WAITAOF", "2", "0", "0"))
	require.Equal(t, "-ERR value is not an integer or out of range\r\n", do(t, c, "WAITAOF", "x", "0", "0"))
	require.Equal(t, "-ERR value is out of range, must be positive\r\n", do(t, c, "WAITAOF", "1", "-1", "0"))
	require.Equal(t, "-ERR timeout is negative\r\n", do(t, c, "WAITAOF", "1", "0", "-1"))
	require.Equal(t, "*2\r\n:1\r\n:0\r\n", do(t, c, "WAITAOF", "1", "0", "0"), "nothing was written")
	system.set(true)
	defer system.set(false)
	do(t, c, "SET", "k", "v")
	require.Equal(t, "*2\r\n:0\r\n:0\r\n", do(t, c, "WAITAOF", "1", "0", "1"))
	require.Equal(t, "*2\r\n:0\r\n:0\r\n", do(t, c, "WAITAOF", "0", "1", "1"))
	require.NoError(t, c.Send(wire.Frame("WAITAOF", "1", "0", "0")))
	s.blocked(t, 1)
	system.set(false)
	require.Equal(t, "*2\r\n:1\r\n:0\r\n", receive(t, c))

	system.set(true)
	do(t, c, "SET", "k", "w")
	require.NoError(t, c.Send(wire.Frame("WAITAOF", "1", "0", "0")))
	s.blocked(t, 1)
	system.set(false)
	do(t, s.dial(t), "CONFIG", "SET", "appendonly", "no")
	require.Contains(t, []string{"*2\r\n:1\r\n:0\r\n", "-" + errWaitLogOff + "\r\n"}, receive(t, c), "whichever came first")
	require.Equal(t, "-"+errWaitLogOff+"\r\n", do(t, c, "WAITAOF", "1", "0", "0"))
}

// Who writes faster than the disk is kept back, who reads is not.
func TestBacklogIsBounded(t *testing.T) {
	t.Parallel()
	const most = 10_000
	system := newBarrier(vfs.NewMemory())
	s := startServer(t, func(s *Server) {
		logsTo(system)(s)
		s.appendLog.crowd.most = most
	}, "--appendonly", "yes", "--appendfsync", "always", "--io-threads", "2")
	writer := s.dial(t)
	system.set(true)
	defer system.set(false)
	frames, value := []byte{}, strings.Repeat("x", 100)
	for range 1000 {
		frames = append(frames, wire.Frame("SET", "k", value)...)
	}
	sent := make(chan error, 1)
	go func() { sent <- writer.Send(frames) }()
	full := func() bool { return s.appendLog.crowd.full.Load() }
	require.Eventually(t, full, 10*time.Second, time.Millisecond)
	for range 100 {
		s.processed("set") // whoever could write would do so in between
	}
	w := s.appendLog.writer.Load()
	require.Less(t, w.Appended()-w.Released(), int64(most+1000))
	system.set(false)
	for range 1000 {
		require.Equal(t, "+OK\r\n", receive(t, writer))
	}
	require.NoError(t, <-sent)
	require.False(t, full())
}

// With no-appendfsync-on-rewrite nobody waits for a sync while a rewrite goes on, and everybody does again behind it.
func TestNoSyncBesideARewrite(t *testing.T) {
	t.Parallel()
	system := newBarrier(vfs.NewMemory())
	s := startLogged(t, system, "--appendfsync", "always", "--no-appendfsync-on-rewrite", "yes")
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	hurry := slowly(t, c)
	do(t, c, "BGREWRITEAOF")
	do(t, c, "SET", "k", "w")
	require.Eventually(t, func() bool {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		return s.appendLog.pulse.quiet
	}, 10*time.Second, time.Millisecond)
	system.set(true)
	defer system.set(false)
	for range 10 {
		require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", "x"))
	}
	system.set(false)
	hurry()
	s.rewritten(t, 1)
	require.Eventually(t, func() bool {
		before := system.syncs.Load()
		do(t, c, "SET", "k", "y")
		return system.syncs.Load() > before
	}, 10*time.Second, time.Millisecond)
}

// A loop does not wait for the sync with which one increment ends and the next begins.
func TestTurnBlocksNoLoop(t *testing.T) {
	t.Parallel()
	system := newBarrier(vfs.NewMemory())
	s := startLogged(t, system, "--appendfsync", "no")
	c, other := s.dial(t), s.dial(t)
	do(t, c, "SET", "k", "v")
	do(t, c, "BGREWRITEAOF")
	s.rewritten(t, 1)
	// As if much had been written between the sync ahead and the switch.
	next, err := system.Create("next.incr.aof")
	require.NoError(t, err)
	do(t, c, "SET", "k", "w")
	system.set(true)
	defer system.set(false)
	s.gates.waitSection()
	s.appendLog.pulse.turning.Store(true)
	s.appendLog.writer.Load().Switch(next)
	s.gates.leaveSection()
	require.NoError(t, c.Send(wire.Frame("SET", "k", "x")))
	require.Eventually(t, func() bool { return s.processed("set") == 3 }, 10*time.Second, time.Millisecond)
	require.NoError(t, other.Send(wire.Frame("GET", "k")))
	require.Eventually(t, func() bool { return s.processed("get") == 1 }, 10*time.Second, time.Millisecond)
	silent(t, s, c)
	system.set(false)
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "$1\r\nx\r\n", receive(t, other))
}
