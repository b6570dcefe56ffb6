package rediscli

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// patience is how long a program waits for what must come.
const patience = 30 * time.Second

// cli runs redis-cli to its end, with what it reads on stdin.
func cli(t *testing.T, s *peer.Server, stdin string, words ...string) (output string, code int) {
	t.Helper()
	return peer.Run(t, stdin, peer.Need(t, "redis-cli"), append([]string{"-p", strconv.Itoa(s.Port)}, words...)...)
}

// background starts a redis-cli that doesn't end by itself; it is killed with the test. Its lines come in the order written, stdout's and
// stderr's together. redis-cli writes to a pipe when it has 4 KiB, but for messages of a subscription.
func background(t *testing.T, s *peer.Server, words ...string) (lines <-chan string) {
	t.Helper()
	cmd := exec.Command(peer.Need(t, "redis-cli"), append([]string{"-p", strconv.Itoa(s.Port)}, words...)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	got := make(chan string, 10_000)
	go func() { // ends when the program is killed
		defer close(got)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			got <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		for range got {
		}
		cmd.Wait()
	})
	return got
}

// line takes the next line of a program in the background.
func line(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case text, open := <-lines:
		require.True(t, open, "the program ended")
		return text
	case <-time.After(patience):
		require.FailNow(t, "the program writes nothing")
		return ""
	}
}

// fill sets keys as redis-cli --pipe does for users who load much.
func fill(t *testing.T, s *peer.Server, count int, command func(i int) string) {
	t.Helper()
	var commands strings.Builder
	for i := range count {
		commands.WriteString(command(i))
		commands.WriteString("\r\n")
	}
	out, code := cli(t, s, commands.String(), "--pipe")
	require.Zero(t, code, out)
	require.Contains(t, out, fmt.Sprintf("errors: 0, replies: %d", count))
}

func TestCLI(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		run := func(words ...string) string {
			out, code := cli(t, s, "", words...)
			require.Zero(t, code, out)
			return out
		}
		require.Equal(t, "PONG\n", run("PING"))
		require.Equal(t, "OK\n", run("SET", "k", "v"))
		require.Equal(t, "v\n", run("-3", "GET", "k"))
		require.Equal(t, "PONG\n", run("-n", "3", "PING"))
		require.Equal(t, "v\n", run("-u", fmt.Sprintf("redis://127.0.0.1:%d/0", s.Port), "GET", "k"))
		require.Equal(t, "1\n2\n3\n", run("-r", "3", "-i", "0.01", "INCR", "counter"))
		require.Contains(t, run("INFO"), "redis_version:")
		require.Contains(t, run("HELP", "GETEX"), "GETEX\x1b[0m \x1b[90mkey [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST]")
		require.Contains(t, run("--no-raw", "COMMAND", "DOCS", "get"), "summary")
		out, code := peer.Run(t, "", peer.Need(t, "redis-cli"), "-s", filepath.Join(s.Dir, "s"), "GET", "k")
		require.Zero(t, code)
		require.Equal(t, "v\n", out)
		out, code = cli(t, s, "", "-e", "INCR", "k")
		require.Equal(t, "ERR value is not an integer or out of range\n", out)
		require.Equal(t, 1, code)
	}, "--unixsocket", "s", "--unixsocketperm", "700")
}

// redis-cli monitor shows what others send, over TCP and over a unix socket.
func TestCLIMonitor(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		shown := background(t, s, "MONITOR")
		require.Equal(t, "OK", line(t, shown))
		_, code := cli(t, s, "", "-n", "3", "SET", "k", "a\tb\"c")
		require.Zero(t, code)
		require.Regexp(t, `^[0-9]{10}\.[0-9]{6} \[3 127\.0\.0\.1:[0-9]+\] "SELECT" "3"$`, line(t, shown))
		require.Regexp(t, `^[0-9]{10}\.[0-9]{6} \[3 127\.0\.0\.1:[0-9]+\] "SET" "k" "a\\tb\\"c"$`, line(t, shown))
		_, code = peer.Run(t, "", peer.Need(t, "redis-cli"), "-s", filepath.Join(s.Dir, "s"), "GET", "k")
		require.Zero(t, code)
		require.Regexp(t, `^[0-9]{10}\.[0-9]{6} \[0 unix:s\] "GET" "k"$`, line(t, shown))
	}, "--unixsocket", "s", "--unixsocketperm", "700")
}

