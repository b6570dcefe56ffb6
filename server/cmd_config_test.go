package server

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// freePort is a port of 127.0.0.1 that nobody listens on.
func freePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// dialPort opens a connection to a port of 127.0.0.1 and sees that it is served.
func dialPort(t testing.TB, port int) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
	return c
}

// TestPortChangesWhileRunning moves the server to another port, and not to one in use.
func TestPortChangesWhileRunning(t *testing.T) {
	s := startServer(t, nil, "--bind", "127.0.0.1")
	c := s.dial(t)
	old := s.Addrs()[0].(*net.TCPAddr).Port
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	reply := do(t, c, "CONFIG", "SET", "timeout", "77", "port", fmt.Sprint(busy.Addr().(*net.TCPAddr).Port))
	require.Equal(t, "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
		reply)
	require.Equal(t, "*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n", do(t, c, "CONFIG", "GET", "timeout"))
	require.Contains(t, s.log.String(), "Address already in use")
	dialPort(t, old)

	port := freePort(t)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "port", fmt.Sprint(port)))
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"), "connections live on")
	dialPort(t, port)
	_, err = wire.Dial(fmt.Sprintf("127.0.0.1:%d", old))
	require.Error(t, err)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "port", "0"))
	require.Empty(t, s.Addrs())
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "port", fmt.Sprint(port), "bind", "127.0.0.1"))
	dialPort(t, port)
}

// TestBindChangesWhileRunning has new addresses overlap the old ones, one of them in use by somebody else.
func TestBindChangesWhileRunning(t *testing.T) {
	s := startServer(t, nil, "--bind", "127.0.0.1")
	c := s.dial(t)
	port := freePort(t)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "port", fmt.Sprint(port)))
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "bind", "127.0.0.1 -127.0.0.2"))
	dialPort(t, port)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "bind", "127.0.0.1"))
	require.Len(t, s.Addrs(), 1)
	busy, err := net.Listen("tcp", fmt.Sprintf("127.0.0.2:%d", port))
	if err != nil {
		t.Skip("this machine has no second loopback address")
	}
	defer busy.Close()
	require.Equal(t, "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n",
		do(t, c, "CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"))
	require.Equal(t, "*2\r\n$4\r\nbind\r\n$9\r\n127.0.0.1\r\n", do(t, c, "CONFIG", "GET", "bind"))
	require.Len(t, s.Addrs(), 1)
	dialPort(t, port)
}

// TestSettingsFollowConfigSet sees that directives act at once.
func TestSettingsFollowConfigSet(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "maxclients", "1", "proto-max-bulk-len", "1048576", "slowlog-max-len", "3"))
	refused, err := wire.Dial(s.Addrs()[0].String())
	require.NoError(t, err)
	defer refused.Close()
	require.Equal(t, "-ERR max number of clients reached\r\n", receive(t, refused))
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "maxclients", "100", "requirepass", "secret"))
	stranger := s.dial(t)
	require.Equal(t, "-NOAUTH Authentication required.\r\n", do(t, stranger, "PING"))
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"), "who is in stays in")
	require.Equal(t, "+OK\r\n", do(t, stranger, "AUTH", "secret"))
	require.NoError(t, c.Send([]byte("*2\r\n$4\r\nPING\r\n$1048577\r\n")))
	require.Equal(t, "-ERR Protocol error: invalid bulk length\r\n", receive(t, c))
}

// TestSecretsStayOutOfTheSlowLog runs every command that is given a password.
func TestSecretsStayOutOfTheSlowLog(t *testing.T) {
	s := startServer(t, nil, "--slowlog-log-slower-than", "0")
	c := s.dial(t)
	do(t, c, "AUTH", "hidden")
	do(t, c, "AUTH", "default", "hidden")
	do(t, c, "HELLO", "2", "AUTH", "default", "hidden", "SETNAME", "shown")
	do(t, c, "CONFIG", "SET", "requirepass", "hidden", "maxmemory", "17")
	do(t, c, "CONFIG", "SET", "nosuch", "shown", "masterauth", "hidden")
	do(t, c, "ACL", "SETUSER", "hidden", "on", ">hidden")
	all := fmt.Sprint(s.slowLog.newest(-1))
	require.NotContains(t, all, "hidden")
	for _, words := range []string{
		"[AUTH (redacted)]", "[AUTH (redacted) (redacted)]", "[HELLO 2 AUTH (redacted) (redacted) SETNAME shown]",
		"[CONFIG SET requirepass (redacted) maxmemory 17]", "[CONFIG SET nosuch shown masterauth (redacted)]",
		"[ACL SETUSER (redacted) (redacted) (redacted)]",
	} {
		require.Contains(t, all, words)
	}
}

