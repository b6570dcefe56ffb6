package transport

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadsOff(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.pair()
		c.WatchReads(false)
		require.NoError(t, c.Attach(f.poller, "token"))
		_, err := nc.Write([]byte("waiting"))
		require.NoError(t, err)
		f.idle()
		c.WatchReads(true)
		require.Equal(t, "token", f.until(readable).Token)
		c.WatchReads(false)
		f.idle()
		require.NoError(t, nc.Close())
		r := f.until(hangUp)
		require.False(t, r.Readable)
		require.True(t, f.until(hangUp).HangUp, "a hang-up is level-triggered")
		buffer := make([]byte, 64)
		n, err := c.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "waiting", string(buffer[:n]))
	})
}

func TestAttachTwice(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		_, c := f.attached()
		require.Error(t, c.Attach(f.poller, nil))
		require.NoError(t, c.Close())
		_, c = f.pair()
		require.NoError(t, c.Close())
		require.Equal(t, net.ErrClosed, c.Attach(f.poller, nil))
	})
}

// TestBackPressure sends far more than the socket takes to a peer that reads late, in segments cut at random.
func TestBackPressure(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.attached()
		sent := make([]byte, 8<<20)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range sent {
			sent[i] = byte(random.Uint32())
		}
		rest := sent
		push := func() {
			for len(rest) > 0 {
				n, err := c.Write(cut(random, rest))
				rest = rest[n:]
				if err == ErrWouldBlock {
					require.Zero(t, n)
					return
				}
				require.NoError(t, err)
				require.Positive(t, n)
			}
		}
		push()
		require.NotEmpty(t, rest, "the socket took everything: nothing was tested")
		f.idle()
		received := make(chan []byte, 1)
		go func() {
			all, _ := io.ReadAll(nc)
			received <- all
		}()
		c.WatchWrites(true)
		for len(rest) > 0 {
			f.until(writable)
			push()
		}
		f.until(writable)
		c.WatchWrites(false)
		f.idle()
		require.NoError(t, c.Close())
		require.True(t, bytes.Equal(sent, <-received))
	})
}

// cut gives the first bytes of b in up to 200 segments, some of them empty.
func cut(random *rand.Rand, b []byte) [][]byte {
	var segments [][]byte
	for range 1 + random.IntN(200) {
		n := min(random.IntN(9000), len(b))
		if random.IntN(8) == 0 {
			n = 0
		}
		segments = append(segments, b[:n])
		b = b[n:]
	}
	return append(segments, b[:min(1, len(b))])
}

// TestBrokenPeer writes to a peer that has gone: an error, never a signal that ends the process.
func TestBrokenPeer(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		for _, segments := range [][][]byte{{[]byte("one")}, {[]byte("one"), []byte("two")}} {
			f := newFixture(t, cfg)
			nc, c := f.attached()
			require.NoError(t, nc.(*net.TCPConn).SetLinger(0))
			require.NoError(t, nc.Close())
			f.until(hangUp)
			deadline := time.Now().Add(patience)
			for {
				_, err := c.Write(segments)
				if err != nil && err != ErrWouldBlock {
					break
				}
				require.True(t, time.Now().Before(deadline), "writing goes on")
			}
			buffer := make([]byte, 8)
			_, err := c.Read(buffer)
			require.Error(t, err)
			require.NotEqual(t, ErrWouldBlock, err)
			require.NoError(t, c.Close())
			f.idle()
		}
	})
}

// TestRefusal is a line and the end, before any loop has the connection.
func TestRefusal(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.pair()
		n, err := c.Write([][]byte{[]byte("-ERR max number of clients reached\r\n")})
		require.NoError(t, err)
		require.Equal(t, 36, n)
		require.NoError(t, c.Close())
		all, err := io.ReadAll(nc)
		require.NoError(t, err)
		require.Equal(t, "-ERR max number of clients reached\r\n", string(all))
	})
}

func TestPollerClose(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		silent, _ := f.attached()
		nc, c := f.attached()
		_, err := c.Write([][]byte{[]byte("taken")})
		require.NoError(t, err)
		f.poller.Close()
		f.poller.Close()
		f.poller.Wake()
		all, err := io.ReadAll(nc)
		require.NoError(t, err)
		require.Equal(t, "taken", string(all))
		all, err = io.ReadAll(silent)
		require.NoError(t, err)
		require.Empty(t, all)
		require.NoError(t, c.Close())
	})
}

// TestCloseOnStuckPeer: a peer that never reads holds Close up by no more than the time to linger.
func TestCloseOnStuckPeer(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		_, c := f.attached()
		piece := [][]byte{make([]byte, portableWriteBytes)}
		c.WatchWrites(true)
		f.until(func(r Ready) bool {
			_, err := c.Write(piece)
			for err == nil {
				_, err = c.Write(piece)
			}
			require.Equal(t, ErrWouldBlock, err)
			ready, err := f.poller.Wait(50*time.Millisecond, nil)
			require.NoError(t, err)
			return len(ready) == 0
		})
		start := time.Now()
		require.NoError(t, c.Close())
		require.Less(t, time.Since(start), lingerTimeout/2, "Close doesn't wait")
		f.poller.Close()
		require.Less(t, time.Since(start), lingerTimeout+patience/2)
	})
}

