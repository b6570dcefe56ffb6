package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const endlessLibrary = "#!lua name=endless\nlocal n = 0\nlocal function loop() while true do n = n + 1 end end\n" +
	"redis.register_function('endless', loop)\nredis.register_function('count', function() return n > 0 end)\n" +
	"redis.register_function('dirty', function() redis.call('set', 'k', 'v') loop() end)"

// awaitBusy waits until a function keeps the server busy.
func awaitBusy(t *testing.T, c *wire.Conn) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.HasPrefix(do(t, c, "GET", "k"), "-BUSY") }, patience, time.Millisecond)
}

// TestFunctionKill ends a function that runs for too long. What its library has kept stays.
func TestFunctionKill(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--busy-reply-threshold", "1")
	c, busy := s.dial(t), s.dial(t)
	require.Equal(t, "$7\r\nendless\r\n", do(t, c, "FUNCTION", "LOAD", endlessLibrary))
	require.Equal(t, "-NOTBUSY No scripts in execution right now.\r\n", do(t, c, "FUNCTION", "KILL"))
	require.NoError(t, busy.Send(wire.Frame("FCALL", "endless", "1", "k", "a")))
	awaitBusy(t, c)
	const busyText = "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n"
	for _, words := range [][]string{{"PING"}, {"SCRIPT", "KILL"}, {"FCALL", "count", "0"}, {"FUNCTION", "LIST"}, {"SCRIPT", "FLUSH"}} {
		require.Equal(t, busyText, do(t, c, words...))
	}
	stats := do(t, c, "FUNCTION", "STATS")
	require.Contains(t, stats, "*4\r\n$14\r\nrunning_script\r\n*6\r\n$4\r\nname\r\n$7\r\nendless\r\n$7\r\ncommand\r\n"+
		"*5\r\n$5\r\nFCALL\r\n$7\r\nendless\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\na\r\n$11\r\nduration_ms\r\n:")
	require.Contains(t, stats, "$7\r\nengines\r\n*2\r\n$3\r\nLUA\r\n*4\r\n$15\r\nlibraries_count\r\n:1\r\n$15\r\nfunctions_count\r\n:3\r\n")
	require.Equal(t, "+OK\r\n", do(t, c, "FUNCTION", "KILL"))
	reply, err := busy.Receive()
	require.NoError(t, err)
	require.Contains(t, reply.Text, "ERR Script killed by user with SCRIPT KILL... script: endless, on @user_function:3.")
	require.Equal(t, ":1\r\n", do(t, c, "FCALL", "count", "0"))
	require.Contains(t, s.log.String(), "You can try killing the script using the FUNCTION KILL command. Script name is: endless.")
}

// TestUnkillableFunctions are those that have written something.
func TestUnkillableFunctions(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--busy-reply-threshold", "1")
	c, busy := s.dial(t), s.dial(t)
	do(t, c, "FUNCTION", "LOAD", endlessLibrary)
	require.NoError(t, busy.Send(wire.Frame("FCALL", "dirty", "0")))
	awaitBusy(t, c)
	require.Contains(t, do(t, c, "FUNCTION", "KILL"), "-UNKILLABLE ")
	require.NoError(t, c.Send(wire.Frame("SHUTDOWN", "NOSAVE")))
	require.Zero(t, s.Wait())
}

// TestFunctionKillOfScripts is refused, and so is telling of them.
func TestFunctionKillOfScripts(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--busy-reply-threshold", "1")
	c, busy := s.dial(t), s.dial(t)
	require.NoError(t, busy.Send(wire.Frame("EVAL", "while true do end", "0")))
	awaitBusy(t, c)
	for _, word := range []string{"KILL", "STATS"} {
		require.Equal(t, "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n", do(t, c, "FUNCTION", word))
	}
	require.Equal(t, "+OK\r\n", do(t, c, "SCRIPT", "KILL"))
	_, err := busy.Receive()
	require.NoError(t, err)
}

// TestEndlessLibraries don't get loaded, however they come; those before them stay as they are.
func TestEndlessLibraries(t *testing.T) {
	t.Parallel()
	const code = "#!lua name=a\nredis.register_function('f', function() return 1 end)\nwhile true do end"
	s := startServer(t, nil)
	c := s.dial(t)
	require.Equal(t, "$1\r\na\r\n", do(t, c, "FUNCTION", "LOAD", "#!lua name=a\nredis.register_function('f', function() return 2 end)"))
	const timeout = "-ERR Error registering functions: ERR FUNCTION LOAD timeout\r\n"
	require.Equal(t, timeout, do(t, c, "FUNCTION", "LOAD", "REPLACE", code))
	payload := string(rdb.DumpLibraries([][]byte{[]byte(code)}, rdb.Options{Version: 10}))
	require.Equal(t, timeout, do(t, c, "FUNCTION", "RESTORE", payload, "FLUSH"))
	do(t, c, "MULTI")
	do(t, c, "FUNCTION", "LOAD", "REPLACE", code)
	require.Equal(t, "*1\r\n"+timeout, do(t, c, "EXEC"))
	require.Equal(t, ":2\r\n", do(t, c, "FCALL", "f", "0"))
	require.Equal(t, ":0\r\n", do(t, c, "EXISTS", "k"), "the server goes on")
}

