package rediscli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// A terminal is a redis-cli on a pseudo-terminal, as it is for somebody who types.
type terminal struct {
	t      *testing.T
	master *os.File
	prompt string
	shown  strings.Builder // all that was written so far
}

// openTerminal starts redis-cli; it ends with the test.
func openTerminal(t *testing.T, s *peer.Server, words ...string) *terminal {
	t.Helper()
	master, slave := openPair(t)
	cmd := exec.Command(peer.Need(t, "redis-cli"), append([]string{"-p", strconv.Itoa(s.Port)}, words...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "HOME="+cmd.Dir, "REDISCLI_HISTFILE="+filepath.Join(cmd.Dir, "history"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	slave.Close()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		master.Close()
	})
	return &terminal{t: t, master: master, prompt: fmt.Sprintf("127.0.0.1:%d> ", s.Port)}
}

// openPair opens a pseudo-terminal of 200 columns, its keyboard-and-screen's side and redis-cli's.
func openPair(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		peer.Absent(t, "there are no pseudo-terminals here: %v", err)
	}
	raw, err := master.SyscallConn()
	require.NoError(t, err)
	var number int
	var failure error
	require.NoError(t, raw.Control(func(fd uintptr) {
		if failure = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failure != nil {
			return
		}
		if number, failure = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); failure != nil {
			return
		}
		failure = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 400})
	}))
	require.NoError(t, failure)
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	return master, slave
}

// until reads until what was written since the mark fits, and gives what the expression's groups hold.
func (tm *terminal) until(mark int, expression string) []string {
	tm.t.Helper()
	want := regexp.MustCompile(expression)
	require.NoError(tm.t, tm.master.SetReadDeadline(time.Now().Add(patience)))
	buffer := make([]byte, 4096)
	for {
		if found := want.FindStringSubmatch(tm.shown.String()[mark:]); found != nil {
			return found
		}
		n, err := tm.master.Read(buffer)
		tm.shown.Write(buffer[:n])
		require.NoError(tm.t, err, "%s does not come; redis-cli wrote %q", expression, tm.shown.String()[mark:])
	}
}

// ready waits for a prompt at the end.
func (tm *terminal) ready(mark int) { tm.until(mark, regexp.QuoteMeta(tm.prompt)+`$`) }

// press types, and gives the place where what comes of it begins.
func (tm *terminal) press(keys string) (mark int) {
	tm.t.Helper()
	mark = tm.shown.Len()
	_, err := io.WriteString(tm.master, keys)
	require.NoError(tm.t, err)
	return mark
}

// enter types a line and gives what redis-cli writes until its next prompt.
func (tm *terminal) enter(line string) string {
	tm.t.Helper()
	mark := tm.press("\x15" + line + "\r") // what was begun goes
	found := tm.until(mark, `(?s)C\r\n(.*?)(?:\r\n)?`+regexp.QuoteMeta(tm.prompt)+`$`)
	return strings.ReplaceAll(found[1], "\r\n", "\n")
}

// hint is what redis-cli shows behind what is typed.
func (tm *terminal) hint(line string) string {
	tm.t.Helper()
	mark := tm.press("\x15" + line)
	place := len(tm.prompt) + len(line)
	found := tm.until(mark, `\r\x1b\[0K`+regexp.QuoteMeta(tm.prompt+line)+`([^\r]*)\r\x1b\[`+strconv.Itoa(place)+`C$`)
	return regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(found[1], "")
}

// What COMMAND DOCS tells is shown as one types: of each command that redis-server has, ours says the same.
func TestHints(t *testing.T) {
	t.Parallel()
	ours, theirs := peer.StartOurs(t), peer.StartRedis(t)
	commands := func(s *peer.Server) []string {
		out, code := cli(t, s, "", "COMMAND", "LIST")
		require.Zero(t, code)
		return strings.Fields(out)
	}
	have := map[string]bool{}
	for _, name := range commands(ours) {
		have[name] = true
	}
	mine, other := openTerminal(t, ours), openTerminal(t, theirs)
	mine.ready(0)
	other.ready(0)
	require.Equal(t, " key value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]", other.hint("SET"))
	compared := 0
	for _, name := range commands(theirs) {
		if have[name] {
			require.Equal(t, other.hint(name+" "), mine.hint(name+" "), name)
			compared++
		}
	}
	require.Greater(t, compared, 150)
	for _, line := range []string{"SET k", "SET k ", "SET k v ", "config get", "config get ", "CLIENT KILL ", "nosuch ", "object encoding ", "MSET a 1 "} {
		require.Equal(t, other.hint(line), mine.hint(line), line)
	}
	for _, begun := range []string{"GETE", "config res", "zrangeby", "HELP @li"} {
		complete := func(tm *terminal) string {
			tm.hint(begun)
			mark := tm.press("\t")
			found := tm.until(mark, `\r\x1b\[0K`+regexp.QuoteMeta(tm.prompt)+`([^\r\x1b]*)[^\r]*\r\x1b\[\d+C$`)
			return found[1]
		}
		require.Equal(t, complete(other), complete(mine), begun)
	}
}

