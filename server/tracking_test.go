package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// trackingClient is a connection in RESP3 that tracks.
func trackingClient(t *testing.T, s *testServer, options ...string) *wire.Conn {
	c := s.dial(t)
	do(t, c, "HELLO", "3")
	require.Equal(t, "+OK\r\n", do(t, c, append([]string{"CLIENT", "TRACKING", "ON"}, options...)...))
	return c
}

func invalidated(key string) string {
	return fmt.Sprintf(">2\r\n$10\r\ninvalidate\r\n*1\r\n$%d\r\n%s\r\n", len(key), key)
}

// What is changed while a long read goes on is told behind the read's reply: before it, a client would take it for an older change, and
// keep what it then reads for good.
func TestInvalidationBehindALongReply(t *testing.T) {
	for _, mute := range []bool{false, true} {
		s := startServer(t, nil, "--io-threads", "2")
		c, other := trackingClient(t, s), s.dial(t)
		do(t, other, "MSET", "small", "s", "large", strings.Repeat("x", 3<<20))
		free := keepWorkers(t, s)
		if mute {
			require.NoError(t, c.Send(wire.Frame("CLIENT", "REPLY", "OFF")))
		}
		require.NoError(t, c.Send(wire.Frame("MGET", "small", "large")))
		require.Eventually(t, func() bool { return strings.Contains(do(t, other, "INFO", "memory"), "store_views:1\r\n") }, 10*time.Second, time.Millisecond)
		require.Equal(t, "+OK\r\n", do(t, other, "SET", "small", "t"))
		free()
		if !mute {
			reply, err := c.Receive()
			require.NoError(t, err)
			require.Len(t, reply.Items, 2)
			require.Equal(t, "s", reply.Items[0].Text)
		}
		require.Equal(t, invalidated("small"), receive(t, c))
	}
}

// Results that were built on a view invalidate their key when they are stored.
func TestInvalidationByAStoredResult(t *testing.T) {
	s := startServer(t, func(s *Server) { s.inPlace = 0 }, "--io-threads", "2")
	c, other := trackingClient(t, s, "BCAST", "PREFIX", "dst"), s.dial(t)
	byKey := trackingClient(t, s)
	do(t, other, "SADD", "a", "1", "2")
	do(t, byKey, "EXISTS", "dst")
	require.Equal(t, ":2\r\n", do(t, other, "SUNIONSTORE", "dst", "a"))
	require.Equal(t, invalidated("dst"), receive(t, c))
	require.Equal(t, invalidated("dst"), receive(t, byKey))
}

// A transaction that reads more keys than are remembered, and a client that reads ever more, stay near the limit, and what is given up is told,
// even to who doesn't want to hear of its own changes.
func TestTrackedKeysAreBounded(t *testing.T) {
	const limit, keys = 50, 2000
	s := startServer(t, nil, "--io-threads", "2", "--tracking-table-max-keys", fmt.Sprint(limit))
	c := trackingClient(t, s, "NOLOOP")
	tracked := func() int64 {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		return s.caching.table.Keys()
	}
	given := 0
	next := func() wire.Reply {
		for {
			reply, err := c.Receive()
			require.NoError(t, err)
			if reply.Kind != '>' {
				return reply
			}
			given++
		}
	}
	for i := range keys {
		require.NoError(t, c.Send(wire.Frame("GET", fmt.Sprint(i))))
		next()
		require.LessOrEqual(t, tracked(), int64(limit+1))
	}
	many := []string{"MGET"}
	for i := range keys {
		many = append(many, fmt.Sprint("many", i))
	}
	for _, words := range [][]string{{"MULTI"}, many, {"EXEC"}} {
		require.NoError(t, c.Send(wire.Frame(words...)))
		next()
	}
	require.Eventually(t, func() bool {
		require.NoError(t, c.Send(wire.Frame("PING")))
		next()
		return tracked() <= limit
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Send(wire.Frame("PING")))
	next()
	require.Equal(t, 2*keys-limit, given)
}

// Who goes leaves nothing behind but numbers, which a change takes away.
func TestTrackersGo(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2")
	other := s.dial(t)
	for range 20 {
		c := trackingClient(t, s)
		do(t, c, "GET", "k")
		broadcasting := trackingClient(t, s, "BCAST", "PREFIX", "k")
		require.NoError(t, c.Close())
		require.NoError(t, broadcasting.Close())
	}
	require.Contains(t, do(t, other, "INFO", "stats"), "tracking_total_items:20\r\n")
	do(t, other, "SET", "k", "1")
	require.Eventually(t, func() bool {
		return strings.Contains(do(t, other, "INFO", "stats"), "tracking_total_keys:0\r\ntracking_total_items:0\r\ntracking_total_prefixes:0\r\n") &&
			strings.Contains(do(t, other, "INFO", "clients"), "tracking_clients:0\r\n")
	}, 10*time.Second, time.Millisecond)
}
