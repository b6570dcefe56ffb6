package transport

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Listener is one listening socket. Close may be called by any goroutine; Serve by one.
type Listener struct {
	cfg      ListenConfig
	acceptor acceptor
	// keepAliveSeconds is what new connections get.
	keepAliveSeconds atomic.Int64
	addr             net.Addr
	// path is a Unix socket's, else "".
	path string
	// closed ends Serve's pauses.
	closed    chan struct{}
	closeOnce sync.Once
	closeErr  error
}

// acceptor is one way to accept. accept waits; close makes it return an error.
type acceptor interface {
	accept() (Conn, error)
	close() error
}

// After an accept that failed for want of descriptors or memory there is a pause, twice as long each time up to the last.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// newListener takes ln over, also if it fails.
func newListener(ln net.Listener, path string, cfg ListenConfig) (*Listener, error) {
	l := &Listener{cfg: cfg, addr: ln.Addr(), path: path, closed: make(chan struct{})}
	l.SetKeepAlive(cfg.KeepAliveSeconds)
	if cfg.Portable {
		l.acceptor = &netAcceptor{ln: ln, path: path, keepAliveSeconds: &l.keepAliveSeconds}
		return l, nil
	}
	var err error
	if l.acceptor, err = newAcceptor(ln, path, &l.keepAliveSeconds); err != nil {
		return nil, err
	}
	return l, nil
}

// Serve gives each new connection to accept, on its own goroutine, until Close; then it returns nil. Connections that ended
// before they were accepted are passed over; without descriptors it pauses. Any other error ends it.
func (l *Listener) Serve(accept func(Conn)) error {
	pause := time.Duration(0)
	for {
		conn, err := l.acceptor.accept()
		switch {
		case err == nil:
			pause = 0
			accept(conn)
		case l.isClosed():
			return nil
		case gone(err):
		case exhausted(err):
			if pause == 0 {
				l.cfg.report(&listenError{what: "Accepting client connection", err: err})
			}
			pause = min(max(2*pause, firstPause), lastPause)
			l.rest(pause)
		default:
			return err
		}
	}
}

// rest waits for pause or Close.
func (l *Listener) rest(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.closed:
	}
}

func (l *Listener) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// gone reports that the connection to be accepted had ended or failed already.
func gone(err error) bool {
	return isOneOf(err, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EPROTO, syscall.ENETDOWN, syscall.EHOSTDOWN,
		syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENOPROTOOPT, syscall.EOPNOTSUPP, syscall.EPERM)
}

// exhausted reports that the process or the system has no room for another connection.
func exhausted(err error) bool {
	return isOneOf(err, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM)
}

func isOneOf(err error, list ...syscall.Errno) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Close stops listening, has Serve return, and removes a Unix socket's path. Connections accepted before live on.
func (l *Listener) Close() error {
	l.closeOnce.Do(func() {
		close(l.closed)
		l.closeErr = l.acceptor.close()
		if l.path != "" {
			syscall.Unlink(l.path)
		}
	})
	return l.closeErr
}

// SetKeepAlive is KeepAliveSeconds of ListenConfig for the connections from now on. Any goroutine may call it.
func (l *Listener) SetKeepAlive(seconds int) { l.keepAliveSeconds.Store(int64(seconds)) }

// Addr is what the listener is bound to.
func (l *Listener) Addr() net.Addr { return l.addr }

// Port is the TCP port, 0 for a Unix socket.
func (l *Listener) Port() int {
	if tcp, ok := l.addr.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// netAcceptor accepts portable connections.
type netAcceptor struct {
	ln               net.Listener
	path             string
	keepAliveSeconds *atomic.Int64
}

func (a *netAcceptor) accept() (Conn, error) {
	nc, err := a.ln.Accept()
	if err != nil {
		return nil, err
	}
	seconds := int(a.keepAliveSeconds.Load())
	if tcp, ok := nc.(*net.TCPConn); ok && seconds > 0 {
		// A connection that has ended already refuses; reading it will tell.
		tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Duration(seconds) * time.Second,
			Interval: time.Duration(max(1, seconds/3)) * time.Second, Count: keepAliveProbes})
	}
	if a.path != "" {
		return newPortableConn(nc, unixAddress(descriptor(nc), a.path)), nil
	}
	return NewPortable(nc), nil
}

func (a *netAcceptor) close() error { return a.ln.Close() }

// keepAliveProbes is how many probes may stay unanswered before a connection is taken for dead.
const keepAliveProbes = 3
