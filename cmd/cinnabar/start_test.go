//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds every wait for another process.
const patience = 30 * time.Second

// running is the command in a process of its own.
type running struct {
	t   *testing.T
	cmd *exec.Cmd

	mu     sync.Mutex
	stdout strings.Builder
	stderr bytes.Buffer
	read   chan struct{} // closed at the end of standard output
}

// launch starts this test binary as the command; env are settings beside those of this process.
func launch(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return launchBinary(t, self, append([]string{asProgram + "=1", "NOTIFY_SOCKET=", "UPSTART_JOB="}, env...), args...)
}

func launchBinary(t *testing.T, binary string, env []string, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: exec.Command(binary, args...), read: make(chan struct{})}
	r.cmd.Env = append(os.Environ(), env...)
	r.cmd.Stderr = &r.stderr
	out, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	go r.collect(out)
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		<-r.read
		_ = r.cmd.Wait()
	})
	return r
}

func (r *running) collect(out io.Reader) {
	defer close(r.read)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		r.mu.Lock()
		r.stdout.WriteString(line)
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *running) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stdout.String()
}

func (r *running) await(text string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return strings.Contains(r.log(), text) }, patience, 2*time.Millisecond,
		"waiting for %q", text)
}

func (r *running) signal(sig os.Signal) {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(sig))
}

// end waits for the process and returns its exit code.
func (r *running) end() int {
	r.t.Helper()
	select {
	case <-r.read:
	case <-time.After(patience):
		require.Fail(r.t, "the process goes on", r.log())
	}
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

const ready = "* Ready to accept connections\n"

func TestLinesOfALife(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := launch(t, nil, "--port", "0", "--dir", dir, "--tcp-backlog", "1", "--pidfile", "own.pid")
	r.await(ready)
	pid, err := os.ReadFile(filepath.Join(dir, "own.pid"))
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(r.cmd.Process.Pid)+"\n", string(pid))
	r.signal(syscall.SIGTERM)
	require.Equal(t, 0, r.end())
	require.NoFileExists(t, filepath.Join(dir, "own.pid"))
	require.Empty(t, r.stderr.String())

	var got []string
	form := regexp.MustCompile(`^` + strconv.Itoa(r.cmd.Process.Pid) +
		`:(?:([CM]) \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}|(signal-handler) \(\d+\)) (.*)\n$`)
	for line := range strings.Lines(r.log()) {
		m := form.FindStringSubmatch(line)
		require.NotNil(t, m, line)
		got = append(got, m[1]+m[2]+" "+m[3])
	}
	want := []string{
		`C # oO0OoO0OoO0Oo Cinnabar is starting oO0OoO0OoO0Oo`,
		`C # Cinnabar version=\d+\.\d+\.\d+, bits=64, commit=[0-9a-f]{8}, modified=[01], pid=\d+, just started`,
		`C # Configuration loaded`,
		`M \* maxclients in force: 10000`,
		`M \* Running mode=standalone, port=\d+\.`,
		`M # Server initialized`,
		`M # Nothing is kept on disk: .*`,
		`M \* Ready to accept connections`,
		`signal-handler Received SIGTERM scheduling shutdown\.\.\.`,
		`M # User requested shutdown\.\.\.`,
		`M \* Removing the pid file\.`,
	}
	require.Len(t, got, len(want), r.log())
	for i := range want {
		require.Regexp(t, "^"+want[i]+"$", got[i])
	}
}

func TestNoConfigFileLine(t *testing.T) {
	t.Parallel()
	r := launch(t, []string{asProgram + "=deaf"}) // the default port is not the test's to take
	r.await("# Warning: no config file specified, using the default config. In order to specify a config file use " + r.cmd.Path + " /path/to/redis.conf\n")
	require.NotContains(t, r.log(), "Configuration loaded")
}

func TestBannerHasThePid(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--port", "0", "--always-show-logo", "yes")
	r.await(ready)
	require.Regexp(t, fmt.Sprintf(`\n.* PID: %d\n`, r.cmd.Process.Pid), r.log())
	require.NotContains(t, r.log(), "Running mode=")
	require.Less(t, strings.Index(r.log(), " PID: "), strings.Index(r.log(), "Server initialized"))
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	r := launch(t, nil, "--port", port, "--always-show-logo", "yes")
	require.Equal(t, 1, r.end())
	require.Contains(t, r.log(), "# Failed listening on port "+port+" (TCP), aborting.\n")
	require.NotContains(t, r.log(), " PID: ")
	require.Empty(t, r.stderr.String())

	logFile := filepath.Join(t.TempDir(), "log")
	r = launch(t, nil, "--port", port, "--logfile", logFile)
	require.Equal(t, 1, r.end())
	require.Contains(t, r.stderr.String(), "Failed listening on port "+port)
	text, err := os.ReadFile(logFile)
	require.NoError(t, err)
	require.Contains(t, string(text), "# Failed listening on port "+port)
}

func TestRenameIsRefusedOnTheTerminal(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--daemonize", "yes", "--rename-command", "nosuch", "x", "--port", "0")
	require.Equal(t, 1, r.end())
	require.Contains(t, r.stderr.String(), "\nNo such command in rename-command\n")
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	r := launch(t, []string{asProgram + "=stubborn"}, "--port", "0")
	r.await(ready)
	r.signal(syscall.SIGTERM)
	r.await("Received SIGTERM scheduling shutdown...")
	r.signal(syscall.SIGTERM)
	require.Eventually(t, func() bool { return strings.Count(r.log(), "Received SIGTERM") == 2 }, patience, 2*time.Millisecond)
	r.signal(os.Interrupt)
	require.Equal(t, 1, r.end())
	require.Contains(t, r.log(), " You insist... exiting now.\n")
}

func TestIgnoredSignals(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--port", "0")
	r.await(ready)
	r.signal(syscall.SIGHUP)
	r.signal(syscall.SIGPIPE)
	r.signal(syscall.SIGINT)
	require.Equal(t, 0, r.end())
	require.Contains(t, r.log(), "Received SIGINT scheduling shutdown...")
}

// TestClosedStdout: what reads the log may go away.
func TestClosedStdout(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(self, "--port", "0")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout = writer
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	require.NoError(t, writer.Close())
	lines := bufio.NewReader(reader)
	for line := ""; !strings.HasSuffix(line, ready); {
		line, err = lines.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, reader.Close())
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

func TestUnixSocketLine(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "cb") // a socket's path must be short
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	r := launch(t, nil, "--port", "0", "--dir", dir, "--unixsocket", "here.sock")
	r.await("* The server is now ready to accept connections at here.sock\n")
}

func TestFileLimitLowersMaxclients(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--port", "0", "--maxclients", "4294967295") // more than any system opens, even for root
	r.await(ready)
	require.Contains(t, r.log(), " # You requested maxclients of 4294967295 requiring at least 4294967327 max file descriptors.")
	m := regexp.MustCompile(`Current maximum open files is (\d+)\. maxclients has been reduced to (\d+) `).FindStringSubmatch(r.log())
	require.NotNil(t, m, r.log())
	require.Contains(t, r.log(), "maxclients in force: "+m[2]+"\n")
}
