package blackbox

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// library is the code of a library with one function of the same name.
func library(name, body string) string {
	return "#!lua name=" + name + "\nredis.register_function{function_name='" + name + "', callback=function(keys, args) " + body + " end, description='of " + name + "'}"
}

// librariesOf are all libraries of a server, with their code, in the order of their names.
func librariesOf(t *testing.T, conn *wire.Conn) (libraries []string) {
	reply := do(t, conn, "FUNCTION", "LIST", "WITHCODE")
	for i := range reply.Items {
		libraries = append(libraries, reply.Items[i].String())
	}
	slices.Sort(libraries)
	return libraries
}

// changeLibraries does all that changes libraries.
func changeLibraries(t *testing.T, conn *wire.Conn) {
	do(t, conn, "FUNCTION", "LOAD", library("gone", "return 1"))
	do(t, conn, "FUNCTION", "FLUSH")
	do(t, conn, "FUNCTION", "LOAD", library("restored", "return 'restored'"))
	payload := do(t, conn, "FUNCTION", "DUMP").Text
	do(t, conn, "FUNCTION", "DELETE", "restored")
	do(t, conn, "FUNCTION", "LOAD", library("deleted", "return 1"))
	do(t, conn, "FUNCTION", "LOAD", library("replaced", "return 1"))
	do(t, conn, "FUNCTION", "RESTORE", payload)
	do(t, conn, "FUNCTION", "DELETE", "deleted")
	do(t, conn, "FUNCTION", "LOAD", "REPLACE", library("replaced", "return redis.call('incr', keys[1])"))
	do(t, conn, "FUNCTION", "LOAD", library("large", "return '"+strings.Repeat("large", 5000)+"'"))
	do(t, conn, "FCALL", "replaced", "1", "n")
	do(t, conn, "FLUSHALL")
	do(t, conn, "FCALL", "replaced", "1", "n")
}

// started is a server, ours or redis-server.
func started(t *testing.T, ours bool, directives []string) *peer.Server {
	if ours {
		return peer.StartOurs(t, directives...)
	}
	return peer.StartRedis(t, directives...)
}

// Libraries outlive the server, in whichever file they are kept, and whoever of the two has written it and reads it.
func TestLibrariesOutliveTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		directives []string
		persist    string
	}{
		"snapshot":   {nil, "SAVE"},
		"log":        {[]string{"--appendonly", "yes"}, ""},
		"base":       {[]string{"--appendonly", "yes"}, "BGREWRITEAOF"},
		"plain base": {[]string{"--appendonly", "yes", "--aof-use-rdb-preamble", "no"}, "BGREWRITEAOF"},
	} {
		for _, pair := range []struct {
			name           string
			writer, reader bool
		}{{"ours by redis", true, false}, {"redis by ours", false, true}, {"ours by ours", true, true}} {
			t.Run(name+", "+pair.name, func(t *testing.T) {
				t.Parallel()
				directives := append([]string{"--dir", t.TempDir()}, c.directives...)
				writer := started(t, pair.writer, directives)
				conn := writer.Dial(t)
				changeLibraries(t, conn)
				libraries := librariesOf(t, conn)
				require.Len(t, libraries, 3)
				if c.persist != "" {
					do(t, conn, c.persist)
				}
				if c.persist == "BGREWRITEAOF" {
					require.Eventually(t, func() bool {
						persistence := do(t, conn, "INFO", "persistence").Text
						return strings.Contains(persistence, "aof_rewrite_in_progress:0\r\n") && strings.Contains(persistence, "aof_rewrite_scheduled:0\r\n")
					}, 30*time.Second, 10*time.Millisecond)
					require.Contains(t, do(t, conn, "INFO", "persistence").Text, "aof_last_bgrewrite_status:ok")
				}
				require.NoError(t, conn.Send(wire.Frame("SHUTDOWN")))
				require.Zero(t, writer.WaitEnd(t))
				conn = started(t, pair.reader, directives).Dial(t)
				require.Equal(t, libraries, librariesOf(t, conn))
				require.Equal(t, "restored", do(t, conn, "FCALL", "Restored", "0").Text)
				require.Equal(t, "2", do(t, conn, "FCALL", "replaced", "1", "n").Text)
				require.Len(t, do(t, conn, "FCALL", "large", "0").Text, 25000)
			})
		}
	}
}

// A snapshot with a library that can't be loaded isn't, and the log says why, as that of redis-server does.
func TestFaultyLibrariesOfSnapshots(t *testing.T) {
	for name, c := range map[string]struct{ code, problem string }{
		"no metadata": {"return 1", "Missing library metadata"},
		"no engine":   {"#!js name=a\n", "Engine 'js' not found"},
		"no function": {"#!lua name=a\n", "No functions registered"},
		"no Lua":      {"#!lua name=a\n)", "Error compiling function: user_function:2: unexpected symbol near ')'"},
		"it fails":    {"#!lua name=a\nerror('no')", "Error registering functions: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := append([]byte("REDIS0010\xf5"), byte(len(c.code)))
			file = append(append(file, c.code...), "\xff\x00\x00\x00\x00\x00\x00\x00\x00"...)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), file, 0o644))
			for i, program := range []string{peer.Binary(t), peer.Need(t, "redis-server")} {
				output, code := peer.Run(t, "", program, "--port", strconv.Itoa(peer.FreePort()), "--bind", "127.0.0.1", "--dir", dir)
				require.Equal(t, 1-i, code, output) // Redis ends with 0 if its checker finds nothing wrong, which doesn't look into libraries
				require.Contains(t, output, " # Failed loading library, "+c.problem)
				require.Contains(t, output, " # Short read or OOM loading DB. Unrecoverable error, aborting now.")
			}
		})
	}
}
