package server

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// monitor is a new connection that has sent MONITOR.
func (s *testServer) monitor(t *testing.T) *wire.Conn {
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "MONITOR"))
	return c
}

// monitorCount is how many are told.
func (s *testServer) monitorCount() int {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	return len(s.monitors.clients)
}

// shownUntil reads a monitor's lines, without their times, up to one with the mark.
func shownUntil(t *testing.T, c *wire.Conn, mark string) (lines []string) {
	for {
		line := receive(t, c)
		parts := regexp.MustCompile(`^\+[0-9]{10}\.[0-9]{6} (\[[0-9]+ 127\.0\.0\.1:[0-9]+\] ".*")\r\n$`).FindStringSubmatch(line)
		require.NotNil(t, parts, "%q", line)
		lines = append(lines, parts[1])
		if strings.Contains(line, mark) {
			return lines
		}
	}
}

// All monitors are shown the same, and every read behind the writes that it has seen and no others; on four loops, with reads under gates,
// reads on views, and writes, some of them in transactions.
func TestMonitorsSeeTheOrder(t *testing.T) {
	s := startServer(t, func(s *Server) { s.inPlace = 3 }, "--io-threads", "4")
	monitors := []*wire.Conn{s.monitor(t), s.monitor(t), s.monitor(t)}
	const clients, rounds = 6, 150
	var mu sync.Mutex
	seen := map[string]int{} // how many writes a read has seen, by its second key
	var done sync.WaitGroup
	for i := range clients {
		c := s.dial(t)
		done.Add(1)
		go func() {
			defer done.Done()
			for n := range rounds {
				tag := fmt.Sprintf("tag-%d-%d", i, n)
				lines := [...][]string{
					{"MGET n " + tag}, {"SUNION s " + tag}, {"MULTI", "INCR n", "SADD s " + tag, "EXEC"}, {"SUNION s " + tag}, {"INCR n"},
				}[(n+i)%5]
				for _, line := range lines {
					reply, err := c.Do(strings.Fields(line)...)
					if err != nil || reply.IsError() {
						t.Errorf("%s: %v: %s", line, err, reply.String())
						return
					}
					mu.Lock()
					switch line[:4] {
					case "MGET":
						seen[tag], _ = strconv.Atoi(reply.Items[0].Text)
					case "SUNI":
						seen[tag] = len(reply.Items)
					}
					mu.Unlock()
				}
			}
		}()
	}
	done.Wait()
	do(t, s.dial(t), "ECHO", "the end")
	lines := shownUntil(t, monitors[0], "the end")
	for _, other := range monitors[1:] {
		require.Equal(t, lines, shownUntil(t, other, "the end"))
	}
	counter, members, checked := 0, 0, 0
	for i, line := range lines {
		_, words, _ := strings.Cut(line, `] "`)
		list := strings.Split(strings.TrimSuffix(words, `"`), `" "`)
		switch list[0] {
		case "INCR":
			counter++
		case "SADD":
			members++
		case "MGET":
			require.Equal(t, counter, seen[list[2]], "line %d: %s", i, line)
			checked++
		case "SUNION":
			require.Equal(t, members, seen[list[2]], "line %d: %s", i, line)
			checked++
		}
	}
	require.Equal(t, len(seen), checked)
}

// A monitor that doesn't read is cut off, and nobody waits for it.
func TestSlowMonitorIsCutOff(t *testing.T) {
	s := startServer(t, nil, "--client-output-buffer-limit", "normal", "1mb", "0", "0")
	slow, other := s.monitor(t), s.dial(t)
	word := strings.Repeat("z", 100_000)
	for range 1000 {
		require.Equal(t, "+OK\r\n", do(t, other, "SET", "k", word))
		if s.stats.replyLimitClosed.Load() > 0 {
			break
		}
	}
	requireClosed(t, slow)
	require.EqualValues(t, 1, s.stats.replyLimitClosed.Load())
	require.Eventually(t, func() bool { return s.monitorCount() == 0 }, 10*time.Second, time.Millisecond)
}

// Who goes, by whatever way, is no monitor any more.
func TestMonitorsThatGo(t *testing.T) {
	for _, threads := range []string{"1", "4"} {
		s := startServer(t, nil, "--io-threads", threads)
		admin := s.dial(t)
		for _, end := range []func(c *wire.Conn, id string){
			func(c *wire.Conn, _ string) { c.Close() },
			func(c *wire.Conn, _ string) { require.Equal(t, "+RESET\r\n", do(t, c, "RESET")) },
			func(c *wire.Conn, _ string) { require.Equal(t, "+OK\r\n", do(t, c, "QUIT")) },
			func(_ *wire.Conn, id string) { require.Equal(t, ":1\r\n", do(t, admin, "CLIENT", "KILL", "ID", id)) },
			func(c *wire.Conn, id string) { require.NoError(t, c.Send([]byte("*1\r\n!\r\n"))) },
		} {
			c := s.dial(t)
			id := strings.Trim(do(t, c, "CLIENT", "ID"), ":\r\n")
			require.Equal(t, "+OK\r\n", do(t, c, "MONITOR"))
			require.Equal(t, 1, s.monitorCount())
			end(c, id)
			require.Eventually(t, func() bool { return s.monitorCount() == 0 }, 10*time.Second, time.Millisecond)
			require.Equal(t, "+PONG\r\n", do(t, admin, "PING"))
		}
	}
}

// With nobody monitoring nothing is made of a command.
func TestNoMonitorCostsNothing(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	s.gates.waitSection()
	defer s.gates.leaveSection()
	call := &s.clients.all()[0].call
	require.Zero(t, testing.AllocsPerRun(100, func() { s.show(call) }))
}
