package server

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/transport"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// lockedBuffer is a log that tests read while the server writes it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// testServer is a server inside the test's process.
type testServer struct {
	*Server
	log *lockedBuffer
}

// startServer runs a server on a free port of 127.0.0.1 until the test ends; args are redis-server's words. prepare may be nil; it runs
// before anything is served.
func startServer(t testing.TB, prepare func(*Server), args ...string) *testServer {
	t.Helper()
	return startServerWith(t, testRows(), prepare, args...)
}

// startServerWith is startServer with other commands that only the test has.
func startServerWith(t testing.TB, rows []commands.Row, prepare func(*Server), args ...string) *testServer {
	t.Helper()
	at := 0
	if len(args) > 0 && !strings.HasPrefix(args[0], "--") {
		at = 1 // behind the file's name
	}
	config, err := conf.Load(slices.Insert(slices.Clone(args), at, "--save", "", "--dir", t.TempDir()), nil)
	require.NoError(t, err)
	log := &lockedBuffer{}
	s, err := newServer(config, oplog.New(log, oplog.LevelVerbose), rows...)
	require.NoError(t, err)
	s.listeners, err = transport.ListenAll([]string{"127.0.0.1"}, 0, s.listenConfig())
	require.NoError(t, err)
	s.port, s.binds = int(config.Int("port")), config.Words("bind")
	if prepare != nil {
		prepare(s)
	}
	s.Serve()
	t.Cleanup(func() {
		s.stop(0)
		s.Wait()
	})
	return &testServer{s, log}
}

// testRows are commands that only tests have: one that panics while it reads, one before it changes anything, one after.
func testRows() []commands.Row {
	row := func(name string, flags commands.Flag, handler commands.Handler) commands.Row {
		return commands.Row{Name: name, Arity: 1, Flags: flags, ACL: commands.ACLKeyspace, Group: "generic", Since: "1.0.0", Summary: "Fails.",
			Complexity: "O(1)", Handler: handler}
	}
	return []commands.Row{
		row("fail.read", commands.FlagReadonly, func(c *commands.Call) { panic("in a read") }),
		row("fail.parse", commands.FlagWrite, func(c *commands.Call) { panic("before the change") }),
		row("fail.apply", commands.FlagWrite, func(c *commands.Call) {
			c.Edit().SetString([]byte("half"), nil, 0)
			panic("in the change")
		}),
	}
}

// dial connects to the server.
func (s *testServer) dial(t testing.TB) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(s.Addrs()[0].String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// do sends a command and returns the reply's bytes.
func do(t testing.TB, c *wire.Conn, words ...string) string {
	t.Helper()
	require.NoError(t, c.Send(wire.Frame(words...)))
	return receive(t, c)
}

func receive(t testing.TB, c *wire.Conn) string {
	t.Helper()
	reply, err := c.Receive()
	require.NoError(t, err)
	return string(reply.Raw)
}

// requireClosed reads until the server has closed the connection.
func requireClosed(t testing.TB, c *wire.Conn) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := io.Copy(io.Discard, c.Conn)
	if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
		t.Fatal("the connection is still open")
	}
}

// TestStringsOverTheWire runs the first commands with one loop and with four.
func TestStringsOverTheWire(t *testing.T) {
	for _, threads := range []string{"1", "4"} {
		t.Run(threads, func(t *testing.T) {
			c := startServer(t, nil, "--io-threads", threads).dial(t)
			require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", "v"))
			require.Equal(t, "$1\r\nv\r\n", do(t, c, "GET", "k"))
			require.Equal(t, "$-1\r\n", do(t, c, "GET", "absent"))
			require.Equal(t, ":1\r\n", do(t, c, "INCR", "n"))
			require.Equal(t, "*3\r\n$1\r\nv\r\n$-1\r\n$1\r\n1\r\n", do(t, c, "MGET", "k", "absent", "n"))
			require.Equal(t, ":2\r\n", do(t, c, "DEL", "k", "n", "absent"))
		})
	}
}

// TestBytesInAnyPieces sends one stream cut at every place: the answers are the same.
func TestBytesInAnyPieces(t *testing.T) {
	s := startServer(t, nil)
	stream := append(wire.Frame("SET", "k", strings.Repeat("x", 300)), "PING\r\n"...)
	stream = append(append(stream, wire.Frame("GET", "k")...), wire.Frame("QUIT")...)
	want := "+OK\r\n+PONG\r\n$300\r\n" + strings.Repeat("x", 300) + "\r\n+OK\r\n"
	for cut := 1; cut < len(stream); cut += 7 {
		c := s.dial(t)
		require.NoError(t, c.Send(stream[:cut]))
		require.NoError(t, c.Send(stream[cut:]))
		require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
		got, err := io.ReadAll(c.Conn)
		require.NoError(t, err)
		require.Equal(t, want, string(got), "cut at %d", cut)
	}
}

