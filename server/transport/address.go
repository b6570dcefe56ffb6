package transport

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// address describes a connection. It never changes.
type address struct {
	fd             int
	remote, local  string
	unix, loopback bool
}

func (a *address) RemoteAddr() string { return a.remote }
func (a *address) LocalAddr() string  { return a.local }
func (a *address) FD() int            { return a.fd }
func (a *address) Unix() bool         { return a.unix }
func (a *address) Loopback() bool     { return a.loopback }

// unixAddress shows a connection over a Unix socket as Redis does, both ends by the socket's path.
func unixAddress(fd int, path string) address {
	return address{fd: fd, remote: path + ":0", local: path + ":0", unix: true}
}

func tcpAddress(fd int, remote, local netip.AddrPort) address {
	return address{fd: fd, remote: formatAddr(remote), local: formatAddr(local), loopback: isLoopback(remote.Addr())}
}

// isLoopback is Redis's islocalClient.
func isLoopback(ip netip.Addr) bool {
	return strings.HasPrefix(ip.String(), "127.") || ip == netip.IPv6Loopback()
}

// formatAddr is anetFormatAddr of Redis: no zone, brackets around what has colons, "?:0" for what is unknown.
func formatAddr(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?:0"
	}
	ip := a.Addr().WithZone("").String()
	if strings.Contains(ip, ":") {
		ip = "[" + ip + "]"
	}
	return ip + ":" + strconv.Itoa(int(a.Port()))
}

// netAddress describes a net.Conn of any kind.
func netAddress(nc net.Conn) address {
	fd := descriptor(nc)
	if local, ok := nc.LocalAddr().(*net.UnixAddr); ok {
		return unixAddress(fd, local.Name)
	}
	return tcpAddress(fd, addrPort(nc.RemoteAddr()), addrPort(nc.LocalAddr()))
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// descriptor finds the socket under a connection, through TLS too.
func descriptor(nc net.Conn) int {
	if outer, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = outer.NetConn()
	}
	fd := -1
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			raw.Control(func(u uintptr) { fd = int(u) })
		}
	}
	return fd
}
