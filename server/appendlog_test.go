package server

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// logDir is where a log lies in the file systems of tests.
const logDir = "appendonlydir"

// startLogged starts a server that logs to a file system.
func startLogged(t testing.TB, system vfs.FS, args ...string) *testServer {
	t.Helper()
	s := startServer(t, logsTo(system), append([]string{"--appendonly", "yes", "--enable-debug-command", "yes"}, args...)...)
	require.True(t, s.AwaitData(), s.log)
	return s
}

// logsTo has a server use a file system.
func logsTo(system vfs.FS) func(*Server) {
	return func(s *Server) {
		s.saves.files, s.appendLog.files.dir = system, "."
		if _, ok := system.(*barrier); ok { // its syncs are not to keep loops from their clients
			s.appendLog.pulse.shortSync = -1
		}
	}
}

// end ends a server in order.
func (s *testServer) end() {
	s.gates.waitSection()
	s.finish(shutdownArgs{})
	s.gates.leaveSection()
	s.Wait()
}

// logText is what increments hold that end in a suffix, in their order.
func logText(t testing.TB, system vfs.FS, suffix string) (text string) {
	t.Helper()
	names, err := system.List(logDir)
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, suffix) {
			part, err := vfs.ReadFile(system, filepath.Join(logDir, name))
			require.NoError(t, err)
			text += string(part)
		}
	}
	return text
}

// plain makes one line of each record.
func plain(text string) (lines []string) {
	for len(text) > 0 {
		head, rest, _ := strings.Cut(text, "\r\n")
		text = rest
		if !strings.HasPrefix(head, "*") {
			lines = append(lines, head)
			continue
		}
		var count int
		fmt.Sscanf(head, "*%d", &count)
		var words []string
		for range count {
			_, rest, _ := strings.Cut(text, "\r\n")
			word, after, _ := strings.Cut(rest, "\r\n")
			words, text = append(words, word), after
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

// fillKeys makes keys of every kind, in two databases.
func fillKeys(t testing.TB, c *wire.Conn) {
	t.Helper()
	for _, line := range []string{"SET s v", "SET n 12", "SET t v EX 1000", "RPUSH l a b 3 d", "SADD set a b 3", "SADD ints 1 2 3", "ZADD z 1 a 2.5 b -inf c",
		"HSET h f v g 1", "HPEXPIREAT h 9999999999999 FIELDS 1 f", "SELECT 5", "SET other x", "PEXPIREAT other 9999999999999", "SELECT 0", "INCRBYFLOAT f 1.5",
		"SPOP set", "SET long x", "SETRANGE long 100000 end"} {
		reply := do(t, c, strings.Fields(line)...)
		require.NotEqual(t, byte('-'), reply[0], "%s: %s", line, reply)
	}
	for i := range 300 {
		do(t, c, "RPUSH", "many", fmt.Sprint("element ", i))
		do(t, c, "ZADD", "scores", fmt.Sprint(float64(i)/3), fmt.Sprint("member ", i))
		do(t, c, "HSET", "fields", fmt.Sprint("field ", i), strings.Repeat("v", i))
		do(t, c, "SADD", "members", fmt.Sprint("member ", i))
	}
}

func TestLogSurvivesARestart(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--appendfsync", "everysec"}, {"--appendfsync", "no"}, {"--appendfsync", "always", "--io-threads", "4"},
		{"--aof-use-rdb-preamble", "no"}, {"--aof-timestamp-enabled", "yes"}, {"--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			system := vfs.NewMemory()
			s := startLogged(t, system, args...)
			c := s.dial(t)
			fillKeys(t, c)
			want := do(t, c, "DEBUG", "DIGEST")
			s.end()

			s = startLogged(t, system.Crash(0), args...) // an end in order syncs all
			c = s.dial(t)
			require.Equal(t, want, do(t, c, "DEBUG", "DIGEST"), s.log)
			require.Equal(t, "+"+rewriteStarted+"\r\n", do(t, c, "BGREWRITEAOF"))
			do(t, c, "SET", "behind", "the base")
			want = do(t, c, "DEBUG", "DIGEST")
			s.rewritten(t, 1)
			require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "LOADAOF"))
			require.Equal(t, want, do(t, c, "DEBUG", "DIGEST"))
			system = s.saves.files.(*vfs.Memory)
			s.end()

			names, err := system.List(logDir)
			require.NoError(t, err)
			require.Len(t, names, 3, "a base, an increment, the manifest: %s", names)
			require.Equal(t, want, do(t, startLogged(t, system, args...).dial(t), "DEBUG", "DIGEST"))
		})
	}
}

