package conf

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplitWords(t *testing.T) {
	for _, test := range []struct {
		line  string
		words []string
		bad   bool
	}{
		{line: ""},
		{line: " \t\r\n\v\f"},
		{line: "port 7000", words: []string{"port", "7000"}},
		{line: "  a\tb\rc\nd ", words: []string{"a", "b", "c", "d"}},
		{line: "a\vb", words: []string{"a\vb"}},
		{line: `save ""`, words: []string{"save", ""}},
		{line: `a '' b`, words: []string{"a", "", "b"}},
		{line: `"a\n\r\t\b\a\\\"\q" x`, words: []string{"a\n\r\t\b\a\\\"q", "x"}},
		{line: `"\x41\x7G\xff"`, words: []string{"Ax7G\xff"}},
		{line: `"\x4"`, words: []string{"x4"}},
		{line: `'a\'b\n"'`, words: []string{`a'b\n"`}},
		{line: `ab"c d"`, words: []string{"abc d"}},
		{line: `ab'c d'`, words: []string{"abc d"}},
		{line: "\"a\"\vb", words: []string{"a", "b"}},
		{line: `\"a`, bad: true},
		{line: `"a`, bad: true},
		{line: `'a`, bad: true},
		{line: `"a\`, bad: true},
		{line: `"a\"`, bad: true},
		{line: `'a\`, bad: true},
		{line: `'a\'`, bad: true},
		{line: `"a"b`, bad: true},
		{line: `'a'b`, bad: true},
		{line: `"a""b"`, bad: true},
	} {
		words, ok := SplitWords(test.line)
		require.Equal(t, !test.bad, ok, "%q", test.line)
		require.Equal(t, test.words, words, "%q", test.line)
	}
}

func TestQuote(t *testing.T) {
	require.Equal(t, `""`, Quote(""))
	require.Equal(t, `"a b\\\"'\n\r\t\a\b\x00\x7f\xc3\xa9"`, Quote("a b\\\"'\n\r\t\a\b\x00\x7fé"))
}

// FuzzSplitWords checks that any line is split within its length, and that what
// quote writes is read back.
func FuzzSplitWords(f *testing.F) {
	for _, seed := range []string{"", `save "900 1"`, `"\x4`, `'\'`, "a\vb", `ab"c"d`, `"\\x41"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, ok := SplitWords(line)
		total := 0
		for _, word := range words {
			total += len(word)
		}
		require.LessOrEqual(t, total, len(line))
		if !ok {
			require.Nil(t, words)
		}
		quoted := make([]string, len(words))
		for i, word := range words {
			quoted[i] = Quote(word)
		}
		again, ok := SplitWords(strings.Join(quoted, " "))
		require.True(t, ok)
		require.Equal(t, words, again)
	})
}
