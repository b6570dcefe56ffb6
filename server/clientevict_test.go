package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const megabyte = 1 << 20

// TestHoardersAreEvicted has a client hold more than all may, in every way: it goes, and nobody else does. One that holds less stays.
func TestHoardersAreEvicted(t *testing.T) {
	for name, hoard := range hoards {
		for _, threads := range []string{"1", "3"} {
			t.Run(name+" on "+threads, func(t *testing.T) {
				t.Parallel()
				s := startServer(t, nil, "--io-threads", threads, "--maxmemory-clients", "2mb")
				var others []*wire.Conn
				for range 4 {
					c := s.dial(t)
					do(t, c, "CLIENT", "SETNAME", "other")
					others = append(others, c)
				}
				modest, greedy := s.dial(t), s.dial(t)
				do(t, modest, "PING")
				do(t, greedy, "PING")
				require.NoError(t, hoard(s, modest, megabyte/2))
				own := s.clientAt(greedy)
				_ = hoard(s, greedy, 4*megabyte)
				require.Eventually(t, own.traffic.gone.Load, 10*time.Second, time.Millisecond)
				require.Contains(t, s.log.String(), fmt.Sprintf("Evicting client: id=%d addr=%s ", own.id, greedy.LocalAddr()))
				require.NotNil(t, s.clientAt(modest))
				do(t, others[0], "CLIENT", "UNPAUSE")
				for _, c := range others {
					require.Equal(t, "$5\r\nother\r\n", do(t, c, "CLIENT", "GETNAME"))
				}
				_, fields := info(t, others[0], "stats")
				require.EqualValues(t, 1, number(t, fields, "evicted_clients"))
				s.requireSums(t)
				require.Equal(t, "+OK\r\n", do(t, others[0], "CONFIG", "RESETSTAT"))
				_, fields = info(t, others[0], "stats")
				require.Zero(t, number(t, fields, "evicted_clients"))
			})
		}
	}
}

// halves opens connections that have each sent a beginning of a command, of that size, and waits until it is counted.
func (s *testServer) halves(t *testing.T, sizes ...int) (conns []*wire.Conn) {
	for _, size := range sizes {
		c := s.dial(t)
		do(t, c, "PING")
		own := s.clientAt(c)
		require.NoError(t, hoards["half a command"](s, c, size))
		require.Eventually(t, func() bool { return own.weight.bytes.Load() >= int64(size) }, 10*time.Second, time.Millisecond)
		conns = append(conns, c)
	}
	return conns
}

// TestTheLargestGo lowers the limit under clients of many sizes on many loops, step by step: with each the largest go, at once for who has asked,
// and no more of them than must.
func TestTheLargestGo(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "50")
	control := s.dial(t)
	do(t, control, "CLIENT", "NO-EVICT", "ON")
	var conns []*wire.Conn
	var sizes []int64
	for i := range 50 {
		// In no order of size; each is larger by a tenth than the next smaller one.
		size := 40_000.0
		for range (i*7 + 3) % 50 {
			size *= 1.1
		}
		conns = append(conns, s.halves(t, int(size))...)
		sizes = append(sizes, s.clientAt(conns[i]).weight.bytes.Load())
	}
	s.requireSums(t)
	there := func(i int) bool { return s.clientAt(conns[i]) != nil }
	for _, limit := range []int64{30 * megabyte, 10 * megabyte, 9 * megabyte, megabyte} {
		do(t, control, "CONFIG", "SET", "maxmemory-clients", fmt.Sprint(limit))
		do(t, control, "PING") // the loop has ended the turn of the first one
		held, smallestGone, largestThere := s.clientAt(control).weight.bytes.Load(), int64(1<<60), int64(0)
		for i := range conns {
			if there(i) {
				held += sizes[i]
				largestThere = max(largestThere, sizes[i])
			} else {
				smallestGone = min(smallestGone, sizes[i])
			}
		}
		require.Less(t, held, limit)
		require.GreaterOrEqual(t, held+smallestGone, limit)
		require.LessOrEqual(t, largestThere, smallestGone)
	}
	require.Equal(t, "+PONG\r\n", do(t, control, "PING"))
	for i, c := range conns {
		if !there(i) {
			requireClosed(t, c)
		}
	}
	s.requireSums(t)
}

// TestNoEvict has a client that may not be evicted hold more than all may: others go instead, until it may be.
func TestNoEvict(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-clients", "1mb")
	other, c := s.dial(t), s.dial(t)
	do(t, other, "PING")
	do(t, c, "CLIENT", "NO-EVICT", "ON")
	do(t, c, "MULTI")
	do(t, c, "SET", "k", strings.Repeat("v", 2*megabyte))
	requireClosed(t, other)
	require.Contains(t, s.log.String(), "Over client maxmemory after evicting all evictable clients")
	require.Equal(t, "*1\r\n+OK\r\n", do(t, c, "EXEC"))
	do(t, c, "WATCH", strings.Repeat("k", 2*megabyte))
	require.NoError(t, c.Send(wire.Frame("CLIENT", "NO-EVICT", "OFF")))
	requireClosed(t, c)
	require.Equal(t, "+PONG\r\n", do(t, s.dial(t), "PING"))
}

