package peer

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Variables that make test-long sets: one asks for the counts that the project promises instead of small ones, the other names the file
// for the figures that come out.
const (
	longVariable    = "CINNABAR_LONG"
	figuresVariable = "CINNABAR_FIGURES"
)

// Count is short, or long under make test-long.
func Count(short, long int) int {
	if os.Getenv(longVariable) == "1" {
		return long
	}
	return short
}

// Figure notes a measured figure: a row of docs/benchmarks.md under make test-long, a line of the test's log in any case.
func Figure(t testing.TB, what, format string, values ...any) {
	t.Helper()
	figure := fmt.Sprintf(format, values...)
	t.Logf("%s: %s", what, figure)
	path := os.Getenv(figuresVariable)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	defer f.Close()
	_, err = fmt.Fprintf(f, "| %s | %s |\n", what, figure)
	require.NoError(t, err)
}
