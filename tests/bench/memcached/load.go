//go:build linux

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cinnabar-db/cinnabar/tests/bench/process"
)

// kind is what is asked for.
type kind uint8

const (
	get kind = iota
	set
)

const (
	items      = 100_000
	keyDigits  = 12
	valueBytes = 32
	patience   = 10_000 // milliseconds without a reply
)

var value = strings.Repeat("v", valueBytes)

func key(i int) string { return fmt.Sprintf("key:%0*d", keyDigits, i) }

// frames are a request for an item, and its reply, both of a length that is the same for all items.
func (k kind) frames(i int) (request, reply []byte) {
	if k == set {
		return fmt.Appendf(nil, "set %s 0 0 %d\r\n%s\r\n", key(i), valueBytes, value), []byte("STORED\r\n")
	}
	return fmt.Appendf(nil, "get %s\r\n", key(i)), fmt.Appendf(nil, "VALUE %s 0 %d\r\n%s\r\nEND\r\n", key(i), valueBytes, value)
}

// connection has a fixed number of requests under way.
type connection struct {
	fd int
	// out is the requests, replies the bytes that come for them, got those that have come.
	out          []byte
	replies, got int
}

// load is the connections of one round.
type load struct {
	kind        kind
	epoll       int
	connections []*connection
	request     int // bytes
	digits      int // where in a request the key's digits stand
	in          []byte
	sample      []byte // how a reply begins
	random      *rand.Rand
	// left is how many requests are still to be sent, waiting how many connections have some under way.
	left, waiting int
}

// connect opens the connections.
func connect(port, connections, pipeline int, k kind) (*load, error) {
	request, reply := k.frames(0)
	l := &load{kind: k, request: len(request), digits: len("get key:"), in: make([]byte, 64<<10), sample: reply[:len("STORE")],
		random: rand.New(rand.NewPCG(1, 2))}
	var err error
	if l.epoll, err = unix.EpollCreate1(0); err != nil {
		return nil, err
	}
	for range connections {
		c := &connection{out: bytes.Repeat(request, pipeline), replies: pipeline * len(reply)}
		if c.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return nil, err
		}
		if err := unix.Connect(c.fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return nil, err
		}
		unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(l.connections))}
		if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, c.fd, &event); err != nil {
			return nil, err
		}
		l.connections = append(l.connections, c)
	}
	return l, nil
}

func (l *load) close() {
	unix.Close(l.epoll)
	for _, c := range l.connections {
		unix.Close(c.fd)
	}
}

// send sends a connection's requests, for other keys.
func (l *load) send(c *connection) error {
	for at := l.digits; at < len(c.out); at += l.request {
		for i, n := keyDigits-1, l.random.IntN(items); i >= 0; i, n = i-1, n/10 {
			c.out[at+i] = byte('0' + n%10)
		}
		l.left--
	}
	c.got = 0
	l.waiting++
	if n, err := unix.Write(c.fd, c.out); n != len(c.out) {
		return fmt.Errorf("%d bytes of %d written: %w", n, len(c.out), err)
	}
	return nil
}

// run sends so many requests, and ends when all are answered.
func (l *load) run(requests int) error {
	l.left, l.waiting = requests, 0
	for _, c := range l.connections {
		if err := l.send(c); err != nil {
			return err
		}
	}
	events := make([]unix.EpollEvent, len(l.connections))
	for l.waiting > 0 {
		n, err := unix.EpollWait(l.epoll, events, patience)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return fmt.Errorf("waiting for replies: %d events, %w", n, err)
		}
		for _, event := range events[:n] {
			if err := l.receive(l.connections[event.Fd]); err != nil {
				return err
			}
		}
	}
	return nil
}

// receive takes what has come of replies, and sends other requests when all have.
func (l *load) receive(c *connection) error {
	n, err := unix.Read(c.fd, l.in)
	if n <= 0 {
		return fmt.Errorf("a connection was closed: %w", err)
	}
	if c.got == 0 && !bytes.HasPrefix(l.in[:n], l.sample) {
		return fmt.Errorf("the reply is %q", l.in[:min(n, 80)])
	}
	if c.got += n; c.got < c.replies {
		return nil
	}
	if c.got > c.replies {
		return fmt.Errorf("%d bytes of replies instead of %d", c.got, c.replies)
	}
	l.waiting--
	if l.left > 0 {
		return l.send(c)
	}
	return nil
}

// fill stores all items.
func fill(port int) error {
	l, err := connect(port, 1, 1, set)
	if err != nil {
		return err
	}
	defer l.close()
	c := l.connections[0]
	const together = 100
	_, reply := set.frames(0)
	for i := 0; i < items; i += together {
		c.out = c.out[:0]
		for j := range together {
			request, _ := set.frames(i + j)
			c.out = append(c.out, request...)
		}
		if n, err := unix.Write(c.fd, c.out); n != len(c.out) {
			return err
		}
		for got := 0; got < together*len(reply); {
			n, err := unix.Read(c.fd, l.in)
			if n <= 0 {
				return fmt.Errorf("storing the items: %w", err)
			}
			got += n
		}
	}
	return nil
}

// measure runs a row once.
func measure(s *process.Server, connections int, r row) (result, error) {
	l, err := connect(s.Port, connections, r.pipeline, r.kind)
	if err != nil {
		return result{}, err
	}
	defer l.close()
	cpu, began := s.CPU(), time.Now()
	if err := l.run(r.requests); err != nil {
		return result{}, err
	}
	sent := float64(r.requests - l.left)
	return result{perSecond: sent / time.Since(began).Seconds(), cpuUs: float64((s.CPU() - cpu).Microseconds()) / sent}, nil
}
