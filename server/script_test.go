package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const endless = "while true do end"

// awaitBusy waits until a script keeps the server busy.
func (s *testServer) awaitBusy(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool { return s.scripts.busy.Load() }, 10*time.Second, time.Millisecond)
}

// eachLoops runs a test with one loop and with four.
func eachLoops(t *testing.T, test func(t *testing.T, s *testServer)) {
	for _, threads := range []string{"1", "4"} {
		t.Run(threads, func(t *testing.T) {
			t.Parallel()
			test(t, startServer(t, nil, "--io-threads", threads, "--busy-reply-threshold", "20"))
		})
	}
}

// TestBusyScript has a script run without end: others are told, may do a few things, and end it.
func TestBusyScript(t *testing.T) {
	eachLoops(t, func(t *testing.T, s *testServer) {
		runner, waiting, other := s.dial(t), s.dial(t), s.dial(t)
		sendAll(t, runner, wire.Frame("PING", "before"), wire.Frame("EVAL", endless, "0"), wire.Frame("PING", "after"))
		require.Equal(t, "$6\r\nbefore\r\n", receive(t, runner))
		require.NoError(t, waiting.Send(wire.Frame("GET", "k")))
		require.Equal(t, "-"+errBusyScript+"\r\n", receive(t, waiting))
		s.awaitBusy(t)
		require.Equal(t, "-"+errBusyScript+"\r\n", do(t, other, "PING"))
		require.Equal(t, "-ERR unknown command 'nosuch', with args beginning with: \r\n", do(t, other, "nosuch"))
		require.Equal(t, "+OK\r\n", do(t, other, "WATCH", "k"))
		require.Equal(t, "+OK\r\n", do(t, other, "MULTI"))
		require.Equal(t, "-"+errBusyScript+"\r\n", do(t, other, "SET", "k", "v"))
		require.Contains(t, do(t, other, "EXEC"), "-EXECABORT")
		require.Equal(t, "-"+errBusyScript+"\r\n", do(t, other, "SHUTDOWN"))
		require.Equal(t, "+RESET\r\n", do(t, other, "RESET"))
		require.Equal(t, "+OK\r\n", do(t, other, "SCRIPT", "KILL"))
		require.Contains(t, receive(t, runner), "-ERR Script killed by user with SCRIPT KILL... script: ")
		require.Equal(t, "$5\r\nafter\r\n", receive(t, runner))
		require.Equal(t, "-NOTBUSY No scripts in execution right now.\r\n", do(t, other, "SCRIPT", "KILL"))
		require.Equal(t, "$-1\r\n", do(t, waiting, "GET", "k"))
		require.Equal(t, ":1\r\n", do(t, runner, "EVAL", "return 1", "0"))
		require.Contains(t, s.log.String(), "Slow script detected: still in execution after ")
		require.Contains(t, s.log.String(), "Lua script killed by user with SCRIPT KILL.")
	})
}

// TestBusyWriter can't be killed, but the server can be ended.
func TestBusyWriter(t *testing.T) {
	eachLoops(t, func(t *testing.T, s *testServer) {
		runner, other := s.dial(t), s.dial(t)
		require.NoError(t, runner.Send(wire.Frame("EVAL", "redis.call('set','k','v') "+endless, "0")))
		s.awaitBusy(t)
		require.Contains(t, do(t, other, "SCRIPT", "KILL"), "-UNKILLABLE ")
		require.NoError(t, other.Send(wire.Frame("SHUTDOWN", "NOSAVE")))
		require.Equal(t, 0, s.Wait())
	})
}

// TestBusyTransaction has the script among the commands of EXEC.
func TestBusyTransaction(t *testing.T) {
	eachLoops(t, func(t *testing.T, s *testServer) {
		runner, other := s.dial(t), s.dial(t)
		sendAll(t, runner, wire.Frame("MULTI"), wire.Frame("SET", "a", "1"), wire.Frame("EVAL", endless, "0"), wire.Frame("INCR", "a"),
			wire.Frame("EXEC"), wire.Frame("GET", "a"))
		s.awaitBusy(t)
		require.Equal(t, "+OK\r\n", do(t, other, "SCRIPT", "KILL"))
		for range 4 {
			receive(t, runner)
		}
		reply := receive(t, runner)
		require.Contains(t, reply, "*3\r\n+OK\r\n-ERR Script killed by user")
		require.True(t, strings.HasSuffix(reply, "\r\n:2\r\n"), reply)
		require.Equal(t, "$1\r\n2\r\n", receive(t, runner))
	})
}

// TestBusyGone has the client go whose script runs.
func TestBusyGone(t *testing.T) {
	eachLoops(t, func(t *testing.T, s *testServer) {
		runner, other := s.dial(t), s.dial(t)
		require.NoError(t, runner.Send(wire.Frame("EVAL", endless, "0")))
		s.awaitBusy(t)
		runner.Close()
		require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
		require.Equal(t, "+OK\r\n", do(t, other, "SCRIPT", "KILL"))
		require.Eventually(t, func() bool { return do(t, other, "GET", "k") == "$-1\r\n" }, 10*time.Second, time.Millisecond)
	})
}