// A session of somebody who types, its answers as redis-cli shows them to him.
func TestTyping(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		tm := openTerminal(t, s)
		tm.ready(0)
		for _, step := range [][2]string{
			{"SET k v", "OK"}, {"get k", `"v"`}, {"GET nosuch", "(nil)"}, {"INCR n", "(integer) 1"}, {"rpush l a b", "(integer) 2"},
			{"LRANGE l 0 -1", "1) \"a\"\n2) \"b\""}, {"SMEMBERS nosuch", "(empty array)"}, {"INCR k", "(error) ERR value is not an integer or out of range"},
			{":set nohints", ""}, {"ECHO 'it''s'", "Invalid argument(s)"}, {`ECHO "\x41"`, `"A"`},
		} {
			require.Equal(t, step[1], tm.enter(step[0]), step[0])
		}
		require.Regexp(t, `GETEX\S* \S*key .*\s*\S*summary:\S* [A-Z][a-z ]+.\s+\S*since:\S* 6\.2\.0\s+\S*group:\S* string`, tm.enter("help getex"))
		require.Contains(t, tm.enter("help @hash"), "HINCRBYFLOAT")
	})
}

// In RESP3 the server's messages come between the answers: here of a key that another client changes.
func TestPushes(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		tm := openTerminal(t, s, "-3")
		tm.ready(0)
		require.Equal(t, "OK", tm.enter("CLIENT TRACKING ON"))
		require.Equal(t, "(nil)", tm.enter("GET watched"))
		out, _ := cli(t, s, "", "SET", "watched", "1")
		require.Equal(t, "OK\n", out)
		require.Equal(t, "-> invalidate: 'watched'\n\"1\"", tm.enter("GET watched"))
	})
}

// What goes on is shown until the user ends it.
func TestShownOnTerminals(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		history := openTerminal(t, s, "--latency-history", "-i", "0.1")
		for range 3 {
			mark := history.shown.Len()
			history.until(mark, `min: \d+, max: \d+, avg: \d+\.\d\d \([1-9]\d* samples\) -- 0\.\d\d seconds range\r\n`)
		}
		spectrum := openTerminal(t, s, "--latency-dist", "-i", "0.1")
		spectrum.until(0, `\x1b\[38;5;0m\x1b\[48;5;\d+m\.`)

		listener := openTerminal(t, s)
		listener.ready(0)
		listener.press("SUBSCRIBE news\r")
		listener.until(0, `1\) "subscribe"\r\n2\) "news"\r\n3\) \(integer\) 1\r\n`)
		out, _ := cli(t, s, "", "PUBLISH", "news", "hello")
		require.Equal(t, "1\n", out)
		listener.until(0, `1\) "message"\r\n2\) "news"\r\n3\) "hello"\r\n`)
	})
}

// How redis-cli simulates a cache: some of what it asks for is there, though there is no room for all of it.
func TestSimulatedCache(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		number := func(section, field string) int {
			out, _ := cli(t, s, "", "INFO", section)
			found := regexp.MustCompile(`(?m)^` + field + `:(\d+)`).FindStringSubmatch(out)
			require.NotNil(t, found, out)
			n, err := strconv.Atoi(found[1])
			require.NoError(t, err)
			return n
		}
		room := number("memory", "used_memory") + 100<<10
		out, _ := cli(t, s, "", "CONFIG", "SET", "maxmemory", strconv.Itoa(room))
		require.Equal(t, "OK\n", out)
		tm := openTerminal(t, s, "--lru-test", "10000")
		for deadline := time.Now().Add(patience); ; {
			columns := tm.until(tm.shown.Len(), `[1-9]\d* Gets/sec \| Hits: \d+ \((\d+\.\d\d)%\) \| Misses: \d+ \(\d+\.\d\d%\)\r\n`)
			hits, err := strconv.ParseFloat(columns[1], 64)
			require.NoError(t, err)
			if hits > 10 && number("stats", "evicted_keys") > 1000 {
				break
			}
			require.True(t, time.Now().Before(deadline), "%.0f %% hits", hits)
		}
		require.Less(t, number("memory", "used_memory"), room+1<<20)
	}, "--maxmemory-policy", "allkeys-lru")
}
