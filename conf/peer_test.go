package conf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// These tests hold the table and the parsers to the real redis-server.

// peerPath finds redis-server 7.0.15 or skips. CINNABAR_REQUIRE_PEERS=1 makes
// an absent peer a failure.
func peerPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err == nil {
		var version []byte
		if version, err = exec.Command(path, "--version").Output(); err == nil && !bytes.Contains(version, []byte("v=7.0.15")) {
			err = fmt.Errorf("it is another version: %s", version)
		}
	}
	if err == nil {
		return path
	}
	if os.Getenv("CINNABAR_REQUIRE_PEERS") == "1" {
		t.Fatalf("redis-server 7.0.15 is required: %v", err)
	}
	t.Skipf("redis-server 7.0.15 is not here: %v", err)
	return ""
}

// socketDir is a directory whose name is short enough for a unix socket.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cn")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// startPeer runs redis-server with words after those that move it to a unix
// socket, and returns a client once it answers.
func startPeer(t *testing.T, args ...string) *redis.Client {
	t.Helper()
	path := peerPath(t)
	socket := filepath.Join(socketDir(t), "s")
	var output bytes.Buffer
	cmd := exec.Command(path, append(slices.Clone(args), "--port", "0", "--unixsocket", socket)...)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Dir = t.TempDir()
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { // ends with the process, which the clean-up kills and waits for
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket, PoolSize: 1, MaxRetries: -1, DisableIdentity: true})
	t.Cleanup(func() { client.Close() })
	deadline := time.After(20 * time.Second)
	for !exists(socket) || client.Ping(context.Background()).Err() != nil {
		select {
		case <-ended:
			t.Fatalf("redis-server %q ended: %s", args, output.String())
		case <-deadline:
			t.Fatalf("redis-server %q does not answer", args)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return client
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func peerGet(t *testing.T, peer *redis.Client, pattern string) map[string]string {
	t.Helper()
	values, err := peer.ConfigGet(context.Background(), pattern).Result()
	require.NoError(t, err)
	return values
}

func ourGet(c *Config, pattern string) map[string]string {
	values := map[string]string{}
	for _, p := range c.Get([]string{pattern}) {
		values[p.Name] = p.Value
	}
	return values
}

func TestDefaultsAreRedis(t *testing.T) {
	peer := startPeer(t)
	want := peerGet(t, peer, "*")
	require.Len(t, want, 192)
	got := ourGet(New(), "*")
	for _, name := range []string{"port", "unixsocket", "dir", "io-threads"} {
		delete(want, name)
		delete(got, name)
	}
	require.Equal(t, want, got)
	for _, d := range Directives() {
		if d.Has(Hidden) && d.Since < "7.1" {
			require.Equal(t, ourGet(New(), d.Name), peerGet(t, peer, d.Name))
		}
	}
}

// setTrouble names directives that redis-server acts on in a way this test
// doesn't want: it would listen, close the connection, or ask the kernel; and
// those that differ on purpose.
var setTrouble = []string{"port", "bind", "tls-port", "dir", "requirepass", "maxclients", "maxmemory-clients", "oom-score-adj",
	"oom-score-adj-values", "appendonly", "watchdog-period", "timeout", "save", "key-load-delay", "jemalloc-bg-thread"}

// probes are values for every directive; bounds and words are added.
var probes = []string{"", "yes", "No", "0", "-1", "1", "7", "00", "+1", " 1", "1 ", "abc", "1 2", "1  2", "100mb", "2GB", "1kb ", "5%", "101%",
	"-5%", "0x10", "1.5", "1e1", "NaN", "100.0001", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "a/b", "a\\b", "KEA", "gKx$n",
	"{title} {port}", "{bad}", "{{x", "{title", "normal 1mb 2mb 3", "slave 0 0 0 pubsub 1 1 -1", "normal 1 1", "master 1 1 1", "now force", "save nosave", "now  force"}

func TestSetAnswersAsRedis(t *testing.T) {
	peer := startPeer(t, "--enable-protected-configs", "yes")
	c := load(t, "--enable-protected-configs", "yes")
	ctx := context.Background()
	for _, d := range Directives() {
		if d.Has(FileOnly) || d.Since > "7.1" || slices.Contains(setTrouble, d.Name) || strings.HasPrefix(d.Name, "tls-") {
			continue
		}
		values := append(slices.Clone(probes), d.Words...)
		for _, bound := range []int64{d.Min, d.Max} {
			values = append(values, strconv.FormatInt(bound, 10), strconv.FormatInt(bound-1, 10), strconv.FormatInt(bound+1, 10))
		}
		for _, v := range values {
			compareSet(ctx, t, peer, c, pairs(d.Name, v))
		}
	}
}

// compareSet sends one CONFIG SET to both and compares answer and values.
func compareSet(ctx context.Context, t *testing.T, peer *redis.Client, c *Config, ps []Pair) {
	t.Helper()
	args := []any{"CONFIG", "SET"}
	for _, p := range ps {
		args = append(args, p.Name, p.Value)
	}
	theirs := peer.Do(ctx, args...).Err()
	ours := c.Set(ps, Caller{Local: true})
	if theirs == nil {
		require.NoError(t, ours, "%q", args)
	} else {
		require.EqualError(t, ours, strings.TrimPrefix(theirs.Error(), "ERR "), "%q", args)
	}
	for _, p := range ps {
		if p.Name == "dir" || p.Name == "unixsocket" {
			continue
		}
		require.Equal(t, peerGet(t, peer, p.Name), ourGet(c, p.Name), "after %q", args)
	}
}

func TestSetOfSeveralAnswersAsRedis(t *testing.T) {
	peer := startPeer(t)
	c := load(t)
	for _, ps := range [][]Pair{
		pairs("Hz", "20", "TIMEOUT", "0"),
		pairs("hz", "30", "hz", "40"),
		pairs("hz", "30", "HZ", "40"),
		pairs("slave-priority", "3", "replica-priority", "4"),
		pairs("slave-priority", "3", "replica-priority", "x"),
		pairs("hz", "30", "nothing", "1", "daemonize", "yes"),
		pairs("daemonize", "yes", "nothing", "1"),
		pairs("dir", "/", "hz", "x"),
		pairs("hz", "x", "dir", "/"),
		pairs("dbfilename", "x"),
		pairs("save", "60 1"),
		pairs("save", ""),
		pairs("save", "60  1"),
		pairs("save", "60 1 30"),
		pairs("save", "0 1"),
		pairs("save", "1 -1"),
		pairs("save", "1 4294967297"),
		pairs("save", "1 1", "hz", "x"),
		pairs("oom-score-adj-values", "1 2"),
		pairs("oom-score-adj-values", "1 2 2001"),
		pairs("maxclients", "0"),
		pairs("timeout", "-1"),
		pairs("timeout", "1000"),
		pairs("key-load-delay", "-7"),
		pairs("maxmemory-clients", "101%"),
		pairs("maxmemory-clients", "5%"),
		pairs("maxmemory-clients", "5x"),
		pairs("bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"),
		pairs("aclfile", "x"),
		pairs("replicaof", "a 1"),
		pairs("user", "a"),
		pairs("include", "x"),
	} {
		compareSet(context.Background(), t, peer, c, ps)
	}
}

// TestCommandLineIsRedis starts redis-server with words that must work and
// compares what it took them for.
func TestCommandLineIsRedis(t *testing.T) {
	inner := write(t, "inner.conf", "save 9 9\nsave 8 8\nhz 12\n")
	file := write(t, "redis.conf", "# x\n\nSAVE 1 1\ninclude "+inner+"\nsave 2 2\nsave 3 3\nslave-priority 7\nlua-replicate-commands yes\n"+
		"proc-title-template \"{title} \\x41\"\nclient-output-buffer-limit \"normal 1 2 3\"\nhll-sparse-max-bytes 1k\nunixsocketperm 0700\nsentinel\n")
	for _, args := range [][]string{
		{"--hz", "20", "--save", "60", "1"},
		{"--save", "--hz", "20"},
		{"--hz 20", "--save", "60 1", "--save", "30 2 20 3"},
		{"--save", "60 1", "--save", ""},
		{"--save", "", "--save", "60 1"},
		{"--SAVE", "--loglevel", "verbose"},
		{"--proc-title-template", "--my", "--loglevel", "Verbose"},
		{"--proc-title-template --my", "--maxmemory '700mb'"},
		{"--shutdown-on-sigint", "nosave", "force", "now", "--shutdown-on-sigterm", "nosave force"},
		{"--latency-tracking-info-percentiles", "", "--notify-keyspace-events", "KEA"},
		{"--client-output-buffer-limit", "normal 1 2 3 replica 4 5 6", "--client-output-buffer-limit", "pubsub", "7", "8", "9"},
		{"--masterauth", "a \"b\" \\ \n\x01", "--maxmemory", "5K"},
		{"--hz 20\nmaxmemory 5mb"},
		{"--hz", "100000", "--replicaof", "NO", "One"},
		{file},
		{file, "--save", "4 4", "--hz", "13"},
	} {
		want := peerGet(t, startPeer(t, args...), "*")
		c, err := Load(args, strings.NewReader(""))
		require.NoError(t, err, "%q", args)
		got := ourGet(c, "*")
		for _, name := range []string{"port", "unixsocket", "dir", "io-threads"} {
			delete(want, name)
			delete(got, name)
		}
		for name := range want {
			require.Equal(t, want[name], got[name], "%q: %s", args, name)
		}
		require.Len(t, got, len(want))
	}
}

// TestBadWordsAreRedis compares the line and the reason of what redis-server
// refuses to start with.
func TestBadWordsAreRedis(t *testing.T) {
	path := peerPath(t)
	bad := write(t, "bad.conf", "hz 10\n  Maxmemory   1x  \n")
	for _, args := range [][]string{
		{"--port"}, {"--port", "1", "--loglevel"}, {"--port", "1", "2"}, {"--port", "--loglevel", "verbose"},
		{"--port", "--bla", "--loglevel", "verbose"}, {"--logfile", "--my", "--loglevel", "--bla"},
		{"--shutdown-on-sigint"}, {"--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"},
		{"--replicaof", "127.0.0.1", "abc"}, {"--replicaof", "--a", "abc"}, {"--replicaof", "--a", "--b"},
		{"-p", "1"}, {"--", "--hz", "20"}, {"--portt", "x"}, {"--requirepass \"x"}, {"--requirepass", "x", "y"}, {"--save", "1"}, {"--save", "1", "x"},
		{"--include"}, {"--user"}, {"--rename-command", "a"}, {"--loadmodule"}, {"--x.y"}, {"--hz", "1", "-", "--hz", "2"},
		{"--sentinel-x", "1"}, {"--unixsocketperm", "8"}, {"--unixsocketperm", "1000"}, {"--dir", "/nowhere"}, {"--dir"},
		{"--appendfilename", "a/b"}, {"--oom-score-adj-values", "1 2"}, {"--notify-keyspace-events", "q"}, {"--bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"},
		{"--cluster-enabled", "yes", "--replicaof", "a", "1"}, {bad},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		cmd := exec.CommandContext(ctx, path, args...)
		var output bytes.Buffer
		cmd.Stderr = &output
		cmd.Dir = t.TempDir()
		var exit *exec.ExitError
		require.True(t, errors.As(cmd.Run(), &exit), "%q", args)
		require.NoError(t, ctx.Err(), "redis-server starts with %q", args)
		cancel()
		_, err := Load(args, strings.NewReader(""))
		require.Error(t, err, "%q", args)
		require.Equal(t, complaint(output.String()), complaint(err.Error()), "%q", args)
	}
}

// complaint leaves out the banner and the place, which names no file in Redis.
func complaint(text string) []string {
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !strings.HasPrefix(line, "***") && !strings.HasPrefix(line, "Reading the") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestRewriteIsRedis lets both rewrite the same file after the same changes.
func TestRewriteIsRedis(t *testing.T) {
	text := "# head\n\n\n\tHZ 15 # no comment\nSlave-Priority 5\n\n# save\nsave 900 1\nsave 300 10\nsave 60 1\nmaxmemory 1024\n\n" +
		"rename-command CONFIG CONFIG2\ntimeout 1\ntimeout 2\nunknown-later 1\nclient-output-buffer-limit normal 1 1 1\nnotify-keyspace-events Ex\nbind 127.0.0.1\nbind * -::*"
	text = strings.ReplaceAll(strings.ReplaceAll(text, " # no comment", ""), "unknown-later 1", "lua-replicate-commands yes")
	text = strings.ReplaceAll(text, "rename-command CONFIG CONFIG2", "rename-command FLUSHALL X")
	changes := pairs("replica-priority", "7", "save", "10 2 20 3", "maxmemory", "3gb", "hll-sparse-max-bytes", "4097", "masterauth", "a \"\x01b",
		"client-output-buffer-limit", "replica 1kb 1 1", "maxmemory-clients", "5%", "list-max-ziplist-size", "-3", "shutdown-on-sigterm", "now force",
		"key-load-delay", "3", "maxmemory-policy", "allkeys-lru", "tracking-table-max-keys", "5")

	theirs := write(t, "redis.conf", text)
	peer := startPeer(t, theirs)
	dir, err := filepath.EvalSymlinks(peerGet(t, peer, "dir")["dir"])
	require.NoError(t, err)
	socket := peerGet(t, peer, "unixsocket")["unixsocket"]
	args := []any{"CONFIG", "SET"}
	for _, p := range changes {
		args = append(args, p.Name, p.Value)
	}
	require.NoError(t, peer.Do(context.Background(), args...).Err())
	require.NoError(t, peer.ConfigRewrite(context.Background()).Err())

	ours := write(t, "redis.conf", text)
	c := load(t, ours, "--port", "0", "--unixsocket", socket, "--dir", dir)
	// Redis's default, so that both leave the line out.
	c.values[table.byName["io-threads"].row] = defaultOf("io-threads")
	require.NoError(t, c.Set(changes, Caller{}))
	require.NoError(t, c.Rewrite())

	require.Equal(t, rewriteParts(t, theirs), rewriteParts(t, ours))
	theirText, err := os.ReadFile(theirs)
	require.NoError(t, err)
	again := load(t, theirs)
	require.Empty(t, again.Unbuilt(), "what redis-server wrote, Cinnabar starts with: %s", theirText)
}

func defaultOf(name string) value {
	d := table.rows[table.byName[name].row]
	v, _ := d.parse(nil, defaultArgs(&d))
	return v
}

// rewriteParts splits a rewritten file into what was there and what was added,
// the latter sorted: Redis's order is that of a hash table. Cinnabar has no
// users to write.
func rewriteParts(t *testing.T, path string) [2][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, after, found := strings.Cut(string(text), rewriteSignature+"\n")
	require.True(t, found)
	added := slices.DeleteFunc(strings.Split(after, "\n"), func(line string) bool { return strings.HasPrefix(line, "user ") })
	slices.Sort(added)
	return [2][]string{strings.Split(before, "\n"), added}
}
