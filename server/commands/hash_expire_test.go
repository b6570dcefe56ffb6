package commands

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// TestFieldDeadlinesAllocateNothing: no more than pages, but for what HGETEX notes of fields that it changes.
func TestFieldDeadlinesAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	for _, size := range []int{10, 1000} {
		s := newHashServer()
		for i := range size {
			s.ask(fmt.Sprintf("HSET k field-%d value", i))
		}
		s.ask("HPEXPIREAT k 9000 FIELDS 1 field-7")
		for _, text := range []string{"HTTL k FIELDS 3 field-3 field-7 nosuch", "HPEXPIRETIME k FIELDS 1 field-7", "HGETEX k FIELDS 2 field-3 nosuch",
			"HPEXPIRE k 5000 FIELDS 2 field-3 field-4", "HEXPIREAT k 5 NX FIELDS 1 field-3", "HPERSIST k FIELDS 1 field-3",
			"HSETEX k PXAT 5000 FIELDS 1 field-3 some", "HSETEX k KEEPTTL FIELDS 1 field-3 other"} {
			words := bytes.Fields([]byte(text))
			row := s.rows[strings.ToLower(string(words[0]))]
			s.do(&row, words)
			require.NotContains(t, string(bytes.Join(s.reply.Segments(nil, 1<<20), nil)), "-ERR", text)
			require.Zero(t, testing.AllocsPerRun(100, func() { s.do(&row, words) }), "%s, of %d", text, size)
		}
	}
}

// FuzzFieldDeadlines sends whatever words there are: each command replies once, and hashes stay whole.
func FuzzFieldDeadlines(f *testing.F) {
	names := []string{"HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT", "HPERSIST", "HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HGETDEL",
		"HGETEX", "HSETEX"}
	for _, seed := range []string{"k 10 FIELDS 1 a", "k 70368744177663 NX fields 2 a b", "k 0 LT FIELDS 3 a a x", "k FIELDS 2 a b", "k FIELDS 1",
		"k EX 10 FIELDS 1 a", "k PERSIST FIELDS 2 a b", "k PXAT 1 FIELDS 1 a", "k EX 10 FIELDS", "k FNX EX 10 FIELDS 2 a 1 c 2", "k FXX KEEPTTL FIELDS 1 a 1",
		"k PXAT 1 FIELDS 2 a 1 b 2", "k EX", "k FNX FXX x y z", "k -9223372036854775808 FIELDS 9223372036854775807 a b", "none 1 FIELDS 1 a"} {
		for i := range names {
			f.Add(byte(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, name byte, text string) {
		row := newHashServer().rows[strings.ToLower(names[int(name)%len(names)])]
		words := append([][]byte{[]byte(row.Name)}, bytes.Fields([]byte(text))...)
		if len(words) < -row.Arity {
			return
		}
		for _, due := range []bool{false, true} {
			s := newHashServer()
			s.ask("HSET k a 1 b 2 c 3")
			s.ask("HPEXPIREAT k 3 FIELDS 1 b")
			now := int64(2)
			if due {
				now = 3
			}
			s.reply.Reset()
			s.call.Begin(&Command{Row: row, fullName: row.Name}, words, now)
			s.call.Reply, s.call.Client, s.call.Keys, s.call.Observed = &s.reply, s, s, true
			row.Handler(&s.call)
			raw := bytes.Join(s.reply.Segments(nil, 1<<20), nil)
			reply, err := wire.ReadReply(bufio.NewReader(bytes.NewReader(raw)))
			require.NoError(t, err)
			require.Len(t, raw, len(reply.Raw), "one reply")
			if fx := &s.call.Effects; fx.Changes == 0 {
				require.Empty(t, fx.Commands)
			}
			s.store.DB(0).Range(func(key []byte, e datatypes.Entry) bool {
				f := e.Hash()
				require.NoError(t, f.Check())
				return true
			})
		}
	})
}
