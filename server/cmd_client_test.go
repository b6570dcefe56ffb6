package server

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// field finds a field of the line of CLIENT LIST that has the name.
func field(t testing.TB, list, name, field string) string {
	t.Helper()
	for line := range strings.Lines(list) {
		if strings.Contains(line, " name="+name+" ") {
			found := regexp.MustCompile(`\b` + field + `=([^ \n]*)`).FindStringSubmatch(line)
			require.NotNil(t, found, "%s has no %s", line, field)
			return found[1]
		}
	}
	require.Fail(t, "no client has the name", "%s in\n%s", name, list)
	return ""
}

// TestClientListIsTrue looks at the fields of clients that are busy with nothing, with half a command and with replies they don't read.
func TestClientListIsTrue(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "4")
	asking, half, deaf := s.dial(t), s.dial(t), s.dial(t)
	for name, c := range map[string]*wire.Conn{"asking": asking, "half": half, "deaf": deaf} {
		require.Equal(t, "+OK\r\n", do(t, c, "CLIENT", "SETNAME", name))
	}
	require.Equal(t, "+OK\r\n", do(t, half, "SELECT", "3"))
	require.NoError(t, half.Send([]byte("*2\r\n$3\r\nGET\r\n")))
	require.Equal(t, "+OK\r\n", do(t, asking, "SET", "large", strings.Repeat("x", 1<<20)))
	for range 60 { // the system's own buffers may take more than half of it
		require.NoError(t, deaf.Send(wire.Frame("GET", "large")))
	}
	var list string
	require.Eventually(t, func() bool {
		reply, err := asking.Do("CLIENT", "LIST")
		require.NoError(t, err)
		list = reply.Text
		return field(t, list, "half", "argv-mem") == "13" && field(t, list, "deaf", "events") == "rw" && field(t, list, "deaf", "obl") == "16384"
	}, 10*time.Second, time.Millisecond)
	for want, got := range map[string][2]string{
		"26":          {"asking", "qbuf"},
		"10":          {"asking", "argv-mem"},
		"client|list": {"asking", "cmd"},
		"N":           {"asking", "flags"},
		"r":           {"asking", "events"},
		"3":           {"half", "db"},
		"select":      {"half", "cmd"},
		"get":         {"deaf", "cmd"},
	} {
		require.Equal(t, want, field(t, list, got[0], got[1]), "%s of %s", got[1], got[0])
	}
	require.Equal(t, "0", field(t, list, "half", "qbuf"), "as in Redis what is known to be words of a command is that")
	require.NotEqual(t, "0", field(t, list, "deaf", "omem"))
	require.NotEqual(t, "0", field(t, list, "deaf", "oll"))
}

// TestKilledClientRunsNothingMore kills a client from another loop after its own has read a command and before it runs it.
func TestKilledClientRunsNothingMore(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2")
	victim := s.dial(t)
	require.Equal(t, "+PONG\r\n", do(t, victim, "PING"))
	c := s.clients.all()[0]
	l := c.loop
	l.post(func() {
		c.input.bytes = wire.Frame("SET", "k", "v")
		l.batch.fill(c)
		for !s.gates.trySection() {
		}
		s.kill(c, s.loops[1-l.id])
		s.gates.leaveSection()
		l.batch.run()
	})
	requireClosed(t, victim)
	require.Empty(t, s.clients.all())
	require.Equal(t, "$-1\r\n", do(t, s.dial(t), "GET", "k"))
}

// TestKillFromEveryLoop has clients of all loops kill each other until one is left.
func TestKillFromEveryLoop(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "4")
	const count = 12
	var conns []*wire.Conn
	for range count {
		c := s.dial(t)
		require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
		conns = append(conns, c)
	}
	for i, c := range conns[:count-1] {
		id := strings.Trim(do(t, conns[i+1], "CLIENT", "ID"), ":\r\n")
		require.Equal(t, ":1\r\n", do(t, c, "CLIENT", "KILL", "ID", id, "TYPE", "normal", "USER", "default"))
		requireClosed(t, conns[i+1])
		conns[i+1] = c
	}
	require.Equal(t, ":1\r\n", do(t, conns[0], "CLIENT", "KILL", "SKIPME", "no"))
	requireClosed(t, conns[0])
	require.Eventually(t, func() bool { return s.clients.count.Load() == 0 }, 10*time.Second, time.Millisecond)
	for _, l := range s.loops {
		require.Eventually(t, func() bool { return l.load.Load() == 0 }, 10*time.Second, time.Millisecond)
	}
}

// TestPausedClientIsKilled ends a client that waits for the end of a pause, which then goes on without it.
func TestPausedClientIsKilled(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2")
	paused, other := s.dial(t), s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, paused, "CLIENT", "SETNAME", "paused"))
	require.Equal(t, "+OK\r\n", do(t, other, "CLIENT", "PAUSE", "1000000", "WRITE"))
	require.NoError(t, paused.Send(wire.Frame("SET", "k", "v")))
	require.Eventually(t, func() bool {
		reply, err := other.Do("CLIENT", "LIST")
		require.NoError(t, err)
		return field(t, reply.Text, "paused", "flags") == "b"
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, ":1\r\n", do(t, other, "CLIENT", "KILL", "SKIPME", "yes"))
	requireClosed(t, paused)
	require.Equal(t, "+OK\r\n", do(t, other, "CLIENT", "UNPAUSE"))
	require.Equal(t, "$-1\r\n", do(t, other, "GET", "k"))
}

func TestParseKillFilter(t *testing.T) {
	for words, want := range map[string]string{
		"ID 0":                       "ERR client-id should be greater than 0",
		"ID 9223372036854775808":     "ERR client-id should be greater than 0",
		"TYPE nosuch":                "ERR Unknown client type 'nosuch'",
		"USER nosuch":                "ERR No such user 'nosuch'",
		"SKIPME maybe":               "ERR syntax error",
		"ID 1 TYPE":                  "ERR syntax error",
		"FOO bar":                    "ERR syntax error",
		"id 7 type PubSub skipme NO": "",
	} {
		var args [][]byte
		for _, word := range strings.Fields(words) {
			args = append(args, []byte(word))
		}
		f, errText := parseKillFilter(args)
		require.Equal(t, want, errText, words)
		if want == "" {
			require.Equal(t, clientFilter{id: 7, class: pubSubClient}, f)
		}
	}
}

// BenchmarkDescribe is the cost of a line of CLIENT LIST.
func BenchmarkDescribe(b *testing.B) {
	s := startServer(b, nil)
	conn := s.dial(b)
	do(b, conn, "CLIENT", "SETNAME", "somebody")
	c := s.clients.all()[0]
	s.gates.waitSection()
	defer s.gates.leaveSection()
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		line = c.appendDescription(line[:0], 1_700_000_000_000, 10)
	}
	b.SetBytes(int64(len(line)))
	if len(line) > descriptionBytes {
		b.Log(fmt.Sprintf("longer than expected: %s", line))
	}
}
