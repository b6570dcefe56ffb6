package transport

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Gone sees the peer's end behind bytes that nobody has read, and may be asked while the loop closes.
func TestGone(t *testing.T) {
	each(t, func(t *testing.T, cfg ListenConfig) {
		f := newFixture(t, cfg)
		nc, c := f.attached()
		require.False(t, c.Gone())
		_, err := nc.Write([]byte("unread"))
		require.NoError(t, err)
		f.until(readable)
		require.False(t, c.Gone())
		require.NoError(t, nc.(*net.TCPConn).CloseWrite())
		require.Eventually(t, c.Gone, 5*time.Second, time.Millisecond)

		_, other := f.attached()
		var group sync.WaitGroup
		group.Go(func() {
			for !other.Gone() {
			}
		})
		require.NoError(t, other.Close())
		group.Wait()
	})
}
