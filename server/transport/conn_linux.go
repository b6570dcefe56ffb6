//go:build !portable_transport

package transport

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// segmentsPerCall is how many segments one system call takes (Linux allows 1,024); their headers lie on the stack.
const segmentsPerCall = 64

// epollConn is a connection on Linux: a non-blocking socket. Its system calls are raw, since they never sleep and Go's
// scheduler needn't make ready for that; MSG_NOSIGNAL spares the process a SIGPIPE for every peer that has gone.
type epollConn struct {
	address
	token  any
	poller *Poller
	slot   int32
	// events is what is to be told, or will be from Attach on; watched is what epoll watches for, which may be more: arriving bytes that
	// nobody asks for any more are noticed when they come.
	events, watched uint32
	// unwatched says that epoll watches for nothing meanwhile.
	unwatched bool
	// closed is the loop's; ending guards the descriptor against Close while another goroutine looks at it.
	closed bool
	ending sync.Mutex
}

func newEpollConn(a address) *epollConn {
	return &epollConn{address: a, events: unix.EPOLLIN | unix.EPOLLRDHUP}
}

func (c *epollConn) Attach(p *Poller, token any) error {
	if c.closed {
		return net.ErrClosed
	}
	if c.poller != nil {
		return os.ErrExist
	}
	index, err := p.kernel.add(c, c.events)
	if err != nil {
		return err
	}
	c.poller, c.token, c.slot, c.watched = p, token, index, c.events
	return nil
}

func (c *epollConn) Read(p []byte) (int, error) {
	if c.closed {
		return 0, net.ErrClosed
	}
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(c.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			return 0, ErrWouldBlock
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, io.EOF
		default:
			return int(n), nil
		}
	}
}

func (c *epollConn) Write(segments [][]byte) (int, error) {
	if c.closed {
		return 0, net.ErrClosed
	}
	total := 0
	for len(segments) > 0 {
		piece := segments[:min(len(segments), segmentsPerCall)]
		segments = segments[len(piece):]
		n, want, err := c.send(piece)
		total += n
		if err != nil && total == 0 {
			return 0, err
		}
		if n < want || err != nil {
			// What is wrong, if anything, the next call will say.
			break
		}
	}
	return total, nil
}

// send makes one system call, sendto for one segment and sendmsg for more. want is the number of bytes it was given.
func (c *epollConn) send(segments [][]byte) (n, want int, err error) {
	var vector [segmentsPerCall]unix.Iovec
	count := 0
	for _, s := range segments {
		if len(s) > 0 {
			vector[count].Base = &s[0]
			vector[count].SetLen(len(s))
			count++
			want += len(s)
		}
	}
	if count == 0 {
		return 0, 0, nil
	}
	header := unix.Msghdr{Iov: &vector[0]}
	header.SetIovlen(count)
	for {
		var r uintptr
		var errno syscall.Errno
		if count == 1 {
			r, _, errno = syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(c.fd), uintptr(unsafe.Pointer(vector[0].Base)),
				uintptr(want), unix.MSG_NOSIGNAL, 0, 0)
		} else {
			r, _, errno = syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(c.fd), uintptr(unsafe.Pointer(&header)), unix.MSG_NOSIGNAL)
		}
		switch errno {
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, want, ErrWouldBlock
		case 0:
			return int(r), want, nil
		default:
			return 0, want, errno
		}
	}
}

// WatchReads asks epoll for nothing where it watches for reads already. One that is turned off stays watched until bytes come: a client that
// waits for an answer sends nothing, most of the time.
func (c *epollConn) WatchReads(on bool) {
	if !on && !c.unwatched {
		c.events &^= unix.EPOLLIN
		return
	}
	c.watch(unix.EPOLLIN, on)
}

func (c *epollConn) WatchWrites(on bool) { c.watch(unix.EPOLLOUT, on) }

func (c *epollConn) watch(event uint32, on bool) {
	if c.closed {
		return
	}
	c.events &^= event
	if on {
		c.events |= event
	}
	if c.poller != nil && (c.events != c.watched || c.unwatched) {
		c.rewatch()
	}
}

// rewatch has epoll watch for what is to be told.
func (c *epollConn) rewatch() {
	c.watched, c.unwatched = c.events, false
	c.poller.kernel.modify(c, c.events)
}

// wanted is what is to be told of events. If there is more, epoll stops watching for that.
func (c *epollConn) wanted(events uint32) uint32 {
	const reads = uint32(unix.EPOLLIN)
	if events&reads != 0 && c.events&reads == 0 {
		events &^= reads
		if !c.unwatched {
			c.rewatch()
		}
	}
	return events
}

// Unwatch asks for nothing, but epoll tells of an end unasked: EPOLLONESHOT has it do so no more than once.
func (c *epollConn) Unwatch() {
	if c.unwatched || c.closed || c.poller == nil {
		return
	}
	c.unwatched = true
	c.poller.kernel.modify(c, unix.EPOLLONESHOT)
}

func (c *epollConn) Close() error {
	if c.closed {
		return nil
	}
	c.ending.Lock()
	defer c.ending.Unlock()
	c.closed = true
	if c.poller != nil {
		c.poller.kernel.remove(c)
		c.token = nil
	}
	return os.NewSyscallError("close", unix.Close(c.fd))
}

func (c *epollConn) Gone() bool {
	c.ending.Lock()
	defer c.ending.Unlock()
	if c.closed {
		return true
	}
	look, now := unix.PollFd{Fd: int32(c.fd), Events: unix.POLLRDHUP}, unix.Timespec{}
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&look)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
		if errno != unix.EINTR {
			return n != 0
		}
	}
}
