package memcache

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// session is a connection of each protocol to one server.
type session struct {
	t      testing.TB
	redis  *wire.Conn
	conn   net.Conn
	reader *bufio.Reader
}

func newSession(t testing.TB, s *peer.Server, addr string) *session {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &session{t, s.Dial(t), conn, bufio.NewReader(conn)}
}

// items sends text to memcached's port and returns what is answered, lines joined by |.
func (s *session) items(text string) string {
	s.t.Helper()
	s.conn.SetDeadline(time.Now().Add(timeout))
	_, err := s.conn.Write([]byte(strings.ReplaceAll(text, "|", "\r\n") + "\r\nmn\r\n"))
	require.NoError(s.t, err)
	var lines []string
	for {
		line, err := s.reader.ReadString('\n')
		require.NoError(s.t, err, "after %q: %q", text, lines)
		if line = strings.TrimRight(line, "\r\n"); line == "MN" {
			return strings.Join(lines, "|")
		}
		lines = append(lines, line)
	}
}

// do sends a command to the other port and returns the reply as it came.
func (s *session) do(words ...string) string {
	s.t.Helper()
	reply, err := s.redis.Do(words...)
	require.NoError(s.t, err)
	return string(reply.Raw)
}

// number is the one that gets tells of a key.
func (s *session) number(key string) string {
	s.t.Helper()
	words := strings.Fields(strings.Split(s.items("gets "+key), "|")[0])
	require.Len(s.t, words, 5)
	return words[4]
}

func start(t testing.TB, directives ...string) *session {
	server, addr := startOurs(t, directives...)
	return newSession(t, server, addr)
}

func TestOneKeyspace(t *testing.T) {
	s := start(t)
	require.Equal(t, "STORED", s.items("set k 5 100 3|abc"))
	require.Equal(t, "$3\r\nabc\r\n", s.do("GET", "k"))
	require.Equal(t, ":100\r\n", s.do("TTL", "k"))
	require.Equal(t, ":6\r\n", s.do("APPEND", "k", "def"))
	require.Equal(t, "VALUE k 5 6|abcdef|END", s.items("get k"))
	s.do("SET", "k", "other")
	require.Equal(t, "VALUE k 0 5|other|END", s.items("get k"))
	s.do("SET", "n", "41")
	require.Equal(t, "42", s.items("incr n 1"))
	require.Equal(t, ":43\r\n", s.do("INCR", "n"))
	require.Equal(t, "$3\r\nint\r\n", s.do("OBJECT", "ENCODING", "n"))
	s.do("SET", "expired", "x", "PX", "1")
	require.Eventually(t, func() bool { return s.items("get expired") == "END" }, timeout, time.Millisecond)
	s.do("SET", "in another database", "x")
	require.Equal(t, "VA 1|x", s.items("mg aW4gYW5vdGhlciBkYXRhYmFzZQ== b v"))
	require.Equal(t, "OK", s.items("flush_all"))
	require.Equal(t, ":0\r\n", s.do("DBSIZE"))
}

func TestNumbersOfBothProtocols(t *testing.T) {
	for _, loops := range []string{"1", "3"} {
		s := start(t, "--io-threads", loops)
		seen := map[string]bool{}
		for _, write := range [][]string{{"SET", "k", "v"}, {"APPEND", "k", "v"}, {"SETRANGE", "k", "0", "x"}, {"SET", "k", "7"}, {"INCR", "k"},
			{"GETSET", "k", "7"}, {"MSET", "k", "8"}, {"SETBIT", "k", "1", "1"}, {"COPY", "other", "k", "REPLACE"}, {"RENAME", "other", "k"}} {
			require.Equal(t, "STORED|STORED", s.items("set k 1 0 1|1|set other 2 0 1|2"))
			number := s.number("k")
			require.False(t, seen[number], "%v", write)
			seen[number] = true
			require.Equal(t, number, s.number("k"))
			s.do(write...)
			require.Equal(t, "EXISTS", s.items("cas k 0 0 1 "+number+"|x"), "%v", write)
		}
		s.items("set k 1 0 1|1")
		number := s.number("k")
		for _, other := range [][]string{{"EXPIRE", "k", "100"}, {"PERSIST", "k"}, {"GET", "k"}, {"OBJECT", "ENCODING", "k"}} {
			s.do(other...)
		}
		require.Equal(t, "STORED", s.items("cas k 0 0 1 "+number+"|x"))
		s.do("DEL", "k")
		require.Equal(t, "NOT_FOUND", s.items("cas k 0 0 1 "+number+"|x"))
	}
}