// TestManyLoopsCountTogether has 16 clients on four loops increase a few counters in pipelines; nothing is lost.
func TestManyLoopsCountTogether(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "4")
	const clients, rounds, depth = 16, 20, 50
	var done sync.WaitGroup
	for range clients {
		c := s.dial(t)
		done.Add(1)
		go func() {
			defer done.Done()
			pipeline := bytes.Repeat(append(wire.Frame("INCR", "n"), wire.Frame("GET", "n")...), depth)
			for range rounds {
				if err := c.Send(pipeline); err != nil {
					t.Error(err)
					return
				}
				for range 2 * depth {
					if _, err := c.Receive(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		}()
	}
	done.Wait()
	want := fmt.Sprint(clients * rounds * depth)
	require.Equal(t, fmt.Sprintf("$%d\r\n%s\r\n", len(want), want), do(t, s.dial(t), "GET", "n"))
}

// TestBadFrameAfterGoodCommands answers what came before, then the error, then closes.
func TestBadFrameAfterGoodCommands(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	require.NoError(t, c.Send(append(wire.Frame("SET", "k", "v"), "*1\r\n$9223372036854775807\r\n"...)))
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "-ERR Protocol error: invalid bulk length\r\n", receive(t, c))
	requireClosed(t, c)
	require.Equal(t, "$1\r\nv\r\n", do(t, s.dial(t), "GET", "k"))
}

// TestLargeValueInPieces sends 32 MB in small pieces; the client's buffer ends at its size.
func TestLargeValueInPieces(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	const size = 32 << 20
	require.NoError(t, c.Send(fmt.Appendf(nil, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n", size)))
	piece := bytes.Repeat([]byte("y"), 10_000)
	for sent := 0; sent < size; sent += len(piece) {
		require.NoError(t, c.Send(piece[:min(len(piece), size-sent)]))
	}
	require.NoError(t, c.Send([]byte("\r\n")))
	require.Equal(t, "+OK\r\n", receive(t, c))
	reply := do(t, c, "GET", "k")
	require.Len(t, reply, size+len("$33554432\r\n\r\n"))
}

// TestReplyLimit cuts off a client that never reads, while others are served.
func TestReplyLimit(t *testing.T) {
	s := startServer(t, nil, "--client-output-buffer-limit", "normal", "1mb", "0", "0")
	other := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, other, "SET", "k", strings.Repeat("z", 100_000)))
	deaf := s.dial(t)
	pipeline := bytes.Repeat(wire.Frame("GET", "k"), 1000)
	require.NoError(t, deaf.Send(pipeline))
	requireClosed(t, deaf)
	require.Equal(t, "+PONG\r\n", do(t, other, "PING"))
	require.Contains(t, s.log.String(), "overcoming of output buffer limits")
	require.EqualValues(t, 1, s.stats.replyLimitClosed.Load())
}

// TestQueryBufferLimit cuts off a client whose unfinished command grows too large.
func TestQueryBufferLimit(t *testing.T) {
	s := startServer(t, nil, "--client-query-buffer-limit", "1mb")
	c := s.dial(t)
	require.NoError(t, c.Send([]byte("*2\r\n$3\r\nGET\r\n$100000000\r\n")))
	for range 300 {
		if c.Send(bytes.Repeat([]byte("q"), 10_000)) != nil {
			break
		}
	}
	requireClosed(t, c)
	require.Contains(t, s.log.String(), "max query buffer length")
}

// TestStoppedStoreStallsNoLoop takes the section away for a while: clients wait, loops don't, and everybody is answered in the end.
func TestStoppedStoreStallsNoLoop(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2")
	s.gates.waitSection()
	var conns []*wire.Conn
	for i := range 8 {
		c := s.dial(t)
		require.NoError(t, c.Send(append(wire.Frame("SET", fmt.Sprint("k", i), "v"), wire.Frame("GET", fmt.Sprint("k", i))...)))
		conns = append(conns, c)
	}
	require.Eventually(t, func() bool { return s.gates.parked.Load() >= 8 }, 10*time.Second, time.Millisecond)
	conns[0].Close()
	s.gates.leaveSection()
	for _, c := range conns[1:] {
		require.Equal(t, "+OK\r\n", receive(t, c))
		require.Equal(t, "$1\r\nv\r\n", receive(t, c))
	}
	require.Eventually(t, func() bool { return s.clients.count.Load() == 7 }, 10*time.Second, time.Millisecond)
}

// TestIdleClientHoldsNoBuffers looks at a client after it has been served.
func TestIdleClientHoldsNoBuffers(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	require.NoError(t, c.Send([]byte("*1\r\n$4\r\nPI")))
	require.NoError(t, c.Send([]byte("NG\r\n")))
	require.Equal(t, "+PONG\r\n", receive(t, c))
	served := s.clients.all()[0]
	require.Eventually(t, func() bool {
		idle := make(chan bool)
		served.loop.post(func() { idle <- served.input.own == nil && served.reply.MemoryBytes() == 0 })
		return <-idle
	}, 10*time.Second, time.Millisecond)
}

// TestHotPathAllocatesNothing counts allocations of a SET and a GET from bytes to reply.
func TestHotPathAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	s := startServer(t, nil)
	c := s.dial(t)
	frame := append(wire.Frame("SET", "k", "v"), wire.Frame("GET", "k")...)
	answer := make([]byte, len("+OK\r\n$1\r\nv\r\n"))
	round := func() {
		if _, err := c.Conn.Write(frame); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadFull(c.Conn, answer); err != nil {
			t.Error(err)
		}
	}
	for range 100 {
		round()
	}
	require.Less(t, testing.AllocsPerRun(500, round), 1.0)
}
