package commands_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/commands/commandstest"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// match is enough of a glob for the patterns of these tests.
func match(pattern, name string) bool {
	fits, _ := path.Match(strings.ToLower(pattern), name)
	return fits
}

func commandTable(t testing.TB) *commands.Table {
	var table *commands.Table
	rows := commands.CommandRows(func() *commands.Table { return table }, match)
	table, err := commands.NewTable(rows, keyRows())
	require.NoError(t, err)
	return table
}

// run runs one command of the COMMAND family and returns the bytes of its reply.
func run(t testing.TB, table *commands.Table, proto int, args ...string) []byte {
	call := commands.Call{Cmd: nil}
	for _, word := range args {
		call.Args = append(call.Args, []byte(word))
	}
	call.Cmd = table.Find(call.Args)
	require.NotNil(t, call.Cmd, "%q", args)
	return commandstest.Encode(proto, func(w *resp.Writer) {
		call.Reply = w
		call.Cmd.Handler(&call)
	})
}

func TestFactsOfOracle(t *testing.T) {
	commandstest.CompareWithOracle(t, commandTable(t))
}

func TestCommandOfOracle(t *testing.T) {
	table := commandTable(t)
	oracle := commandstest.StartOracle(t)
	for _, proto := range []int{2, 3} {
		oracle.Do(t, "HELLO", fmt.Sprint(proto))
		for _, args := range [][]string{
			{"command", "help"},
			{"command", "info", "nosuch"},
			{"command", "info", "mget|get", "nosuch|x", "memory|nosuch"},
			{"command", "info", "Set", "nosuch", "memory|usage"},
			{"command", "docs", "nosuch"},
			{"command", "list", "filterby", "module", "nosuch"},
			{"command", "list", "filterby", "aclcat", "nosuch"},
			{"command", "list", "FilterBy", "PATTERN", "xreadG*"},
			{"command", "list", "filterby", "pattern", "memory|u*"},
			{"command", "list", "filterby", "pattern"},
			{"command", "list", "filterby", "nosuch", "x"},
			{"command", "list", "nosuch"},
			{"command", "list", "filterby", "pattern", "a", "b"},
			{"command", "getkeys", "nosuch", "x"},
			{"command", "getkeys", "memory", "nosuch"},
			{"command", "getkeys", "memory", "stats"},
			{"command", "getkeys", "set", "k"},
			{"command", "getkeys", "eval", "s", "0"},
			{"command", "getkeys", "spublish", "c", "m"},
			{"command", "getkeysandflags", "pfmerge", "k"},
			{"command", "getkeysandflags", "zunionstore", "d", "2x", "a", "b"},
		} {
			want := oracle.Do(t, args...)
			require.Equal(t, string(want), string(run(t, table, proto, args...)), "%q in RESP%d", args, proto)
		}
	}
}

// TestKeysOfOracle asks for the keys of random commands, most of them wrong in some way.
func TestKeysOfOracle(t *testing.T) {
	table := commandTable(t)
	oracle := commandstest.StartOracle(t)
	pool := strings.Fields("a b 0 1 2 3 -1 1x 99999999999 get GET set incrby overflow store storedist limit by keys auth auth2 copy " +
		"streams STREAMS count block group noack left weights u8 1000")
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 1500 {
		var args []string
		for name := ""; name == ""; {
			cmd := table.Commands()[random.IntN(len(table.Commands()))]
			if cmd.HasKeys() {
				name = cmd.FullName()
				args = strings.Split(name, "|")
			}
		}
		for range random.IntN(9) {
			args = append(args, pool[random.IntN(len(pool))])
		}
		if len(args) < 2 {
			continue
		}
		args = append([]string{"command", "getkeysandflags"}, args...)
		want := oracle.Do(t, args...)
		require.Equal(t, string(want), string(run(t, table, 2, args...)), "seed %d: %q", seed, args)
	}
}

func TestCommandAll(t *testing.T) {
	table := commandTable(t)
	count := len(table.Names())
	require.Equal(t, fmt.Sprintf(":%d\r\n", count), string(run(t, table, 2, "command", "count")))
	for _, args := range [][]string{{"command"}, {"command", "info"}} {
		require.True(t, strings.HasPrefix(string(run(t, table, 3, args...)), fmt.Sprintf("*%d\r\n*10\r\n$8\r\nbitfield\r\n", count)))
	}
	require.True(t, strings.HasPrefix(string(run(t, table, 3, "command", "docs")), fmt.Sprintf("%%%d\r\n$8\r\nbitfield\r\n", count)))
	require.True(t, strings.HasPrefix(string(run(t, table, 2, "command", "list")), fmt.Sprintf("*%d\r\n$8\r\nbitfield\r\n", len(table.Commands()))))
	readers := string(run(t, table, 2, "command", "list", "filterby", "aclcat", "READ"))
	require.Contains(t, readers, "memory|usage")
	require.NotContains(t, readers, "$3\r\nset\r\n")
}
