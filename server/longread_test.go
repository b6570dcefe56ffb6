package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// A long read answers what was there when it came, in its connection's order, while writers go on; others aren't kept waiting.
func TestLongReads(t *testing.T) {
	for _, threads := range []string{"1", "4"} {
		t.Run("loops"+threads, func(t *testing.T) {
			s := startServer(t, nil, "--io-threads", threads, "--enable-debug-command", "yes")
			c, other := s.dial(t), s.dial(t)
			require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "IN-PLACE", "-1"))
			do(t, c, "DEBUG", "POPULATE", "3000")
			var frames [][]byte
			for i := range 20 {
				frames = append(frames, wire.Frame("KEYS", "*"), wire.Frame("DEL", fmt.Sprintf("key:%d", i)), wire.Frame("PING", fmt.Sprint(i)))
			}
			sendAll(t, c, frames...)
			for i := range 20 {
				reply, err := c.Receive()
				require.NoError(t, err)
				require.Len(t, reply.Items, 3000-i, "KEYS sees what came before it and nothing behind it")
				require.Equal(t, ":1\r\n", receive(t, c))
				require.Equal(t, fmt.Sprintf("$%d\r\n%d\r\n", len(fmt.Sprint(i)), i), receive(t, c))
			}
			require.Contains(t, do(t, other, "INFO", "commandstats"), "cmdstat_keys:calls=20,")
			require.Eventually(t, func() bool { return strings.Contains(do(t, other, "INFO", "memory"), "store_views:0\r\n") }, 10*time.Second, time.Millisecond)

			do(t, other, "MULTI")
			do(t, other, "KEYS", "key:2?")
			do(t, other, "DEL", "key:20")
			do(t, other, "KEYS", "key:2?")
			require.NoError(t, other.Send(wire.Frame("EXEC")))
			reply, err := other.Receive()
			require.NoError(t, err)
			require.Len(t, reply.Items, 3)
			require.Len(t, reply.Items[0].Items, 10)
			require.Len(t, reply.Items[2].Items, 9)
		})
	}
}

// slowRows are a long read that goes on until the test lets it end.
func slowRows(entered, leave chan struct{}) []commands.Row {
	return append(testRows(), commands.Row{Name: "slow", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace, Group: "generic",
		Since: "1.0.0", Summary: "Waits.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			c.OnView(func(c *commands.Call, db datatypes.Reader) {
				entered <- struct{}{}
				<-leave
				c.Reply.Int(int64(db.Len()))
			})
		}})
}

// While a long read goes on everybody else is served, its own connection waits, and a client that leaves meanwhile harms nobody.
func TestLongReadKeepsNobodyWaiting(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := startServerWith(t, slowRows(entered, leave), nil)
	c, other, leaver := s.dial(t), s.dial(t), s.dial(t)
	do(t, other, "SET", "a", "1")
	sendAll(t, c, wire.Frame("SLOW"), wire.Frame("SET", "b", "2"), wire.Frame("GET", "b"))
	<-entered
	sendAll(t, leaver, wire.Frame("SLOW"))
	<-entered
	require.NoError(t, leaver.Close())
	require.Equal(t, "+OK\r\n", do(t, other, "SET", "c", "3"))
	require.Equal(t, ":0\r\n", do(t, other, "EXISTS", "b"))
	leave <- struct{}{}
	leave <- struct{}{}
	require.Equal(t, ":1\r\n", receive(t, c), "what was there when it came")
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "$1\r\n2\r\n", receive(t, c))
}

// A panic in a long read costs its client the connection and nobody else anything.
func TestLongReadPanics(t *testing.T) {
	rows := append(testRows(), commands.Row{Name: "fail.view", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace,
		Group: "generic", Since: "1.0.0", Summary: "Fails.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			c.OnView(func(*commands.Call, datatypes.Reader) { panic("on a view") })
		}})
	s := startServerWith(t, rows, nil)
	c, other := s.dial(t), s.dial(t)
	sendAll(t, c, wire.Frame("FAIL.VIEW"))
	requireClosed(t, c)
	require.Equal(t, "+OK\r\n", do(t, other, "SET", "k", "v"))
	require.Contains(t, s.log.String(), "on a view")
	require.Contains(t, do(t, other, "INFO", "memory"), "store_views:0\r\n")
}
