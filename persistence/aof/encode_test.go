package aof

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// words makes a command of its words.
func words(list ...string) [][]byte {
	made := make([][]byte, len(list))
	for i, word := range list {
		made[i] = []byte(word)
	}
	return made
}

// record is a command's record as text.
func record(list ...string) string { return string(AppendRecord(nil, words(list...))) }

func TestEncoder(t *testing.T) {
	e := NewEncoder()
	buf := e.Append(nil, 0, words("SET", "a", "\x00\r\n"), 0)
	buf = e.Append(buf, 0, words("DEL", ""), 0)
	buf = e.Append(buf, 12, words("FLUSHALL"), 1700000000)
	buf = e.Append(buf, 12, words("FLUSHALL"), 1700000000)
	e.Reset()
	buf = e.Append(buf, 12, words("X"), 1700000001)
	buf = e.Append(buf, 12, words("X"), 1600000000)
	require.Equal(t, "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\n\x00\r\n\r\n"+
		"*2\r\n$3\r\nDEL\r\n$0\r\n\r\n"+
		"#TS:1700000000\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*1\r\n$8\r\nFLUSHALL\r\n"+
		"*1\r\n$8\r\nFLUSHALL\r\n"+
		"#TS:1700000001\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*1\r\n$1\r\nX\r\n"+
		"*1\r\n$1\r\nX\r\n", string(buf))
}

func TestEncoderAllocatesNothing(t *testing.T) {
	e := NewEncoder()
	buf := make([]byte, 0, 1<<10)
	command := words("SET", "key", "value")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		buf = e.Append(buf[:0], 3, command, 0)
		e.Reset()
	}))
}
