package scripting

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// answer runs a script with a host that answers each command with the same bytes.
func answer(t testing.TB, s *Scripts, body, reply string) string {
	t.Helper()
	script, err := s.Load([]byte(body))
	require.NoError(t, err)
	var w resp.Writer
	s.Run(script, &Run{Host: &echoHost{[]byte(reply)}, Reply: &w})
	var all strings.Builder
	for _, piece := range w.Segments(nil, 1<<20) {
		all.Write(piece)
	}
	return all.String()
}

// TestReplies has every kind of reply go through a script: what it gets, and what becomes of that.
func TestReplies(t *testing.T) {
	s := NewScripts(Options{Version: "7.0.15"})
	for reply, want := range map[string]string{
		":12\r\n": ":12\r\n", ":-9223372036854775808\r\n": ":-9223372036854775808\r\n", ":2000\r\n": ":2000\r\n",
		"$0\r\n\r\n": "$0\r\n\r\n", "$4\r\na\r\nb\r\n": "$4\r\na\r\nb\r\n", "$-1\r\n": "$-1\r\n", "*-1\r\n": "$-1\r\n", "_\r\n": "$-1\r\n",
		"+OK\r\n": "+OK\r\n", "#t\r\n": ":1\r\n", "#f\r\n": "$-1\r\n", ",1.5\r\n": "$3\r\n1.5\r\n", ",inf\r\n": "$3\r\ninf\r\n",
		"(123\r\n": "$3\r\n123\r\n", "=7\r\ntxt:abc\r\n": "$3\r\nabc\r\n", "*0\r\n": "*0\r\n",
		"*3\r\n:1\r\n*1\r\n+a\r\n$1\r\nb\r\n":  "*3\r\n:1\r\n*1\r\n+a\r\n$1\r\nb\r\n",
		"*3\r\n:1\r\n_\r\n:3\r\n":              "*1\r\n:1\r\n",
		"%1\r\n+a\r\n:1\r\n":                   "*2\r\n*0\r\n:1\r\n",
		"%1\r\n$1\r\na\r\n:1\r\n":              "*2\r\n$1\r\na\r\n:1\r\n",
		"~2\r\n$1\r\na\r\n$1\r\nb\r\n":         "*2\r\n$1\r\na\r\n$1\r\nb\r\n",
		"|1\r\n$1\r\na\r\n$1\r\nb\r\n:5\r\n":   ":5\r\n",
		"*2\r\n|1\r\n+a\r\n:1\r\n:5\r\n:6\r\n": "*2\r\n:5\r\n:6\r\n",
		"-WRONG x\r\n":                         "-WRONG x\r\n",
		"*2\r\n-WRONG x\r\n-ERR nothing\r\n":   "*2\r\n-WRONG x\r\n-ERR nothing\r\n",
		"-noblank\r\n":                         "-ERR noblank\r\n",
	} {
		want = strings.Replace(want, "*2\r\n*0\r\n:1\r\n", "*2\r\n+a\r\n:1\r\n", 1)
		require.Equal(t, want, answer(t, s, "return redis.pcall('x')", reply), "%q", reply)
	}
	require.Contains(t, answer(t, s, "return redis.call('x')", "-WRONG x\r\n"), "-WRONG x script: ")
}

// TestDeepReplies ends where Redis's stack would, and not in Go's.
func TestDeepReplies(t *testing.T) {
	s := NewScripts(Options{Version: "7.0.15"})
	reply := answer(t, s, "local a = {} a[1] = a return a", "+OK\r\n")
	require.Equal(t, 7995, strings.Count(reply, "*1\r\n"))
	require.True(t, strings.HasSuffix(reply, "-ERR reached lua stack limit\r\n"))
}

// TestLongReplies has all values of a table in the reply, those that the machine keeps in no array, too.
func TestLongReplies(t *testing.T) {
	s := NewScripts(Options{Version: "7.0.15"})
	reply := answer(t, s, "local a = {} for i = 1, 300000 do a[i] = i end return a", "")
	require.True(t, strings.HasPrefix(reply, "*300000\r\n:1\r\n"))
	require.True(t, strings.HasSuffix(reply, ":299999\r\n:300000\r\n"))
}

// impatientHost tells a run to end when it is asked for the third time.
type impatientHost struct {
	noHost
	asked int
}

func (h *impatientHost) Interrupted() error {
	if h.asked++; h.asked >= 3 {
		return errors.New("enough")
	}
	return nil
}

// TestEndlessReplies are ended as scripts are, and an error stands in their place.
func TestEndlessReplies(t *testing.T) {
	for _, body := range []string{
		"local t = {} t.map = {} t.map[t] = t return t",
		"local t = {1} for i = 1, 100 do t = {t, t} end return t",
	} {
		s := NewScripts(Options{Version: "7.0.15"})
		script, err := s.Load([]byte(body))
		require.NoError(t, err)
		var w resp.Writer
		w.Status("before")
		s.Run(script, &Run{Host: &impatientHost{}, Reply: &w})
		require.Equal(t, "+before\r\n-ERR enough\r\n", string(w.Segments(nil, 1<<20)[0]))
	}
}

// TestCache keeps scripts by text and by digest, until it is flushed.
func TestCache(t *testing.T) {
	s := NewScripts(Options{Version: "7.0.15"})
	script, err := s.Load([]byte("return 1"))
	require.NoError(t, err)
	require.Equal(t, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", script.SHA)
	require.Same(t, script, s.Find([]byte("E0E1F9FABFC9D4800C877A703B823AC0578FF8DB")))
	require.Nil(t, s.Find([]byte("e0e1")))
	require.Equal(t, 1, s.Len())
	require.Positive(t, s.Bytes())
	_, err = s.Load([]byte("return ("))
	require.ErrorContains(t, err, "Error compiling script (new function): user_script:1: ")
	s.Flush()
	require.Zero(t, s.Len())
	require.Zero(t, s.Bytes())
	require.Nil(t, s.Find([]byte(script.SHA)))
	require.Equal(t, ":1\r\n", answer(t, s, "return 1", ""))
}

// endingHost wants the run ended at its first command.
type endingHost struct {
	echoHost
	failed string
}

func (h *endingHost) Call([][]byte) []byte       { return nil }
func (h *endingHost) Interrupted() error         { return errors.New("ended by the host") }
func (h *endingHost) Failed(text string, _ bool) { h.failed = text }

// TestEnded ends a run that catches every error, and the next one runs.
func TestEnded(t *testing.T) {
	s := NewScripts(Options{Version: "7.0.15"})
	for _, body := range []string{"while true do pcall(redis.call, 'x') end", "while true do pcall(function() while true do end end) end"} {
		script, err := s.Load([]byte(body))
		require.NoError(t, err)
		var w resp.Writer
		host := &endingHost{}
		s.Run(script, &Run{Host: host, Reply: &w})
		require.Contains(t, host.failed, "ERR ended by the host script: "+script.SHA)
		require.Equal(t, ":1\r\n", answer(t, s, "return 1", ""))
	}
}