func TestKeysOfOtherTypes(t *testing.T) {
	s := start(t)
	list := func() { s.do("RPUSH", "list", "a", "b") }
	list()
	for sent, want := range map[string]string{
		"get list": "END", "gets list": "END", "gat 5 list": "END", "mg list v N5": "EN", "me list": "EN", "touch list 5": "NOT_FOUND",
		"delete list": "NOT_FOUND", "md list": "NF", "md list I": "NF", "add list 0 0 1|x": "NOT_STORED", "replace list 0 0 1|x": "NOT_STORED",
		"append list 0 0 1|x": "NOT_STORED", "prepend list 0 0 1|x": "NOT_STORED", "cas list 0 0 1 5|x": "NOT_FOUND", "ms list 1 MA N5|x": "NS",
		"incr list 1": errNoNumber, "decr list 1": errNoNumber, "ma list N0": errNoNumber,
	} {
		require.Equal(t, want, s.items(sent), sent)
		require.Equal(t, ":2\r\n", s.do("LLEN", "list"), sent)
	}
	require.Equal(t, "STORED", s.items("set list 0 0 1|x"))
	require.Equal(t, "+string\r\n", s.do("TYPE", "list"))
}

const errNoNumber = "CLIENT_ERROR cannot increment or decrement non-numeric value"

// What the log and replicas are told.
func TestWhatIsPropagated(t *testing.T) {
	server, addr := startOurs(t, "--notify-keyspace-events", "EKAmn")
	s := newSession(t, server, addr)
	observer := peer.Observe(t, server)
	listener := peer.Listen(t, server)
	s.items("set a 0 0 1|1|set b 300 0 1|2|append b 0 0 1|3|prepend b 0 0 1|1|incr a 4|touch a 0|delete a|delete a|add c 0 0 1|x|replace c 0 0 1|y")
	s.items("gets c|md c I|mg c|touch c -1|set d 0 -1 1|x|flush_all")
	s.items("get a|get c|gat 0 c")
	got, err := observer.All()
	require.NoError(t, err)
	var lines []string
	for _, words := range got {
		lines = append(lines, strings.Join(words, " "))
	}
	require.Equal(t, []string{"SELECT 0", "SET a 1", "MULTI", "SET b 2", "ECHO cinnabar-note\x01\x00\xac\x02b", "EXEC", "APPEND b 3", "MULTI", "SET b 123",
		"ECHO cinnabar-note\x01\x00\xac\x02b", "EXEC", "SET a 5", "DEL a", "SET c x", "SET c y", "ECHO cinnabar-note\x01\x01\x00c",
		"ECHO cinnabar-note\x01\x03\x00c", "DEL c", "FLUSHDB"}, lines)
	events, err := listener.All()
	require.NoError(t, err)
	lines = nil
	for _, words := range events {
		if event, ok := strings.CutPrefix(words[0], "__keyevent@0__:"); ok {
			lines = append(lines, event+" "+words[1])
		}
	}
	require.Equal(t, "new a|set a|new b|set b|append b|set b|incrby a|del a|new c|set c|set c|del c|keymiss a|keymiss c|keymiss c", strings.Join(lines, "|"))
}

