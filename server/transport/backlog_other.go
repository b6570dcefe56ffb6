//go:build !unix

package transport

import "net"

// maxUnixPath is the longest path of a Unix socket, without its closing zero.
const maxUnixPath = 107

// setBacklog leaves the backlog at the system's limit, which net took: a second listen has no effect on Windows.
func setBacklog(net.Listener, int) error { return nil }
