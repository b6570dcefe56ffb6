package oplog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at is a moment whose milliseconds would come out differently if they were rounded.
var at = time.Date(2026, time.March, 4, 5, 6, 7, 89_999_999, time.Local)

func testOptions(out *bytes.Buffer) Options {
	return Options{Stdout: out, Now: func() time.Time { return at }, Pid: 4711, Role: RoleMaster}
}

func TestLineForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		log  func(l *Logger)
		want string
	}{
		{"debug", func(l *Logger) { l.Debug("a %d", 1) }, "4711:M 04 Mar 2026 05:06:07.089 . a 1\n"},
		{"verbose", func(l *Logger) { l.Verbose("b") }, "4711:M 04 Mar 2026 05:06:07.089 - b\n"},
		{"notice", func(l *Logger) { l.Notice("c%%") }, "4711:M 04 Mar 2026 05:06:07.089 * c%\n"},
		{"warning", func(l *Logger) { l.Warning("d") }, "4711:M 04 Mar 2026 05:06:07.089 # d\n"},
		{"role", func(l *Logger) { l.SetRole(RoleReplica); l.Warning("d") }, "4711:S 04 Mar 2026 05:06:07.089 # d\n"},
		{"raw", func(l *Logger) { l.Raw(LevelNotice, "x\ny") }, "x\ny"},
		{"newlines stay", func(l *Logger) { l.Notice("x\ny") }, "4711:M 04 Mar 2026 05:06:07.089 * x\ny\n"},
		{"a message is no format", func(l *Logger) { l.Message(LevelNotice, "%d") }, "4711:M 04 Mar 2026 05:06:07.089 * %d\n"},
		{"signal", func(l *Logger) { l.Signal(LevelWarning, "Received SIGTERM scheduling shutdown...") },
			fmt.Sprintf("4711:signal-handler (%d) Received SIGTERM scheduling shutdown...\n", at.Unix())},
		{"longest", func(l *Logger) { l.Notice("%s", strings.Repeat("x", 1023)) },
			"4711:M 04 Mar 2026 05:06:07.089 * " + strings.Repeat("x", 1023) + "\n"},
		{"cut", func(l *Logger) { l.Notice("%s", strings.Repeat("x", 1024)) },
			"4711:M 04 Mar 2026 05:06:07.089 * " + strings.Repeat("x", 1023) + "\n"},
		{"a message is not cut", func(l *Logger) { l.Message(LevelNotice, strings.Repeat("x", 5000)) },
			"4711:M 04 Mar 2026 05:06:07.089 * " + strings.Repeat("x", 5000) + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			l, err := Open(testOptions(&out))
			require.NoError(t, err)
			tt.log(l)
			require.Equal(t, tt.want, out.String())
		})
	}
}

func TestRoleStartsAsInRedis(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := testOptions(&out)
	o.Role = 0
	l, err := Open(o)
	require.NoError(t, err)
	l.Warning("Configuration loaded")
	require.Equal(t, "4711:C 04 Mar 2026 05:06:07.089 # Configuration loaded\n", out.String())
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for set := LevelDebug; set <= LevelWarning; set++ {
		var out bytes.Buffer
		l := New(&out, LevelDebug)
		l.SetLevel(set)
		require.Equal(t, set, l.Level())
		l.Debug("m")
		l.Verbose("m")
		l.Notice("m")
		l.Warning("m")
		require.Equal(t, int(LevelWarning-set)+1, strings.Count(out.String(), "\n"), "loglevel %v", set)

		out.Reset()
		for level := LevelDebug; level <= LevelWarning; level++ {
			require.Equal(t, level >= set, l.Enabled(level))
			l.Raw(level, "raw;")
			l.Message(level, "message;")
			l.Signal(level, "signal;")
		}
		for _, word := range []string{"raw;", "message;", "signal;"} {
			require.Equal(t, int(LevelWarning-set)+1, strings.Count(out.String(), word), "loglevel %v: %s", set, word)
		}
	}
}

func TestParseLevel(t *testing.T) {
	t.Parallel()
	for level := LevelDebug; level <= LevelWarning; level++ {
		got, ok := ParseLevel(strings.ToUpper(level.String()))
		require.True(t, ok)
		require.Equal(t, level, got)
	}
	_, ok := ParseLevel("nothing")
	require.False(t, ok)
}

func TestQuietDropsSignalLinesOfStdout(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := testOptions(&out)
	o.Quiet = true
	l, err := Open(o)
	require.NoError(t, err)
	l.Signal(LevelWarning, "x")
	require.Empty(t, out.String())
	l.Warning("y")
	require.NotEmpty(t, out.String())
}

func TestNilLoggerDropsEverything(t *testing.T) {
	t.Parallel()
	l := Discard()
	l.Debug("x")
	l.Warning("x %d", 1)
	l.Message(LevelWarning, "x")
	l.Raw(LevelWarning, "x")
	l.Signal(LevelWarning, "x")
	l.SetLevel(LevelDebug)
	l.SetRole(RoleMaster)
	require.False(t, l.Enabled(LevelWarning))
	require.Equal(t, LevelWarning, l.Level())
	require.NoError(t, l.Close())
}

type failingWriter struct{ calls int }

func (w *failingWriter) Write([]byte) (int, error) {
	w.calls++
	return 0, errors.New("full")
}

func TestFailingWriteIsDropped(t *testing.T) {
	t.Parallel()
	w := &failingWriter{}
	l := New(w, LevelDebug)
	l.Warning("a")
	l.Warning("b")
	require.Equal(t, 2, w.calls)
}

// countingWriter keeps each call's bytes apart: one call is one line.
type countingWriter struct {
	mu    sync.Mutex
	lines []string
}

func (w *countingWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, string(b))
	return len(b), nil
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 50
	w := &countingWriter{}
	l := New(w, LevelDebug)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for j := range each {
				l.Notice("writer %d line %d", i, j)
				l.SetLevel(Level(j % 3))
				l.SetRole(RoleReplica)
			}
		})
	}
	all.Wait()
	require.Len(t, w.lines, writers*each)
	form := regexp.MustCompile(`^\d+:[MS] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} \* writer \d line \d+\n$`)
	seen := map[string]bool{}
	for _, line := range w.lines {
		require.Regexp(t, form, line)
		seen[line[strings.Index(line, "writer"):]] = true
	}
	require.Len(t, seen, writers*each)
}

func TestReason(t *testing.T) {
	t.Parallel()
	_, err := os.Open(t.TempDir() + "/absent")
	require.Equal(t, "No such file or directory", Reason(fmt.Errorf("wrapped: %w", err)))
	require.Equal(t, "plain", Reason(errors.New("plain")))
}

func BenchmarkDisabled(b *testing.B) {
	l := New(&bytes.Buffer{}, LevelWarning)
	b.ReportAllocs()
	for b.Loop() {
		l.Debug("a line without arguments")
	}
}

func BenchmarkFileLine(b *testing.B) {
	l, err := Open(Options{Path: b.TempDir() + "/log"})
	require.NoError(b, err)
	defer l.Close()
	b.ReportAllocs()
	for b.Loop() {
		l.Message(LevelNotice, "a line of common length, as most are in the log")
	}
}
