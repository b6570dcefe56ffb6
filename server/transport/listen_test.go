package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestListenAll(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for _, test := range []struct {
		binds []string
		port  int
		want  int
		left  int
		err   string
	}{
		{nil, 0, 0, 0, ""},
		{[]string{"127.0.0.1"}, 0, 1, 0, ""},
		{[]string{"127.0.0.1", "127.0.0.2"}, 0, 2, 0, ""},
		{[]string{"-127.0.0.1"}, 0, 1, 0, ""},
		{[]string{"localhost"}, 0, 1, 0, ""},
		{[]string{"127.0.0.1", "-203.0.113.1"}, 0, 1, 1, ""},
		{[]string{"-203.0.113.1", "127.0.0.1", "-203.0.113.2"}, 0, 1, 2, ""},
		{[]string{"127.0.0.2", "203.0.113.1"}, port, 0, 0, fmt.Sprintf("Could not create server TCP listening socket 203.0.113.1:%d: "+
			"bind: Cannot assign requested address", port)},
		{[]string{"127.0.0.2", "-127.0.0.1"}, port, 0, 0, fmt.Sprintf("Could not create server TCP listening socket 127.0.0.1:%d: "+
			"bind: Address already in use", port)},
		{[]string{""}, port, 0, 0, fmt.Sprintf("Could not create server TCP listening socket :%d: Name or service not known", port)},
	} {
		t.Run(strings.Join(test.binds, " "), func(t *testing.T) {
			left := 0
			listeners, err := ListenAll(test.binds, test.port, ListenConfig{Report: func(error) { left++ }})
			if test.err != "" {
				require.EqualError(t, err, test.err)
				require.Empty(t, listeners)
				// What came before is free again.
				again, err := ListenAll(test.binds[:len(test.binds)-1], test.port, ListenConfig{})
				require.NoError(t, err)
				closeListeners(again)
				return
			}
			require.NoError(t, err)
			defer closeListeners(listeners)
			require.Len(t, listeners, test.want)
			require.Equal(t, test.left, left)
			for _, l := range listeners {
				require.NotZero(t, l.Port())
				require.Equal(t, listeners[0].Port(), l.Port())
			}
		})
	}
}

func closeListeners(listeners []*Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// TestListenIPv6 needs IPv6 on the loopback interface.
func TestListenIPv6(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		l, err := ListenTCP("::1", 0, cfg)
		if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Skip("no IPv6 here")
		}
		require.NoError(t, err)
		f := serveFixture(t, l)
		nc, c := f.pair()
		require.Equal(t, nc.LocalAddr().String(), c.RemoteAddr())
		require.Equal(t, nc.RemoteAddr().String(), c.LocalAddr())
		require.True(t, strings.HasPrefix(c.RemoteAddr(), "[::1]:"))
		require.True(t, c.Loopback())
		require.NoError(t, c.Close())
	})
}

func TestAddresses(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.pair()
		require.Equal(t, nc.LocalAddr().String(), c.RemoteAddr())
		require.Equal(t, nc.RemoteAddr().String(), c.LocalAddr())
		require.True(t, c.Loopback())
		require.False(t, c.Unix())
		require.Positive(t, c.FD())
		fd := c.FD()
		require.NoError(t, c.Close())
		require.Equal(t, fd, c.FD())
		require.Equal(t, nc.LocalAddr().String(), c.RemoteAddr())
	})
}

func TestFormatAddr(t *testing.T) {
	for _, test := range []struct {
		addr     string
		want     string
		loopback bool
	}{
		{"127.0.0.1:1", "127.0.0.1:1", true},
		{"127.9.9.9:65535", "127.9.9.9:65535", true},
		{"10.0.0.1:80", "10.0.0.1:80", false},
		{"[::1]:6379", "[::1]:6379", true},
		{"[fe80::1%eth0]:6379", "[fe80::1]:6379", false},
		{"[::ffff:127.0.0.1]:6379", "[::ffff:127.0.0.1]:6379", false},
	} {
		addr := netip.MustParseAddrPort(test.addr)
		require.Equal(t, test.want, formatAddr(addr))
		require.Equal(t, test.loopback, isLoopback(addr.Addr()), test.addr)
	}
	require.Equal(t, "?:0", formatAddr(netip.AddrPort{}))
}

func TestUnixSocketErrors(t *testing.T) {
	_, err := ListenUnix("/"+strings.Repeat("x", 200), ListenConfig{})
	require.EqualError(t, err, "Failed opening Unix socket: unix socket path too long (201), must be under 108")
	_, err = ListenUnix(filepath.Join(t.TempDir(), "none", "s"), ListenConfig{})
	require.EqualError(t, err, "Failed opening Unix socket: bind: No such file or directory")
}

// TestServeAfterClose: Close before Serve, during it, and twice.
func TestServeAfterClose(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		l, err := ListenTCP("127.0.0.1", 0, cfg)
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.NoError(t, l.Close())
		require.NoError(t, l.Serve(func(Conn) { t.Error("a connection") }))
		again, err := ListenTCP("127.0.0.1", l.Port(), cfg)
		require.NoError(t, err)
		require.NoError(t, again.Close())
	})
}

// scriptedAcceptor fails as it is told, then hands over one connection and ends the listener.
type scriptedAcceptor struct {
	failures []error
	listener *Listener
}

func (a *scriptedAcceptor) accept() (Conn, error) {
	if len(a.failures) > 0 {
		err := a.failures[0]
		a.failures = a.failures[1:]
		return nil, err
	}
	if a.listener.isClosed() {
		return nil, net.ErrClosed
	}
	return &portableConn{}, nil
}

func (a *scriptedAcceptor) close() error { return nil }

func TestServeFailures(t *testing.T) {
	for _, test := range []struct {
		name     string
		failures []error
		reports  int
		pauses   time.Duration
		err      error
	}{
		{"peer gone", []error{syscall.ECONNABORTED, syscall.EPROTO, syscall.EINTR}, 0, 0, nil},
		{"no descriptors", []error{syscall.EMFILE, syscall.EMFILE, syscall.ENFILE}, 1, firstPause + 2*firstPause + 4*firstPause, nil},
		{"broken", []error{syscall.EINVAL}, 0, 0, syscall.EINVAL},
	} {
		t.Run(test.name, func(t *testing.T) {
			reports, accepted := 0, 0
			l := &Listener{closed: make(chan struct{}), cfg: ListenConfig{Report: func(err error) { reports++ }}}
			l.acceptor = &scriptedAcceptor{failures: test.failures, listener: l}
			start := time.Now()
			err := l.Serve(func(Conn) {
				accepted++
				l.Close()
			})
			require.Equal(t, test.err, err)
			require.GreaterOrEqual(t, time.Since(start), test.pauses)
			require.Equal(t, test.reports, reports)
			if err == nil {
				require.Equal(t, 1, accepted)
			}
		})
	}
	t.Run("closed in a pause", func(t *testing.T) {
		l := &Listener{closed: make(chan struct{}), acceptor: &scriptedAcceptor{}}
		time.AfterFunc(time.Millisecond, func() { l.Close() })
		l.rest(time.Hour)
	})
}
