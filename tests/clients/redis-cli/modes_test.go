package rediscli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// summary is what redis-cli says last of a walk through all keys.
func summary(t *testing.T, s *peer.Server, words ...string) string {
	t.Helper()
	out, code := cli(t, s, "", words...)
	require.Zero(t, code, out)
	_, after, found := strings.Cut(out, "-------- summary -------")
	require.True(t, found, out)
	return after
}

// What is largest among keys of every type: ours says what redis-server says.
func TestBigKeysOfAllTypes(t *testing.T) {
	t.Parallel()
	ours, theirs := peer.StartOurs(t), peer.StartRedis(t)
	for _, s := range []*peer.Server{ours, theirs} {
		fill(t, s, 600, func(i int) string {
			switch n := i/6 + 1; i % 6 {
			case 0:
				return fmt.Sprintf("RPUSH list:%d%s", n, strings.Repeat(" x", n))
			case 1:
				return fmt.Sprintf("SADD set:%d%s", n, numbers(n, " %d"))
			case 2:
				return fmt.Sprintf("ZADD zset:%d%s", n, numbers(n, " 1 %d"))
			case 3:
				return fmt.Sprintf("HSET hash:%d%s", n, numbers(n, " %d v"))
			case 4:
				return fmt.Sprintf("SETRANGE string:%d %d x", n, n)
			default:
				return fmt.Sprintf("SETRANGE other:%d 3 x", n)
			}
		})
	}
	require.Equal(t, summary(t, theirs, "--bigkeys"), summary(t, ours, "--bigkeys"))
	require.Contains(t, summary(t, ours, "--bigkeys", "-i", "0.01"), `Biggest   zset found '"zset:100"' has 100 members`)
	require.Contains(t, summary(t, ours, "--memkeys"), `Biggest   hash found '"hash:`)
}

// numbers are 1 to n, each in that form.
func numbers(n int, form string) string {
	var words strings.Builder
	for i := range n {
		fmt.Fprintf(&words, form, i+1)
	}
	return words.String()
}

// Keys that are used much, by the frequencies that a server keeps whose maxmemory-policy evicts by them.
func TestHotKeys(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		fill(t, s, 300, func(i int) string { return fmt.Sprintf("SET key:%d v", i) })
		out, code := cli(t, s, "", "--hotkeys")
		require.Equal(t, 1, code)
		require.Contains(t, out, "Error: ERR An LFU maxmemory policy is not selected, access frequency not tracked. "+
			"Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")

		out, _ = cli(t, s, "", "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
		require.Equal(t, "OK\n", out)
		fill(t, s, 20_000, func(i int) string { return "GET hot" + strconv.Itoa(i%2) })
		fill(t, s, 2, func(i int) string { return "SET hot" + strconv.Itoa(i) + " v" })
		fill(t, s, 20_000, func(i int) string { return "GET hot" + strconv.Itoa(i%2) })
		found := regexp.MustCompile(`hot key found with counter: (\d+)\tkeyname: "hot[01]"`).FindAllStringSubmatch(summary(t, s, "--hotkeys"), -1)
		require.Len(t, found, 2)
		for _, each := range found {
			counter, err := strconv.Atoi(each[1])
			require.NoError(t, err)
			require.Greater(t, counter, 10, "10,000 uses; new keys begin with 5")
		}
	})
}

func TestEval(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		script := filepath.Join(t.TempDir(), "script.lua")
		write := func(text string) { require.NoError(t, os.WriteFile(script, []byte(text), 0o600)) }
		write("redis.call('SET', KEYS[1], ARGV[1])\nreturn {#KEYS, #ARGV, KEYS, ARGV, 'a\"b', 1.9, false, true}")
		out, code := cli(t, s, "", "--no-raw", "--eval", script, "k1", "k2", ",", "a1", "a 2")
		require.Zero(t, code, out)
		require.Equal(t, strings.Join([]string{"1) (integer) 2", "2) (integer) 2", `3) 1) "k1"`, `   2) "k2"`, `4) 1) "a1"`, `   2) "a 2"`,
			`5) "a\"b"`, "6) (integer) 1", "7) (nil)", "8) (integer) 1", ""}, "\n"), out)
		out, _ = cli(t, s, "", "GET", "k1")
		require.Equal(t, "a1\n", out)
		write("return redis.call('INCR', KEYS[1])")
		out, _ = cli(t, s, "", "--eval", script, "k1")
		require.Regexp(t, `^ERR value is not an integer or out of range script: [0-9a-f]{40}, on @user_script:1\.\n`, out)
		write("return {")
		out, _ = cli(t, s, "", "--eval", script)
		require.Contains(t, out, "ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'")
	})
}

// Passwords by every way that redis-cli takes them.
func TestPasswords(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		for _, words := range [][]string{{"-a", "se cret"}, {"--pass", "se cret"}, {"--user", "default", "--pass", "se cret"}} {
			out, code := cli(t, s, "", append(words, "--no-auth-warning", "-n", "2", "SET", "k", "v")...)
			require.Zero(t, code, out)
			require.Equal(t, "OK\n", out)
		}
		out, code := cli(t, s, "", "-u", fmt.Sprintf("redis://default:se%%20cret@127.0.0.1:%d/2", s.Port), "--no-auth-warning", "GET", "k")
		require.Zero(t, code, out)
		require.Equal(t, "v\n", out)
		out, _ = cli(t, s, "", "GET", "k")
		require.Equal(t, "NOAUTH Authentication required.\n\n", out)
		out, _ = cli(t, s, "", "-a", "wrong", "GET", "k")
		require.Contains(t, out, "AUTH failed: WRONGPASS invalid username-password pair or user is disabled.")
	}, "--requirepass", "se cret")
}

// The forms of output, for replies of every type in RESP2 and RESP3: ours is redis-server's to the letter.
func TestForms(t *testing.T) {
	t.Parallel()
	ours, theirs := peer.StartOurs(t), peer.StartRedis(t)
	session := strings.Join([]string{
		`HSET h name "Al\xc3\xadce" bytes "\x00\xff\""`, "HGETALL h", "ZADD z 1.5 one 3 three", "ZRANGE z 0 -1 WITHSCORES", "ZSCORE z one",
		"SADD s only", "SMEMBERS s", "SISMEMBER s only", "RPUSH l a b", "LRANGE l 0 -1", "GET nosuch", "HGET h nosuch", "LPOP nosuch 2", "CONFIG GET maxmemory",
		"MULTI", "GET nosuch", "ZSCORE z three", "HGETALL h", "EXEC", "INCRBYFLOAT f 1e20", "OBJECT ENCODING z", "TYPE l", "NOSUCH", "LPUSH h x",
		"COMMAND INFO get nosuch", "DEBUG PROTOCOL map", "ACL WHOAMI", "LATENCY LATEST", "MEMORY USAGE nosuch",
	}, "\n") + "\n"
	forms := [][]string{{"--json"}, {"-2", "--json"}, {"-3", "--no-raw"}, {"-2", "--no-raw"}, {"--quoted-json"}, {"-3", "--csv"}, {"-D", "--", "--raw"}}
	for _, form := range forms {
		for _, s := range []*peer.Server{ours, theirs} {
			_, code := cli(t, s, "", "FLUSHALL")
			require.Zero(t, code)
		}
		want, _ := cli(t, theirs, session, form...)
		got, _ := cli(t, ours, session, form...)
		require.Equal(t, want, got, "redis-cli %q", form)
	}
}
