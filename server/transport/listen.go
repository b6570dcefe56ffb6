package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ListenConfig is how sockets are opened. The zero value is Go's own backlog, no keep-alive, the system's transport.
type ListenConfig struct {
	// Backlog is tcp-backlog: connections that may wait to be accepted. 0 leaves it to Go, which takes the system's limit.
	Backlog int
	// KeepAliveSeconds is tcp-keepalive: the silence before the first probe; three more come at a third of it. 0 is off.
	KeepAliveSeconds int
	// UnixPerm is unixsocketperm. 0 leaves it to the umask.
	UnixPerm os.FileMode
	// Portable has even Linux take the portable transport.
	Portable bool
	// Report, if not nil, is told of what is survived: an address left out, connections that can't be accepted for want of
	// descriptors (once until it works again).
	Report func(error)
}

func (cfg *ListenConfig) report(err error) {
	if cfg.Report != nil {
		cfg.Report(err)
	}
}

// samePortTries bounds how often port 0 is drawn again because a later address hasn't got the port free.
const samePortTries = 8

// ListenAll listens on every address of Redis's bind, as its listenToPort: one with a "-" before it is left out if this
// machine hasn't got it, any is if the system doesn't know its protocol, and any other trouble closes the ones before. It may
// return none. Port 0 draws a free port, the same for all addresses.
func ListenAll(binds []string, port int, cfg ListenConfig) ([]*Listener, error) {
	for try := 1; ; try++ {
		listeners, err := listenAll(binds, port, cfg)
		if err == nil || port != 0 || try == samePortTries || !errors.Is(err, syscall.EADDRINUSE) {
			return listeners, err
		}
	}
}

func listenAll(binds []string, port int, cfg ListenConfig) ([]*Listener, error) {
	var listeners []*Listener
	for _, bind := range binds {
		addr, optional := strings.CutPrefix(bind, "-")
		l, err := ListenTCP(addr, port, cfg)
		if err == nil {
			listeners = append(listeners, l)
			port = l.Port()
			continue
		}
		if unknownProtocol(err) || optional && errors.Is(err, syscall.EADDRNOTAVAIL) {
			cfg.report(err)
			continue
		}
		for _, l := range listeners {
			l.Close()
		}
		return nil, err
	}
	return listeners, nil
}

// unknownProtocol is Redis's list of errors of a system that lacks a protocol.
func unknownProtocol(err error) bool {
	for _, lack := range []error{syscall.ENOPROTOOPT, syscall.EPROTONOSUPPORT, syscall.ESOCKTNOSUPPORT, syscall.EPFNOSUPPORT,
		syscall.EAFNOSUPPORT} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}

// ListenTCP listens on one address: "127.0.0.1", "::1", a name of the former kind, "*" for all of IPv4, "::*" or "::" for all
// of IPv6 (and not IPv4). The error reads as Redis's log line and wraps the system's.
func ListenTCP(addr string, port int, cfg ListenConfig) (*Listener, error) {
	network, host := "tcp4", addr
	if strings.Contains(addr, ":") {
		network = "tcp6"
	}
	switch addr {
	case "*":
		host = "0.0.0.0"
	case "::*":
		host = "::"
	}
	var ln net.Listener
	var err error = &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
	// For Go no host is every host.
	if host != "" {
		lc := plainListenConfig()
		ln, err = lc.Listen(context.Background(), network, net.JoinHostPort(host, strconv.Itoa(port)))
	}
	if err == nil {
		err = setBacklog(ln, cfg.Backlog)
	}
	if err != nil {
		if ln != nil {
			ln.Close()
		}
		return nil, &listenError{what: fmt.Sprintf("Could not create server TCP listening socket %s:%d", addr, port), err: err}
	}
	return newListener(ln, "", cfg)
}

// ListenUnix listens on a path, from which it removes what is there, as Redis does.
func ListenUnix(path string, cfg ListenConfig) (*Listener, error) {
	if len(path) > maxUnixPath {
		return nil, &listenError{what: openingUnix, err: fmt.Errorf("unix socket path too long (%d), must be under %d", len(path),
			maxUnixPath+1)}
	}
	syscall.Unlink(path)
	lc := plainListenConfig()
	lc.Control = restrictMode(cfg.UnixPerm)
	ln, err := lc.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, &listenError{what: openingUnix, err: err}
	}
	// Listener.Close removes the path.
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	err = setBacklog(ln, cfg.Backlog)
	if err == nil && cfg.UnixPerm != 0 {
		err = os.Chmod(path, cfg.UnixPerm)
	}
	if err != nil {
		ln.Close()
		syscall.Unlink(path)
		return nil, &listenError{what: openingUnix, err: err}
	}
	return newListener(ln, path, cfg)
}

const openingUnix = "Failed opening Unix socket"

// plainListenConfig is a listener of plain TCP, whose connections get their keep-alive from this package.
func plainListenConfig() net.ListenConfig {
	lc := net.ListenConfig{KeepAlive: -1}
	lc.SetMultipathTCP(false)
	return lc
}

// listenError says what could not be opened and why in Redis's words.
type listenError struct {
	what string
	err  error
}

func (e *listenError) Unwrap() error { return e.err }

func (e *listenError) Error() string { return e.what + ": " + reason(e.err) }

// reason is "bind: Address already in use" and the like: the system call and strerror's text, which is Go's with a capital.
func reason(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "Name or service not known"
	}
	var call *os.SyscallError
	if !errors.As(err, &call) {
		return err.Error()
	}
	text := call.Err.Error()
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if call.Syscall == "socket" {
		return "creating socket: " + text
	}
	return call.Syscall + ": " + text
}
