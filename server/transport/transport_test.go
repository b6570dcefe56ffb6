package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// each runs a test over both transports.
func each(t *testing.T, test func(t *testing.T, cfg ListenConfig)) {
	for _, portable := range []bool{false, true} {
		name := "system"
		if portable {
			name = "portable"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, ListenConfig{Backlog: 511, Portable: portable})
		})
	}
}

// fixture is a listener whose connections come over a channel, and a poller.
type fixture struct {
	t        testing.TB
	listener *Listener
	poller   *Poller
	accepted chan Conn
	served   chan error
}

func newFixture(t testing.TB, cfg ListenConfig) *fixture {
	l, err := ListenTCP("127.0.0.1", 0, cfg)
	require.NoError(t, err)
	return serveFixture(t, l)
}

func serveFixture(t testing.TB, l *Listener) *fixture {
	p, err := NewPoller()
	require.NoError(t, err)
	f := &fixture{t: t, listener: l, poller: p, accepted: make(chan Conn, 1024), served: make(chan error, 1)}
	go func() { f.served <- l.Serve(func(c Conn) { f.accepted <- c }) }()
	t.Cleanup(func() {
		l.Close()
		require.NoError(t, <-f.served)
		p.Close()
	})
	return f
}

// pair is a client's end and the accepted one, not attached.
func (f *fixture) pair() (net.Conn, Conn) {
	addr := f.listener.Addr()
	nc, err := net.Dial(addr.Network(), addr.String())
	require.NoError(f.t, err)
	f.t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	select {
	case c := <-f.accepted:
		return nc, c
	case <-time.After(patience):
		f.t.Fatal("no connection")
		return nil, nil
	}
}

// attached is a pair whose accepted end is watched, by itself as token.
func (f *fixture) attached() (net.Conn, Conn) {
	nc, c := f.pair()
	require.NoError(f.t, c.Attach(f.poller, c))
	return nc, c
}

// until waits until one event satisfies ok.
func (f *fixture) until(ok func(Ready) bool) Ready {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		ready, err := f.poller.Wait(time.Second, nil)
		require.NoError(f.t, err)
		for _, r := range ready {
			if ok(r) {
				return r
			}
		}
	}
	f.t.Fatal("the event didn't come")
	return Ready{}
}

func readable(r Ready) bool { return r.Readable }
func writable(r Ready) bool { return r.Writable }
func hangUp(r Ready) bool   { return r.HangUp }

// idle waits for a moment in which nothing may be ready.
func (f *fixture) idle() {
	ready, err := f.poller.Wait(20*time.Millisecond, nil)
	require.NoError(f.t, err)
	require.Empty(f.t, ready)
}

func TestReadAndWrite(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.attached()
		buffer := make([]byte, 64)
		_, err := c.Read(buffer)
		require.Equal(t, ErrWouldBlock, err)

		_, err = nc.Write([]byte("hello"))
		require.NoError(t, err)
		r := f.until(readable)
		require.Equal(t, c, r.Token)
		require.False(t, r.HangUp)
		require.False(t, r.Writable)
		n, err := c.Read(buffer[:2])
		require.NoError(t, err)
		require.Equal(t, "he", string(buffer[:n]))
		f.until(readable)
		n, err = c.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "llo", string(buffer[:n]))
		_, err = c.Read(buffer)
		require.Equal(t, ErrWouldBlock, err)
		f.idle()

		for _, segments := range [][][]byte{
			{[]byte("abc")},
			{[]byte("a"), nil, []byte("b"), {}, []byte("c")},
			{nil, []byte("abc"), nil},
		} {
			n, err = c.Write(segments)
			require.NoError(t, err)
			require.Equal(t, 3, n)
			_, err = io.ReadFull(nc, buffer[:3])
			require.NoError(t, err)
			require.Equal(t, "abc", string(buffer[:3]))
		}
		n, err = c.Write([][]byte{nil, {}})
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func TestEnd(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.attached()
		_, err := nc.Write([]byte("bye"))
		require.NoError(t, err)
		require.NoError(t, nc.(*net.TCPConn).CloseWrite())
		f.until(hangUp)
		buffer := make([]byte, 64)
		n, err := c.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "bye", string(buffer[:n]))
		r := f.until(readable)
		require.True(t, r.HangUp)
		_, err = c.Read(buffer)
		require.Equal(t, io.EOF, err)

		// The other direction lives on.
		_, err = c.Write([][]byte{[]byte("last"), []byte(" words")})
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		all, err := io.ReadAll(nc)
		require.NoError(t, err)
		require.Equal(t, "last words", string(all))
		_, err = c.Read(buffer)
		require.Equal(t, net.ErrClosed, err)
		_, err = c.Write([][]byte{buffer})
		require.Equal(t, net.ErrClosed, err)
		c.WatchReads(false)
		c.WatchWrites(true)
		f.idle()
	})
}

func TestUnixSocket(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		path := filepath.Join(t.TempDir(), "s")
		require.NoError(t, os.WriteFile(path, []byte("in the way"), 0o600))
		cfg.UnixPerm = 0o702
		l, err := ListenUnix(path, cfg)
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o702), info.Mode().Perm())
		require.Zero(t, l.Port())

		f := serveFixture(t, l)
		nc, c := f.attached()
		require.True(t, c.Unix())
		require.False(t, c.Loopback())
		require.Equal(t, path+":0", c.RemoteAddr())
		require.Equal(t, path+":0", c.LocalAddr())
		_, err = nc.Write([]byte("x"))
		require.NoError(t, err)
		f.until(readable)
		require.NoError(t, l.Close())
		_, err = os.Stat(path)
		require.True(t, errors.Is(err, os.ErrNotExist))
	})
}