func TestFlagsOutliveTheProcess(t *testing.T) {
	for name, directives := range map[string][]string{
		"snapshot":             {"--save", "1000 1"},
		"log":                  {"--appendonly", "yes"},
		"log without preamble": {"--appendonly", "yes", "--aof-use-rdb-preamble", "no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			directives := append([]string{"--dir", dir}, directives...)
			server, addr := startOurs(t, directives...)
			s := newSession(t, server, addr)
			s.items("set a 1 0 1|1|set b 4294967295 0 1|2|append b 0 0 1|3|set c 9 1000 1|x|md c I|set d 7 0 1|x|set d 0 0 1|y|set e 3 0 2|10|incr e 5")
			if name == "log without preamble" {
				s.do("BGREWRITEAOF")
				require.Eventually(t, func() bool { return strings.Contains(s.do("INFO", "persistence"), "aof_rewrite_in_progress:0") }, timeout, time.Millisecond)
			}
			s.items("set f 2 0 1|x")
			number := s.number("a")
			server.Signal(t, interrupt)
			require.Zero(t, server.WaitEnd(t))
			server, addr = startOurs(t, directives...)
			s = newSession(t, server, addr)
			require.Equal(t, "VALUE a 1 1|1|VALUE b 4294967295 2|23|VALUE c 9 1|x|VALUE d 0 1|y|VALUE e 3 2|15|VALUE f 2 1|x|END", s.items("get a b c d e f"))
			require.Equal(t, "EXISTS", s.items("cas a 0 0 1 "+number+"|x"))
			require.Equal(t, "HD X W", s.items("mg c"))
			require.Greater(t, len(s.number("a")), 10)
			require.NotEqual(t, number, s.number("a"))
		})
	}
}

// Redis loads what was written, without what it doesn't know.
func TestRedisLoadsTheLog(t *testing.T) {
	dir := t.TempDir()
	server, addr := startOurs(t, "--dir", dir, "--appendonly", "yes")
	s := newSession(t, server, addr)
	s.items("set a 1 0 1|1|append a 0 0 1|2|set b 77 1000 1|x|md b I|set c 5 0 1|x")
	server.Signal(t, interrupt)
	require.Zero(t, server.WaitEnd(t))
	redis := peer.StartRedis(t, "--dir", dir, "--appendonly", "yes")
	conn := redis.Dial(t)
	for key, want := range map[string]string{"a": "12", "b": "x", "c": "x"} {
		reply, err := conn.Do("GET", key)
		require.NoError(t, err)
		require.Equal(t, want, reply.Text)
	}
	require.NotContains(t, redis.LogTail(), "Unknown command")
}

