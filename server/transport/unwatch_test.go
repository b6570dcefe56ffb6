package transport

import (
	"testing"

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
