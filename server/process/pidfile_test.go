package process

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPidFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pid")
	require.NoError(t, os.WriteFile(path, []byte("a longer line from before\n"), 0o600))
	require.NoError(t, WritePidFile(path))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%d\n", os.Getpid()), string(got))
	require.NoError(t, RemovePidFile(path))
	require.NoFileExists(t, path)
	require.NoError(t, RemovePidFile(path))
}

func TestPidFileOfAnotherStays(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pid")
	require.NoError(t, os.WriteFile(path, []byte("1\n"), 0o600))
	require.NoError(t, RemovePidFile(path))
	require.FileExists(t, path)
}

func TestPidFileErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.ErrorIs(t, WritePidFile(filepath.Join(dir, "absent", "pid")), os.ErrNotExist)
	require.Error(t, WritePidFile(dir))
	require.Error(t, RemovePidFile(dir))
}