func TestPasswords(t *testing.T) {
	server, addr := startOurs(t, "--requirepass", "secret")
	fresh := func() net.Conn {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	exchange := func(conn net.Conn, sent string) string {
		_, err := conn.Write([]byte(sent))
		require.NoError(t, err)
		conn.SetReadDeadline(time.Now().Add(timeout))
		room := make([]byte, 1000)
		n, err := conn.Read(room)
		require.NoError(t, err)
		return string(room[:n])
	}
	conn := fresh()
	require.Equal(t, "CLIENT_ERROR unauthenticated\r\n", exchange(conn, "get a\r\n"))
	require.Equal(t, "CLIENT_ERROR authentication failure\r\n", exchange(conn, "set x 0 0 10\r\nuser wrong\r\n"))
	require.Equal(t, "CLIENT_ERROR auth token too long\r\n", exchange(conn, "set x 0 0 5000\r\n"+strings.Repeat("x", 5000)+"\r\n"))
	require.Equal(t, "STORED\r\n", exchange(conn, "set x 0 0 11\r\nuser secret\r\n"))
	require.Equal(t, "STORED\r\n", exchange(conn, "set x 0 0 1\r\ny\r\n"))
	for _, name := range []string{"default", "somebody", ""} {
		conn := fresh()
		for _, step := range []struct {
			p    Packet
			want string
		}{
			{Packet{Opcode: 0x20}, "PLAIN"}, {Packet{Opcode: 0x0b}, "1.6.18"}, {Packet{Opcode: 0x21, Key: "CRAM-MD5", Value: "x"}, "Auth failure."},
			{Packet{Opcode: 0x21, Key: "PLAIN", Value: "\x00" + name + "\x00wrong"}, "Auth failure."},
			{Packet{Opcode: 0x21, Key: "PLAIN", Value: "\x00" + name + "\x00secret"}, "Authenticated"},
			{Packet{Opcode: 0x00, Key: "x"}, "y"}, {Packet{Opcode: 0x22, Key: "PLAIN", Value: "x"}, "Auth failure."},
		} {
			conn.Write(step.p.Bytes())
			got, err := Receive(conn)
			require.NoError(t, err)
			require.Equal(t, step.want, got.Value, "%+v", step.p)
		}
	}
	conn = fresh()
	conn.Write((&Packet{Opcode: 0x00, Key: "x"}).Bytes())
	got, err := Receive(conn)
	require.NoError(t, err)
	require.Equal(t, uint16(0x20), got.Status)
	_, err = Receive(conn)
	require.Error(t, err)
	require.NotContains(t, server.LogTail(), "secret")
}

func TestNoMemory(t *testing.T) {
	s := start(t, "--maxmemory", "6mb")
	value := strings.Repeat("x", 100<<10)
	answer := ""
	for i := 0; i < 1000 && !strings.HasPrefix(answer, "SERVER_ERROR"); i++ {
		answer = s.items(fmt.Sprintf("set k:%d 0 0 %d|%s", i, len(value), value))
	}
	require.Equal(t, "SERVER_ERROR out of memory storing object", answer)
	require.Equal(t, "SERVER_ERROR out of memory storing object|END", s.items("set k:1 0 0 1|x|get k:1"))
	s.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	for i := range 100 {
		require.Equal(t, "STORED", s.items(fmt.Sprintf("set k:%d 0 0 %d|%s", i, len(value), value)))
	}
	require.NotContains(t, s.items("stats"), "STAT evictions 0|")
}

func TestStats(t *testing.T) {
	s := start(t)
	s.items("set a 0 0 1|x|get a|get b|delete a|delete a|incr a 1|set n 0 0 1|1|incr n 1|decr n 1|touch n 0|touch x 0|flush_all|set a 0 0 1|1")
	s.items("gets a|cas a 0 0 1 1|x|cas b 0 0 1 1|x")
	stats := s.items("stats")
	for _, want := range []string{"cmd_get 3", "cmd_set 5", "cmd_flush 1", "cmd_touch 2", "get_hits 2", "get_misses 1", "delete_misses 1", "delete_hits 1",
		"incr_misses 1", "incr_hits 1", "decr_hits 1", "cas_misses 1", "cas_badval 1", "touch_hits 1", "touch_misses 1", "curr_items 1",
		"curr_connections 1", "total_connections 1", "version 1.6.18", "pointer_size 64"} {
		require.Contains(t, stats+"|", "STAT "+want+"|")
	}
	require.Equal(t, "RESET", s.items("stats reset"))
	require.Contains(t, s.items("stats"), "STAT cmd_get 0|")
	require.Regexp(t, `^STAT \d+:addr tcp:127.0.0.1:\d+\|STAT \d+:state conn_read\|STAT \d+:secs_since_last_cmd \d+\|END$`, s.items("stats conns"))
	require.Contains(t, s.items("stats settings"), "STAT item_size_max 1048576|")
	require.Contains(t, s.do("CLIENT", "LIST"), "cmd=memcached-answer")
	require.Contains(t, s.do("INFO", "commandstats"), "cmdstat_memcached-get:")
	require.Contains(t, s.do("COMMAND", "DOCS", "memcached-get"), "*0")
}

func TestWatchAndTracking(t *testing.T) {
	server, addr := startOurs(t)
	s := newSession(t, server, addr)
	s.do("WATCH", "k")
	s.items("set k 0 0 1|x")
	s.do("MULTI")
	s.do("PING")
	require.Equal(t, "*-1\r\n", s.do("EXEC"))
	s.do("HELLO", "3")
	s.do("CLIENT", "TRACKING", "ON")
	s.do("GET", "k")
	s.items("append k 0 0 1|y")
	reply, err := s.redis.Receive()
	require.NoError(t, err)
	require.Contains(t, string(reply.Raw), "invalidate")
}

// A large value set by RESP is served whole, though it couldn't have been set here.
func TestLargeValues(t *testing.T) {
	s := start(t)
	value := strings.Repeat("0123456789", 500_000)
	s.do("SET", "large", value)
	require.Equal(t, fmt.Sprintf("VALUE large 0 %d|%s|END", len(value), value), s.items("get large"))
	require.Equal(t, fmt.Sprintf("VA %d|%s", len(value), value), s.items("mg large v"))
	require.Equal(t, s.number("large"), s.number("large"))
	s.do("CONFIG", "SET", "memcached-item-size-max", "16mb")
	require.Equal(t, "STORED", s.items(fmt.Sprintf("set other 0 0 %d|%s", len(value), value)))
	require.Equal(t, "$"+fmt.Sprint(len(value))+"\r\n"+value+"\r\n", s.do("GET", "other"))
	require.Equal(t, "STORED", s.items("append other 0 0 1|+"))
	require.Equal(t, fmt.Sprintf(":%d\r\n", len(value)+1), s.do("STRLEN", "other"))
}

// Keys without end: they are answered as they come.
func TestManyKeys(t *testing.T) {
	s := start(t)
	s.items("set key:7 0 0 1|x")
	var line strings.Builder
	line.WriteString("get")
	for i := range 50_000 {
		fmt.Fprintf(&line, " key:%d", i)
	}
	require.Equal(t, "VALUE key:7 0 1|x|END", s.items(line.String()))
}

func TestDelayedFlush(t *testing.T) {
	server, addr := startOurs(t, "--memcached-db", "3")
	s := newSession(t, server, addr)
	observer := peer.Observe(t, server)
	s.items("flush_all 1000|flush_all 1|set a 0 0 1|x")
	s.do("SELECT", "3")
	s.do("RPUSH", "list", "x")
	s.do("WATCH", "list")
	s.do("SET", "b", "x")
	require.Equal(t, "VALUE a 0 1|x|END", s.items("get a"))
	require.Eventually(t, func() bool { return s.do("DBSIZE") == ":0\r\n" }, timeout, 5*time.Millisecond)
	s.do("MULTI")
	require.Equal(t, "*-1\r\n", s.do("EXEC"))
	got, err := observer.All()
	require.NoError(t, err)
	require.Equal(t, []string{"FLUSHDB"}, got[len(got)-1])
	require.Equal(t, []string{"SELECT", "3"}, got[0])
}

func TestConnections(t *testing.T) {
	server, addr := startOurs(t)
	s := newSession(t, server, addr)
	require.Equal(t, "END", s.items("get a"), "it has come in")
	require.Equal(t, "+OK\r\n", s.do("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"))
	_, port, _ := strings.Cut(addr, ":")
	other := newTalk(t, Address("127.0.0.2:"+port))
	other.send("version\\r\\n")
	require.Contains(t, other.receive(false), "VERSION", "it has come in")
	require.Equal(t, "END", s.items("get a"), "who is connected stays so")
	s.do("CONFIG", "SET", "maxclients", "3")
	refused, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	refused.SetDeadline(time.Now().Add(timeout))
	text, err := io.ReadAll(refused)
	require.NoError(t, err)
	require.Equal(t, "ERROR Too many open connections\r\n", string(text))
	require.Contains(t, s.items("stats")+"|", "STAT rejected_connections 1|")
	other.close()
	require.Eventually(t, func() bool { return strings.Contains(s.items("stats")+"|", "STAT curr_connections 1|") }, timeout, 5*time.Millisecond)
}

// Clients of both protocols on several loops: every increment counts, and of those who swap by one number one wins.
func TestAtOnce(t *testing.T) {
	server, addr := startOurs(t, "--io-threads", "4")
	first := newSession(t, server, addr)
	first.items("set n 0 0 1|0|set cas 0 0 1|0")
	var all sync.WaitGroup
	won := make(chan int, 1000)
	for client := range 6 {
		s := newSession(t, server, addr)
		all.Go(func() {
			for range 50 {
				if client%2 == 0 {
					s.items("incr n 1")
				} else {
					s.do("INCR", "n")
				}
				for swapped := false; !swapped; {
					words := strings.Split(s.items("gets cas"), "|")
					number := words[0][strings.LastIndexByte(words[0], ' ')+1:]
					value, _ := strconv.Atoi(words[1])
					next := strconv.Itoa(value + 1)
					if swapped = s.items(fmt.Sprintf("cas cas 0 0 %d %s|%s", len(next), number, next)) == "STORED"; swapped {
						won <- value
					}
				}
			}
		})
	}
	all.Wait()
	close(won)
	require.Equal(t, "$3\r\n300\r\n", first.do("GET", "n"))
	require.Equal(t, "$3\r\n300\r\n", first.do("GET", "cas"))
	seen := map[int]bool{}
	for value := range won {
		require.False(t, seen[value], "two have swapped %d", value)
		seen[value] = true
	}
	require.Len(t, seen, 300)
}
