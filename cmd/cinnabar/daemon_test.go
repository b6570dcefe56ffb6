//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// daemonPid waits for the daemon's pid file and sees to it that the daemon doesn't outlive the test.
func daemonPid(t *testing.T, path string) int {
	t.Helper()
	var pid int
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasSuffix(string(text), "\n") {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	}, patience, 2*time.Millisecond, "no pid file")
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

func TestDaemon(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		stdin string
		args  []string
	}{
		{"by the command line", "", []string{"--daemonize", "yes"}},
		{"by standard input", "daemonize yes\nloglevel notice\n", []string{"-"}},
		{"by a relative file", "", []string{"relative.conf"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from, to := t.TempDir(), t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(from, "relative.conf"), []byte("daemonize yes\n"), 0o600))
			self, err := os.Executable()
			require.NoError(t, err)
			cmd := exec.Command(self, append(tt.args, "--port", "0", "--unixsocket", filepath.Join(socketDir(t), "s"), "--dir", to, "--pidfile", "pid", "--logfile", "log")...)
			cmd.Dir = from
			cmd.Env = append(os.Environ(), asProgram+"=1", "NOTIFY_SOCKET=", "UPSTART_JOB=")
			cmd.Stdin = strings.NewReader(tt.stdin)
			output, err := cmd.CombinedOutput() // ends only when the daemon has let go of both
			require.NoError(t, err, string(output))
			require.Empty(t, string(output))

			pid := daemonPid(t, filepath.Join(to, "pid"))
			require.NotEqual(t, cmd.Process.Pid, pid)
			log := func() string {
				text, err := os.ReadFile(filepath.Join(to, "log"))
				require.NoError(t, err)
				return string(text)
			}
			require.Eventually(t, func() bool { return strings.Contains(log(), ready) }, patience, 2*time.Millisecond)
			require.Equal(t, 1, strings.Count(log(), "is starting"))
			require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
			require.Eventually(t, func() bool { return strings.Contains(log(), "Removing the pid file.") }, patience, 2*time.Millisecond)
			require.Contains(t, log(), strconv.Itoa(pid)+":signal-handler (")
			require.Eventually(t, func() bool {
				_, err := os.Stat(filepath.Join(to, "pid"))
				return os.IsNotExist(err)
			}, patience, 2*time.Millisecond)
		})
	}
}

// notifySocket listens in systemd's place.
func notifySocket(t *testing.T) (*net.UnixConn, string) {
	t.Helper()
	path := filepath.Join(socketDir(t), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn, path
}

func notice(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	b := make([]byte, 4096)
	n, err := conn.Read(b)
	require.NoError(t, err)
	return string(b[:n])
}

// requireSystemdLife reads what a supervised server says from its start to the end that SIGTERM brings.
func requireSystemdLife(t *testing.T, conn *net.UnixConn, r *running) {
	t.Helper()
	require.Equal(t, "STATUS=Cinnabar is loading...\n", notice(t, conn))
	require.Equal(t, "STATUS=Ready to accept connections\n", notice(t, conn))
	require.Equal(t, "READY=1\n", notice(t, conn))
	r.signal(syscall.SIGTERM)
	require.Equal(t, "STOPPING=1\n", notice(t, conn))
	require.Equal(t, 0, r.end())
}

func TestSupervisedStaysInTheForeground(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"systemd", "auto"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			conn, path := notifySocket(t)
			r := launch(t, []string{"NOTIFY_SOCKET=" + path}, "--supervised", mode, "--daemonize", "yes")
			requireSystemdLife(t, conn, r)
		})
	}
}

const debianConf, debianUnit = "/etc/redis/redis.conf", "/lib/systemd/system/redis-server.service"

// absentPeer skips a test that needs Debian's redis-server, or fails it where peers must be there.
func absentPeer(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CINNABAR_REQUIRE_PEERS") == "1" {
		require.NoError(t, err)
	}
	t.Skip("needs the files of Debian's redis-server: ", err)
}

// unitWords are the words of a unit's ExecStart without the binary.
func unitWords(t *testing.T) []string {
	t.Helper()
	unit, err := os.ReadFile(debianUnit)
	if err != nil {
		absentPeer(t, err)
	}
	for line := range strings.Lines(string(unit)) {
		if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
			return strings.Fields(command)[1:]
		}
	}
	require.Fail(t, "the unit has no ExecStart")
	return nil
}

// TestDebianUnit runs the unit's own command line over Debian's own file. What follows it keeps the test out of the
// system's folders and off its port.
func TestDebianUnit(t *testing.T) {
	t.Parallel()
	words := unitWords(t)
	if _, err := os.ReadFile(debianConf); err != nil {
		absentPeer(t, err)
	}
	dir := t.TempDir()
	conn, path := notifySocket(t)
	r := launch(t, []string{"NOTIFY_SOCKET=" + path},
		append(words, "--dir", dir, "--logfile", "log", "--pidfile", "pid")...)
	requireSystemdLife(t, conn, r)
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	require.NoError(t, err)
	require.Contains(t, string(log), "# Configuration loaded\n")
	require.Contains(t, string(log), "* Supervised by systemd.")
	require.NoFileExists(t, filepath.Join(dir, "pid"))
}

// TestCrashIsReported has each signal that ends a process leave a report.
func TestCrashIsReported(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGFPE} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			r := launch(t, nil)
			r.await(ready)
			requirePong(t, r.socket) // its loops may not have begun before
			r.signal(sig)
			require.Equal(t, 1, r.end())
			require.Contains(t, r.log(), fmt.Sprintf("crashed by signal: %d", int(sig)))
			require.Contains(t, r.log(), "------ STACK TRACE ------\ngoroutine ")
			require.Contains(t, r.log(), "(*loop).round", "what loops do is in it")
		})
	}
}
