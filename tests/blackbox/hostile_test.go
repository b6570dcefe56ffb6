package blackbox

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Frames that end or spin other servers leave this one alive: an error, and the connection closes.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t)
	witness := s.Dial(t)
	for _, frame := range []string{
		"*1\r\n$9223372036854775807\r\n", "*9223372036854775807\r\n", "*1\r\n$-9223372036854775808\r\n",
		"*1\r\n$4294967296\r\n", "*1\r\n$18446744073709551616\r\n", "*2147483648\r\n", "*1\r\n$536870913\r\n", "*1\r\nx\r\n",
		"*99999999999999999999999999999999\r\n", "*" + strings.Repeat("1", 1<<17), strings.Repeat("x", 1<<17), "*1\r\n$" + strings.Repeat("9", 1<<17),
		"\"\r\n", "POST / HTTP/1.1\r\n", "*1\r\n$4\r\nPING\r\n*1\r\n$9223372036854775807\r\n",
	} {
		conn := s.Dial(t)
		conn.Send([]byte(frame)) // a reset while sending is the same as one after
		rest, err := conn.Rest()
		require.NoError(t, err, "%.60q: the connection stays", frame)
		if !strings.HasPrefix(frame, "POST") && len(frame) < 1<<16 {
			require.Contains(t, string(rest), "-ERR Protocol error: ", "%.60q", frame)
		}
		reply, err := witness.Do("PING")
		require.NoError(t, err, "after %.60q", frame)
		require.Equal(t, "PONG", reply.Text)
	}
}

// Announcing much costs a client's word, not the server's memory.
func TestAnnouncedButNotSent(t *testing.T) {
	t.Parallel()
	s := peer.StartMeasured(t)
	for range 200 {
		require.NoError(t, s.Dial(t).Send([]byte("*1000000\r\n$500000000\r\n")))
	}
	reply, err := s.Dial(t).Do("PING")
	require.NoError(t, err)
	require.Equal(t, "PONG", reply.Text)
	require.Less(t, peer.PeakKiB(t, s), 400<<10, "KiB of resident memory for 200 announcements")
}

// A client that asks and never reads is cut off at its limit; others don't notice.
func TestClientThatNeverReads(t *testing.T) {
	t.Parallel()
	s := peer.StartMeasured(t, "--client-output-buffer-limit", "normal", "4mb", "0", "0")
	other := s.Dial(t)
	_, err := other.Do("SET", "big", strings.Repeat("x", 512<<10))
	require.NoError(t, err)
	slow := s.Dial(t)
	_, err = slow.Do("CLIENT", "SETNAME", "slow")
	require.NoError(t, err)
	go slow.Send(bytes.Repeat(wire.Frame("GET", "big"), 2000)) // ends when the server cuts the connection off
	slowest := time.Duration(0)
	gone := false
	for deadline := time.Now().Add(20 * time.Second); !gone && time.Now().Before(deadline); {
		begin := time.Now()
		reply, err := other.Do("CLIENT", "LIST")
		require.NoError(t, err)
		slowest = max(slowest, time.Since(begin))
		gone = !strings.Contains(reply.Text, "name=slow")
	}
	require.True(t, gone, "the client is still there")
	require.Less(t, slowest, 2*time.Second, "another client waited")
}

// warm has the machine lay hands on so many bytes of memory and let go of them: one that is virtual may have to ask for them first, which would
// be taken for the server's time.
func warm(bytes int) {
	memory := make([]byte, bytes)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	runtime.KeepAlive(memory) // and no longer
	debug.FreeOSMemory()
}

// A large value in small pieces costs time in proportion, and memory for the value and its way into the store.
func TestLargeValueInSmallPieces(t *testing.T) {
	t.Parallel()
	s := peer.StartMeasured(t)
	large := peer.Count(64<<20, 512<<20)
	small := large / 8
	warm(2 * large)
	begin := time.Now()
	setInPieces(t, s, small)
	took := time.Since(begin)
	begin = time.Now()
	setInPieces(t, s, large)
	tookLarge := time.Since(begin)
	require.Less(t, tookLarge, 30*max(took, 50*time.Millisecond), "eight times the size, after %v", took)
	peak := peer.PeakKiB(t, s)
	require.Less(t, peak, (2*large+96<<20)>>10, "KiB of resident memory for a value of %d MiB", large>>20)
	peer.Figure(t, fmt.Sprintf("SET of %d MiB in pieces of 4 KiB: time, and peak resident memory", large>>20), "%.2f s, %d MiB",
		tookLarge.Seconds(), peak>>10)
}

func setInPieces(t *testing.T, s *peer.Server, size int) {
	const pieceBytes = 4096
	conn := s.Dial(t)
	require.NoError(t, conn.Send([]byte(fmt.Sprintf("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n", size))))
	piece := bytes.Repeat([]byte("x"), pieceBytes)
	for range size / pieceBytes {
		require.NoError(t, conn.Send(piece))
	}
	require.NoError(t, conn.Send([]byte("\r\n")))
	reply, err := conn.Receive()
	require.NoError(t, err)
	require.Equal(t, "OK", reply.Text)
}

// A long pipeline is answered in order while it comes, and buffers stay small.
func TestLongPipeline(t *testing.T) {
	t.Parallel()
	s := peer.StartMeasured(t)
	conn := s.Dial(t)
	const batch = 1000
	rounds := peer.Count(200, 1000)
	sent := make(chan error, 1)
	go func() {
		frames := bytes.Repeat(wire.Frame("INCR", "n"), batch)
		for range rounds {
			if err := conn.Send(frames); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for i := range rounds * batch {
		reply, err := conn.Receive()
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(i+1), reply.Text)
	}
	require.NoError(t, <-sent)
	peak := peer.PeakKiB(t, s)
	require.Less(t, peak, 300<<10, "KiB of resident memory")
	peer.Figure(t, fmt.Sprintf("pipeline of %d commands, replies read meanwhile: peak resident memory", rounds*batch), "%d MiB", peak>>10)
}

func TestMaxClients(t *testing.T) {
	t.Parallel()
	count := peer.Count(3, 10_000)
	s := peer.StartMeasured(t, "--maxclients", strconv.Itoa(count))
	var conns []*wire.Conn
	require.Eventually(t, func() bool { // the harness's own connection may still be counted
		conn := s.Dial(t)
		reply, err := conn.Do("PING")
		if err == nil && reply.Text == "PONG" {
			conns = append(conns, conn)
		}
		return len(conns) == count
	}, time.Minute, time.Microsecond)
	rest, err := s.Dial(t).Rest()
	require.NoError(t, err)
	require.Equal(t, "-ERR max number of clients reached\r\n", string(rest))
	peer.Figure(t, fmt.Sprintf("%d clients connected: peak resident memory", count), "%d MiB", peer.PeakKiB(t, s)>>10)
	conns[0].Close()
	require.Eventually(t, func() bool {
		reply, err := s.Dial(t).Do("PING")
		return err == nil && reply.Text == "PONG"
	}, 10*time.Second, 10*time.Millisecond)
}

func TestIdleClientsAreClosed(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t, "--timeout", "1")
	idle := s.Dial(t)
	begin := time.Now()
	rest, err := idle.Rest()
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Greater(t, time.Since(begin), 900*time.Millisecond)
	reply, err := s.Dial(t).Do("CONFIG", "SET", "timeout", "0")
	require.NoError(t, err)
	require.Equal(t, "OK", reply.Text)
}
