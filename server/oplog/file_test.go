package oplog

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func openLog(t *testing.T, path string) *Logger {
	t.Helper()
	l, err := Open(Options{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// skipOpenFiles leaves out what Windows forbids: renaming a file that is open.
func skipOpenFiles(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("an open file can't be renamed on Windows")
	}
}

func TestFileIsAppendedTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(path, []byte("before\n"), 0o600))
	l := openLog(t, path)
	l.Raw(LevelNotice, "after\n")
	require.Equal(t, "before\nafter\n", content(t, path))
	require.NoError(t, l.Close())
	l.Raw(LevelNotice, "after close\n")
	require.Equal(t, "before\nafter\nafter close\n", content(t, path))
}

func TestRotation(t *testing.T) {
	t.Parallel()
	skipOpenFiles(t)
	tests := []struct {
		name   string
		rotate func(path string) error
	}{
		{"renamed", func(path string) error { return os.Rename(path, path+".1") }},
		{"removed", os.Remove},
		{"replaced", func(path string) error {
			if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
		{"truncated", func(path string) error { return os.Truncate(path, 0) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log")
			l := openLog(t, path)
			l.Raw(LevelNotice, "one\n")
			require.NoError(t, tt.rotate(path))
			l.Raw(LevelNotice, "two\n")
			l.Raw(LevelNotice, "three\n")
			require.Equal(t, "two\nthree\n", content(t, path))
		})
	}
}

func TestOldFileServesUntilTheNameOpens(t *testing.T) {
	t.Parallel()
	skipOpenFiles(t)
	dir := filepath.Join(t.TempDir(), "logs")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "log")
	l := openLog(t, path)
	l.Raw(LevelNotice, "one\n")
	moved := dir + ".moved"
	require.NoError(t, os.Rename(dir, moved))
	l.Raw(LevelNotice, "two\n")
	require.Equal(t, "one\ntwo\n", content(t, filepath.Join(moved, "log")))
	require.NoError(t, os.Mkdir(dir, 0o700))
	l.Raw(LevelNotice, "three\n")
	require.Equal(t, "three\n", content(t, path))
	require.Equal(t, "one\ntwo\n", content(t, filepath.Join(moved, "log")))
}

func TestOpenError(t *testing.T) {
	t.Parallel()
	_, err := Open(Options{Path: filepath.Join(t.TempDir(), "absent", "log")})
	require.EqualError(t, err, "Can't open the log file: No such file or directory")
}
