package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// A client's record is most of what one without buffers takes.
func TestClientBytes(t *testing.T) {
	record := int(unsafe.Sizeof(client{}))
	t.Logf("a record is %d bytes", record)
	require.Greater(t, clientBytes, record)
	require.Less(t, clientBytes, 2*record)
}

// held is what a client was found to hold.
func (s *testServer) held(id int64) int64 {
	if c := s.clients.get(id); c != nil {
		return c.weight.bytes.Load()
	}
	return 0
}

// requireHeld waits until a client is found to hold so many bytes beside its record, or at most half more.
func (s *testServer) requireHeld(t testing.TB, id, bytes int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		held := s.held(id) - clientBytes
		return held >= bytes && held <= bytes+bytes/2+2048
	}, 10*time.Second, time.Millisecond)
}

// requireSums waits until the sums are what the clients hold, and what they would be found to hold now.
func (s *testServer) requireSums(t testing.TB) {
	t.Helper()
	var want, got clientsMemory
	for range 1000 {
		want, got = clientsMemory{}, clientsMemory{}
		for _, l := range s.loops {
			l.turn(func() {
				for _, c := range l.clients.list {
					if held := c.memory(); held != c.weight.bytes.Load() {
						want.normal = -1 << 40
					}
					switch c.class() {
					case normalClient:
						want.normal += c.weight.bytes.Load()
					case pubSubClient:
						want.pubSub += c.weight.bytes.Load()
					case replicaClient:
						want.replicas += c.weight.bytes.Load()
					}
				}
			})
		}
		if got = s.clientsMemory(); got == want {
			return
		}
		time.Sleep(time.Millisecond)
	}
	require.Equal(t, want, got)
}

// hoard holds about so many bytes with a connection, in one of several ways. It may end with an error if that is closed meanwhile.
type hoard func(s *testServer, c *wire.Conn, bytes int) error

var hoards = map[string]hoard{
	"half a command": func(s *testServer, c *wire.Conn, bytes int) error {
		return c.Send(fmt.Appendf(nil, "*2\r\n$%d\r\n%s", bytes, strings.Repeat("v", bytes)))
	},
	"replies unread": hoardReplies,
	"a queue": func(s *testServer, c *wire.Conn, bytes int) error {
		return ask(c, 10, func(i int) []string {
			if i == 0 {
				return []string{"MULTI"}
			}
			return []string{"SET", "k", strings.Repeat("v", bytes/9)}
		})
	},
	"watched keys": func(s *testServer, c *wire.Conn, bytes int) error { return ask(c, bytes/1200, longWords("WATCH")) },
	"channels":     func(s *testServer, c *wire.Conn, bytes int) error { return ask(c, bytes/1200, longWords("SUBSCRIBE")) },
	"patterns":     func(s *testServer, c *wire.Conn, bytes int) error { return ask(c, bytes/1200, longWords("PSUBSCRIBE")) },
	"shards":       func(s *testServer, c *wire.Conn, bytes int) error { return ask(c, bytes/1200, longWords("SSUBSCRIBE")) },
	"prefixes": func(s *testServer, c *wire.Conn, bytes int) error {
		return ask(c, bytes/1200, longWords("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX"))
	},
	"a name": func(s *testServer, c *wire.Conn, bytes int) error {
		return ask(c, 2, func(i int) []string {
			if i == 0 {
				return []string{"CLIENT", "SETNAME", strings.Repeat("n", bytes)}
			}
			return []string{"PING"}
		})
	},
	"waiting": func(s *testServer, c *wire.Conn, bytes int) error {
		words := []string{"BLPOP"}
		for i := range bytes / 2300 {
			words = append(words, fmt.Sprintf("%01000d", i))
		}
		return c.Send(wire.Frame(append(words, "0")...))
	},
	"paused": func(s *testServer, c *wire.Conn, bytes int) error {
		if err := ask(c, 1, func(int) []string { return []string{"CLIENT", "PAUSE", "100000", "WRITE"} }); err != nil {
			return err
		}
		return c.Send(wire.Frame("SET", "k", strings.Repeat("v", bytes)))
	},
}