// A limit of nothing is none; a part of no maxmemory, too.
func TestClientsLimit(t *testing.T) {
	for _, test := range []struct {
		words []string
		want  int64
	}{
		{nil, 0},
		{[]string{"--maxmemory", "100mb"}, 0},
		{[]string{"--maxmemory-clients", "0"}, 0},
		{[]string{"--maxmemory-clients", "1"}, leastClientsLimit},
		{[]string{"--maxmemory-clients", "7%"}, 0},
		{[]string{"--maxmemory-clients", "7%", "--maxmemory", "6mb"}, 440401},
		{[]string{"--maxmemory-clients", "1%", "--maxmemory", "6mb"}, leastClientsLimit},
		{[]string{"--maxmemory-clients", "3000000"}, 3000000},
		{[]string{"--maxmemory-clients", "100%", "--maxmemory", "9223372036854775807"}, 1<<63 - 1},
	} {
		config, err := conf.Load(test.words, nil)
		require.NoError(t, err)
		require.Equal(t, test.want, clientsLimit(config), "%v", test.words)
	}
}

// TestPartOfMaxmemory has the limit follow maxmemory.
func TestPartOfMaxmemory(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-clients", "10%", "--maxmemory", "100mb")
	c, control := s.halves(t, 2*megabyte)[0], s.dial(t)
	do(t, control, "CONFIG", "SET", "maxmemory", "50mb")
	require.NotNil(t, s.clientAt(c))
	do(t, control, "CONFIG", "SET", "maxmemory", "15mb")
	requireClosed(t, c)
}

// TestSubscriberIsEvicted has one of many subscribers not read.
func TestSubscriberIsEvicted(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2", "--maxmemory-clients", "4mb", "--client-output-buffer-limit", "pubsub", "0", "0", "0")
	slow, fast, publisher := s.dial(t), s.dial(t), s.dial(t)
	do(t, slow, "SUBSCRIBE", "channel")
	do(t, fast, "SUBSCRIBE", "channel")
	own := s.clientAt(slow)
	for range 1000 {
		if own.traffic.gone.Load() {
			break
		}
		do(t, publisher, "PUBLISH", "channel", strings.Repeat("m", 100_000))
		receive(t, fast)
	}
	requireClosed(t, slow)
	require.NotNil(t, s.clientAt(fast))
}

// TestRepliesMadeElsewhere has a reply grow beyond the limit while it is made on a view, and in a transaction: it is given up.
func TestRepliesMadeElsewhere(t *testing.T) {
	for _, transaction := range []bool{false, true} {
		s := startServer(t, nil, "--maxmemory-clients", "4mb")
		filler := s.dial(t)
		for i := range 64 {
			words := []string{"RPUSH", "list"}
			for j := range 64 {
				words = append(words, fmt.Sprintf("%05000d", i*64+j))
			}
			do(t, filler, words...)
		}
		c := s.dial(t)
		if transaction {
			do(t, c, "MULTI")
			for range 10 {
				do(t, c, "LRANGE", "list", "0", "-1")
			}
			require.NoError(t, c.Send(wire.Frame("EXEC")))
		} else {
			require.NoError(t, c.Send(wire.Frame("LRANGE", "list", "0", "-1")))
		}
		requireClosed(t, c)
		require.Contains(t, s.log.String(), "Evicting client: ")
		require.Equal(t, "+PONG\r\n", do(t, filler, "PING"))
		s.requireSums(t)
	}
}

// TestReplyStopsGrowing has a reply grow elsewhere for as long as somebody is said to read it.
func TestReplyStopsGrowing(t *testing.T) {
	const enough = 512 * megabyte
	stopped := make(chan int, 1)
	grow := commands.Row{Name: "grow", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace, Group: "generic", Since: "1.0.0",
		Summary: "Replies with much.", Complexity: "O(1)", Handler: func(c *commands.Call) {
			c.OnView(func(c *commands.Call, db datatypes.Reader) {
				piece, bytes := strings.Repeat("x", 10_000), 0
				for bytes < enough && c.Breathe() {
					c.Reply.BulkString(piece)
					bytes += len(piece)
				}
				stopped <- bytes
			})
		}}
	s := startServerWith(t, []commands.Row{grow}, nil, "--io-threads", "2", "--maxmemory-clients", "4mb")
	c := s.dial(t)
	require.NoError(t, c.Send(wire.Frame("GROW")))
	requireClosed(t, c)
	require.Less(t, <-stopped, enough)
	s.requireSums(t)
}