// A script stores long strings for longer than its loop waits for it, while the loop has the client's input to itself.
func TestLongStringsOfLongScript(t *testing.T) {
	eachLoops(t, func(t *testing.T, s *testServer) {
		c := s.dial(t)
		value := strings.Repeat("v", 200<<10)
		const script = "for i = 1, 200 do redis.call('SET', KEYS[1], ARGV[1]) end return redis.call('STRLEN', KEYS[1])"
		for range 3 {
			sendAll(t, c, wire.Frame("EVAL", script, "1", "k", value), wire.Frame("SET", "other", value))
			require.Equal(t, ":204800\r\n", receive(t, c))
			require.Equal(t, "+OK\r\n", receive(t, c))
		}
	})
}

// TestScriptOfSomeTime takes longer than its loop waits for it, and less than makes the server busy.
func TestScriptOfSomeTime(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2")
	c := s.dial(t)
	const script = "local n = 0 for i = 1, tonumber(ARGV[1]) do n = n + 1 end return {redis.call('incr',KEYS[1]), n}"
	var frames [][]byte
	counts := []int{1, 1_000_000, 10, 2_000_000, 1}
	for _, count := range counts {
		frames = append(frames, wire.Frame("EVAL", script, "1", "k", fmt.Sprint(count)), wire.Frame("PING", fmt.Sprint(count)))
	}
	sendAll(t, c, frames...)
	for i, count := range counts {
		require.Equal(t, fmt.Sprintf("*2\r\n:%d\r\n:%d\r\n", i+1, count), receive(t, c))
		text := fmt.Sprint(count)
		require.Equal(t, fmt.Sprintf("$%d\r\n%s\r\n", len(text), text), receive(t, c))
	}
}

// TestScriptsOfMany has many clients run scripts of all lengths, whose effects are whole.
func TestScriptsOfMany(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "4", "--busy-reply-threshold", "0")
	const clients, rounds = 6, 40
	const script = `redis.call('incr', 'a') for i = 1, tonumber(ARGV[1]) do end
		local v = redis.call('incr', 'b') if redis.call('get', 'a') ~= tostring(v) then return redis.error_reply('TORN') end return v`
	var running sync.WaitGroup
	for i := range clients {
		c := s.dial(t)
		running.Go(func() {
			for round := range rounds {
				work := "10"
				if (round+i)%10 == 0 {
					work = "100000"
				}
				reply := do(t, c, "EVAL", script, "0", work)
				if reply[0] != ':' {
					t.Errorf("%q", reply)
				}
				if reply := do(t, c, "MGET", "a", "b"); len(reply)%2 != 0 {
					t.Errorf("%q", reply)
				}
			}
		})
	}
	running.Wait()
	c := s.dial(t)
	require.Equal(t, fmt.Sprintf("$3\r\n%d\r\n", clients*rounds), do(t, c, "GET", "b"))
}

// TestPanicInScript costs the client its connection, and can't be caught by the script.
func TestPanicInScript(t *testing.T) {
	codes := make(chan int, 1)
	s := startServer(t, func(s *Server) {
		s.exit = func(code int) {
			codes <- code
			s.stop(code)
		}
	})
	failing, other := s.dial(t), s.dial(t)
	sendAll(t, failing, wire.Frame("EVAL", "redis.call('set','k','v') pcall(redis.call,'fail.read') redis.call('set','k','w')", "0"))
	requireClosed(t, failing)
	require.Equal(t, "$1\r\nv\r\n", do(t, other, "GET", "k"))
	require.EqualValues(t, 1, s.stats.panics.Load())
	require.Equal(t, ":1\r\n", do(t, other, "EVAL", "return 1", "0"))
	require.NoError(t, other.Send(wire.Frame("EVAL", "redis.pcall('fail.apply')", "0")))
	require.Equal(t, 1, <-codes)
}

// TestScriptsOfALog loads a log in which scripts stand as they were sent, as servers before Redis 7 wrote them.
func TestScriptsOfALog(t *testing.T) {
	frame := func(words ...string) string { return string(wire.Frame(words...)) }
	const script = "redis.call('select', 3) redis.call('set', KEYS[1], ARGV[1]) redis.call('pexpire', KEYS[1], 100000) redis.pcall('nosuch') redis.pcall('publish', 'a', 'b') return redis.call('ping')"
	s := startLogged(t, written(t, frame("SELECT", "2")+frame("EVAL", script, "1", "k", "v")+
		frame("EVALSHA", scripting.SHA1(script), "1", "l", "w")+frame("EVAL", "redis.call('set', 'half', 1) error('x')", "0")+
		frame("EVAL", "x y", "0")+frame("EVAL", "return 1", "x")+frame("SET", "last", "1")))
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "SELECT", "3"))
	require.Equal(t, "*2\r\n$1\r\nv\r\n$1\r\nw\r\n", do(t, c, "MGET", "k", "l"))
	require.Equal(t, ":100\r\n", do(t, c, "TTL", "k"))
	require.Equal(t, "+OK\r\n", do(t, c, "SELECT", "2"))
	require.Equal(t, "*2\r\n$1\r\n1\r\n$1\r\n1\r\n", do(t, c, "MGET", "half", "last"))
}
