//go:build !portable_transport

package transport

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestStaleEvent keeps a closed connection's socket open by a duplicate, as a child process between fork and exec does, so
// that epoll goes on reporting it, and gives its descriptor and its place to another.
func TestStaleEvent(t *testing.T) {
	f := newFixture(t, ListenConfig{})
	old, c := f.attached()
	index := c.(*epollConn).slot
	duplicate, err := unix.Dup(c.FD())
	require.NoError(t, err)
	defer unix.Close(duplicate)
	require.NoError(t, c.Close())
	_, err = old.Write([]byte("for nobody"))
	require.NoError(t, err)
	f.idle()

	_, newer := f.attached()
	require.Equal(t, index, newer.(*epollConn).slot, "the place is used again")
	f.idle()
	n, err := f.poller.kernel.look(nil)
	require.NoError(t, err)
	require.Empty(t, n)
}

func TestSocketOptions(t *testing.T) {
	for _, test := range []struct{ seconds, on, idle, interval int }{
		{300, 1, 300, 100},
		{2, 1, 2, 1},
		{0, 0, 7200, 75},
	} {
		each(t, func(t *testing.T, cfg ListenConfig) {
			cfg.KeepAliveSeconds = test.seconds
			_, c := newFixture(t, cfg).pair()
			option := func(level, name int) int {
				value, err := unix.GetsockoptInt(c.FD(), level, name)
				require.NoError(t, err)
				return value
			}
			require.Equal(t, 1, option(unix.IPPROTO_TCP, unix.TCP_NODELAY))
			require.Equal(t, test.on, option(unix.SOL_SOCKET, unix.SO_KEEPALIVE))
			if test.on == 1 {
				require.Equal(t, test.idle, option(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE))
				require.Equal(t, test.interval, option(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL))
				require.Equal(t, 3, option(unix.IPPROTO_TCP, unix.TCP_KEEPCNT))
			}
			flags, err := unix.FcntlInt(uintptr(c.FD()), unix.F_GETFL, 0)
			require.NoError(t, err)
			require.NotZero(t, flags&unix.O_NONBLOCK)
			flags, err = unix.FcntlInt(uintptr(c.FD()), unix.F_GETFD, 0)
			require.NoError(t, err)
			require.NotZero(t, flags&unix.FD_CLOEXEC)
			require.NoError(t, c.Close())
		})
	}
}

// TestBacklog asks the kernel: of a listening socket, tcpi_sacked is its backlog.
func TestBacklog(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		cfg.Backlog = 37
		l, err := ListenTCP("127.0.0.1", 0, cfg)
		require.NoError(t, err)
		defer l.Close()
		var raw syscall.RawConn
		if cfg.Portable {
			raw, err = l.acceptor.(*netAcceptor).ln.(syscall.Conn).SyscallConn()
			require.NoError(t, err)
		} else {
			raw = l.acceptor.(*rawAcceptor).raw
		}
		require.NoError(t, raw.Control(func(fd uintptr) {
			info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
			require.NoError(t, err)
			require.EqualValues(t, 37, info.Sacked)
		}))
	})
}

// TestWakeCosts: a loop that doesn't sleep is woken without a system call, so its eventfd stays empty.
func TestWakeCosts(t *testing.T) {
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	for range 100 {
		p.Wake()
	}
	var count [8]byte
	_, err = unix.Read(p.kernel.wake, count[:])
	require.Equal(t, unix.EAGAIN, err)
}

func TestTimeoutMs(t *testing.T) {
	for timeout, want := range map[time.Duration]int{
		-1: -1, 0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, 1<<63 - 1: 1<<31 - 1,
	} {
		require.Equal(t, want, timeoutMs(timeout))
	}
}

// TestNothingAllocated: the round of a loop, without the noise of a benchmark's clients. It isn't parallel, since the
// allocations of the whole process are counted.
func TestNothingAllocated(t *testing.T) {
	for _, portable := range []bool{false, true} {
		f := newFixture(t, ListenConfig{Portable: portable})
		nc, c := f.attached()
		ready := make([]Ready, 0, 4)
		buffer, message := make([]byte, 64), make([]byte, 8)
		one, two := [][]byte{message}, [][]byte{message[:4], message[4:]}
		round := func(segments [][]byte) {
			nc.Write(message)
			for ready = ready[:0]; len(ready) == 0; {
				ready, _ = f.poller.Wait(-1, ready)
			}
			n, _ := ready[0].Token.(Conn).Read(buffer)
			c.WatchWrites(true)
			c.Write(segments)
			c.WatchWrites(false)
			for got := 0; got < n; {
				m, err := nc.Read(buffer)
				if err != nil {
					t.Fatal(err)
				}
				got += m
			}
		}
		require.Zero(t, testing.AllocsPerRun(200, func() { round(one); round(two) }), "portable: %t", portable)
	}
}
