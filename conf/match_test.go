package conf

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"*", "port", true},
		{"PO*", "port", true},
		{"p?rt", "port", true},
		{"p?", "port", false},
		{"*max*mem*", "maxmemory", true},
		{"maxmemory*", "maxmemory", true},
		{"maxmemory**", "maxmemory", true},
		{"[mp]ort", "port", true},
		{"[^mp]ort", "port", false},
		{"[A-Z]ort", "port", true},
		{"[z-a]ort", "port", true},
		{"[p", "p", true},
		{"[", "p", false},
		{"[^", "p", true},
		{`[\p]ort`, "port", true},
		{`\port`, "port", true},
		{`por\`, "port", false},
		{"a]", "a]", true},
	} {
		require.Equal(t, test.want, match(test.pattern, test.s), "%q %q", test.pattern, test.s)
	}
}

// TestMatchTakesNoExponentialTime would not end if stars tried every split.
func TestMatchTakesNoExponentialTime(t *testing.T) {
	done := make(chan bool, 1)
	go func() { done <- match(strings.Repeat("a*", 40)+"b", strings.Repeat("a", 400)) }()
	select {
	case matched := <-done:
		require.False(t, matched)
	case <-time.After(10 * time.Second):
		t.Fatal("still matching")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("*[^a-z]?\\", "abc")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) < 100 && len(s) < 1000 {
			match(pattern, s)
		}
		require.True(t, match("*", s))
	})
}
