//go:build !linux || portable_transport

package transport

import (
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// newAcceptor takes ln over.
func newAcceptor(ln net.Listener, path string, keepAliveSeconds *atomic.Int64) (acceptor, error) {
	return &netAcceptor{ln: ln, path: path, keepAliveSeconds: keepAliveSeconds}, nil
}

// restrictMode has nothing to do: elsewhere than on Linux a socket without a path has no permissions.
func restrictMode(os.FileMode) func(network, address string, c syscall.RawConn) error {
	return nil
}
