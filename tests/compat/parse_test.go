package compat

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

func TestScriptsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"~nosuch GET k", "~rounded=x TTL k", "~mask=( GET k", "~replies=x GET k", "@nosuch", "c2>", "~shape", "= +OK", "GET \"k",
		"GET k\n@start --port 1", "~ours GET k", "GET k\n= +OK", "~ours GET k\n=4 +OK", "~rounded=1 @stream", "@stream\n= +OK",
	} {
		_, err := parseScript(text)
		require.Error(t, err, text)
	}
}

func TestScriptLine(t *testing.T) {
	s, err := parseScript("@start --timeout 1\n# comment\n\nc2> ~rounded=2 SET \"a b\\x00\" c\n~ours PING\n=3 +PONG\n")
	require.NoError(t, err)
	require.Equal(t, []string{"--timeout", "1"}, s.start)
	require.Len(t, s.lines, 2)
	require.Equal(t, "c2", s.lines[0].conn)
	require.Equal(t, []string{"SET", "a b\x00", "c"}, s.lines[0].words)
	require.Equal(t, []expectation{{proto: 3, text: "+PONG"}}, s.lines[1].expected)
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		how, ours, theirs string
		agree             bool
	}{
		{"", "+OK\r\n", "+OK\r\n", true},
		{"", "+OK\r\n", "$2\r\nOK\r\n", false},
		{"", "%1\r\n+a\r\n+b\r\n", "*2\r\n+a\r\n+b\r\n", false},
		{"sorted", "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+a\r\n", true},
		{"sorted", "*2\r\n+a\r\n+b\r\n", "~2\r\n+b\r\n+a\r\n", false},
		{"sorted", "*2\r\n+a\r\n+a\r\n", "*2\r\n+b\r\n+a\r\n", false},
		{"sorted", "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n:1\r\n", true},
		{"sorted", "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:1\r\n+a\r\n:2\r\n", false},
		{"sorted", "-ERR a\r\n", "-ERR b\r\n", false},
		{"pairs", "*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "*4\r\n+b\r\n:2\r\n+a\r\n:1\r\n", true},
		{"pairs", "*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "*4\r\n+b\r\n:1\r\n+a\r\n:2\r\n", false},
		{"shape", "*2\r\n:1\r\n$1\r\na\r\n", "*2\r\n:9\r\n$2\r\nbc\r\n", true},
		{"shape", "*2\r\n:1\r\n$1\r\na\r\n", "*2\r\n:9\r\n$-1\r\n", false},
		{"shape", "*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n", false},
		{"rounded=2", ":10\r\n", ":12\r\n", true},
		{"rounded=2", ":10\r\n", ":13\r\n", false},
		{"rounded=2", "$3\r\nabc\r\n", "$3\r\nabd\r\n", false},
		{"rounded=2", "*1\r\n$3\r\n1.5\r\n", "*1\r\n$1\r\n2\r\n", true},
		{"mask=[0-9]+", "$2\r\na1\r\n", "$4\r\na234\r\n", true},
		{"mask=[0-9]+", "$2\r\na1\r\n", "$2\r\nb1\r\n", false},
		{"lines=[0-9]+", "$5\r\na1\nb2\r\n", "$5\r\nb3\na4\r\n", true},
		{"client", "$21\r\nid=1 name=x lib-name=a lib-ver=b\r\n", "$11\r\nid=2 name=x\r\n", true},
		{"client", "$11\r\nid=1 name=x\r\n", "$11\r\nid=2 name=y\r\n", false},
		{"has=a,b", "$7\r\na:1\nb:2\r\n", "$11\r\na:3\nc:5\nb:4\r\n", true},
		{"has=a,b", "$3\r\na:1\r\n", "$7\r\na:3\nb:4\r\n", false},
		{"has=a,b", "$7\r\nb:1\na:2\r\n", "$7\r\na:3\nb:4\r\n", false},
		{"fields=a,c", "$11\r\na:1\nb:2\nc:3\r\n", "$11\r\na:1\nb:4\nc:3\r\n", true},
		{"fields=a,c", "$11\r\na:1\nb:2\nc:3\r\n", "$11\r\na:1\nb:2\nc:4\r\n", false},
		{"fields=a,c", "$11\r\na:1\nb:2\nc:3\r\n", "$7\r\na:1\nb:2\r\n", false},
		{"ignore", ":1\r\n", "-ERR\r\n", true},
	} {
		h := how{mode: "exact"}
		if c.how != "" {
			require.NoError(t, h.set(c.how))
		}
		require.Equal(t, c.agree, h.agree(reply(t, c.ours), reply(t, c.theirs)), "%s: %q and %q", c.how, c.ours, c.theirs)
	}
}

// reply reads a reply; a bulk's length is made right, so that the table needn't count.
func reply(t *testing.T, raw string) wire.Reply {
	if raw[0] == '$' && raw != "$-1\r\n" {
		_, body, _ := strings.Cut(raw, "\r\n")
		return wire.Reply{Kind: '$', Text: strings.TrimSuffix(body, "\r\n"), Raw: []byte(raw)}
	}
	r, err := wire.ReadReply(bufio.NewReader(strings.NewReader(raw)))
	require.NoError(t, err)
	return r
}

func TestDifferenceShowsWhatDiffers(t *testing.T) {
	require.Equal(t, "  a\n- b\n+ x\n+ y\n  c\n", difference("a\nb\nc\n", "a\nx\ny\nc\n"))
}
