package aof

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// checkCase is a file or folder to check.
type checkCase struct {
	name  string
	files map[string]string // the first argument is "f", or "m" if that is there
	args  []string          // before the file
	input string            // what is typed
}

// checkCases are what both checkers are given. The names of tests are their lines in a failure's message.
func checkCases() []checkCase {
	good := record("SELECT", "0") + record("SET", "a", "b")
	stamped := good + "#TS:1000\r\n" + record("SET", "a", "1") + "#TS:2000\r\n" + record("SET", "a", "2") + "#other\r\n" + record("DEL", "a")
	transaction := good + record("MULTI") + record("INCR", "a")
	manifest := "file base seq 1 type b\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n"
	var cases []checkCase
	single := map[string]string{
		"good": good, "empty": "", "annotated": stamped, "garbage": good + "garbage\r\n", "zeros": good + "\x00\x00\x00",
		"open transaction": transaction, "nested": transaction + record("MULTI"), "EXEC alone": good + record("exec"),
		"transaction": transaction + record("exec") + good, "no number": good + "*\r\n", "no words": good + "*0\r\n" + good,
		"negative": "*1\r\n$-4\r\nPING\r\n", "no CRLF": "*1\r\n$4\r\nPINGxy\r\n", "behind a number": "*1\r\n$4xy\r\nPING\r\n",
		"LF alone": "*1\n$4\r\nPING\r\n", "another prefix": "*1\r\n!4\r\nPING\r\n", "high bytes": "*1\r\n$4\r\nPING\xff\xfe",
		"too large": "*1\r\n$100000\r\nabc", "torn in a transaction": transaction + "*1\r\n$4\r\nEX", "a word for multi": record("MULTI\x00x") + good,
		"a long annotation": "#" + strings.Repeat("x", 1500) + "\r\n" + good, "file in a value": good + record("SET", "a", "x\nfile"),
		"a manifest of comments": "#\n#\n", "torn after a header": good + "*2\r\n", "in a transaction, after a header": transaction + "*2\r\n",
		"a blank number": "* 1\r\n$ +4\r\nPING\r\n",
	}
	for size := 1; size < len(transaction); size += 3 {
		single[fmt.Sprintf("cut at %d", size)] = transaction[:size]
	}
	for name, text := range single {
		cases = append(cases, checkCase{name: name, files: map[string]string{"f": text}})
	}
	for _, typed := range []string{"y\n", "Yes\n", "n\n", "", "\n"} {
		cases = append(cases, checkCase{"fix, typing " + typed, map[string]string{"f": transaction}, []string{"--fix"}, typed},
			checkCase{"fix nothing, typing " + typed, map[string]string{"f": good}, []string{"--fix"}, typed})
	}
	for _, seconds := range []string{"1", "999", "1000", "1999", "2000", "5000"} {
		args := []string{"--truncate-to-timestamp", seconds}
		cases = append(cases, checkCase{"to " + seconds, map[string]string{"f": stamped}, args, ""},
			checkCase{"from the beginning to " + seconds, map[string]string{"f": stamped[len(good):]}, args, ""},
			checkCase{"a broken stamp, to " + seconds, map[string]string{"f": good + "#TS:12x\r\n"}, args, ""},
			checkCase{"nothing stamped, to " + seconds, map[string]string{"f": good + "*"}, args, ""},
			checkCase{"parts to " + seconds, map[string]string{"m": manifest, "base": good, "i1": stamped, "i2": good}, args, ""},
			checkCase{"the last part to " + seconds, map[string]string{"m": manifest, "base": good, "i1": "", "i2": stamped}, args, ""})
	}
	for name, files := range map[string]map[string]string{
		"parts":               {"base": good, "i1": good, "i2": good + good},
		"empty parts":         {"base": "", "i1": "", "i2": ""},
		"a torn base":         {"base": good[:30], "i1": good, "i2": good},
		"a torn increment":    {"base": good, "i1": transaction, "i2": good},
		"a torn last":         {"base": good, "i1": good, "i2": transaction},
		"a missing base":      {"i1": good, "i2": good},
		"a missing increment": {"base": good, "i2": good},
	} {
		files["m"] = manifest
		cases = append(cases, checkCase{name: name, files: files}, checkCase{name + ", fixed", files, []string{"--fix"}, "y\n"})
	}
	for text := range badManifests {
		cases = append(cases, checkCase{name: fmt.Sprintf("manifest %.40q", text), files: map[string]string{"m": text, "a": good}})
	}
	return cases
}

// logPrefix is what Redis's log puts before a line.
var logPrefix = regexp.MustCompile(`(?m)^\d+:C \d\d \w+ \d{4} [\d:.]+ # `)

// stale is the second of two bytes of which the first ends a string: Redis prints what its buffer held before.
var stale = regexp.MustCompile(`(got: (?:0a)?00?)[0-9a-f]+`)

