package blackbox

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// A start that can't be leaves with a code other than 0, and says why where one looks.
func TestStartsThatCannotBe(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { taken.Close() }) // the subtests run after this function
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("port 0\n\ntimeout soon\n"), 0o600))
	free := strconv.Itoa(peer.FreePort())
	for name, c := range map[string]struct {
		stdin string
		words []string
		says  []string
	}{
		"a port in use":              {words: []string{"--bind", "127.0.0.1", "--port", port}, says: []string{port, "ddress already in use"}},
		"no such directory":          {words: []string{"--port", free, "--dir", "/nosuch/dir"}, says: []string{"/nosuch/dir"}},
		"a file for a directory":     {words: []string{"--port", free, "--dir", file}, says: []string{file}},
		"a broken configuration":     {words: []string{file}, says: []string{"3", "timeout soon"}},
		"one from standard input":    {stdin: "port 0\nfoo bar\n", words: []string{"-"}, says: []string{"2", "foo bar"}},
		"a directive nobody knows":   {words: []string{"--port", free, "--nosuch", "1"}, says: []string{"nosuch"}},
		"a value that is none":       {words: []string{"--port", "abc"}, says: []string{"port", "abc"}},
		"a value too large":          {words: []string{"--port", "65536"}, says: []string{"65536"}},
		"no such configuration file": {words: []string{"/nosuch.conf"}, says: []string{"/nosuch.conf"}},
		"a log that can't be":        {words: []string{"--port", free, "--logfile", "/nosuch/dir/log"}, says: []string{"log file"}},
		"an address nobody has":      {words: []string{"--port", free, "--bind", "192.0.2.1"}, says: []string{"192.0.2.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, code := peer.Run(t, c.stdin, peer.Binary(t), c.words...)
			require.NotZero(t, code, out)
			for _, words := range c.says {
				require.Contains(t, out, words)
			}
			require.NotContains(t, out, "goroutine ", "a panic is no way to say it")
		})
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	out, code := peer.Run(t, "", peer.Binary(t), "--version")
	require.Zero(t, code)
	require.Regexp(t, `^(Cinnabar|Redis) server v=\S+ sha=\S+ malloc=\S+ bits=64 build=\S+\n$`, out)
	out, _ = peer.Run(t, "", peer.Binary(t), "--help")
	require.Contains(t, out, "Usage:")
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, s *peer.Server){
		"SIGTERM": func(t *testing.T, s *peer.Server) { s.Signal(t, syscall.SIGTERM) },
		"SIGINT":  func(t *testing.T, s *peer.Server) { s.Signal(t, os.Interrupt) },
		"SHUTDOWN": func(t *testing.T, s *peer.Server) {
			conn := s.Dial(t)
			require.NoError(t, conn.Send([]byte("SHUTDOWN NOSAVE\r\n")))
			rest, err := conn.Rest()
			require.NoError(t, err)
			require.Empty(t, rest)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := peer.StartOurs(t, "--pidfile", "pid", "--daemonize", "no")
			idle := s.Dial(t)
			pid, err := os.ReadFile(filepath.Join(s.Dir, "pid"))
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(s.Pid()), strings.TrimSpace(string(pid)))
			end(t, s)
			require.Zero(t, s.WaitEnd(t), s.LogTail())
			require.Contains(t, s.LogTail(), "ser requested shutdown")
			require.NoFileExists(t, filepath.Join(s.Dir, "pid"))
			rest, err := idle.Rest()
			require.NoError(t, err)
			require.Empty(t, rest)
		})
	}
}