// TestTransactionStopsReplying has EXEC run all of its commands, but gather no more of their replies than makes an end of the client.
func TestTransactionStopsReplying(t *testing.T) {
	const commandCount = 50
	for _, limit := range [][]string{{"--maxmemory-clients", "4mb"}, {"--client-output-buffer-limit", "normal", "4mb", "0", "0"}} {
		ran, most := 0, int64(0)
		fill := commands.Row{Name: "fill", Arity: 1, Flags: commands.FlagReadonly, ACL: commands.ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary: "Replies with much.", Complexity: "O(1)", Handler: func(c *commands.Call) {
				c.Reply.BulkString(strings.Repeat("x", megabyte))
				ran, most = ran+1, max(most, c.Reply.MemoryBytes())
			}}
		s := startServerWith(t, []commands.Row{fill}, nil, append(limit, "--io-threads", "1")...)
		c := s.dial(t)
		do(t, c, "MULTI")
		for range commandCount {
			do(t, c, "FILL")
		}
		require.NoError(t, c.Send(wire.Frame("EXEC")))
		requireClosed(t, c)
		s.loops[0].turn(func() {
			require.Equal(t, commandCount, ran)
			require.Less(t, most, int64(6*megabyte))
		})
	}
}

// TestEvictionBuckets has DEBUG CLIENT-EVICTION tell of those who may be evicted.
func TestEvictionBuckets(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-clients", "10mb", "--enable-debug-command", "yes")
	s.halves(t, 40_000, 40_000, megabyte)
	control := s.dial(t)
	do(t, control, "CLIENT", "NO-EVICT", "ON")
	lines := strings.Split(do(t, control, "DEBUG", "CLIENT-EVICTION"), "\n")[1:]
	require.Len(t, lines[:len(lines)-2], evictionBuckets) // behind them is the end of the reply
	require.Regexp(t, `^bucket +0 - +32767: tot-mem: +0, clients: 0$`, lines[0])
	require.Regexp(t, `^bucket +32768 - +65535: tot-mem: +[89]\d{4}, clients: 2$`, lines[1])
	require.Regexp(t, `^bucket +1048576 - +2097151: tot-mem: +1\d{6}, clients: 1$`, lines[6])
	require.Regexp(t, `^bucket +4294967296\+            : tot-mem: +0, clients: 0$`, lines[evictionBuckets-1])
}

// TestPipelineIsCutOff has a client ask for much in one go: it is evicted in the middle of that, not behind it.
func TestPipelineIsCutOff(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-clients", "10mb")
	c, other := s.dial(t), s.dial(t)
	do(t, c, "SETRANGE", "k", "500000", "v")
	var pipeline []byte
	for range 1000 {
		pipeline = append(pipeline, wire.Frame("GET", "k")...)
	}
	_ = c.Send(append(pipeline, wire.Frame("SET", "reached", "end")...))
	own := s.clientAt(c)
	require.Eventually(t, func() bool { return own == nil || own.traffic.gone.Load() }, 10*time.Second, time.Millisecond)
	require.Equal(t, ":0\r\n", do(t, other, "EXISTS", "reached"))
	_, fields := info(t, other, "commandstats")
	var calls int
	_, err := fmt.Sscanf(fields["cmdstat_get"], "calls=%d,", &calls)
	require.NoError(t, err)
	require.Less(t, calls, 100)
}

// TestManyWords has a command of so many words that their list would be too much, though the bytes aren't.
func TestManyWords(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-clients", "6mb")
	c := s.dial(t)
	do(t, c, "PING")
	require.NoError(t, c.Send(append([]byte("*300000\r\n$3\r\nDEL\r\n"), strings.Repeat("$0\r\n\r\n", 299_999)...)))
	requireClosed(t, c)
	require.Contains(t, s.log.String(), "Evicting client: ")
	c = s.dial(t)
	require.NoError(t, c.Send(append([]byte("*100000\r\n$3\r\nDEL\r\n"), strings.Repeat("$0\r\n\r\n", 99_999)...)))
	require.Equal(t, ":0\r\n", receive(t, c))
	s.requireSums(t)
}

// TestEvictionUnderLoad has clients of several loops hold much and little at once, by all ways, under a limit that changes: the sums stay true,
// and those who hold little are hardly ever touched.
func TestEvictionUnderLoad(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "4", "--maxmemory-clients", "4mb")
	var working sync.WaitGroup
	rounds := 6
	if raceDetector {
		rounds = 2
	}
	for name, hoard := range hoards {
		if name == "paused" {
			continue
		}
		working.Add(1)
		go func() {
			defer working.Done()
			for i := range rounds {
				c, err := wire.Dial(s.Addrs()[0].String())
				if err != nil {
					t.Error(err)
					return
				}
				_ = hoard(s, c, (1+i%3)*megabyte)
				c.Close()
			}
		}()
	}
	control := s.dial(t)
	do(t, control, "CLIENT", "NO-EVICT", "ON")
	done := make(chan struct{})
	go func() {
		working.Wait()
		close(done)
	}()
	for i := 0; ; i++ {
		select {
		case <-done:
			require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
			s.requireSums(t)
			s.clients.shelves.mu.Lock()
			defer s.clients.shelves.mu.Unlock()
			require.Zero(t, s.clients.shelves.leaving)
			for _, c := range s.clients.shelves.first {
				require.Nil(t, c)
			}
			return
		default:
			do(t, control, "CONFIG", "SET", "maxmemory-clients", fmt.Sprint((i%4)*2*megabyte))
			do(t, control, "CLIENT", "LIST")
		}
	}
}
