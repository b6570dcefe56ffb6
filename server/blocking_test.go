package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// blockingRows are commands that take strings and wait for them, as lists will be taken from: TAKE key [key ...] milliseconds deletes the
// first of its keys that is there and answers its name and value; PASS from to milliseconds gives the value another name; TAKE.PANIC panics
// when it is run again.
func blockingRows() []commands.Row {
	row := func(name string, arity int, last int, handler commands.Handler) commands.Row {
		return commands.Row{Name: name, Arity: arity, Flags: commands.FlagWrite | commands.FlagBlocking, ACL: commands.ACLKeyspace, Group: "generic",
			Since: "1.0.0", Summary: "Waits.", Complexity: "O(1)", Keys: []commands.KeySpec{{Begin: commands.AtIndex(1),
				Find: commands.Range(last, 1, 0), Flags: commands.KeyRW | commands.KeyUpdate}}, Handler: handler}
	}
	var runs atomic.Int32
	return append(testRows(), row("take", -3, -2, takeOrWait), row("pass", 4, 1, passOrWait), row("take.panic", 3, 0, func(c *commands.Call) {
		if runs.Add(1) > 1 {
			panic("run again")
		}
		takeOrWait(c)
	}))
}

func takeOrWait(c *commands.Call) {
	keys := c.Args[1 : len(c.Args)-1]
	timeout, ok := timeoutMs(c, c.Args[len(c.Args)-1])
	if !ok {
		return
	}
	for _, key := range keys {
		var e datatypes.Entry
		if c.Peek(&e, key) {
			value := e.AppendString(nil)
			c.Edit().Delete(key)
			c.Changed(key, commands.EventGeneric, "del")
			c.Propagate([]byte("DEL"), key)
			c.Reply.Array(2)
			c.Reply.Bulk(key)
			c.Reply.Bulk(value)
			return
		}
	}
	wait(c, keys, timeout)
}

func passOrWait(c *commands.Call) {
	timeout, ok := timeoutMs(c, c.Args[3])
	if !ok {
		return
	}
	var e datatypes.Entry
	if !c.Peek(&e, c.Args[1]) {
		wait(c, c.Args[1:2], timeout)
		return
	}
	value := e.AppendString(nil)
	c.Edit().Delete(c.Args[1])
	c.Changed(c.Args[1], commands.EventGeneric, "del")
	c.Edit().SetString(c.Args[2], value, datatypes.NoDeadline)
	c.Changed(c.Args[2], commands.EventString, "set")
	c.Reply.Bulk(value)
}

func wait(c *commands.Call, keys [][]byte, timeout time.Duration) {
	if !c.Client.MayBlock() {
		c.Reply.NullArray()
		return
	}
	c.Client.Block(c, datatypes.KindString, keys, timeout, func(w *resp.Writer) { w.NullArray() })
}

// blocked waits until so many clients wait.
func (s *testServer) blocked(t testing.TB, count int) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		return s.waiting.count == count
	}, 10*time.Second, time.Millisecond)
}

// unfinished requires that nothing is kept of those who waited.
func (s *testServer) unfinished(t testing.TB) {
	t.Helper()
	s.blocked(t, 0)
	s.gates.waitSection()
	defer s.gates.leaveSection()
	for _, keys := range s.waiting.byKey {
		require.Empty(t, keys)
	}
	require.Empty(t, s.waiting.ready)
}

func taken(key, value string) string {
	return fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value)
}

func eachThreads(t *testing.T, test func(t *testing.T, s *testServer)) {
	for _, threads := range []string{"1", "4"} {
		t.Run("loops"+threads, func(t *testing.T) {
			s := startServerWith(t, blockingRows(), nil, "--io-threads", threads)
			test(t, s)
			s.unfinished(t)
		})
	}
}

// Those who wait for a key are served in the order of their coming, whatever loop they are on, by whatever changes it.
func TestBlockedFirstComeFirstServed(t *testing.T) {
	eachThreads(t, func(t *testing.T, s *testServer) {
		pusher := s.dial(t)
		var waiters []*wire.Conn
		for i := range 6 {
			c := s.dial(t)
			sendAll(t, c, wire.Frame("TAKE", "other", "k", "0"), wire.Frame("PING", "behind"))
			s.blocked(t, i+1)
			waiters = append(waiters, c)
		}
		for i, words := range []string{"SET k 0", "SET other 1", "MSET x 1 k 2", "INCRBY k 3", "COPYTO", "APPEND k 5"} {
			if words == "COPYTO" {
				do(t, pusher, "SELECT", "1")
				do(t, pusher, "SET", "k", "no")
				do(t, pusher, "SELECT", "0")
				words = "SET k 4"
			}
			do(t, pusher, strings.Fields(words)...)
			key := "k"
			if i == 1 {
				key = "other"
			}
			require.Equal(t, taken(key, fmt.Sprint(i)), receive(t, waiters[i]))
			require.Equal(t, "$6\r\nbehind\r\n", receive(t, waiters[i]), "it goes on")
			s.blocked(t, 5-i)
		}
		require.Equal(t, ":0\r\n", do(t, pusher, "EXISTS", "k", "other"))
	})
}

