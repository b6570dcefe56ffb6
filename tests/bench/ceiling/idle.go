//go:build linux

package main

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// idle is a server that answers requests without doing what they ask for.
type idle struct {
	port, epoll, listener int
	// replies is the reply to a request, many times.
	replies atomic.Pointer[replies]
	clients map[int32]*client
}

type replies struct {
	each int
	many []byte
}

// client is a connection of a load whose requests have one length.
type client struct {
	request int // bytes; 0 as long as none was seen
	unread  int // bytes of a request that hasn't come whole
}

const (
	readBytes   = 256 << 10
	mostReplies = 16 << 10 // to what is read at once
)

// listen starts the server, which ends with the process.
func listen() (*idle, error) {
	s := &idle{clients: map[int32]*client{}}
	var err error
	if s.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, err
	}
	if err := unix.Bind(s.listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	if err := unix.Listen(s.listener, 511); err != nil {
		return nil, err
	}
	name, err := unix.Getsockname(s.listener)
	if err != nil {
		return nil, err
	}
	s.port = name.(*unix.SockaddrInet4).Port
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if err := s.watch(s.listener); err != nil {
		return nil, err
	}
	s.answer("")
	go s.serve() // as long as the process runs
	return s, nil
}

// answer changes the reply.
func (s *idle) answer(reply string) {
	s.replies.Store(&replies{each: len(reply), many: bytes.Repeat([]byte(reply), mostReplies)})
}

func (s *idle) watch(fd int) error {
	return unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (s *idle) serve() {
	events, in := make([]unix.EpollEvent, 128), make([]byte, readBytes)
	for {
		n, _ := unix.EpollWait(s.epoll, events, -1)
		for _, event := range events[:max(n, 0)] {
			if int(event.Fd) == s.listener {
				if fd, _, err := unix.Accept(s.listener); err == nil && s.watch(fd) == nil {
					unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
					s.clients[int32(fd)] = &client{}
				}
				continue
			}
			n, err := unix.Read(int(event.Fd), in)
			if n <= 0 || err != nil {
				unix.Close(int(event.Fd))
				delete(s.clients, event.Fd)
				continue
			}
			s.reply(event.Fd, in[:n])
		}
	}
}

// reply answers as many requests as have come whole.
func (s *idle) reply(fd int32, in []byte) {
	c, r := s.clients[fd], s.replies.Load()
	if bytes.Contains(in[:min(len(in), 64)], []byte("CONFIG")) { // what redis-benchmark begins with
		unix.Write(int(fd), bytes.Repeat([]byte("*0\r\n"), bytes.Count(in, []byte("CONFIG"))))
		return
	}
	if c.request == 0 {
		c.request = requestBytes(in)
	}
	c.unread += len(in)
	count := c.unread / c.request
	c.unread -= count * c.request
	unix.Write(int(fd), r.many[:count*r.each])
}

// requestBytes is the length of the request that in begins with.
func requestBytes(in []byte) (size int) {
	var words, length int
	fmt.Sscanf(string(in), "*%d\r\n", &words)
	size = bytes.IndexByte(in, '\n') + 1
	for range words {
		fmt.Sscanf(string(in[size:]), "$%d\r\n", &length)
		size += bytes.IndexByte(in[size:], '\n') + 1 + length + len("\r\n")
	}
	return size
}
