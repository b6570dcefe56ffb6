package blackbox

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// subscribe makes connections that listen to a channel, in RESP2 and RESP3 by turns.
func subscribe(t *testing.T, s *peer.Server, count int, channel string) []*wire.Conn {
	t.Helper()
	conns := make([]*wire.Conn, count)
	for i := range conns {
		conns[i] = s.Dial(t)
		do(t, conns[i], "HELLO", fmt.Sprint(2+i%2))
		require.Equal(t, "subscribe", do(t, conns[i], "SUBSCRIBE", channel).Items[0].Text)
	}
	return conns
}

// messageBytes is how long a message is for those who listen to its channel.
func messageBytes(channel, payload string) int {
	return len(wire.Frame("message", channel, payload))
}

// Subscribers who don't read are cut off at the hard limit. The publisher, the other subscribers and their messages don't notice, and what
// is kept for each meanwhile is no more than the limit.
func TestSlowSubscribersAreCutOff(t *testing.T) {
	t.Parallel()
	const slow, fast, turns, perTurn, limitMB = 20, 4, 80, 100, 8
	payload := strings.Repeat("x", 4000)
	for _, loops := range []string{"1", "4"} {
		t.Run("loops="+loops, func(t *testing.T) {
			s := peer.StartMeasured(t, "--io-threads", loops, "--client-output-buffer-limit", "pubsub", fmt.Sprint(limitMB<<20), "0", "0")
			unread := subscribe(t, s, slow, "news")
			var group sync.WaitGroup
			for _, conn := range subscribe(t, s, fast, "news") {
				group.Go(func() {
					for n := range turns * perTurn {
						message, err := conn.Receive()
						if err != nil || len(message.Items) != 3 || message.Items[2].Text != fmt.Sprintf("%05d%s", n, payload) {
							t.Errorf("message %d: %v: %.80s", n, err, message.Raw)
							return
						}
					}
				})
			}
			publisher, before := s.Dial(t), peer.PeakKiB(t, s)
			longest, receivers := time.Duration(0), ""
			for turn := range turns {
				var frames bytes.Buffer
				for n := range perTurn {
					frames.Write(wire.Frame("PUBLISH", "news", fmt.Sprintf("%05d%s", turn*perTurn+n, payload)))
				}
				began := time.Now()
				require.NoError(t, publisher.Send(frames.Bytes()))
				for range perTurn {
					reply, err := publisher.Receive()
					require.NoError(t, err)
					receivers = reply.Text
				}
				longest = max(longest, time.Since(began))
			}
			group.Wait()
			require.Equal(t, fmt.Sprint(fast), receivers, "of the last message")
			require.Less(t, longest, 5*time.Second, "for %d messages", perTurn)
			require.Contains(t, do(t, publisher, "INFO", "stats").Text, fmt.Sprintf("client_output_buffer_limit_disconnections:%d\r\n", slow))
			require.Less(t, peer.PeakKiB(t, s)-before, (slow*limitMB+150)<<10, "KiB; without a limit it would be 640 MB")
			rest, err := unread[0].Rest()
			require.NoError(t, err)
			require.Less(t, len(rest), turns*perTurn*messageBytes("news", payload), "not all of it")
		})
	}
}

// Above the soft limit a subscriber is cut off when its seconds are over, not before that, and with nothing published meanwhile.
func TestSubscriberAboveTheSoftLimit(t *testing.T) {
	t.Parallel()
	s := peer.StartMeasured(t, "--client-output-buffer-limit", "pubsub", "0", "1mb", "2")
	subscribe(t, s, 1, "news")
	publisher, payload := s.Dial(t), strings.Repeat("x", 256<<10)
	above := func() bool {
		return !strings.Contains(do(t, publisher, "CLIENT", "LIST", "TYPE", "pubsub").Text, " oll=0 ")
	}
	for !above() {
		require.Equal(t, "1", do(t, publisher, "PUBLISH", "news", payload).Text)
	}
	for range 8 {
		do(t, publisher, "PUBLISH", "news", payload)
	}
	began := time.Now()
	for do(t, publisher, "PUBSUB", "NUMSUB", "news").Items[1].Text == "1" {
		require.Less(t, time.Since(began), 10*time.Second, "until it is cut off")
		time.Sleep(5 * time.Millisecond) // between two looks
	}
	require.GreaterOrEqual(t, time.Since(began), 1500*time.Millisecond, "until it is cut off")
}