// What is typed, line by line, in each form of output: ours answers as redis-server does.
func TestCLISessions(t *testing.T) {
	t.Parallel()
	ours, theirs := peer.StartOurs(t, "--io-threads", "4"), peer.StartRedis(t)
	sessions := []string{
		"SET a 1\nINCR a\nGET a\nGET nosuch\nMGET a nosuch",
		"MULTI\nSET a 1\nINCR a\nGET nosuch\nMGET a b\nEXEC\nGET a",
		"MULTI\nSET a\nGET a\nEXEC\nGET a\nEXEC",
		"MULTI\nSET a word\nINCR a\nEXEC\nDISCARD",
		"MULTI\nSET a 7\nDISCARD\nGET a\nMULTI\nMULTI\nEXEC",
		"WATCH a\nSET a 2\nMULTI\nGET a\nEXEC\nUNWATCH",
		`SET "k\x00\n" "va l"` + "\nGET \"k\\x00\\n\"\nSTRLEN 'k'\nGETRANGE \"k\\x00\\n\" 1 -1\nSET bad \"open",
		"SELECT 3\nSET x 1\nDBSIZE\nSELECT 0\nSELECT 99\nMOVE x 1",
		"3 INCR n\nGET n\nSETBIT n 7 1\nBITCOUNT n\nBITFIELD n GET u8 0 INCRBY u8 0 300",
		"MSET a ohmytext b mynewtext\nLCS a b IDX WITHMATCHLEN\nCONFIG GET maxmemory\nCOMMAND GETKEYS GET a\nCOMMAND COUNT x",
		"SET a 1 EXAT 4000000000\nEXPIRETIME a\nPERSIST a\nTTL a\nEXPIRE a -1\nEXISTS a\nSET a 1 EX 0\nEXPIRETIME a",
		"FLUSHALL\nSET only 1\nKEYS *\nSCAN 0\nRANDOMKEY\nRENAME only other\nTYPE other\nOBJECT ENCODING other\nOBJECT HELP",
		"nosuch command\nGET\nECHO \"quo\\\"ted\"",
	}
	forms := [][]string{nil, {"-3", "--no-raw"}, {"--csv"}}
	if clients.AtLength() {
		forms = append(forms, []string{"--no-raw"}, []string{"--json"}, []string{"-3", "--csv"}, []string{"-d", "|"})
	}
	for _, form := range forms {
		for _, session := range sessions {
			want, _ := cli(t, theirs, session+"\n", form...)
			got, _ := cli(t, ours, session+"\n", form...)
			require.Equal(t, want, got, "redis-cli %q\n%s", form, session)
		}
	}
}

// Much at once by --pipe, as commands are typed and as they go over the wire, with errors among them; values from stdin by -x and -X.
func TestCLIPipe(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		count := 20_000 * clients.Times()
		var wire strings.Builder
		for i := range count {
			key, value := fmt.Sprintf("key:%d", i), strings.Repeat("v", i%300)
			fmt.Fprintf(&wire, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value)
			if i%1000 == 0 {
				wire.WriteString("*2\r\n$4\r\nINCR\r\n$5\r\nkey:7\r\n*1\r\n$3\r\nGET\r\n")
			}
		}
		out, code := cli(t, s, wire.String(), "--pipe")
		require.Equal(t, 1, code, out) // for the errors
		require.Contains(t, out, fmt.Sprintf("errors: %d, replies: %d", 2*(count/1000)-1, count+2*(count/1000)))
		out, _ = cli(t, s, "", "DBSIZE")
		require.Equal(t, fmt.Sprintln(count), out)

		text := strings.Repeat("line\r\n\x00\xff", 200_000)
		out, _ = cli(t, s, text, "-x", "SET", "k")
		require.Equal(t, "OK\n", out)
		out, _ = cli(t, s, "", "GET", "k")
		require.Equal(t, text+"\n", out)
		out, _ = cli(t, s, "the end", "-X", "HERE", "SET", "k", "HERE", "EX", "1000")
		require.Equal(t, "OK\n", out)
		out, _ = cli(t, s, "", "GETRANGE", "k", "0", "2")
		require.Equal(t, "the\n", out)
	})
}

// What redis-cli finds by going through all keys.
func TestCLIScans(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		count := 3000 * clients.Times()
		fill(t, s, count, func(i int) string { return fmt.Sprintf("SET key:%d %s", i, strings.Repeat("v", 1+i%100)) })
		fill(t, s, 1, func(int) string { return `SET "the biggest" ` + strings.Repeat("b", 10_000) })
		summary := func(words ...string) string {
			out, code := cli(t, s, "", words...)
			require.Zero(t, code, out)
			_, after, found := strings.Cut(out, "-------- summary -------")
			require.True(t, found, out)
			return after
		}
		out := summary("--bigkeys")
		require.Contains(t, out, fmt.Sprintf("Sampled %d keys in the keyspace!", count+1))
		require.Contains(t, out, `Biggest string found '"the biggest"' has 10000 bytes`)
		require.Contains(t, out, fmt.Sprintf("%d strings with %d bytes (100.00%% of keys", count+1, count*101/2+10_000))
		require.Contains(t, out, "0 lists with 0 items")
		for _, words := range [][]string{{"--memkeys"}, {"--memkeys-samples", "1"}} {
			out = summary(words...)
			require.Contains(t, out, fmt.Sprintf("Sampled %d keys in the keyspace!", count+1))
			biggest := regexp.MustCompile(`Biggest string found '"the biggest"' has (\d+) bytes`).FindStringSubmatch(out)
			require.NotNil(t, biggest, out)
			size, err := strconv.Atoi(biggest[1])
			require.NoError(t, err)
			require.Greater(t, size, 10_000)
			require.Less(t, size, 25_000)
		}
		scan := func(words ...string) []string {
			out, code := cli(t, s, "", append([]string{"--scan"}, words...)...)
			require.Zero(t, code, out)
			keys := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			slices.Sort(keys)
			return slices.Compact(keys)
		}
		require.Len(t, scan(), count+1)
		require.Equal(t, []string{"key:0", "key:1", "key:2"}, scan("--pattern", "key:[0-2]"))
		require.Equal(t, []string{"the biggest"}, scan("--quoted-pattern", `"the\x20*"`))
		require.Equal(t, []string{""}, scan("--pattern", "nosuch*"))
		require.Equal(t, []string{""}, scan("-n", "3"))
	})
}

