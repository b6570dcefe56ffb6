package server

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/cinnabar-db/cinnabar/server/transport"
)

// listening is where the server is reached, and what it reaches. CONFIG SET of port and bind changes it while the server runs.
type listening struct {
	listenersMu sync.Mutex
	listeners   []*transport.Listener
	// port and binds are what the TCP listeners among them were opened for; port 0 is none.
	port  int
	binds []string
	// targets are connections to other servers, those of MIGRATE.
	targets migrateTargets
	// items is memcached's protocol.
	items items
}

// errNothingToListen is the refusal to run without any way in.
var errNothingToListen = errors.New("Configured to not listen anywhere, exiting.")

// listen binds every configured address.
func (s *Server) listen() error {
	s.listenersMu.Lock()
	defer s.listenersMu.Unlock()
	if port := int(s.config.Int("port")); port != 0 {
		binds := s.config.Words("bind")
		listeners, err := transport.ListenAll(binds, port, s.listenConfig())
		if err != nil {
			return fmt.Errorf("Warning: %w\nFailed listening on port %d (TCP), aborting.", err, port)
		}
		s.listeners, s.port, s.binds = listeners, port, binds
	}
	if path := s.config.String("unixsocket"); path != "" {
		ln, err := transport.ListenUnix(path, s.listenConfig())
		if err != nil {
			closeAll(s.listeners)
			return err
		}
		s.listeners = append(s.listeners, ln)
	}
	if err := s.listenItems(); err != nil {
		closeAll(s.listeners)
		return err
	}
	if len(s.listeners)+len(s.items.listeners) == 0 {
		return errNothingToListen
	}
	return nil
}

// listenItems binds memcached-port, if there is one. The caller holds listenersMu.
func (s *Server) listenItems() error {
	port := int(s.config.Int("memcached-port"))
	if port == 0 {
		return nil
	}
	listeners, err := transport.ListenAll(s.config.Words("bind"), port, s.listenConfig())
	if err != nil {
		return fmt.Errorf("Warning: %w\nFailed listening on port %d (memcached), aborting.", err, port)
	}
	s.items.listeners = listeners
	s.log.Notice("Memcached's protocol is served on port %d", port)
	return nil
}

// relistenItems follows bind with memcached-port: closed and opened, since addresses of old and new may overlap. The caller holds listenersMu.
func (s *Server) relistenItems() {
	if len(s.items.listeners) == 0 {
		return
	}
	closeAll(s.items.listeners)
	s.items.listeners = nil
	if err := s.listenItems(); err != nil {
		s.log.Warning("%s", err)
		return
	}
	for _, ln := range s.items.listeners {
		s.goRun(func() { s.serveListener(ln, s.acceptItems) })
	}
}

// listenAt binds one address, and has the configuration say so.
func (s *Server) listenAt(address string) error {
	host, word, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.ParseUint(word, 10, 16)
	if err != nil {
		return fmt.Errorf("%s: not a port: %q", address, word)
	}
	s.listenersMu.Lock()
	defer s.listenersMu.Unlock()
	listeners, err := transport.ListenAll([]string{host}, int(port), s.listenConfig())
	if err != nil {
		return err
	}
	if len(listeners) == 0 {
		return errNothingToListen
	}
	s.listeners = listeners
	if bound, ok := listeners[0].Addr().(*net.TCPAddr); ok {
		s.port = bound.Port
	}
	if err := errors.Join(s.config.Force("port", strconv.Itoa(s.port)), s.config.Force("bind", host)); err != nil {
		closeAll(listeners)
		return err
	}
	s.binds = s.config.Words("bind")
	if err := s.listenItems(); err != nil {
		closeAll(listeners)
		return err
	}
	return nil
}

// relisten follows port and bind. The new sockets are opened before the old ones are closed, so that nothing changes where that fails;
// but where a new address overlaps an old one of the same port, the old ones must go first, and are opened again on a failure. The error
// is in the log.
func (s *Server) relisten() error {
	s.listenersMu.Lock()
	defer s.listenersMu.Unlock()
	port, binds := int(s.config.Int("port")), s.config.Words("bind")
	if s.stopped.Load() || port == s.port && slices.Equal(binds, s.binds) {
		return nil
	}
	fresh, err := s.listenTCP(binds, port)
	if errors.Is(err, syscall.EADDRINUSE) && port == s.port {
		s.replaceTCP(nil, 0, nil)
		if fresh, err = s.listenTCP(binds, port); err != nil {
			port, binds = s.port, s.binds
			old, again := s.listenTCP(binds, port)
			if again != nil {
				s.log.Warning("Warning: %s", again)
			}
			s.replaceTCP(old, port, binds)
		}
	}
	if err != nil {
		s.log.Warning("Warning: %s", err)
		return err
	}
	again := !slices.Equal(binds, s.binds)
	s.replaceTCP(fresh, port, binds)
	if again {
		s.relistenItems()
	}
	return nil
}

// listenTCP opens the sockets of a port, none for port 0.
func (s *Server) listenTCP(binds []string, port int) ([]*transport.Listener, error) {
	if port == 0 {
		return nil, nil
	}
	return transport.ListenAll(binds, port, s.listenConfig())
}

// replaceTCP closes the TCP listeners and serves others in their place. The caller holds listenersMu.
func (s *Server) replaceTCP(fresh []*transport.Listener, port int, binds []string) {
	var kept []*transport.Listener
	for _, ln := range s.listeners {
		if _, tcp := ln.Addr().(*net.TCPAddr); tcp {
			ln.Close()
		} else {
			kept = append(kept, ln)
		}
	}
	s.listeners, s.port, s.binds = append(fresh, kept...), port, binds
	for _, ln := range fresh {
		s.goRun(func() { s.serveListener(ln, s.accept) })
	}
}

// setKeepAlive follows tcp-keepalive for connections to come.
func (s *Server) setKeepAlive() error {
	s.listenersMu.Lock()
	defer s.listenersMu.Unlock()
	for _, ln := range slices.Concat(s.listeners, s.items.listeners) {
		ln.SetKeepAlive(int(s.config.Int("tcp-keepalive")))
	}
	return nil
}

// closeListeners is for the end of the server.
func (s *Server) closeListeners() {
	s.listenersMu.Lock()
	defer s.listenersMu.Unlock()
	closeAll(s.listeners)
	closeAll(s.items.listeners)
}

// Addrs are the addresses listened on.
func (s *Server) Addrs() []net.Addr {
	s.listenersMu.Lock()
	defer s.listenersMu.Unlock()
	addrs := make([]net.Addr, len(s.listeners))
	for i, ln := range s.listeners {
		addrs[i] = ln.Addr()
	}
	return addrs
}

func closeAll(listeners []*transport.Listener) {
	for _, ln := range listeners {
		ln.Close()
	}
}