// Many who don't read share a large message: what waits for each counts for its limit, and lies in memory once.
func TestSlowSubscribersShareLargeMessages(t *testing.T) {
	t.Parallel()
	const subscribers, messages, size = 60, 6, 4 << 20
	s := peer.StartMeasured(t, "--client-output-buffer-limit", "pubsub", "1gb", "0", "0")
	conns := subscribe(t, s, subscribers, "news")
	publisher, payload := s.Dial(t), strings.Repeat("x", size)
	for range messages {
		require.Equal(t, fmt.Sprint(subscribers), do(t, publisher, "PUBLISH", "news", payload).Text)
	}
	require.Less(t, peer.PeakKiB(t, s), 400<<10, "KiB; a copy for each would be 1.2 GiB")
	want := messages * messageBytes("news", payload)
	for _, conn := range conns[:4] {
		n, err := io.CopyN(io.Discard, conn, int64(want))
		require.NoError(t, err, "after %d bytes", n)
	}
}

// Publishers don't run away from the loops that send: they are kept back while these owe much, so that subscribers who read are sent everything
// and what is under way stays bounded.
func TestPublishersAreKeptBack(t *testing.T) {
	t.Parallel()
	const subscribers, publishers, size = 64, 2, 1000
	messages := peer.Count(4_000, 100_000)
	for _, loops := range []string{"1", "4"} {
		t.Run("loops="+loops, func(t *testing.T) {
			s := peer.StartMeasured(t, "--io-threads", loops, "--client-output-buffer-limit", "pubsub", "0", "0", "0")
			payload := strings.Repeat("x", size)
			var group sync.WaitGroup
			for _, conn := range subscribe(t, s, subscribers, "news") {
				group.Go(func() {
					conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
					want := int64(publishers * messages * messageBytes("news", payload))
					if n, err := io.CopyN(io.Discard, conn, want); err != nil {
						t.Errorf("%v after %d bytes of %d", err, n, want)
					}
				})
			}
			for range publishers {
				conn := s.Dial(t)
				group.Go(func() {
					conn.SetTimeout(2 * time.Minute)
					if err := conn.Send(bytes.Repeat(wire.Frame("PUBLISH", "news", payload), messages)); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			require.Less(t, peer.PeakKiB(t, s), 700<<10, "KiB")
		})
	}
}

// A subscriber that has sent QUIT is sent what it was to be sent before, the answer, and nothing more, however long it takes to read.
func TestNothingIsSentBehindQuit(t *testing.T) {
	t.Parallel()
	for _, loops := range []string{"1", "4"} {
		t.Run("loops="+loops, func(t *testing.T) {
			s := peer.StartOurs(t, "--io-threads", loops, "--client-output-buffer-limit", "pubsub", "0", "0", "0")
			const before = 60
			conn, publisher := subscribe(t, s, 1, "news")[0], s.Dial(t)
			payload := strings.Repeat("x", 200_000)
			for range before {
				require.Equal(t, "1", do(t, publisher, "PUBLISH", "news", payload).Text)
			}
			require.NoError(t, conn.Send(wire.Frame("QUIT")))
			require.Eventually(t, func() bool {
				return strings.Contains(do(t, publisher, "CLIENT", "LIST").Text, "cmd=quit")
			}, 20*time.Second, time.Millisecond)
			for range 3 {
				do(t, publisher, "PUBLISH", "news", "after")
			}
			for range before {
				message, err := conn.Receive()
				require.NoError(t, err)
				require.Equal(t, payload, message.Items[2].Text)
			}
			answer, err := conn.Receive()
			require.NoError(t, err)
			require.Equal(t, "OK", answer.Text)
			_, err = conn.Receive()
			require.ErrorIs(t, err, io.EOF)
		})
	}
}