// rewritten waits until so many rewrites have ended.
func (s *testServer) rewritten(t testing.TB, count int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		return s.appendLog.count == count && s.appendLog.running == nil
	}, 10*time.Second, time.Millisecond, s.log)
	s.gates.waitSection()
	ended := s.appendLog.ended
	s.gates.leaveSection()
	<-ended
}

// What goes in is what happened: random choices, times to live and what expired in absolute terms, transactions whole and with one time.
func TestLogHoldsWhatHappened(t *testing.T) {
	t.Parallel()
	system := vfs.NewMemory()
	s := startLogged(t, system, "--aof-timestamp-enabled", "yes")
	c := s.dial(t)
	for _, line := range []string{"SADD set one", "SPOP set", "SET k v PX 1", "GET nosuch", "PUBLISH channel message", "MULTI", "SET a 1", "PUBLISH c m", "INCR a",
		"EXEC", "MULTI", "GET a", "EXEC", "FLUSHDB", "SELECT 3", "SET b 2"} {
		do(t, c, strings.Fields(line)...)
	}
	s.end()
	var got []string
	inside := false
	for _, line := range plain(logText(t, system, ".incr.aof")) {
		inside = line == "MULTI" || inside && line != "EXEC"
		if strings.HasPrefix(line, "#TS:") {
			require.False(t, inside)
			continue
		}
		if strings.HasPrefix(line, "DEL k") || strings.HasPrefix(line, "SET k v PXAT ") {
			continue // its time depends on when it is looked at
		}
		got = append(got, line)
	}
	require.Equal(t, []string{"SELECT 0", "SADD set one", "SREM set one", "MULTI", "SET a 1", "INCR a", "EXEC", "FLUSHDB", "SELECT 3", "SET b 2"}, got)
}

// barrier is a file system whose syncs of increments wait while it is shut.
type barrier struct {
	vfs.FS
	mu     sync.Mutex
	open   *sync.Cond
	shut   bool
	syncs  atomic.Int64 // of increments, begun
	writes atomic.Int64
}

func newBarrier(under vfs.FS) *barrier {
	b := &barrier{FS: under}
	b.open = sync.NewCond(&b.mu)
	return b
}

func (b *barrier) set(shut bool) {
	b.mu.Lock()
	b.shut = shut
	b.mu.Unlock()
	b.open.Broadcast()
}

func (b *barrier) wrap(name string, file vfs.File, err error) (vfs.File, error) {
	if err == nil && strings.HasSuffix(name, ".incr.aof") {
		file = &barrierFile{file, b}
	}
	return file, err
}

func (b *barrier) Create(name string) (vfs.File, error) {
	file, err := b.FS.Create(name)
	return b.wrap(name, file, err)
}

func (b *barrier) Append(name string) (vfs.File, error) {
	file, err := b.FS.Append(name)
	return b.wrap(name, file, err)
}

type barrierFile struct {
	vfs.File
	barrier *barrier
}

func (f *barrierFile) Write(p []byte) (int, error) {
	f.barrier.writes.Add(1)
	return f.File.Write(p)
}

func (f *barrierFile) Sync() error {
	b := f.barrier
	b.syncs.Add(1)
	b.mu.Lock()
	for b.shut {
		b.open.Wait()
	}
	b.mu.Unlock()
	return f.File.Sync()
}

// silent requires that a connection has been sent nothing that the server could have sent by now.
func silent(t testing.TB, s *testServer, c *wire.Conn) {
	t.Helper()
	turned := make(chan bool)
	for _, l := range s.loops {
		for range 3 { // rounds
			l.post(func() { turned <- true })
			<-turned
		}
	}
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Millisecond)))
	n, err := c.Conn.Read(make([]byte, 1))
	require.Zero(t, n)
	require.Error(t, err)
	require.NoError(t, c.SetReadDeadline(time.Time{}))
}