// hoardReplies reads nothing of what it asks for, until enough waits in the server.
func hoardReplies(s *testServer, c *wire.Conn, bytes int) error {
	if err := ask(c, 1, func(int) []string { return []string{"SETRANGE", "unread", fmt.Sprint(bytes/8 - 1), "v"} }); err != nil {
		return err
	}
	own := s.clientAt(c)
	for own != nil && own.weight.bytes.Load() < int64(bytes) && !own.traffic.gone.Load() {
		if err := c.Send(wire.Frame("GET", "unread")); err != nil {
			return err
		}
		own.loop.turn(func() {})
	}
	return nil
}

// ask sends so many commands, each when the one before is answered.
func ask(c *wire.Conn, count int, words func(i int) []string) error {
	for i := range count {
		if err := c.Send(wire.Frame(words(i)...)); err != nil {
			return err
		}
		if _, err := c.Receive(); err != nil {
			return err
		}
	}
	return nil
}

// longWords are commands that end with another word of a thousand bytes each.
func longWords(words ...string) func(i int) []string {
	return func(i int) []string { return append(slices.Clone(words), fmt.Sprintf("%01000d", i)) }
}

// clientAt is the server's side of a connection, nil if it is gone.
func (s *testServer) clientAt(c *wire.Conn) *client {
	for _, other := range s.clients.all() {
		if other.conn.RemoteAddr() == c.LocalAddr().String() {
			return other
		}
	}
	return nil
}

// TestWeights has clients hold memory in every way: it is counted while they do so, and no more when they have gone.
func TestWeights(t *testing.T) {
	for name, hoard := range hoards {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, nil, "--io-threads", "2")
			before := s.clientsMemory()
			require.Zero(t, before)
			c := s.dial(t)
			id := integer(t, do(t, c, "CLIENT", "ID"))
			s.requireHeld(t, id, 0)
			const bytes = 1 << 20
			require.NoError(t, hoard(s, c, bytes))
			s.requireHeld(t, id, bytes*4/5)
			s.requireSums(t)
			c.Close()
			require.Eventually(t, func() bool { return s.clientsMemory().users() < bytes/4 }, 10*time.Second, time.Millisecond)
			s.requireSums(t)
		})
	}
}

// TestWeightsGoDown has a client give back what it held, each time after another kind of holding it.
func TestWeightsGoDown(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	id := integer(t, do(t, c, "CLIENT", "ID"))
	word := strings.Repeat("w", 200_000)
	for _, steps := range [][][]string{
		{{"MULTI"}, {"SET", "k", word}, {"DISCARD"}},
		{{"MULTI"}, {"SET", "k", word}, {"EXEC"}},
		{{"WATCH", word}, {"UNWATCH"}},
		{{"CLIENT", "SETNAME", word}, {"CLIENT", "SETNAME", ""}},
		{{"HELLO", "3"}, {"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", word}, {"CLIENT", "TRACKING", "OFF"}},
		{{"SUBSCRIBE", word}, {"UNSUBSCRIBE", word}},
	} {
		for _, step := range steps[:len(steps)-1] {
			do(t, c, step...)
		}
		s.requireHeld(t, id, int64(len(word)))
		do(t, c, steps[len(steps)-1]...)
		// The buffer that the long word came in is given back when it isn't needed any more.
		require.Eventually(t, func() bool { return s.held(id) < clientBytes+20_000 }, 10*time.Second, time.Millisecond)
		s.requireSums(t)
	}
}

// TestWeightsByClass has one client change its class, and another follow.
func TestWeightsByClass(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	do(t, c, "PING")
	s.requireSums(t)
	require.Positive(t, s.clientsMemory().normal)
	do(t, c, "SUBSCRIBE", "channel")
	s.requireSums(t)
	require.Zero(t, s.clientsMemory().normal)
	require.Positive(t, s.clientsMemory().pubSub)
	do(t, c, "UNSUBSCRIBE", "channel")
	s.requireSums(t)
	require.Zero(t, s.clientsMemory().pubSub)
	require.NoError(t, c.Send(wire.Frame("SYNC")))
	require.Eventually(t, func() bool { return s.clientsMemory().replicas > 0 }, 10*time.Second, time.Millisecond)
	_, fields := info(t, s.dial(t), "memory")
	require.Equal(t, number(t, fields, "mem_clients_slaves"), number(t, fields, "mem_not_counted_for_evict"))
	require.Positive(t, number(t, fields, "mem_clients_slaves"))
	require.Positive(t, number(t, fields, "mem_clients_normal"))
}
