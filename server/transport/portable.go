package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// portableReadBytes is how much of what has arrived a connection holds for its loop; the socket holds the rest.
	portableReadBytes = 16 << 10
	// portableWriteBytes is how much Write takes before the net.Conn has; as much again may be on its way out.
	portableWriteBytes = 64 << 10
	// lingerTimeout is how long a closed connection may take to send what Write took.
	lingerTimeout = time.Second
)

// outBuffers holds what portable connections send while they send it, so that an idle one has no buffer.
var outBuffers = sync.Pool{New: func() any { return new([portableWriteBytes]byte) }}

// portableConn is a connection over any net.Conn. The reading goroutine fills in behind what the loop hasn't read yet, and
// waits when it is full; it reads on while WatchReads is off, since nothing else would tell of a hang-up. (So a hang-up behind
// more than portableReadBytes of unread bytes shows only when they are read, which epoll sees at once.) The writing goroutine
// sends one buffer while Write fills the other.
//
//	net.Conn → reading goroutine → in[taken:filled] → Read
//	Write → out[:pending] → writing goroutine → net.Conn
type portableConn struct {
	address
	nc net.Conn
	// mu guards what lies below. The loop's fields are in watch.
	mu    sync.Mutex
	in    inbox
	out   outbox
	watch portableWatch
}

type inbox struct {
	// news wakes the reading goroutine: there is room, or the end.
	news   sync.Cond
	buffer []byte
	taken  int
	filled int
	// full says that the goroutine waits for room.
	full bool
	err  error
}

type outbox struct {
	// news wakes the writing goroutine: there are bytes, or the end.
	news    sync.Cond
	buffer  *[portableWriteBytes]byte
	pending int
	started bool
	err     error
}

type portableWatch struct {
	set           *portableSet
	token         any
	reads, writes bool
	// unwatched has state report nothing.
	unwatched bool
	closed    bool
	// listed says that the set has the connection among those with news.
	listed bool
}

// NewPortable makes a connection of any net.Conn, which it owns from now on.
func NewPortable(nc net.Conn) Conn {
	return newPortableConn(nc, netAddress(nc))
}

func newPortableConn(nc net.Conn, a address) *portableConn {
	c := &portableConn{address: a, nc: nc}
	c.in.news.L, c.out.news.L = &c.mu, &c.mu
	c.watch.reads = true
	return c
}

func (c *portableConn) Attach(p *Poller, token any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.closed {
		return net.ErrClosed
	}
	if c.watch.set != nil {
		return os.ErrExist
	}
	c.watch.set, c.watch.token = &p.portable, token
	p.portable.add(c)
	c.startWriting()
	c.in.buffer = make([]byte, portableReadBytes)
	go c.readLoop(&p.portable)
	return nil
}

func (c *portableConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := &c.in
	switch {
	case c.watch.closed:
		return 0, net.ErrClosed
	case len(p) == 0:
		return 0, nil
	case in.taken < in.filled:
		n := copy(p, in.buffer[in.taken:in.filled])
		in.taken += n
		if in.full {
			in.full = false
			in.news.Signal()
		}
		return n, nil
	case in.err != nil:
		return 0, in.err
	}
	return 0, ErrWouldBlock
}

func (c *portableConn) Write(segments [][]byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := &c.out
	if c.watch.closed {
		return 0, net.ErrClosed
	}
	if out.err != nil {
		return 0, out.err
	}
	total, want := 0, 0
	for _, s := range segments {
		want += len(s)
		if len(s) == 0 || out.pending == portableWriteBytes {
			continue
		}
		if out.buffer == nil {
			out.buffer = outBuffers.Get().(*[portableWriteBytes]byte)
		}
		n := copy(out.buffer[out.pending:], s)
		out.pending += n
		total += n
	}
	if total == 0 {
		if want > 0 {
			return 0, ErrWouldBlock
		}
		return 0, nil
	}
	c.startWriting()
	out.news.Signal()
	return total, nil
}

func (c *portableConn) WatchReads(on bool) {
	c.mu.Lock()
	c.watch.reads, c.watch.unwatched = on, false
	set := c.list()
	c.mu.Unlock()
	set.enlist(c)
}

func (c *portableConn) WatchWrites(on bool) {
	c.mu.Lock()
	c.watch.writes, c.watch.unwatched = on, false
	set := c.list()
	c.mu.Unlock()
	set.enlist(c)
}

func (c *portableConn) Unwatch() {
	c.mu.Lock()
	c.watch.unwatched = true
	c.mu.Unlock()
}

