package transport

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUnwatch turns all events of a connection off, whose peer has gone: nothing more comes until they are turned on again, and then
// what was there before.
func TestUnwatch(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.attached()
		c.WatchReads(false)
		_, err := nc.Write([]byte("last"))
		require.NoError(t, err)
		require.NoError(t, nc.Close())
		f.until(hangUp)
		c.Unwatch()
		c.Unwatch()
		// One event may still come.
		f.poller.Wait(0, nil)
		f.idle()
		c.WatchReads(true)
		r := f.until(hangUp)
		require.True(t, r.Readable)
		buffer := make([]byte, 64)
		n, err := c.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "last", string(buffer[:n]))
		require.NoError(t, c.Close())
		c.Unwatch()
	})
}

// TestReadsBehindStuckWrites fills the way to a peer that doesn't read: what it sends, and its end, are reported all the same.
func TestReadsBehindStuckWrites(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.attached()
		piece := [][]byte{make([]byte, 1<<20)}
		c.WatchWrites(true)
		for full := false; !full; {
			if _, err := c.Write(piece); err != ErrWouldBlock {
				require.NoError(t, err)
				continue
			}
			ready, err := f.poller.Wait(50*time.Millisecond, nil)
			require.NoError(t, err)
			full = len(ready) == 0
		}
		_, err := nc.Write([]byte("news"))
		require.NoError(t, err)
		f.until(readable)
		buffer := make([]byte, 64)
		_, err = c.Read(buffer)
		require.NoError(t, err)
		require.NoError(t, nc.(*net.TCPConn).SetLinger(0))
		require.NoError(t, nc.Close())
		f.until(hangUp)
	})
}
