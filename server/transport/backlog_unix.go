//go:build unix

package transport

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUnixPath is the longest path of a Unix socket, without its closing zero.
const maxUnixPath = len(unix.RawSockaddrUnix{}.Path) - 1

// setBacklog listens again, with the backlog that is wanted; net took the system's limit.
func setBacklog(ln net.Listener, backlog int) error {
	if backlog <= 0 {
		return nil
	}
	raw, err := ln.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	if failure := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), backlog) }); failure != nil {
		return failure
	}
	return os.NewSyscallError("listen", err)
}