func TestWaitTimes(t *testing.T) {
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	for _, timeout := range []time.Duration{0, time.Microsecond, 3 * time.Millisecond, 3*time.Millisecond + 1} {
		start := time.Now()
		ready, err := p.Wait(timeout, make([]Ready, 1, 4))
		require.NoError(t, err)
		require.Len(t, ready, 1, "what was there stays")
		require.GreaterOrEqual(t, time.Since(start), timeout)
	}
	p.Wake()
	p.Wake()
	_, err = p.Wait(-1, nil)
	require.NoError(t, err, "two wakes before a Wait end it")
	start := time.Now()
	_, err = p.Wait(30*time.Millisecond, nil)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), 30*time.Millisecond, "and only one")
}

// TestWakeStorm has several goroutines post and wake as fast as they can. A lost wake-up would leave the loop asleep with a
// message in the box.
func TestWakeStorm(t *testing.T) {
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	const posters, each = 4, 5000
	var box, seen atomic.Int64
	done := make(chan struct{})
	for i := range posters {
		go func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for range each {
				number := box.Add(1)
				p.Wake()
				if random.IntN(16) == 0 {
					// Let the loop fall asleep: wait until it has seen this one.
					for seen.Load() < number {
						select {
						case <-done:
							return
						case <-time.After(20 * time.Microsecond):
						}
					}
				}
			}
		}()
	}
	deadline := time.Now().Add(patience)
	guard := time.AfterFunc(patience, func() { p.Wake() })
	defer guard.Stop()
	defer close(done)
	for seen.Load() < posters*each {
		require.True(t, time.Now().Before(deadline), "the loop slept through a wake-up")
		_, err := p.Wait(-1, nil)
		require.NoError(t, err)
		seen.Store(box.Load())
	}
}

// TestChurn has many clients come, talk and go in every way at once, while the loop closes others under its own feet. What
// must hold: every event's token is a connection that the loop knows, and every byte comes back to who sent it.
func TestChurn(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		const clients, visits = 16, 25
		var crowd sync.WaitGroup
		stop := make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.serveChurn(t, stop)
		}()
		for i := range clients {
			crowd.Go(func() {
				random := rand.New(rand.NewPCG(uint64(i), 3))
				for range visits {
					visit(t, f.listener.Addr(), random)
				}
			})
		}
		crowd.Wait()
		close(stop)
		f.poller.Wake()
		<-ended
	})
}

// visit sends a message of its own, wants it back, and leaves in one of four ways.
func visit(t *testing.T, addr net.Addr, random *rand.Rand) {
	nc, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(patience))
	message := make([]byte, 1+random.IntN(20000))
	for i := range message {
		message[i] = 'a' + byte(random.Uint32()%16)
	}
	way := random.IntN(4)
	if way == 0 {
		// Asks to be closed by the loop in the midst.
		message[len(message)/2] = closeMe
	}
	go nc.Write(message)
	if way == 1 {
		nc.(*net.TCPConn).SetLinger(0)
		return
	}
	back := make([]byte, len(message))
	_, err = io.ReadFull(nc, back)
	if way == 0 {
		return
	}
	if err != nil || !bytes.Equal(message, back) {
		t.Errorf("message of %d bytes didn't come back: %v", len(message), err)
	}
	if way == 2 {
		nc.(*net.TCPConn).CloseWrite()
		if rest, err := io.ReadAll(nc); err != nil || len(rest) > 0 {
			t.Errorf("after the half-close: %d bytes, %v", len(rest), err)
		}
	}
}

// closeMe is the byte that has serveChurn close a connection.
const closeMe = '!'

type churner struct {
	conn   Conn
	owed   []byte
	closed bool
}

func (f *fixture) serveChurn(t *testing.T, stop <-chan struct{}) {
	buffer := make([]byte, 4096)
	known := map[*churner]bool{}
	var ready []Ready
	for {
		select {
		case <-stop:
			return
		case c := <-f.accepted:
			owner := &churner{conn: c}
			known[owner] = true
			if err := c.Attach(f.poller, owner); err != nil {
				t.Error(err)
			}
		default:
		}
		var err error
		if ready, err = f.poller.Wait(time.Millisecond, ready[:0]); err != nil {
			t.Error(err)
			return
		}
		for _, r := range ready {
			owner := r.Token.(*churner)
			if !known[owner] {
				t.Error("an event of a closed connection")
			}
			owner.serve(r, buffer)
		}
		for owner := range known {
			if owner.closed {
				delete(known, owner)
			}
		}
	}
}

func (o *churner) serve(r Ready, buffer []byte) {
	if r.Readable {
		n, err := o.conn.Read(buffer)
		if err != nil && err != ErrWouldBlock || bytes.IndexByte(buffer[:n], closeMe) >= 0 {
			o.closed = true
			o.conn.Close()
			return
		}
		o.owed = append(o.owed, buffer[:n]...)
	}
	if len(o.owed) > 0 {
		n, _ := o.conn.Write([][]byte{o.owed})
		o.owed = append(o.owed[:0], o.owed[n:]...)
	}
	o.conn.WatchWrites(len(o.owed) > 0)
}