// One that is served may serve the next, and those served by a transaction are served behind it.
func TestBlockedChains(t *testing.T) {
	eachThreads(t, func(t *testing.T, s *testServer) {
		a, b, c, pusher := s.dial(t), s.dial(t), s.dial(t), s.dial(t)
		sendAll(t, a, wire.Frame("TAKE", "three", "0"))
		s.blocked(t, 1)
		sendAll(t, b, wire.Frame("PASS", "two", "three", "0"))
		s.blocked(t, 2)
		sendAll(t, c, wire.Frame("PASS", "one", "two", "0"))
		s.blocked(t, 3)
		do(t, pusher, "MULTI")
		do(t, pusher, "SET", "one", "x")
		do(t, pusher, "EXISTS", "one")
		do(t, pusher, "SET", "one", "y")
		require.Equal(t, "*3\r\n+OK\r\n:1\r\n+OK\r\n", do(t, pusher, "EXEC"))
		require.Equal(t, taken("three", "y"), receive(t, a))
		require.Equal(t, "$1\r\ny\r\n", receive(t, b))
		require.Equal(t, "$1\r\ny\r\n", receive(t, c))
		require.Equal(t, ":0\r\n", do(t, pusher, "EXISTS", "one", "two", "three"))
		do(t, pusher, "MULTI")
		do(t, pusher, "TAKE", "one", "0")
		require.Equal(t, "*1\r\n*-1\r\n", do(t, pusher, "EXEC"), "in a transaction nobody waits")
	})
}

func TestBlockedUntilTheTimeIsUp(t *testing.T) {
	eachThreads(t, func(t *testing.T, s *testServer) {
		a, b := s.dial(t), s.dial(t)
		began := time.Now()
		sendAll(t, a, wire.Frame("TAKE", "k", "60"), wire.Frame("PING"))
		require.Equal(t, "*-1\r\n", receive(t, a))
		require.GreaterOrEqual(t, time.Since(began), 60*time.Millisecond)
		require.Equal(t, "+PONG\r\n", receive(t, a))
		do(t, b, "SET", "k", "v")
		require.Equal(t, ":1\r\n", do(t, b, "EXISTS", "k"), "nobody waits for it any more")
		require.Contains(t, do(t, b, "INFO", "commandstats"), "cmdstat_take:calls=1,")
	})
}

// What is given to one who has gone is not lost: the next gets it, or it stays.
func TestBlockedWhoHaveGoneTakeNothing(t *testing.T) {
	eachThreads(t, func(t *testing.T, s *testServer) {
		const clients, rounds = 20, 30
		random := rand.New(rand.NewPCG(1, 2))
		var group sync.WaitGroup
		var got sync.Map
		for i := range clients {
			seed := random.Uint64()
			group.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				for range rounds {
					c, err := wire.Dial(s.Addrs()[0].String())
					if err != nil {
						t.Error(err)
						return
					}
					if err := c.Send(wire.Frame("TAKE", "a", "b", "20")); err == nil && random.IntN(3) > 0 {
						reply, err := c.Receive()
						if err == nil && len(reply.Items) == 2 {
							if _, twice := got.LoadOrStore(reply.Items[1].Text, true); twice {
								t.Errorf("%s was given twice", reply.Items[1].Text)
							}
						}
					}
					c.Close()
				}
			})
		}
		pusher := s.dial(t)
		pushed := 0
		for range 2000 {
			if do(t, pusher, "SET", string('a'+byte(random.IntN(2))), fmt.Sprint(pushed), "NX") == "+OK\r\n" {
				pushed++
			}
		}
		group.Wait()
		s.blocked(t, 0)
		require.Positive(t, pushed)
	})
}

// A panic of a command that is run again costs its own client the connection, not the one that woke it.
func TestBlockedPanic(t *testing.T) {
	eachThreads(t, func(t *testing.T, s *testServer) {
		a, pusher := s.dial(t), s.dial(t)
		sendAll(t, a, wire.Frame("TAKE.PANIC", "k", "0"))
		s.blocked(t, 1)
		require.Equal(t, "+OK\r\n", do(t, pusher, "SET", "k", "v"))
		requireClosed(t, a)
		require.Equal(t, "$1\r\nv\r\n", do(t, pusher, "GET", "k"))
		require.True(t, bytes.Contains([]byte(s.log.String()), []byte("run again")))
	})
}
