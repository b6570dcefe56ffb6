package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSlowLogIsBounded compares the log with a plain slice through additions, resets and changes of slowlog-max-len.
func TestSlowLogIsBounded(t *testing.T) {
	var log slowLog
	var model []int64
	limit := 0
	for i := range int64(5000) {
		switch {
		case i%997 == 0:
			limit = int(i % 131)
			log.setMax(limit)
		case i%1999 == 0:
			log.reset()
			model = nil
		}
		log.add(slowEntry{})
		model = append(model, i)
		if len(model) > limit {
			model = model[len(model)-limit:]
		}
		require.Equal(t, len(model), log.len())
		require.LessOrEqual(t, len(log.entries), 2*limit+2, "room is used again")
	}
	require.NotEmpty(t, model)
	var ids []int64
	for _, e := range log.newest(-1) {
		ids = append(ids, e.id)
	}
	require.Len(t, ids, len(model))
	for i, id := range ids {
		require.Equal(t, model[len(model)-1-i], id, "newest first, numbered through resets")
	}
	require.Len(t, log.newest(3), 3)
	require.Empty(t, log.newest(0))
	require.Len(t, log.newest(1<<30), len(model))
}

// TestSlowWords bounds what is kept of a command.
func TestSlowWords(t *testing.T) {
	args := func(count int) (args [][]byte) {
		for i := range count {
			args = append(args, fmt.Append(nil, i))
		}
		return args
	}
	require.Len(t, slowWords(args(32)), 32)
	require.Equal(t, "31", slowWords(args(32))[31])
	words := slowWords(args(40))
	require.Len(t, words, 32)
	require.Equal(t, "30", words[30])
	require.Equal(t, "... (9 more arguments)", words[31])
	long := strings.Repeat("x", 128)
	require.Equal(t, []string{long, long + "... (1 more bytes)"}, slowWords([][]byte{[]byte(long), []byte(long + "y")}))
}

// TestSlowLogHidesPasswords looks for a password in what SLOWLOG GET shows of the commands that carry one.
func TestSlowLogHidesPasswords(t *testing.T) {
	c := startServer(t, nil, "--slowlog-log-slower-than", "0").dial(t)
	for _, command := range [][]string{
		{"CONFIG", "SET", "maxclients", "100", "requirepass", "secret"}, {"CONFIG", "SET", "masterauth", "secret"}, {"AUTH", "secret"},
		{"AUTH", "default", "secret"}, {"AUTH", "secret-2"}, {"HELLO", "2", "AUTH", "default", "secret", "SETNAME", "shown"},
		{"CONFIG", "SET", "requirepass", "secret", "maxclients"},
	} {
		do(t, c, command...)
	}
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "slowlog-log-slower-than", "-1"))
	text := do(t, c, "SLOWLOG", "GET", "-1")
	require.Equal(t, 1, strings.Count(text, "secret"), "only the CONFIG SET that is refused for its number of words: %q", text)
	require.Contains(t, text, "(redacted)")
	require.Contains(t, text, "shown")
	require.Contains(t, text, "maxclients")
}