// TestEndlessLibraryOfASnapshot keeps a start busy, as in Redis, but not its end.
func TestEndlessLibraryOfASnapshot(t *testing.T) {
	t.Parallel()
	const code = "#!lua name=a\nwhile true do end"
	file := append(append([]byte("REDIS0010\xf5"), byte(len(code))), code...)
	s := startOf(t, append(file, "\xff\x00\x00\x00\x00\x00\x00\x00\x00"...))
	c := s.dial(t)
	require.Equal(t, "-LOADING Redis is loading the dataset in memory\r\n", do(t, c, "FCALL", "f", "0"))
	require.NoError(t, c.Send(wire.Frame("SHUTDOWN", "NOSAVE")))
	require.Zero(t, s.Wait())
}

// TestFunctionsOfALog has libraries in a log changed by what comes behind its base.
func TestFunctionsOfALog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "appendonlydir"), 0o755))
	library := func(name string) []byte {
		return wire.Frame("FUNCTION", "LOAD", "#!lua name="+name+"\nredis.register_function('"+name+"', function() return 1 end)")
	}
	var log []byte
	for _, record := range [][]byte{
		library("a"), library("b"), library("a"), wire.Frame("FUNCTION", "LOAD", "no library"), wire.Frame("FUNCTION", "DELETE", "a"),
		wire.Frame("FCALL", "b", "0"), library("c"), wire.Frame("SET", "k", "v"),
	} {
		log = append(log, record...)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "appendonlydir", "appendonly.aof.1.incr.aof"), log, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "appendonlydir", "appendonly.aof.manifest"), []byte("file appendonly.aof.1.incr.aof seq 1 type i\n"), 0o644))
	s := startServer(t, nil, "--dir", dir, "--appendonly", "yes")
	require.True(t, s.AwaitData(), s.log)
	c := s.dial(t)
	require.Equal(t, "$1\r\nv\r\n", do(t, c, "GET", "k"))
	require.Equal(t, "-ERR Function not found\r\n", do(t, c, "FCALL", "a", "0"))
	require.Equal(t, ":1\r\n", do(t, c, "FCALL", "b", "0"))
	require.Equal(t, ":1\r\n", do(t, c, "FCALL", "c", "0"))
	require.Contains(t, s.log.String(), "== CRITICAL == This server is sending an error to its AOF-loading-client: 'ERR Library 'a' already exists'")
}

// TestFunctionsChangeNothingOfOthers has functions try to change what others find.
func TestFunctionsChangeNothingOfOthers(t *testing.T) {
	t.Parallel()
	c := startServer(t, nil).dial(t)
	require.Equal(t, "$1\r\na\r\n", do(t, c, "FUNCTION", "LOAD", "#!lua name=a\nredis.register_function('f', function() return redis.call('ping').ok .. tostring(#_G.string.rep('a', 3)) end)"))
	for _, trick := range []string{
		"x = 1", "redis = nil", "_G.redis = nil", "redis.call = nil", "string.rep = nil", "rawset(_G, 'redis', 1)", "rawset(redis, 'call', 1)",
		"rawset(getfenv(1), 'redis', 1)", "getfenv(1).redis = 1", "getfenv(0).redis = 1", "setmetatable(_G, {})", "setmetatable(getfenv(1), {})",
		"getmetatable(getfenv(1)).__index = {}", "getmetatable(getfenv(1)).__index.redis = 1", "rawset(getmetatable(getfenv(1)), '__index', {})",
		"rawset(getmetatable(getfenv(1)).__index, 'redis', 1)", "getmetatable(_G).__index = {}", "getmetatable('').__index = {}",
		"getmetatable('').__index.rep = 1", "loadstring('redis = 1')()", "setmetatable(redis, {})", "table.insert(redis, 1)",
	} {
		do(t, c, "FUNCTION", "LOAD", "REPLACE", "#!lua name=b\nredis.register_function('trick', function() "+trick+" end)")
		require.Contains(t, do(t, c, "FCALL", "trick", "0"), "-ERR ", trick)
		require.Equal(t, "$5\r\nPONG3\r\n", do(t, c, "FCALL", "f", "0"), trick)
		require.Equal(t, ":1\r\n", do(t, c, "EVAL", "return 1", "0"))
	}
}
