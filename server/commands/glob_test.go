package commands

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", false}, {"*", "anything", true}, {"**", "x", true}, {"a", "", false},
		{"h?llo", "hello", true}, {"h?llo", "hllo", false}, {"h*llo", "heeeello", true}, {"h*llo", "hellox", false},
		{"h[ae]llo", "hallo", true}, {"h[ae]llo", "hillo", false}, {"h[^e]llo", "hallo", true}, {"h[^e]llo", "hello", false},
		{"h[a-b]llo", "hbllo", true}, {"h[b-a]llo", "hallo", true}, {"h[a-b]llo", "hcllo", false},
		{`\*`, "*", true}, {`\*`, "x", false}, {`\`, `\`, true}, {`a\`, `a\`, true}, {`[\]]`, "]", true}, {`[\a]`, "a", true},
		{"[abc", "b", true}, {"[abc", "d", false}, {"[", "a", false}, {"[^", "a", true}, {"[]", "a", false}, {"[^]", "a", true},
		{"[a-", "-", true}, {"[a-]", "-", false}, {"[a-]", "a", true}, {"[a-]", "_", true}, {"[a-]x", "]", true},
		{"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXbYbZ", false}, {"*a*", "bab", true}, {"*.txt", "a.txt.txt", true},
		{"foo*", "foo", true}, {"foo?", "foo", false}, {"?", "é", false}, {"A", "a", false}, {"[A-C]", "b", false},
		{"[a-\xff]", "b", false}, {"[a-\xff]", "A", true}, {"[\x80-a]", "\xfe", true}, {"[\x80-\xff]", "\x90", true}, {"[^\xff-a]", "b", true},
	} {
		require.Equal(t, c.want, Match([]byte(c.pattern), []byte(c.text)), "%q %q", c.pattern, c.text)
	}
}

// A pattern of many stars takes no longer than its length times the text's.
func TestMatchIsBounded(t *testing.T) {
	began := time.Now()
	pattern := append(bytes.Repeat([]byte("*a"), 200), 'b')
	require.False(t, Match(pattern, bytes.Repeat([]byte("a"), 20000)))
	require.Less(t, time.Since(began), 5*time.Second)
}

// matchSlowly says what a pattern means: every star tries every length.
func matchSlowly(pattern, text []byte) bool {
	if len(text) == 0 && len(bytes.Trim(pattern, "*")) > 0 {
		return false
	}
	if len(pattern) == 0 {
		return len(text) == 0
	}
	if pattern[0] == '*' {
		return matchSlowly(pattern[1:], text) || len(text) > 0 && matchSlowly(pattern, text[1:])
	}
	if len(text) == 0 {
		return false
	}
	next, ok := matchOne(pattern, 0, text[0])
	return ok && matchSlowly(pattern[next:], text[1:])
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"h[^a-c]*\\?x", "[[]]", "*[a-*", "**?\\"} {
		f.Add([]byte(seed), []byte("hello*x"))
	}
	f.Fuzz(func(t *testing.T, pattern, text []byte) {
		pattern, text = pattern[:min(len(pattern), 24)], text[:min(len(text), 24)]
		if bytes.Count(pattern, []byte("*")) > 4 {
			return
		}
		require.Equal(t, matchSlowly(pattern, text) && (len(text) > 0 || len(pattern) == 0), Match(pattern, text))
	})
}
