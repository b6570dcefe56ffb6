package transport

import "errors"

// ErrWouldBlock says that a socket has nothing to read, or takes nothing, at the moment. It is returned as it is, never
// wrapped.
var ErrWouldBlock = errors.New("transport: operation would block")

// Conn is one connection. Its loop alone calls it, or before Attach the one goroutine that holds it; the methods that
// describe it may be called by any goroutine at any time, after Close too.
type Conn interface {
	// Attach has the poller watch the connection, for reads unless WatchReads(false) came before. token comes back in each
	// Ready. A connection is attached once.
	Attach(p *Poller, token any) error
	// Read takes what has arrived, at most len(p) bytes. ErrWouldBlock: nothing is there; io.EOF: the peer has ended its
	// side; net.ErrClosed: after Close.
	Read(p []byte) (int, error)
	// Write hands over the bytes of segments in order, as many as are taken now; n may end inside a segment. ErrWouldBlock
	// means that n is 0. Neither segments nor their bytes are kept. What was taken is sent even if Close follows.
	Write(segments [][]byte) (n int, err error)
	// WatchReads turns events for arriving bytes on or off. While they are off, a hang-up is still reported.
	WatchReads(on bool)
	// WatchWrites turns events for room to write on or off; they are off at first.
	WatchWrites(on bool)
	// Unwatch turns every event off, a hang-up too, until the next WatchReads or WatchWrites; one may still come. It is for an
	// owner that has seen a hang-up and means to act on it later.
	Unwatch()
	// Close ends the connection, once; a Ready that Wait has returned already isn't called back. It doesn't wait.
	Close() error

	// Gone looks whether the peer has ended its side, the connection is broken or closed. Any goroutine may call it at any time.
	Gone() bool

	// RemoteAddr and LocalAddr are in the form of Redis's CLIENT LIST: "127.0.0.1:1234", "[::1]:1234", "/the/socket:0".
	RemoteAddr() string
	LocalAddr() string
	// FD is the descriptor the connection had when it was accepted, -1 if unknown. It is for display.
	FD() int
	// Unix reports whether it came over a Unix socket.
	Unix() bool
	// Loopback reports whether its peer has a loopback address, which a Unix socket's hasn't.
	Loopback() bool
}

// Ready is what one connection is ready for. Events are level-triggered: what the owner doesn't act on is in the next Wait's
// answer again, HangUp as well.
type Ready struct {
	// Token is what Attach was given.
	Token any
	// Readable: Read won't answer ErrWouldBlock. Writable: Write won't.
	Readable, Writable bool
	// HangUp: the peer has ended its side, or the connection is broken. Bytes that arrived before can still be read.
	HangUp bool
}