// TestConfigRewrite writes what holds into the file the server was started with.
func TestConfigRewrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "redis.conf")
	require.NoError(t, os.WriteFile(file, []byte("# mine\ntimeout 5\n"), 0o644))
	s := startServer(t, nil, file)
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "timeout", "6", "maxclients", "321"))
	sendAll(t, c, wire.Frame("CONFIG", "REWRITE"), wire.Frame("PING"))
	require.Equal(t, "+OK\r\n", receive(t, c))
	require.Equal(t, "+PONG\r\n", receive(t, c))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "# mine\ntimeout 6\n")
	require.Contains(t, string(text), "maxclients 321\n")
	require.Contains(t, s.log.String(), "CONFIG REWRITE executed with success.")
}

// TestShutdownIsTheLastCommand ends the server: it isn't answered, and nothing that stands behind it in the same batch is run.
func TestShutdownIsTheLastCommand(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "1")
	ending, other := s.dial(t), s.dial(t)
	require.Equal(t, "+PONG\r\n", do(t, ending, "PING"))
	require.Equal(t, "+PONG\r\n", do(t, other, "PING"))
	clients, l := s.clients.all(), s.loops[0]
	l.post(func() {
		clients[0].input.bytes = append(wire.Frame("PING"), wire.Frame("SHUTDOWN", "NOSAVE", "NOW")...)
		clients[1].input.bytes = wire.Frame("SET", "k", "v")
		l.enqueue(clients[0])
		l.enqueue(clients[1])
	})
	require.Equal(t, "+PONG\r\n", receive(t, ending))
	for _, c := range []*wire.Conn{ending, other} {
		rest, err := c.Rest()
		require.NoError(t, err)
		require.Empty(t, rest)
	}
	require.Zero(t, s.Wait())
	found := s.store.DB(0).Find(&datatypes.Entry{}, []byte("k"), 0)
	require.False(t, found)
	require.Contains(t, s.log.String(), "User requested shutdown...")
}

func TestParseShutdown(t *testing.T) {
	for words, ok := range map[string]bool{
		"": true, "save": true, "nosave now force": true, "abort": true, "abort abort": true,
		"save nosave": false, "abort now": false, "abort save": false, "nosuch": false,
	} {
		var args [][]byte
		for _, word := range strings.Fields(words) {
			args = append(args, []byte(word))
		}
		_, got := parseShutdown(args)
		require.Equal(t, ok, got, words)
	}
}

// TestNumbersAsInC reads the numbers of DEBUG as strtod and atoi do.
func TestNumbersAsInC(t *testing.T) {
	for word, want := range map[string]float64{"1.5": 1.5, "0.01x": 0.01, "abc": 0, "": 0, " 2e1z": 20, "-1": -1, "nan": 0} {
		require.InDelta(t, want, leadingFloat([]byte(word)), 1e-12, word)
	}
	for word, want := range map[string]int{"1": 1, "-12x": -12, "x": 0, "": 0, " +7": 7, "-": 0} {
		require.Equal(t, want, leadingInt([]byte(word)), word)
	}
}

// TestPopulate makes keys by DEBUG POPULATE, and not those that exist.
func TestPopulate(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes")
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "SET", "key:3", "mine"))
	require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "POPULATE", "1000"))
	require.Equal(t, ":1000\r\n", do(t, c, "DBSIZE"))
	require.Equal(t, "*2\r\n$4\r\nmine\r\n$9\r\nvalue:999\r\n", do(t, c, "MGET", "key:3", "key:999"))
	require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "POPULATE", "2", "p", "10"))
	require.Equal(t, "$10\r\nvalue:1\x00\x00\x00\r\n", do(t, c, "GET", "p:1"))
	require.Equal(t, "-ERR value is out of range, must be positive\r\n", do(t, c, "DEBUG", "POPULATE", "-1"))
}
