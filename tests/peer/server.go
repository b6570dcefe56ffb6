package peer

import (
	"bytes"
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

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 20 * time.Second
	startTries   = 5    // a free port may be taken by another before the server has it
	logTailBytes = 6000 // of a failed test's servers
	pollInterval = 5 * time.Millisecond
)

// Server is a running server of a test.
type Server struct {
	Name string // "cinnabar" or "redis"
	Port int
	Dir  string // its working directory; "log" in it holds stdout and stderr

	path   string
	words  []string // its command line
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
	clean  bool          // must end with code 0, without races and panics
}

// StartOurs starts the binary under test with further directives, as on a command line.
func StartOurs(t testing.TB, directives ...string) *Server {
	t.Helper()
	return start(t, "cinnabar", Binary(t), directives)
}

// StartMeasured is StartOurs for tests of time and memory: where the binary under test has the race detector in it, one without is built.
func StartMeasured(t testing.TB, directives ...string) *Server {
	t.Helper()
	return start(t, "cinnabar", measured(t), directives)
}

// StartRedis starts Debian's redis-server.
func StartRedis(t testing.TB, directives ...string) *Server {
	t.Helper()
	return start(t, "redis", Need(t, "redis-server"), directives)
}

func start(t testing.TB, name, path string, directives []string) *Server {
	t.Helper()
	for range startTries {
		s, err := launch(name, path, directives)
		require.NoError(t, err)
		t.Cleanup(func() { s.end(t) })
		if s.ready(t) {
			return s
		}
		if s.portTaken() {
			continue
		}
		require.FailNow(t, name+" does not start", "%v %v\n%s", path, directives, s.LogTail())
	}
	require.FailNow(t, name+" found no free port")
	return nil
}

// launch starts the process. The directory is short, so that a unix socket fits in it.
func launch(name, path string, directives []string) (*Server, error) {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return nil, err
	}
	s := &Server{Name: name, Dir: dir, Port: FreePort(), path: path, clean: name == "cinnabar"}
	s.words = append([]string{
		"--port", strconv.Itoa(s.Port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--enable-debug-command", "yes",
	}, directives...)
	if err := s.run(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// run starts the process. Its log is that of the process before it, and goes on.
func (s *Server) run() error {
	log, err := os.OpenFile(filepath.Join(s.Dir, "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd, exited := exec.Command(s.path, s.words...), make(chan struct{})
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.exited = cmd, exited
	go func() { // ends with the process; Stop waits for it
		cmd.Wait()
		close(exited)
	}()
	return nil
}

// Kill ends the process by SIGKILL.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	require.False(t, s.Ended(), "%s ended by itself:\n%s", s.Name, s.LogTail())
	require.NoError(t, s.cmd.Process.Kill())
	<-s.exited
}

// StartAgain starts a server that has ended once more, on the same port in the same directory, and waits until it answers.
func (s *Server) StartAgain(t testing.TB) {
	t.Helper()
	require.True(t, s.Ended(), "%s runs", s.Name)
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(pollInterval) {
		require.NoError(t, s.run())
		if s.ready(t) {
			return
		}
		// Meanwhile the port may have been given to a connection of some other program, which will end.
		require.True(t, s.portTaken() && time.Now().Before(deadline), "%s does not start again:\n%s", s.Name, s.LogTail())
	}
}

// FreePort is a TCP port of 127.0.0.1 that nobody listened on a moment ago.
func FreePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// ready polls with PING until the server answers; false where it ended.
func (s *Server) ready(t testing.TB) bool {
	t.Helper()
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(pollInterval) {
		if s.Ended() {
			return false
		}
		conn, err := wire.Dial(s.Addr())
		if err != nil {
			continue
		}
		conn.SetTimeout(time.Second)
		reply, err := conn.Do("PING")
		ready := err == nil && (reply.Text == "PONG" || strings.HasPrefix(reply.Text, "NOAUTH")) && !s.mistaken(conn)
		conn.Close()
		if ready {
			return !s.Ended()
		}
	}
	return false
}

// mistaken tells whether the server that answers says it is another one, which was faster to have the same port.
func (s *Server) mistaken(conn *wire.Conn) bool {
	reply, err := conn.Do("INFO", "server")
	_, after, says := strings.Cut(reply.Text, "process_id:")
	return err != nil || says && !strings.HasPrefix(after, strconv.Itoa(s.Pid())+"\r\n")
}

func (s *Server) portTaken() bool {
	return s.Ended() && bytes.Contains(s.log(), []byte("ddress already in use"))
}

// Addr is host:port.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Dial connects; the connection ends with the test.
func (s *Server) Dial(t testing.TB) *wire.Conn {
	t.Helper()
	conn, err := wire.Dial(s.Addr())
	require.NoError(t, err, "connecting to %s", s.Name)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Pid is the process id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Ended tells whether the process has ended.
func (s *Server) Ended() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// WaitEnd waits for the process's end and gives its exit code.
func (s *Server) WaitEnd(t testing.TB) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
		require.FailNow(t, s.Name+" does not end", "%s", s.LogTail())
	}
	s.clean = false // the test looks at the code itself
	return s.cmd.ProcessState.ExitCode()
}

// Signal sends the process a signal.
func (s *Server) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(signal))
}

// end stops the process, politely if it is under test, and looks at what it left.
func (s *Server) end(t testing.TB) {
	wasRunning := !s.Ended()
	if s.clean && wasRunning && s.cmd.Process.Signal(syscall.SIGTERM) == nil {
		select {
		case <-s.exited:
		case <-time.After(stopTimeout):
			t.Errorf("%s does not end within %v of SIGTERM", s.Name, stopTimeout)
		}
	}
	if !s.Ended() {
		s.cmd.Process.Kill()
		<-s.exited
	}
	s.inspect(t, wasRunning)
	if t.Failed() && (s.Name == "cinnabar" || !wasRunning) {
		t.Logf("log of %s (port %d):\n%s", s.Name, s.Port, s.LogTail())
	}
	os.RemoveAll(s.Dir)
}

// inspect fails the test for what must never happen to the binary under test.
func (s *Server) inspect(t testing.TB, wasRunning bool) {
	if s.Name != "cinnabar" {
		return
	}
	log := s.log()
	if bytes.Contains(log, []byte("WARNING: DATA RACE")) {
		t.Errorf("the race detector spoke")
	}
	if !s.clean || s.portTaken() {
		return
	}
	if bytes.Contains(log, []byte("\ngoroutine ")) {
		t.Errorf("the server panicked")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 && wasRunning && code != -1 {
		t.Errorf("the server ended with code %d", code)
	}
	if !wasRunning {
		t.Errorf("the server ended by itself: %s", s.cmd.ProcessState)
	}
}

func (s *Server) log() []byte {
	log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	return log
}

// LogTail is the end of the server's log.
func (s *Server) LogTail() string {
	log := s.log()
	return string(log[max(0, len(log)-logTailBytes):])
}
