package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// asProgram makes this test binary act as the command: "1" with the real server, any other word with one that only
// listens. Of those "anyport" draws a port, "stubborn" never stops and "deaf" doesn't even listen.
const asProgram = "CINNABAR_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	kind := os.Getenv(asProgram)
	if kind == "" {
		os.Exit(m.Run())
	}
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, newService: newServer}
	if kind != "1" {
		p.newService = func(cfg *conf.Config, log *oplog.Logger) (service, error) {
			return &listenOnly{cfg: cfg, log: log, kind: kind, quit: make(chan struct{})}, nil
		}
	}
	os.Exit(p.run(os.Args))
}

// listenOnly is a server without anything behind its sockets.
type listenOnly struct {
	cfg       *conf.Config
	log       *oplog.Logger
	kind      string
	listeners []net.Listener
	once      sync.Once
	quit      chan struct{}
}

func (s *listenOnly) Serve() {}

func (s *listenOnly) Abandon() {}

func (s *listenOnly) OnEndGivenUp(func()) {}

func (s *listenOnly) Loading() (loaded, total int64) { return 0, 0 }

func (s *listenOnly) AwaitData() bool { return true }

func (s *listenOnly) Listen() error {
	if s.kind == "deaf" {
		return nil
	}
	if port := s.cfg.Int("port"); port != 0 || s.kind == "anyport" {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return errors.Join(fmt.Errorf("Warning: Could not create server TCP listening socket: %w", err),
				fmt.Errorf("Failed listening on port %d (TCP), aborting.", port))
		}
		s.listeners = append(s.listeners, l)
	}
	if path := s.cfg.Path("unixsocket"); path != "" {
		l, err := net.Listen("unix", path)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	return nil
}

func (s *listenOnly) Wait() int {
	<-s.quit
	for _, l := range s.listeners {
		_ = l.Close()
	}
	return 0
}

func (s *listenOnly) Shutdown(string) {
	s.once.Do(func() {
		s.log.Warning("User requested shutdown...")
		if s.kind != "stubborn" {
			s.log.Warning("Cinnabar is now ready to exit, bye bye...")
			close(s.quit)
		}
	})
}

func (s *listenOnly) Addrs() []net.Addr {
	var addrs []net.Addr
	for _, l := range s.listeners {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}
