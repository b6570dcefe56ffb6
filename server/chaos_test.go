package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// TestChaos has clients of one loop and of four behave badly in every way that a connection allows, while the store is paused, put to
// sleep and written by others. In the end nobody is left over, everything that well-behaved clients wrote is there, and a new client is
// served.
func TestChaos(t *testing.T) {
	for _, threads := range []string{"1", "4"} {
		t.Run(threads, func(t *testing.T) {
			s := startServer(t, nil, "--io-threads", threads, "--enable-debug-command", "yes", "--client-output-buffer-limit", "normal",
				"4mb", "0", "0")
			addr := s.Addrs()[0].String()
			workers, rounds := 8, 30
			if raceDetector {
				rounds = 8
			}
			var working sync.WaitGroup
			for i := range workers {
				working.Add(1)
				go func() {
					defer working.Done()
					random := rand.New(rand.NewPCG(uint64(i), 7))
					for range rounds {
						if err := misbehave(addr, random); err != nil {
							t.Error(err)
							return
						}
					}
				}()
			}
			working.Add(1)
			go func() {
				defer working.Done()
				count(t, addr)
			}()
			governor := s.dial(t)
			done := make(chan struct{})
			go func() {
				working.Wait()
				close(done)
			}()
			for over := false; !over; {
				select {
				case <-done:
					over = true
				default:
					do(t, governor, "CLIENT", "PAUSE", "2", "WRITE")
					do(t, governor, "DEBUG", "SLEEP", "0.001")
					do(t, governor, "CLIENT", "PAUSE", "2")
				}
			}
			do(t, governor, "CLIENT", "UNPAUSE")
			require.Equal(t, fmt.Sprintf("$5\r\n%d\r\n", countTo), do(t, governor, "GET", "counted"))
			require.Eventually(t, func() bool { return s.clients.count.Load() == 1 }, 10*time.Second, time.Millisecond)
			for _, l := range s.loops {
				l.turn(func() {})
			}
			require.Equal(t, "+PONG\r\n", do(t, s.dial(t), "PING"))
		})
	}
}

const countTo = 10_000

// count increases a counter in pipelines and checks that the answers come in order.
func count(t *testing.T, addr string) {
	c, err := wire.Dial(addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	const depth = 100
	pipeline := bytes.Repeat(wire.Frame("INCR", "counted"), depth)
	for n := 1; n <= countTo; {
		if err := c.Send(pipeline); err != nil {
			t.Error(err)
			return
		}
		for range depth {
			reply, err := c.Receive()
			if want := fmt.Sprintf(":%d\r\n", n); err != nil || string(reply.Raw) != want {
				t.Errorf("answer %q, %v instead of %q", reply.Raw, err, want)
				return
			}
			n++
		}
	}
}

// misbehave connects, sends a pipeline that ends somewhere, reads some of the answers or none, and leaves in some way. It is an error if the server
// leaves it waiting.
func misbehave(addr string, random *rand.Rand) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	c := nc.(*net.TCPConn)
	c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	value := string(make([]byte, random.IntN(3)*random.IntN(40_000)))
	var stream []byte
	for range 1 + random.IntN(200) {
		switch random.IntN(40) {
		case 0:
			stream = append(stream, "*1\r\n$9223372036854775807\r\n"...)
		case 1:
			stream = append(stream, wire.Frame("QUIT")...)
		case 2:
			stream = append(stream, "PING inline\r\n*0\r\n\r\n"...)
		case 3:
			stream = append(stream, wire.Frame("CLIENT", "REPLY", "SKIP")...)
		case 4:
			stream = append(stream, wire.Frame("DEBUG", "SLEEP", "0.0001")...)
		default:
			key := fmt.Sprint("key", random.IntN(10))
			stream = append(append(stream, wire.Frame("SET", key, value)...), wire.Frame("GET", key)...)
		}
	}
	stream = stream[:random.IntN(len(stream)+1)]
	for len(stream) > 0 {
		n := min(len(stream), 1+random.IntN(100_000))
		if _, err := c.Write(stream[:n]); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return err
			}
			return nil
		}
		stream = stream[n:]
		if random.IntN(4) == 0 {
			c.SetReadDeadline(time.Now().Add(time.Millisecond))
			c.Read(make([]byte, 1+random.IntN(50_000)))
		}
		if random.IntN(20) == 0 {
			break
		}
	}
	switch random.IntN(3) {
	case 0:
		c.SetLinger(0)
	case 1:
		c.CloseWrite()
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return nil
}