// Close lets the writing goroutine send what Write took and close the net.Conn, which for TLS may take time.
func (c *portableConn) Close() error {
	c.mu.Lock()
	if c.watch.closed {
		c.mu.Unlock()
		return nil
	}
	c.watch.closed = true
	set := c.watch.set
	c.watch.token = nil
	c.startWriting()
	c.in.news.Signal()
	c.out.news.Signal()
	c.mu.Unlock()
	now := time.Now()
	c.nc.SetReadDeadline(now)
	c.nc.SetWriteDeadline(now.Add(lingerTimeout))
	if set != nil {
		delete(set.members, c)
	}
	return nil
}

// state is what the connection is ready for now; some is false if there is nothing to report. Then, with unlist, it is listed
// no more, and its goroutines will put it among those with news again.
func (c *portableConn) state(unlist bool) (r Ready, some bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.closed {
		c.watch.listed = c.watch.listed && !unlist
		return r, false
	}
	ended := c.in.err != nil || c.out.err != nil
	r = Ready{
		Token:    c.watch.token,
		Readable: c.watch.reads && (c.in.taken < c.in.filled || c.in.err != nil),
		Writable: c.watch.writes && (c.out.pending < portableWriteBytes || c.out.err != nil),
		HangUp:   ended,
	}
	some = (r.Readable || r.Writable || r.HangUp) && !c.watch.unwatched
	if !some && unlist {
		c.watch.listed = false
	}
	return r, some
}

// list marks the connection as one with news and gives the set that is to be told of it, if there is one. c.mu is held.
func (c *portableConn) list() *portableSet {
	if c.watch.listed || c.watch.closed || c.watch.set == nil {
		return nil
	}
	c.watch.listed = true
	return c.watch.set
}

// readLoop is the reading goroutine. Close ends it; Poller.Close waits for it.
func (c *portableConn) readLoop(set *portableSet) {
	defer set.carriers.Done()
	for {
		room := c.readRoom()
		if room == nil {
			return
		}
		n, err := c.nc.Read(room)
		c.mu.Lock()
		c.in.filled += n
		if err != nil {
			c.in.err = endOf(err)
		}
		tell := c.list()
		c.mu.Unlock()
		if tell.enlist(c) {
			set.poller.Wake()
		}
		if err != nil {
			return
		}
	}
}

// readRoom waits until there is room to read into; nil means that the connection was closed.
func (c *portableConn) readRoom() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := &c.in
	for !c.watch.closed {
		if in.taken > 0 && (in.taken == in.filled || in.filled == len(in.buffer)) {
			in.filled = copy(in.buffer, in.buffer[in.taken:in.filled])
			in.taken = 0
		}
		if in.filled < len(in.buffer) {
			return in.buffer[in.filled:]
		}
		in.full = true
		in.news.Wait()
	}
	return nil
}

// startWriting starts the writing goroutine if it doesn't run yet. c.mu is held.
func (c *portableConn) startWriting() {
	if !c.out.started {
		c.out.started = true
		go c.writeLoop()
	}
}

// writeLoop is the writing goroutine. Close ends it, after what is pending was sent; Poller.Close waits for it.
func (c *portableConn) writeLoop() {
	for {
		bytes, set := c.nextWrite()
		if bytes == nil {
			break
		}
		if set.enlist(c) {
			set.poller.Wake()
		}
		_, err := c.nc.Write(bytes)
		outBuffers.Put((*[portableWriteBytes]byte)(bytes[:portableWriteBytes]))
		if err != nil {
			c.mu.Lock()
			c.out.err = endOf(err)
			set = c.list()
			c.mu.Unlock()
			if set.enlist(c) {
				set.poller.Wake()
			}
		}
	}
	c.nc.Close()
	c.mu.Lock()
	set := c.watch.set
	c.mu.Unlock()
	if set != nil {
		set.carriers.Done()
	}
}

// nextWrite waits for bytes to send and takes them; there is room then, and set is whom to tell of it. No bytes mean the end.
func (c *portableConn) nextWrite() (bytes []byte, set *portableSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := &c.out
	for {
		if out.err != nil {
			// What can't be sent is dropped.
			out.pending = 0
		}
		if out.pending > 0 {
			bytes = out.buffer[:out.pending]
			out.buffer, out.pending = nil, 0
			if c.watch.writes {
				set = c.list()
			}
			return bytes, set
		}
		if c.watch.closed {
			return nil, nil
		}
		out.news.Wait()
	}
}

// endOf is an error as the other transport has it: io.EOF bare, a system's error without Go's wrapping.
func endOf(err error) error {
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe):
		return io.EOF
	case errors.As(err, &call):
		return call.Err
	case errors.As(err, &op):
		return op.Err
	}
	return err
}

// Gone knows what the reading and the writing goroutine have met so far.
func (c *portableConn) Gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watch.closed || c.in.err != nil || c.out.err != nil
}
