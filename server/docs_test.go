package server

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/commands/commandstest"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

var update = flag.Bool("update", false, "write the generated documents anew")

// fullTable is the table that a running server has.
func fullTable(t *testing.T) *commands.Table {
	t.Helper()
	s, err := New(conf.New(), oplog.Discard())
	require.NoError(t, err)
	for _, l := range s.loops {
		l.poller.Close()
	}
	return s.table
}

// TestCommandsDocument keeps docs/commands.md fresh.
func TestCommandsDocument(t *testing.T) {
	commandstest.CheckDocument(t, "../docs/commands.md", fullTable(t), *update)
}

// TestTableOfOracle compares every fact of every row but the summaries with redis-server's.
func TestTableOfOracle(t *testing.T) {
	commandstest.CompareWithOracle(t, fullTable(t), "client|setinfo", "client|no-touch",
		"digest", "delex", "delifeq", "msetex", "increx",
		"hexpire", "hpexpire", "hexpireat", "hpexpireat", "hpersist", "httl", "hpttl", "hexpiretime", "hpexpiretime",
		"hgetdel", "hgetex", "hsetex", "waitaof",
		"memcached-answer", "memcached-get", "memcached-gets", "memcached-set", "memcached-touch", "memcached-delete", "memcached-incr",
		"memcached-flush", "memcached-stats", "memcached-auth")
}

// TestDifferencesDocument keeps the list of directives without effect in docs/differences.md fresh.
func TestDifferencesDocument(t *testing.T) {
	const path, begin, end = "../docs/differences.md", "<!-- directives -->\n", "<!-- end -->"
	var names []string
	for _, d := range conf.Directives() {
		if d.Silent() {
			names = append(names, "`"+d.Name+"`")
		}
	}
	slices.Sort(names)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	head, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	_, tail, found := strings.Cut(rest, end)
	require.True(t, found)
	want := head + begin + wrap(names, 140) + end + tail
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run go test ./server -run Differences -update")
}

// wrap sets words into lines of at most width columns.
func wrap(words []string, width int) string {
	var lines strings.Builder
	column := 0
	for i, word := range words {
		if i < len(words)-1 {
			word += ","
		}
		if column > 0 && column+1+len(word) > width {
			lines.WriteByte('\n')
			column = 0
		}
		if column > 0 {
			lines.WriteByte(' ')
			column++
		}
		lines.WriteString(word)
		column += len(word)
	}
	lines.WriteByte('\n')
	return lines.String()
}