func TestCheckerSaysWhatRedisSays(t *testing.T) {
	program := peer.Need(t, "redis-check-aof")
	for _, test := range checkCases() {
		t.Run(test.name, func(t *testing.T) {
			theirs, ours := t.TempDir(), t.TempDir()
			path := "f"
			for name, text := range test.files {
				require.NoError(t, os.WriteFile(filepath.Join(theirs, name), []byte(text), 0o644))
				require.NoError(t, os.WriteFile(filepath.Join(ours, name), []byte(text), 0o644))
				if name == "m" {
					path = "m"
				}
			}
			said, code := peer.Run(t, test.input, program, append(test.args, filepath.Join(theirs, path))...)
			said = logPrefix.ReplaceAllString(strings.ReplaceAll(said, theirs, "DIR"), "")
			got, gotCode := check(t, test, filepath.Join(ours, path))
			got = strings.ReplaceAll(got, ours, "DIR")
			require.Equal(t, stale.ReplaceAllString(said, "$1.."), stale.ReplaceAllString(got, "$1.."))
			require.Equal(t, code, gotCode)
			for name := range test.files {
				want, err := os.ReadFile(filepath.Join(theirs, name))
				require.NoError(t, err)
				is, err := os.ReadFile(filepath.Join(ours, name))
				require.NoError(t, err)
				require.Equal(t, string(want), string(is), name)
			}
		})
	}
}

// check runs our checker.
func check(t *testing.T, test checkCase, path string) (said string, code int) {
	var out bytes.Buffer
	c := Checker{
		System: vfs.OS{}, Out: &out,
		RDB:   func(string, io.Reader) (int64, bool) { return 0, false },
		Agree: func() bool { return strings.HasPrefix(strings.ToLower(test.input), "y") },
	}
	for i, arg := range test.args {
		switch arg {
		case "--fix":
			c.Fix = true
		case "--truncate-to-timestamp":
			var err error
			c.TruncateTo, err = strconv.ParseInt(test.args[i+1], 10, 64)
			require.NoError(t, err)
		}
	}
	code, err := c.Check(path)
	require.NoError(t, err)
	return out.String(), code
}

func TestCheckerAndPreambles(t *testing.T) {
	m := vfs.NewMemory()
	write := func(name, text string) {
		f, err := m.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte(text))
		require.NoError(t, err)
	}
	write("f", "REDIS0010rdb"+record("PING"))
	write("m", "file base seq 1 type b\n")
	write("base", "REDIS0010rdb")
	var out bytes.Buffer
	sane := true
	c := Checker{System: m, Out: &out, RDB: func(name string, in io.Reader) (int64, bool) {
		fmt.Fprintf(&out, "checking %s\n", name)
		magic := make([]byte, 5)
		_, err := io.ReadFull(in, magic)
		return int64(len("REDIS0010rdb")), err == nil && sane
	}}
	code, err := c.Check("f")
	require.NoError(t, err)
	require.Zero(t, code)
	require.Equal(t, "Start checking Old-Style AOF\nchecking f\nRDB preamble is OK, proceeding with AOF tail...\n"+
		"AOF analyzed: filename=f, size=26, ok_up_to=26, ok_up_to_line=4, diff=0\nAOF f is valid\n", out.String())
	out.Reset()
	code, err = c.Check("m")
	require.NoError(t, err)
	require.Zero(t, code)
	require.Equal(t, "Start checking Multi Part AOF\nStart to check BASE AOF (RDB format).\nchecking base\nRDB preamble is OK, proceeding with AOF tail...\n"+
		"AOF analyzed: filename=base, size=12, ok_up_to=12, ok_up_to_line=1, diff=0\nBASE AOF base is valid\nAll AOF files and manifest are valid\n", out.String())
	sane = false
	out.Reset()
	code, err = c.Check("f")
	require.NoError(t, err)
	require.Equal(t, 1, code)
	require.Equal(t, "Start checking Old-Style AOF\nchecking f\nRDB preamble of AOF file is not sane, aborting.\n", out.String())
}

// TestCheckerCutsBeforeTransactions: a time inside a transaction is cut before it, where Redis's tool would leave half of it.
func TestCheckerCutsBeforeTransactions(t *testing.T) {
	m := vfs.NewMemory()
	f, err := m.Create("f")
	require.NoError(t, err)
	good := "#TS:1\r\n" + record("PING")
	_, err = f.Write([]byte(good + record("MULTI") + "#TS:2\r\n" + record("PING") + record("EXEC")))
	require.NoError(t, err)
	c := Checker{System: m, Out: io.Discard, TruncateTo: 1}
	code, err := c.Check("f")
	require.NoError(t, err)
	require.Zero(t, code)
	require.Equal(t, good, content(t, m, "f"))
}
