package compat

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

var rewrite = flag.Bool("rewrite", false, "write what the binary under test does into the golden files")

// countsShown are the fields of INFO that golden files tell of.
var countsShown = []string{"rdb_changes_since_last_save", "keyspace_hits", "keyspace_misses", "expired_keys", "expired_subkeys"}

// TestGoldens holds commands that Debian's redis-server doesn't have to what testdata/golden says of them: their replies, keyspace events,
// what is propagated and what is counted.
//
//	> command words ...      as in a script; "wait" is a command of the test's own, which is done when a field is due: wait key field
//	= a line of the reply
//	! event key              in their order
//	+ a propagated command
//	% count difference
//
// With CINNABAR_BINARY naming a redis-server that knows the command that a file needs, the file is held to that.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			checkGolden(t, file)
		})
	}
}

func checkGolden(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, needs, _ := strings.Cut(string(text), "\n# needs ")
	needs, _, _ = strings.Cut(needs, "\n")
	g := newGolden(t, needs)
	var done strings.Builder
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "> "):
			done.WriteString(line)
			g.run(strings.TrimSpace(line[2:]), &done)
		case strings.TrimSpace(line) == "" || line[0] == '#':
			done.WriteString(line)
		default:
			require.Contains(t, "=!+%", line[:1], "%s: %s", file, line)
		}
	}
	if *rewrite {
		require.NoError(t, os.WriteFile(file, []byte(done.String()), 0o644))
		return
	}
	require.Equal(t, string(text), done.String())
}

// golden is a server and who follows it.
type golden struct {
	t             *testing.T
	conn, control *wire.Conn
	stream        *peer.Observer
	events        *peer.Listener
	counts        map[string]int
}

// newGolden starts the binary under test; a redis-server that doesn't know the command ends the test.
func newGolden(t *testing.T, needs string) *golden {
	server := peer.StartOurs(t, "--enable-debug-command", "yes", "--notify-keyspace-events", "EAmn", "--save", "")
	g := &golden{t: t, conn: server.Dial(t), control: server.Dial(t), stream: peer.Observe(t, server), events: peer.Listen(t, server)}
	if reply, err := g.control.Do("COMMAND", "INFO", needs); peer.TestsRedis() && err == nil && reply.Items[0].Null {
		t.Skipf("it has no %s", needs)
	}
	_, err := g.control.Do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	require.NoError(t, err)
	g.counts = g.readCounts()
	_, err = g.stream.All()
	require.NoError(t, err)
	return g
}

// run sends one command and writes what comes of it.
func (g *golden) run(line string, done *strings.Builder) {
	words, err := splitWords(line)
	require.NoError(g.t, err, line)
	if words[0] == "wait" {
		g.wait(words[1], words[2])
		return
	}
	reply, err := g.conn.Do(words...)
	require.NoError(g.t, err, line)
	for text := range strings.Lines(reply.String()) {
		if number, isInt := strings.CutPrefix(strings.TrimSpace(text), ":"); isInt {
			text = ":" + masked(number) + "\n"
		}
		fmt.Fprintf(done, "= %s", text)
	}
	events, err := g.events.All()
	require.NoError(g.t, err, line)
	for _, event := range events {
		_, name, _ := strings.Cut(event[0], "__:")
		fmt.Fprintf(done, "! %s %s\n", name, event[1])
	}
	propagated, err := g.stream.All()
	require.NoError(g.t, err, line)
	for _, command := range propagated {
		if command[0] != "SELECT" && command[0] != "PUBLISH" {
			for i, word := range command {
				command[i] = shownWord(word)
			}
			fmt.Fprintf(done, "+ %s\n", strings.Join(command, " "))
		}
	}
	counts := g.readCounts()
	for _, name := range countsShown {
		if by := counts[name] - g.counts[name]; by != 0 {
			fmt.Fprintf(done, "%% %s %d\n", name, by)
		}
	}
	g.counts = counts
}

// shownWord is a word as a script would have it.
func shownWord(word string) string {
	if quoted := fmt.Sprintf("%q", word); word == "" || quoted != `"`+word+`"` {
		return quoted
	}
	return masked(word)
}

// wait waits until a field is due, without having it go.
func (g *golden) wait(key, field string) {
	require.Eventually(g.t, func() bool {
		reply, err := g.control.Do("HPTTL", key, "FIELDS", "1", field)
		return err == nil && len(reply.Items) == 1 && reply.Items[0].Text == "-2"
	}, untilTimeout, time.Millisecond)
	g.counts = g.readCounts()
}

func (g *golden) readCounts() map[string]int {
	reply, err := g.control.Do("INFO", "everything")
	require.NoError(g.t, err)
	counts := map[string]int{}
	for _, name := range countsShown {
		_, rest, found := strings.Cut(reply.Text, "\n"+name+":")
		require.True(g.t, found, name)
		var n int
		_, err := fmt.Sscan(rest, &n)
		require.NoError(g.t, err)
		counts[name] = n
	}
	return counts
}
