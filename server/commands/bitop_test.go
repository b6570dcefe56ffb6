package commands

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// combined is what BITOP is to make of strings, a byte at a time.
func combined(op bitOp, sources [][]byte) []byte {
	longest := 0
	for _, source := range sources {
		longest = max(longest, len(source))
	}
	result := make([]byte, longest)
	for i := range result {
		at := func(source []byte) byte {
			if i < len(source) {
				return source[i]
			}
			return 0
		}
		result[i] = at(sources[0])
		for _, source := range sources[1:] {
			switch op {
			case bitAnd:
				result[i] &= at(source)
			case bitOr:
				result[i] |= at(source)
			case bitXor:
				result[i] ^= at(source)
			}
		}
		if op == bitNot {
			result[i] = ^result[i]
		}
	}
	return result
}

// TestBitOpCombinesBytes takes strings of every length and kind, also with the destination among them.
func TestBitOpCombinesBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	values := bitStrings()
	for _, op := range []struct {
		word string
		op   bitOp
	}{{"AND", bitAnd}, {"OR", bitOr}, {"XOR", bitXor}, {"NOT", bitNot}} {
		for range 60 {
			s := newBitServer()
			count := 1 + random.IntN(6)
			if op.op == bitNot {
				count = 1
			}
			sources := make([][]byte, count)
			var names []string
			for i := range sources {
				names = append(names, fmt.Sprintf("k%d", i))
				if random.IntN(8) == 0 {
					continue // it isn't there
				}
				sources[i] = values[random.IntN(len(values))]
				s.store.Edit(0).SetString([]byte(names[i]), sources[i], datatypes.NoDeadline)
			}
			to := []string{"other", names[random.IntN(count)]}[random.IntN(2)]
			want := combined(op.op, sources)
			require.Equal(t, fmt.Sprintf(":%d\r\n", len(want)), s.ask("BITOP "+op.word+" "+to+" "+strings.Join(names, " ")))
			var e datatypes.Entry
			found := s.DB(0).Find(&e, []byte(to), 1)
			require.Equal(t, len(want) > 0, found)
			if found {
				require.True(t, bytes.Equal(want, e.AppendString(nil)), "%s of %d strings", op.word, count)
				require.Equal(t, "raw", e.Encoding())
			}
		}
	}
}

// TestBitOpOfKeysThatExpire deletes sources while others are looked at, so many that the others move.
func TestBitOpOfKeysThatExpire(t *testing.T) {
	const count = 1000
	s := newBitServer()
	words := []string{"BITOP", "OR", "d"}
	for i := range count {
		value, deadlineMs := []byte{1}, datatypes.NoDeadline
		if i%4 != 0 {
			value, deadlineMs = []byte{2, 2}, 1
		}
		key := fmt.Sprintf("k%d", i)
		s.store.Edit(0).SetString([]byte(key), value, deadlineMs)
		words = append(words, key)
	}
	require.Equal(t, ":1\r\n", s.ask(strings.Join(words, " ")))
	var e datatypes.Entry
	require.True(t, s.DB(0).Find(&e, []byte("d"), 1))
	require.Equal(t, []byte{1}, e.AppendString(nil))
	require.Equal(t, count/4+1, s.DB(0).Len())
	require.Equal(t, count/4, s.call.Outcome.Hits)
	require.Equal(t, count*3/4, s.call.Outcome.Misses)
}
