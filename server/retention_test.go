package server

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// requireHeapBelow waits for the heap to shrink.
func requireHeapBelow(t *testing.T, limit uint64) {
	t.Helper()
	var heap runtime.MemStats
	for deadline := time.Now().Add(5 * time.Second); ; {
		runtime.GC()
		runtime.ReadMemStats(&heap)
		if heap.HeapAlloc < limit {
			return
		}
		require.True(t, time.Now().Before(deadline), "the heap stays at %d MB", heap.HeapAlloc>>20)
	}
}

// TestNothingIsLeftOfLargeCommands sends large commands and sees that an idle client keeps nothing of them: no buffer, no argument, no
// list of what they touched.
func TestNothingIsLeftOfLargeCommands(t *testing.T) {
	const large, limit = 32 << 20, 24 << 20
	for name, send := range map[string]func(t *testing.T, c *wire.Conn){
		"deleted":     func(t *testing.T, c *wire.Conn) { sendLarge(t, c, large, "SET", "k") },
		"overwritten": func(t *testing.T, c *wire.Conn) { sendLarge(t, c, large, "SET", "k"); do(t, c, "SET", "k", "small") },
		"appended":    func(t *testing.T, c *wire.Conn) { do(t, c, "SET", "k", "v"); sendLarge(t, c, large, "APPEND", "k") },
		"got": func(t *testing.T, c *wire.Conn) {
			sendLarge(t, c, large, "SET", "k")
			require.NoError(t, c.Send(wire.Frame("MGET", "k", "k")))
			_, err := io.CopyN(io.Discard, c.Conn, int64(len("*2\r\n")+2*(len("$33554432\r\n\r\n")+large)))
			require.NoError(t, err)
		},
		"unknown": func(t *testing.T, c *wire.Conn) { sendLarge(t, c, large, "NOTHING") },
		"misses": func(t *testing.T, c *wire.Conn) {
			const count = 500_000
			require.NoError(t, c.Send(fmt.Appendf(nil, "*%d\r\n$4\r\nMGET\r\n", count+1)))
			piece := bytes.Repeat([]byte("$6\r\nabsent\r\n"), 1000)
			for range count / 1000 {
				require.NoError(t, c.Send(piece))
			}
			_, err := io.CopyN(io.Discard, c.Conn, int64(len("*500000\r\n")+count*len("$-1\r\n")))
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, nil)
			c := s.dial(t)
			send(t, c)
			if name != "overwritten" {
				do(t, s.dial(t), "DEL", "k")
			}
			requireHeapBelow(t, limit)
			require.NoError(t, c.Send(wire.Frame("PING")))
		})
	}
}

// sendLarge sends a command whose last word has size bytes, and waits for the answer.
func sendLarge(t *testing.T, c *wire.Conn, size int, words ...string) {
	t.Helper()
	frame := wire.Frame(append(words, "")...)
	frame = frame[:len(frame)-len("$0\r\n\r\n")]
	require.NoError(t, c.Send(fmt.Appendf(frame, "$%d\r\n", size)))
	piece := make([]byte, 1<<20)
	for range size / len(piece) {
		require.NoError(t, c.Send(piece))
	}
	require.NoError(t, c.Send([]byte("\r\n")))
	receive(t, c)
}
