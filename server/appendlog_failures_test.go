package server

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// mortal is a server whose process may end at any time.
type mortal struct {
	*testServer
	died atomic.Bool
}

// startMortal starts one; it may be dead when it is returned.
func startMortal(t testing.TB, system vfs.FS, args ...string) *mortal {
	t.Helper()
	m := &mortal{}
	m.testServer = startServer(t, func(s *Server) {
		logsTo(system)(s)
		s.exit = func(int) {
			m.died.Store(true)
			go s.stop(1)
		}
	}, append([]string{"--appendonly", "yes"}, args...)...)
	if !m.AwaitData() {
		m.died.Store(true)
	}
	return m
}

// life is what a client knows of what it has written: numbers from 0 on at the end of a list, in each transaction two counters.
type life struct {
	sent, acknowledged             int
	pairs, pairsAcknowledged       int
	conn                           *wire.Conn
	over                           bool
	refused, ended, syncedAtTheEnd bool
}

func (l *life) ask(words ...string) (reply string, ok bool) {
	if l.over {
		return "", false
	}
	if l.conn.Send(wire.Frame(words...)) != nil {
		l.over = true
		return "", false
	}
	r, err := l.conn.Receive()
	if err != nil {
		l.over = true
		return "", false
	}
	return string(r.Raw), true
}

func (l *life) write(count int) {
	for range count {
		l.sent++
		reply, ok := l.ask("RPUSH", "list", strconv.Itoa(l.sent-1))
		if !ok {
			return
		}
		if strings.HasPrefix(reply, "-MISCONF") {
			l.sent--
			l.refused = true
			return
		}
		l.acknowledged = l.sent
		l.pairs++
		l.ask("MULTI")
		l.ask("INCR", "a")
		l.ask("INCR", "b")
		if reply, ok = l.ask("EXEC"); ok && strings.HasPrefix(reply, "*2") {
			l.pairsAcknowledged = l.pairs
		}
	}
}

// live is a life of a server, with a rewrite in it.
func live(t *testing.T, system vfs.FS, args ...string) (*mortal, *life) {
	t.Helper()
	s, l := startMortal(t, system, args...), &life{}
	if s.died.Load() {
		return s, l
	}
	l.conn = s.dial(t)
	require.NoError(t, l.conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	l.write(3)
	l.ask("BGREWRITEAOF")
	l.write(3)
	require.Eventually(t, func() bool {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		return s.died.Load() || !s.rewritingLog()
	}, 10*time.Second, time.Millisecond)
	l.write(3)
	if !s.died.Load() {
		s.gates.waitSection()
		l.ended = true
		s.endLog(true)
		w := s.appendLog.writer.Load()
		l.syncedAtTheEnd = w != nil && w.Stats().Synced == w.Appended()
		s.finish(shutdownArgs{})
		s.gates.leaveSection()
	}
	s.Wait()
	return s, l
}

// requireLife holds what a server has loaded to what was written.
func requireLife(t *testing.T, s *testServer, l *life, all bool, what string) {
	t.Helper()
	c := s.dial(t)
	elements := plain(do(t, c, "LRANGE", "list", "0", "-1"))
	var list []string
	if len(elements) > 0 {
		list = strings.Fields(elements[0])
	}
	for i, element := range list {
		require.Equal(t, strconv.Itoa(i), element, what)
	}
	require.LessOrEqual(t, len(list), l.sent, what)
	a, b := do(t, c, "GET", "a"), do(t, c, "GET", "b")
	require.Equal(t, a, b, what)
	if all {
		require.GreaterOrEqual(t, len(list), l.acknowledged, what)
		pairs, _ := strconv.Atoi(strings.Trim(strings.TrimPrefix(strings.TrimPrefix(a, "$1"), "$2"), "\r\n"))
		require.GreaterOrEqual(t, pairs, l.pairsAcknowledged, what)
	}
}

// TestEveryFailureOfTheDisk has every operation of a life fail once: nothing acknowledged is lost, no transaction torn, and what is left loads.
func TestEveryFailureOfTheDisk(t *testing.T) {
	t.Parallel()
	all := []vfs.Op{vfs.Creates, vfs.Renames, vfs.DirSyncs, vfs.Mkdirs, vfs.Writes, vfs.Syncs, vfs.Truncates, vfs.Removes, vfs.Stats, vfs.Sizes}
	for _, test := range []struct {
		policy, preamble string
		ops              []vfs.Op
	}{
		{"always", "yes", all}, {"everysec", "no", all}, {"no", "yes", []vfs.Op{vfs.Writes, vfs.Syncs}},
	} {
		args := []string{"--appendfsync", test.policy, "--aof-use-rdb-preamble", test.preamble}
		for _, op := range test.ops {
			t.Run(fmt.Sprint(test.policy, " ", op), func(t *testing.T) {
				t.Parallel()
				failEach(t, op, args)
			})
		}
	}
}

func failEach(t *testing.T, op vfs.Op, args []string) {
	always := args[1] == "always"
	const most = 100
	for nth := 1; nth < most; nth++ {
		memory := vfs.NewMemory()
		system := vfs.NewFailing(memory, vfs.Rule{Op: op, First: nth, Count: 1, Err: syscall.EIO, Short: 3, Loses: true})
		s, l := live(t, system, args...)
		failed := system.Count(op) >= nth
		what := fmt.Sprintf("%s %d of %v\n%s\n%s", op, nth, args, memory, s.log)
		for seed := range uint64(3) {
			if seed > 0 && !always && !l.syncedAtTheEnd {
				continue
			}
			again := startMortal(t, memory.Crash(seed), args...)
			require.False(t, again.died.Load(), "%s\n%s", what, again.log)
			requireLife(t, again.testServer, l, always || l.ended && l.syncedAtTheEnd, what)
			again.end()
		}
		if !always { // who is killed loses nothing that was written
			again := startMortal(t, memory, args...)
			require.False(t, again.died.Load(), "%s\n%s", what, again.log)
			requireLife(t, again.testServer, l, l.ended && l.syncedAtTheEnd, what)
			again.end()
		}
		if !failed {
			return
		}
	}
	t.Fatal("too many operations")
}

// A full disk: under everysec reads go on and writes are refused until there is room, without the process ending; nothing is lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	memory := vfs.NewMemory()
	system := vfs.NewFailing(memory)
	s := startMortal(t, system)
	c := s.dial(t)
	do(t, c, "SET", "before", "1")
	system.Limit(10)
	do(t, c, "SET", "during", strings.Repeat("x", 100))
	require.Eventually(t, func() bool { return s.logRefusal() != "" }, 10*time.Second, time.Millisecond)
	require.Equal(t, "MISCONF Errors writing to the AOF file: No space left on device", s.logRefusal())
	require.Equal(t, "-"+s.logRefusal()+"\r\n", do(t, c, "SET", "refused", "x"))
	require.Equal(t, "-"+s.logRefusal()+"\r\n", do(t, c, "PING"))
	require.Equal(t, "$1\r\n1\r\n", do(t, c, "GET", "before"))
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_last_write_status:err")
	system.Limit(-1)
	require.Eventually(t, func() bool { return s.logRefusal() == "" }, 10*time.Second, time.Millisecond)
	require.Contains(t, s.log.String(), "Error writing to the AOF file: No space left on device")
	require.Contains(t, s.log.String(), "AOF write error looks solved, Redis can write again.")
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_last_write_status:ok")
	require.Equal(t, "+OK\r\n", do(t, c, "SET", "taken", "x"))
	require.False(t, s.died.Load())
	s.end()
	require.Equal(t, 1, strings.Count(logText(t, memory, ".incr.aof"), strings.Repeat("x", 100)))
}

