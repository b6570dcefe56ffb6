//go:build !portable_transport

package transport

import (
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// rawAcceptor accepts sockets that Go's own poller never sees. The listening socket itself is with that poller, under an
// os.File, since a net.Listener doesn't let its readiness be waited for.
type rawAcceptor struct {
	file             *os.File
	raw              syscall.RawConn
	path             string
	keepAliveSeconds *atomic.Int64
}

// newAcceptor takes ln over.
func newAcceptor(ln net.Listener, path string, keepAliveSeconds *atomic.Int64) (acceptor, error) {
	defer ln.Close()
	file, err := ln.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &rawAcceptor{file: file, raw: raw, path: path, keepAliveSeconds: keepAliveSeconds}, nil
}

// accept takes one connection; it waits only after accept4 had none.
func (a *rawAcceptor) accept() (Conn, error) {
	var fd int
	var peer unix.Sockaddr
	var failure error
	err := a.raw.Read(func(listening uintptr) bool {
		fd, peer, failure = unix.Accept4(int(listening), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		return failure != unix.EAGAIN
	})
	if err == nil {
		err = os.NewSyscallError("accept", failure)
	}
	if err != nil {
		return nil, err
	}
	if a.path != "" {
		return newEpollConn(unixAddress(fd, a.path)), nil
	}
	a.setOptions(fd)
	// A connection that has ended already has no names; reading it will tell.
	local, _ := unix.Getsockname(fd)
	return newEpollConn(tcpAddress(fd, sockaddrPort(peer), sockaddrPort(local))), nil
}

// setOptions is what Redis sets; a connection that has ended already refuses.
func (a *rawAcceptor) setOptions(fd int) {
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if seconds := int(a.keepAliveSeconds.Load()); seconds > 0 {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds)
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, max(1, seconds/3))
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepAliveProbes)
	}
}

func (a *rawAcceptor) close() error { return a.file.Close() }

func sockaddrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// restrictMode gives a Unix socket its permissions before it has a path: between bind and chmod nobody may come in.
func restrictMode(perm os.FileMode) func(network, address string, c syscall.RawConn) error {
	if perm == 0 {
		return nil
	}
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if failure := c.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), uint32(perm.Perm())) }); failure != nil {
			return failure
		}
		return os.NewSyscallError("fchmod", err)
	}
}
