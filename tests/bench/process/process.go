//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is a started server.
type server struct {
	cmd  *exec.Cmd
	port int
	dir  string
}

const startTimeout = 20 * time.Second

// start starts a fresh server on a free port.
func start(command string) (*server, error) {
	dir, err := os.MkdirTemp("", "pubsub")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{port: listener.Addr().(*net.TCPAddr).Port, dir: dir}
	listener.Close()
	words := append(strings.Fields(command), "--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--maxclients", "20000")
	s.cmd = exec.Command(words[0], words[1:]...)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.addr()); err == nil {
			conn.Close()
			return s, nil
		}
	}
	s.stop()
	return nil, errors.New("doesn't listen")
}

func (s *server) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *server) stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
	os.RemoveAll(s.dir)
}

// ticksPerSecond is the unit of the times in /proc, on every Linux there is.
const ticksPerSecond = 100

// cpu is the processor time that the server has taken.
func (s *server) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond
}