// Under always nobody hears of a write before it is synced: neither who sent it nor who reads it, is told of it, or watches.
func TestNobodyHearsOfWhatIsNotSynced(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "4"} {
		t.Run(threads, func(t *testing.T) {
			t.Parallel()
			system := newBarrier(vfs.NewMemory())
			s := startLogged(t, system, "--appendfsync", "always", "--io-threads", threads, "--notify-keyspace-events", "KEA")
			writer, reader, listener, monitor, quitter := s.dial(t), s.dial(t), s.dial(t), s.dial(t), s.dial(t)
			do(t, listener, "PSUBSCRIBE", "__keyevent*")
			do(t, monitor, "MONITOR")
			do(t, quitter, "PING")
			receive(t, monitor)
			system.set(true)
			defer system.set(false)

			require.NoError(t, writer.Send(wire.Frame("SET", "k", "v")))
			require.Eventually(t, func() bool { return system.syncs.Load() > 0 && s.keys() == 1 }, 10*time.Second, time.Millisecond)
			require.NoError(t, reader.Send(wire.Frame("GET", "k")))
			require.NoError(t, quitter.Send(append(wire.Frame("GET", "k"), wire.Frame("QUIT")...)))
			require.Eventually(t, func() bool { return s.processed("get") == 2 }, 10*time.Second, time.Millisecond)
			for _, c := range []*wire.Conn{writer, reader, listener, monitor, quitter} {
				silent(t, s, c)
			}
			// A group waits; what comes now is in the next one.
			require.NoError(t, writer.Send(wire.Frame("SET", "k", "w")))
			require.NoError(t, reader.Send(wire.Frame("GET", "k")))
			require.Eventually(t, func() bool { return s.processed("get") == 3 }, 10*time.Second, time.Millisecond)
			silent(t, s, writer)

			system.set(false)
			require.Equal(t, "+OK\r\n", receive(t, writer))
			require.Equal(t, "$1\r\nv\r\n", receive(t, reader))
			require.Contains(t, receive(t, listener), "set")
			require.Contains(t, receive(t, monitor), `"SET" "k" "v"`)
			require.Equal(t, "$1\r\nv\r\n", receive(t, quitter))
			require.Equal(t, "+OK\r\n", receive(t, quitter))
			requireClosed(t, quitter)
			require.Equal(t, "+OK\r\n", receive(t, writer))
			require.Contains(t, "$1\r\nw\r\n$1\r\nv\r\n", receive(t, reader))
		})
	}
}

// keys counts the keys of all databases.
func (s *testServer) keys() int {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	return s.keyCount()
}

// processed is how often a command was run.
func (s *testServer) processed(name string) (calls int64) {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	for _, l := range s.loops {
		calls += l.stats.commands[s.table.Lookup([]byte(name)).ID].calls
	}
	return calls
}

// TestGroupCommit has many clients write while a sync takes long: one more sync serves them all.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	const clients = 40
	system := newBarrier(vfs.NewMemory())
	s := startLogged(t, system, "--appendfsync", "always", "--io-threads", "2")
	var conns []*wire.Conn
	for range clients {
		conns = append(conns, s.dial(t))
	}
	system.set(true)
	defer system.set(false)
	require.NoError(t, conns[0].Send(wire.Frame("INCR", "n")))
	require.Eventually(t, func() bool { return system.syncs.Load() == 1 }, 10*time.Second, time.Millisecond)
	for _, c := range conns[1:] {
		require.NoError(t, c.Send(wire.Frame("INCR", "n")))
	}
	require.Eventually(t, func() bool { return s.processed("incr") == clients }, 10*time.Second, time.Millisecond)
	system.set(false)
	for _, c := range conns {
		require.Equal(t, byte(':'), receive(t, c)[0])
	}
	require.LessOrEqual(t, system.syncs.Load(), int64(3))
}

// A large reply that its reader is slow to take is sent as far as it may be, whatever comes behind it.
func TestLargeRepliesBesideTheLog(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			s := startLogged(t, vfs.NewMemory(), "--appendfsync", policy, "--io-threads", "2")
			c := s.dial(t)
			value := strings.Repeat("0123456789", 1<<16)
			do(t, c, "SET", "large", value)
			frames, want := []byte{}, ""
			for i := range 12 {
				frames = append(append(frames, wire.Frame("GET", "large")...), wire.Frame("INCR", "n")...)
				want += fmt.Sprintf("$%d\r\n%s\r\n:%d\r\n", len(value), value, i+1)
			}
			require.NoError(t, c.Send(frames))
			got := ""
			for range 24 {
				got += receive(t, c)
			}
			require.True(t, want == got)
		})
	}
}

// A message that a section sends before it has ended, and so before the log has what it did, is not told before that either.
func TestMessagesOfASectionThatGoesOn(t *testing.T) {
	t.Parallel()
	s := startLogged(t, vfs.NewMemory(), "--io-threads", "2")
	c, other := s.dial(t), s.dial(t)
	do(t, other, "PING")
	do(t, c, "PING")
	client := func(conn *wire.Conn) *client {
		all := s.clients.all()
		return all[slices.IndexFunc(all, func(c *client) bool { return c.conn.RemoteAddr() == conn.LocalAddr().String() })]
	}
	message := func(text string) { delivery{client: client(c), bytes: []byte("+" + text + "\r\n")}.deliver() }
	for range 20 {
		s.gates.waitSection()
		message("one")
		silent(t, s, c)
		message("two")
		silent(t, s, c)
		s.gates.leaveSection()
		require.Equal(t, "+one\r\n", receive(t, c))
		require.Equal(t, "+two\r\n", receive(t, c))
	}
}
