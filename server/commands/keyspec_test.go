package commands_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

func keyTable(t testing.TB) *commands.Table {
	table, err := commands.NewTable(keyRows())
	require.NoError(t, err)
	return table
}

func wordsOf(line string) (args [][]byte) {
	for _, word := range strings.Fields(line) {
		args = append(args, []byte(word))
	}
	return args
}

func TestAppendKeys(t *testing.T) {
	table := keyTable(t)
	for line, want := range map[string][]commands.KeyRef{
		"set k v":                     {{1, commands.KeyOW | commands.KeyUpdate}},
		"set k v px 5 gEt":            {{1, commands.KeyRW | commands.KeyAccess | commands.KeyUpdate}},
		"mset a 1 b 2":                {{1, commands.KeyOW | commands.KeyUpdate}, {3, commands.KeyOW | commands.KeyUpdate}},
		"eval s 0 a":                  nil,
		"eval s 2 a b c":              {{3, commands.KeyRW | commands.KeyAccess | commands.KeyUpdate}, {4, commands.KeyRW | commands.KeyAccess | commands.KeyUpdate}},
		"eval s 9 a":                  nil,
		"eval s 4294967297 a":         {{3, commands.KeyRW | commands.KeyAccess | commands.KeyUpdate}},
		"eval s -1 a":                 nil,
		"eval s":                      nil,
		"lmpop 1x k left":             {{Index: 2}},
		"xread count streams 1 2":     {{3, commands.KeyRO | commands.KeyAccess}},
		"xread streams":               nil,
		"xread streams a b c 0 0 0":   {{2, commands.KeyRO | commands.KeyAccess}, {3, commands.KeyRO | commands.KeyAccess}, {4, commands.KeyRO | commands.KeyAccess}},
		"sort k limit 0 store by x":   {{1, commands.KeyRO | commands.KeyAccess}},
		"sort k store a get b":        {{1, commands.KeyRO | commands.KeyAccess}, {3, commands.KeyOW | commands.KeyUpdate}},
		"migrate h 1 k 0 9 keys a":    nil,
		"migrate h 1 k 0 9 replace":   {{3, commands.KeyRW | commands.KeyAccess | commands.KeyDelete}},
		"spublish ch m":               nil,
		"memory usage k samples 1":    {{2, commands.KeyRO}},
		"blpop a b 0":                 {{1, commands.KeyRW | commands.KeyAccess | commands.KeyDelete}, {2, commands.KeyRW | commands.KeyAccess | commands.KeyDelete}},
		"bitfield k get u8 0":         {{1, commands.KeyRO | commands.KeyAccess}},
		"bitfield k set u8 0 1":       {{1, commands.KeyRW | commands.KeyAccess | commands.KeyUpdate}},
		"zunionstore d 2 a b weights": {{1, commands.KeyOW | commands.KeyUpdate}, {3, commands.KeyRO | commands.KeyAccess}, {4, commands.KeyRO | commands.KeyAccess}},
	} {
		args := wordsOf(line)
		cmd := table.Find(args)
		require.NotNil(t, cmd, line)
		// What is in dst stays.
		before := commands.KeyRef{Index: 99}
		got := cmd.AppendKeys(args, []commands.KeyRef{before})
		require.Equal(t, append([]commands.KeyRef{before}, want...), got, line)
	}
}

func TestAppendKeysAllocatesNothing(t *testing.T) {
	table := keyTable(t)
	room := make([]commands.KeyRef, 0, 16)
	for _, line := range []string{"set k v get", "mset a 1 b 2", "eval s 2 a b", "xread streams a b 0 0", "sort k store d", "zunionstore d 2x a b"} {
		args := wordsOf(line)
		cmd := table.Find(args)
		require.Zero(t, testing.AllocsPerRun(100, func() { room = cmd.AppendKeys(args, room[:0]) }), line)
		require.NotEmpty(t, room, line)
	}
}

// FuzzAppendKeys: whatever the words, the keys found stand among them.
func FuzzAppendKeys(f *testing.F) {
	table := keyTable(f)
	f.Add("set k v get")
	f.Add("migrate h 1 k 0 9 auth2 u p keys a b")
	f.Add("eval s 99999999999 a")
	f.Add("xreadgroup group g c streams a b 0 0")
	f.Fuzz(func(t *testing.T, line string) {
		args := wordsOf(line)
		if len(args) == 0 {
			return
		}
		cmd := table.Find(args)
		if cmd == nil || !cmd.ArityFits(len(args)) {
			return
		}
		for _, key := range cmd.AppendKeys(args, nil) {
			require.Greater(t, key.Index, 0)
			require.Less(t, key.Index, len(args))
		}
	})
}

func BenchmarkAppendKeys(b *testing.B) {
	table := keyTable(b)
	for _, line := range []string{"set k v", "mset a 1 b 2 c 3 d 4", "zunionstore d 2 a b"} {
		args := wordsOf(line)
		b.Run(string(args[0]), func(b *testing.B) {
			cmd := table.Find(args)
			var room [16]commands.KeyRef
			b.ReportAllocs()
			for b.Loop() {
				cmd.AppendKeys(args, room[:0])
			}
		})
	}
}