// A sync that failed is no good ever after: a rewrite puts the data elsewhere, by itself.
func TestFailedSyncIsRewritten(t *testing.T) {
	t.Parallel()
	memory := vfs.NewMemory()
	system := vfs.NewFailing(memory)
	s := startMortal(t, system)
	c := s.dial(t)
	system.Set(vfs.Rule{Op: vfs.Syncs, First: 1, Count: 1, Err: syscall.EIO, Loses: true})
	do(t, c, "SET", "k", "v")
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), "Background AOF rewrite finished successfully") },
		20*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return s.logRefusal() == "" }, 10*time.Second, time.Millisecond)
	require.Contains(t, s.log.String(), "Fail to fsync the AOF file: Input/output error")
	do(t, c, "SET", "l", "w")
	s.end()
	again := startMortal(t, memory.Crash(0))
	require.Equal(t, "*2\r\n$1\r\nv\r\n$1\r\nw\r\n", do(t, again.dial(t), "MGET", "k", "l"))
}

// Under always the process ends where the disk doesn't do what it should, and nobody has heard of the write.
func TestAlwaysEndsWithTheDisk(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		op   vfs.Op
		line string
	}{
		{vfs.Writes, "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting..."},
		{vfs.Syncs, "Can't persist AOF for fsync error when the AOF fsync policy is 'always': Input/output error. Exiting..."},
	} {
		t.Run(test.op.String(), func(t *testing.T) {
			t.Parallel()
			system := vfs.NewFailing(vfs.NewMemory())
			s := startMortal(t, system, "--appendfsync", "always")
			c := s.dial(t)
			do(t, c, "SET", "k", "v")
			system.Set(vfs.Rule{Op: test.op, First: 1, Err: syscall.EIO})
			require.NoError(t, c.Send(wire.Frame("SET", "k", "w")))
			requireClosed(t, c)
			require.True(t, s.died.Load())
			require.Contains(t, s.log.String(), test.line)
		})
	}
}

// A command that fails while it changes keys ends the process: what was done before is in the log and synced, the half of the change is not.
func TestPanicLeavesTheLogWhole(t *testing.T) {
	t.Parallel()
	memory := vfs.NewMemory()
	s := startMortal(t, memory, "--appendfsync", "no")
	c := s.dial(t)
	do(t, c, "SET", "before", "1")
	require.NoError(t, c.Send(wire.Frame("fail.apply")))
	requireClosed(t, c)
	require.True(t, s.died.Load())
	again := startMortal(t, memory.Crash(0))
	require.Equal(t, "*2\r\n$1\r\n1\r\n$-1\r\n", do(t, again.dial(t), "MGET", "before", "half"))
}

// A sync of everysec that takes long is counted once in two seconds.
func TestSlowSyncsAreCounted(t *testing.T) {
	t.Parallel()
	s := startLogged(t, vfs.NewMemory())
	l := s.appendLog
	l.noteDelay()
	require.Zero(t, l.pulse.delayed.Load())
	l.pulse.syncing.Store(-int64(busySync))
	l.noteDelay()
	l.noteDelay()
	require.Equal(t, int64(1), l.pulse.delayed.Load())
	require.Equal(t, 1, strings.Count(s.log.String(), "Asynchronous AOF fsync is taking too long (disk is busy?)."))
	c := s.dial(t)
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_delayed_fsync:1\r\n")
	do(t, c, "CONFIG", "RESETSTAT")
	require.Contains(t, do(t, c, "INFO", "persistence"), "aof_delayed_fsync:0\r\n")
}
