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
	t      *testing.T
	cmd    *exec.Cmd
	socket string // where launch has it listen

	mu     sync.Mutex
	stdout strings.Builder
	stderr bytes.Buffer
	read   chan struct{} // closed at the end of standard output
}

// launch starts the command with a unix socket as its only address; env are settings beside those of this process.
func launch(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	socket := filepath.Join(socketDir(t), "s")
	r := launchWords(t, env, append(args, "--port", "0", "--unixsocket", socket)...)
	r.socket = socket
	return r
}

// socketDir is a folder of a short name, as a socket's path must be.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cb")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// launchWords starts this test binary as the command with the words given.
func launchWords(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return launchBinary(t, self, append([]string{asProgram + "=1", "NOTIFY_SOCKET=", "UPSTART_JOB="}, env...), args...)
}

func launchBinary(t *testing.T, binary string, env []string, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: exec.Command(binary, args...), read: make(chan struct{})}
	r.cmd.Env, r.cmd.Dir = append(os.Environ(), env...), t.TempDir()
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

// ready is the last line of a start on a unix socket.
const ready = "* The server is now ready to accept connections at "

func TestLinesOfALife(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := launch(t, nil, "--dir", dir, "--tcp-backlog", "1", "--pidfile", "own.pid")
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
		`M \* Running mode=standalone, port=0\.`,
		`M # Server initialized`,
		`M \* The server is now ready to accept connections at /.*/s`,
		`signal-handler Received SIGTERM scheduling shutdown\.\.\.`,
		`M # User requested shutdown\.\.\.`,
		`M \* Saving the final RDB snapshot before exiting\.`,
		`M \* DB saved on disk`,
		`M # Cinnabar is now ready to exit, bye bye\.\.\.`,
		`M \* Removing the pid file\.`,
	}
	require.Len(t, got, len(want), r.log())
	for i := range want {
		require.Regexp(t, "^"+want[i]+"$", got[i])
	}
}

func TestNoConfigFileLine(t *testing.T) {
	t.Parallel()
	r := launchWords(t, []string{asProgram + "=deaf"}) // the default port is not the test's to take
	r.await("# Warning: no config file specified, using the default config. In order to specify a config file use " + r.cmd.Path + " /path/to/redis.conf\n")
	require.NotContains(t, r.log(), "Configuration loaded")
}

func TestBannerHasThePid(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--always-show-logo", "yes")
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
	r := launchWords(t, []string{asProgram + "=fake"}, "--port", port, "--always-show-logo", "yes")
	require.Equal(t, 1, r.end())
	require.Contains(t, r.log(), "# Failed listening on port "+port+" (TCP), aborting.\n")
	require.NotContains(t, r.log(), " PID: ")
	require.Empty(t, r.stderr.String())

	logFile := filepath.Join(t.TempDir(), "log")
	r = launchWords(t, []string{asProgram + "=fake"}, "--port", port, "--logfile", logFile)
	require.Equal(t, 1, r.end())
	require.Contains(t, r.stderr.String(), "Failed listening on port "+port)
	text, err := os.ReadFile(logFile)
	require.NoError(t, err)
	require.Contains(t, string(text), "# Failed listening on port "+port)
}

func TestRenameIsRefusedOnTheTerminal(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--daemonize", "yes", "--rename-command", "nosuch", "x")
	require.Equal(t, 1, r.end())
	require.Contains(t, r.stderr.String(), "No such command in rename-command\n")
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	r := launch(t, []string{asProgram + "=stubborn"})
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
	r := launch(t, nil)
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
	cmd := exec.Command(self, "--port", "0", "--unixsocket", filepath.Join(socketDir(t), "s"))
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout = writer
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	require.NoError(t, writer.Close())
	lines := bufio.NewReader(reader)
	for line := ""; !strings.Contains(line, ready); {
		line, err = lines.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, reader.Close())
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

func TestLinesOfATCPServer(t *testing.T) {
	t.Parallel()
	r := launchWords(t, []string{asProgram + "=anyport"}, "--port", "0")
	r.await("* Ready to accept connections\n")
	require.NotContains(t, r.log(), "ready to accept connections at")
}

func TestRelativeUnixSocket(t *testing.T) {
	t.Parallel()
	dir := socketDir(t)
	r := launchWords(t, nil, "--dir", dir, "--port", "0", "--unixsocket", "here.sock")
	r.await(ready + "here.sock\n")
	requirePong(t, filepath.Join(dir, "here.sock"))
}

// requirePong asks the server at a unix socket whether it serves.
func requirePong(t *testing.T, path string) {
	t.Helper()
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = conn.Write([]byte("PING\r\n"))
	require.NoError(t, err)
	reply, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "+PONG\r\n", reply)
}

func TestFileLimitLowersMaxclients(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "--maxclients", "4294967295") // more than any system opens, even for root
	r.await(ready)
	require.Contains(t, r.log(), " # You requested maxclients of 4294967295 requiring at least 4294967327 max file descriptors.")
	m := regexp.MustCompile(`Current maximum open files is (\d+)\. maxclients has been reduced to (\d+) `).FindStringSubmatch(r.log())
	require.NotNil(t, m, r.log())
	files, err := strconv.Atoi(m[1])
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(files-32), m[2])
}
