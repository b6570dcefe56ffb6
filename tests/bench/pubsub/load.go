//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cinnabar-db/cinnabar/tests/bench/process"
)

// load is the subscribers and the publisher of one round.
type load struct {
	publisher net.Conn
	replies   *bufio.Reader
	sets      []*set
	payload   int
	// length is that of a message, stamped where in it the time stands.
	length, stamped int
	// delivered counts bytes of messages.
	delivered atomic.Int64
	// timing is set while times are taken.
	timing atomic.Bool
	failed atomic.Pointer[error]
}

// set is the subscribers that one thread reads.
type set struct {
	load  *load
	epoll int
	fds   []int
	times []time.Duration
	done  chan struct{}
}

const (
	stampDigits  = 19
	readBytes    = 64 << 10
	waitMs       = 100
	drainTimeout = 60 * time.Second
)

// stamp is a payload that begins with the time.
func stamp(size int) string {
	text := fmt.Sprintf("%0*d", stampDigits, time.Now().UnixNano())
	return text + strings.Repeat("x", max(0, size-len(text)))
}

// subscribeAll connects everybody and waits until all have subscribed.
func subscribeAll(port int, s scenario, o options) (*load, error) {
	s = s.scaled(o.scale)
	l := &load{payload: o.payload}
	sample := stamp(o.payload)
	whole := s.message(sample)
	l.length, l.stamped = len(whole), bytes.LastIndex(whole, []byte(sample))
	for range o.readers {
		epoll, err := unix.EpollCreate1(0)
		if err != nil {
			return nil, err
		}
		l.sets = append(l.sets, &set{load: l, epoll: epoll, done: make(chan struct{})})
	}
	for i := range s.subscribers {
		if err := l.sets[i%len(l.sets)].subscribe(port, s.subscriptions(i)); err != nil {
			return nil, fmt.Errorf("subscriber %d: %w", i, err)
		}
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	l.publisher, l.replies = conn, bufio.NewReader(conn)
	for _, set := range l.sets {
		go set.read() // until close
	}
	return l, nil
}

func (s *set) subscribe(port int, words []string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	s.fds = append(s.fds, fd)
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	// Closed by a reset, so that no address waits behind it.
	unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	if _, err := unix.Write(fd, frame(words...)); err != nil {
		return err
	}
	confirmed := 0
	buffer := make([]byte, readBytes)
	for confirmed < 3*(len(words)-1) { // each has three lines that begin with these bytes: two words and a number
		n, err := unix.Read(fd, buffer)
		if err != nil || n == 0 {
			return fmt.Errorf("confirmation: %d bytes, %w", n, err)
		}
		confirmed += bytes.Count(buffer[:n], []byte("\n$")) + bytes.Count(buffer[:n], []byte("\n:"))
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	return unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// read counts what comes.
func (s *set) read() {
	defer close(s.done)
	events := make([]unix.EpollEvent, 1024)
	buffer := make([]byte, readBytes)
	for {
		n, err := unix.EpollWait(s.epoll, events, waitMs)
		if err != nil && err != unix.EINTR {
			return // closed
		}
		for _, event := range events[:max(n, 0)] {
			s.readOne(int(event.Fd), buffer)
		}
	}
}

func (s *set) readOne(fd int, buffer []byte) {
	l := s.load
	n, err := unix.Read(fd, buffer)
	switch {
	case err == unix.EAGAIN:
		return
	case err != nil || n == 0:
		lost := fmt.Errorf("a subscriber was cut off: %w", errors.Join(err, io.EOF))
		l.failed.Store(&lost)
		unix.EpollCtl(s.epoll, unix.EPOLL_CTL_DEL, fd, nil)
		return
	}
	if l.timing.Load() {
		s.time(buffer[:n])
	}
	l.delivered.Add(int64(n))
}

// time takes the times of whole messages.
func (s *set) time(read []byte) {
	now := time.Now().UnixNano()
	for length := s.load.length; len(read) >= length; read = read[length:] {
		if sent, err := strconv.ParseInt(string(read[s.load.stamped:s.load.stamped+stampDigits]), 10, 64); err == nil {
			s.times = append(s.times, time.Duration(now-sent))
		}
	}
}

func (l *load) close() {
	l.publisher.Close()
	for _, s := range l.sets {
		unix.Close(s.epoll)
		<-s.done
		for _, fd := range s.fds {
			unix.Close(fd)
		}
	}
}

// publish sends count commands at once and reads their replies but for the last window ones, of which there are under way already.
func (l *load) publish(s scenario, from, count int) error {
	var frames bytes.Buffer
	for i := range count {
		frames.Write(frame("PUBLISH", s.channel((from+i)%s.channels), stamp(l.payload)))
	}
	_, err := l.publisher.Write(frames.Bytes())
	return err
}

func (l *load) reply(want int) error {
	line, err := l.replies.ReadString('\n')
	if err == nil && line != fmt.Sprintf(":%d\r\n", want) {
		err = fmt.Errorf("PUBLISH has reached %q, not %d", line, want)
	}
	return err
}

// fullSpeed publishes as fast as the server takes it.
func (l *load) fullSpeed(server *process.Server, s scenario, o options) (perSecond, cpuUs float64, err error) {
	s = s.scaled(o.scale)
	half := max(1, o.window/2)
	cpu, began := server.CPU(), time.Now()
	sent, answered := 0, 0
	for time.Since(began) < time.Duration(o.seconds)*time.Second {
		if err := l.publish(s, sent, half); err != nil {
			return 0, 0, err
		}
		sent += half
		for ; sent-answered > half; answered++ {
			if err := l.reply(s.receivers); err != nil {
				return 0, 0, err
			}
		}
	}
	for ; answered < sent; answered++ {
		if err := l.reply(s.receivers); err != nil {
			return 0, 0, err
		}
	}
	want := int64(sent) * int64(s.receivers)
	if err := l.drain(want); err != nil {
		return 0, 0, err
	}
	took := time.Since(began)
	return float64(want) / took.Seconds(), float64((server.CPU() - cpu).Microseconds()) / float64(want), nil
}

// drain waits until so many messages have come.
func (l *load) drain(messages int64) error {
	want := messages * int64(l.length)
	for deadline := time.Now().Add(drainTimeout); l.delivered.Load() < want; time.Sleep(time.Millisecond) {
		if failed := l.failed.Load(); failed != nil {
			return *failed
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d bytes of %d have come", l.delivered.Load(), want)
		}
	}
	if got := l.delivered.Swap(0); got != want {
		return fmt.Errorf("%d bytes have come instead of %d", got, want)
	}
	return nil
}

// paced takes the times of messages that are published slowly.
func (l *load) paced(s scenario, o options) (p50, p99 time.Duration, err error) {
	s = s.scaled(o.scale)
	l.timing.Store(true)
	commands := o.seconds * s.pacePerSecond
	interval := time.Second / time.Duration(s.pacePerSecond)
	began := time.Now()
	for i := range commands {
		time.Sleep(time.Until(began.Add(time.Duration(i) * interval)))
		if err := l.publish(s, i, 1); err != nil {
			return 0, 0, err
		}
		if err := l.reply(s.receivers); err != nil {
			return 0, 0, err
		}
	}
	if err := l.drain(int64(commands) * int64(s.receivers)); err != nil {
		return 0, 0, err
	}
	l.timing.Store(false)
	var all []time.Duration
	for _, set := range l.sets {
		all = append(all, set.times...)
	}
	slices.Sort(all)
	if len(all) == 0 {
		return 0, 0, errors.New("no times")
	}
	return all[len(all)/2], all[len(all)*99/100], nil
}
