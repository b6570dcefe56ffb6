//go:build unix

package process

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// reportVar names the file in which a copy started by Detach tells what it found.
const reportVar = "CINNABAR_TEST_REPORT"

// TestMain is also the daemon: Detach starts this test binary again.
func TestMain(m *testing.M) {
	if Daemonized() {
		if err := report(os.Getenv(reportVar)); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func report(path string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return err
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var null, out syscall.Stat_t
	if err := syscall.Stat(os.DevNull, &null); err != nil {
		return err
	}
	if err := syscall.Fstat(1, &out); err != nil {
		return err
	}
	text := fmt.Sprintf("dir=%s leader=%v stdin=%d null=%v marked=%q", dir, session == os.Getpid(), len(input),
		null.Rdev == out.Rdev && null.Ino == out.Ino, os.Getenv(daemonMark))
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func TestDetach(t *testing.T) {
	const moreThanAPipeHolds = 200_000
	for _, stdin := range [][]byte{nil, {}, []byte(strings.Repeat("x", moreThanAPipeHolds))} {
		t.Run(fmt.Sprintf("stdin of %d bytes", len(stdin)), func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			path := filepath.Join(dir, "report")
			t.Setenv(reportVar, path)
			require.NoError(t, Detach(dir, stdin))
			var got []byte
			require.Eventually(t, func() bool {
				got, err = os.ReadFile(path)
				return err == nil
			}, 20*time.Second, 5*time.Millisecond)
			require.Equal(t, fmt.Sprintf("dir=%s leader=true stdin=%d null=true marked=%q", dir, len(stdin), ""), string(got))
		})
	}
}

func TestDetachIntoAbsentDir(t *testing.T) {
	require.ErrorIs(t, Detach(filepath.Join(t.TempDir(), "absent"), []byte("x")), os.ErrNotExist)
}

func TestDaemonizedTakesItsMark(t *testing.T) {
	require.False(t, Daemonized())
	t.Setenv(daemonMark, "1")
	require.True(t, Daemonized())
	require.False(t, Daemonized())
}