// Modes that watch a server: each a few rounds, or killed after some.
func TestCLIWatches(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		out, code := cli(t, s, "", "--latency", "-i", "0.2")
		require.Zero(t, code, out)
		require.Regexp(t, `^\d+ \d+ \d+\.\d\d [1-9]\d*\n$`, out)
		out, code = cli(t, s, "", "--latency", "-i", "0.1", "--csv")
		require.Zero(t, code, out)
		require.Regexp(t, `^\d+,\d+,\d+\.\d\d,[1-9]\d*\n$`, out)

		fill(t, s, 500, func(i int) string { return fmt.Sprintf("SET key:%d v", i) })
		lines := background(t, s, "--stat", "-i", "0.01")
		require.Contains(t, line(t, lines), "- data -")
		require.Contains(t, line(t, lines), "keys       mem      clients blocked requests            connections")
		row := regexp.MustCompile(`^500 +\d+\.\d\d[KMG] +\d+ +0 +(\d+) \(\+\d+\) +\d+ +$`)
		last := 0
		for range 15 {
			text := line(t, lines)
			columns := row.FindStringSubmatch(text)
			require.NotNil(t, columns, text)
			requests, err := strconv.Atoi(columns[1])
			require.NoError(t, err)
			require.Greater(t, requests, last, "each INFO is one request more")
			last = requests
		}
	})
}

func TestCLISubscribes(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		plain := background(t, s, "SUBSCRIBE", "news", "chat")
		csv := background(t, s, "--csv", "PSUBSCRIBE", "n*")
		resp3 := background(t, s, "-3", "SUBSCRIBE", "news")
		for _, want := range []string{"subscribe", "news", "1", "subscribe", "chat", "2"} {
			require.Equal(t, want, line(t, plain))
		}
		require.Equal(t, "Reading messages... (press Ctrl-C to quit)", line(t, csv))
		require.Equal(t, `"psubscribe","n*",1`, line(t, csv))
		for _, want := range []string{"subscribe", "news", "1"} {
			require.Equal(t, want, line(t, resp3))
		}
		for i := range 100 {
			out, _ := cli(t, s, "", "PUBLISH", "news", fmt.Sprint("message ", i))
			require.Equal(t, "3\n", out)
			for _, want := range []string{"message", "news", fmt.Sprint("message ", i)} {
				require.Equal(t, want, line(t, plain))
				require.Equal(t, want, line(t, resp3))
			}
			require.Equal(t, fmt.Sprintf(`"pmessage","n*","news","message %d"`, i), line(t, csv))
			if !clients.AtLength() && i == 10 {
				break
			}
		}
	})
}

// redis-cli as a replica: it throws the RDB away and shows the stream of effects.
func TestCLIReplica(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		out, code := cli(t, s, "", "--rdb", "dump.rdb")
		require.Zero(t, code, out)
		require.Contains(t, out, "Transfer finished with success")

		lines := background(t, s, "--replica")
		for text := ""; !strings.HasPrefix(text, "SYNC done"); {
			text = line(t, lines)
		}
		session := "SET a 1\nSELECT 3\nMULTI\nINCR a\nGET a\nSET b x EX 4000000\nEXEC\nGET a\nGETDEL a\nDEL nosuch\nSELECT 0\nINCRBYFLOAT a 0.5\n"
		wanted := []string{
			`"SET","a","1"`, `"SELECT","3"`, `"MULTI"`, `"INCR","a"`, `"SET","b","x","PXAT",`, `"EXEC"`, `"DEL","a"`,
			`"SELECT","0"`, `"SET","a","1.5","KEEPTTL"`,
		}
		cli(t, s, session, "--no-raw")
		fill(t, s, 500, func(i int) string { return fmt.Sprintf("SET key:%d v", i) }) // so that redis-cli writes
		for i := 0; i < len(wanted); {
			text := line(t, lines)
			if !strings.HasPrefix(text, `"`) || strings.EqualFold(text, `"PING"`) {
				continue // redis-cli's own words, a master's sign of life
			}
			if i == 0 && text == `"SELECT","0"` {
				continue // redis-cli takes it for an answer where the RDB came without its length
			}
			require.True(t, strings.HasPrefix(text, wanted[i]), "%s: %s", wanted[i], text)
			i++
		}
	}, "--repl-diskless-sync-delay", "0")
}
