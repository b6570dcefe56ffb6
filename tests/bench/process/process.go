//go:build linux

package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Server is a started server.
type Server struct {
	// Port is where it listens, by the protocol that it is measured with.
	Port int

	cmd *exec.Cmd
	dir string
}

const startTimeout = 20 * time.Second

// Start starts a server and waits until it listens. words makes its command line.
func Start(words func(port, dir string) []string) (*Server, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Port: listener.Addr().(*net.TCPAddr).Port, dir: dir}
	listener.Close()
	line := words(strconv.Itoa(s.Port), dir)
	s.cmd = exec.Command(line[0], line[1:]...)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.Addr()); err == nil {
			conn.Close()
			return s, nil
		}
	}
	s.Stop()
	return nil, errors.New("doesn't listen")
}

// Redis makes the command line of a server that takes redis-server's. command may have options of its own.
func Redis(command string, more ...string) func(port, dir string) []string {
	return func(port, dir string) []string {
		words := append(strings.Fields(command), "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "")
		return append(words, more...)
	}
}

// Addr is where it listens.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Stop ends the server.
func (s *Server) Stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
	os.RemoveAll(s.dir)
}

// ticksPerSecond is the unit of the times in /proc, on every Linux there is.
const ticksPerSecond = 100

// CPU is the processor time that the server has taken, 0 if that can't be read.
func (s *Server) CPU() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond
}

// Median of values, which it sorts; of an even number the upper of the two in the middle.
func Median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
