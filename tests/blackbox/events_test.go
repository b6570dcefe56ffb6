package blackbox

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// A subscriber of keyspace events learns that a key has expired within 100 ms of its time at p99, however many others have a deadline.
func TestExpiredEventsComeOnTime(t *testing.T) {
	for _, others := range []int{10, peer.Count(100_000, 1_000_000), peer.Count(200_000, 10_000_000)} {
		t.Run(fmt.Sprintf("beside %d keys with deadlines", others), func(t *testing.T) {
			s := peer.StartMeasured(t, "--notify-keyspace-events", "Ex")
			pipelined(t, s, others, func(i int) []string { return append(setKey(i), "EX", fmt.Sprint(5000+i%50_000)) })
			listener := s.Dial(t)
			require.Equal(t, "*3\r\n$9\r\nsubscribe\r\n$22\r\n__keyevent@0__:expired\r\n:1\r\n",
				string(do(t, listener, "SUBSCRIBE", "__keyevent@0__:expired").Raw))
			const count = 3000
			begins := time.Now().Add(1500 * time.Millisecond).UnixMilli()
			deadline := func(i int) int64 { return begins + int64(i*7919%1500) }
			pipelined(t, s, count, func(i int) []string {
				return []string{"SET", fmt.Sprintf("brief:%d", i), "x", "PXAT", strconv.FormatInt(deadline(i), 10)}
			})
			require.Less(t, time.Now().UnixMilli(), begins, "filled in time")
			// What the messages say is looked at afterwards, so that the listener is no slower than it must be.
			var keys [count]string
			var came [count]int64
			for n := range count {
				message, err := listener.Receive()
				if err != nil || len(message.Items) != 3 {
					t.Fatalf("%v: %s", err, message.Raw)
				}
				keys[n], came[n] = message.Items[2].Text, time.Now().UnixMilli()
			}
			late := make([]int64, count)
			told := map[string]bool{}
			for n, key := range keys {
				i, err := strconv.Atoi(strings.TrimPrefix(key, "brief:"))
				require.NoError(t, err)
				require.False(t, told[key], "told of once")
				told[key] = true
				late[n] = came[n] - deadline(i)
				require.GreaterOrEqual(t, late[n], int64(0), "not before its time")
			}
			slices.Sort(late)
			p99 := late[count*99/100]
			require.LessOrEqual(t, p99, int64(100), "ms after its time, at p99")
			peer.Figure(t, fmt.Sprintf("`expired` seen by a subscriber after a key's time, beside %d others with deadlines: p50, p99, latest", others),
				"%d ms, %d ms, %d ms", late[count/2], p99, late[count-1])
		})
	}
}

// Publishers on several loops agree on one order: every subscriber sees the same one, each publisher's messages in its own order, all of
// them up to the confirmation of UNSUBSCRIBE and none behind it.
func TestSubscribersAgreeOnTheOrder(t *testing.T) {
	t.Parallel()
	const publishers, subscribers, messages = 4, 6, 300
	s := peer.StartOurs(t, "--io-threads", "4")
	listeners := make([]*wire.Conn, subscribers)
	for i := range listeners {
		listeners[i] = s.Dial(t)
		do(t, listeners[i], "SUBSCRIBE", "news")
	}
	var group sync.WaitGroup
	failures := make(chan error, publishers)
	for p := range publishers {
		conn := s.Dial(t)
		group.Go(func() {
			var frames bytes.Buffer
			for n := range messages {
				frames.Write(wire.Frame("PUBLISH", "news", fmt.Sprintf("%d %d", p, n)))
			}
			err := conn.Send(frames.Bytes())
			for range messages {
				if err == nil {
					_, err = conn.Receive()
				}
			}
			if err != nil {
				failures <- err
			}
		})
	}
	// One leaves in the middle.
	leaver := s.Dial(t)
	do(t, leaver, "SUBSCRIBE", "news")
	require.NoError(t, leaver.Send(wire.Frame("UNSUBSCRIBE", "news")))
	for {
		reply, err := leaver.Receive()
		require.NoError(t, err)
		if reply.Items[0].Text == "unsubscribe" {
			break
		}
	}
	group.Wait()
	close(failures)
	require.NoError(t, <-failures)
	require.Equal(t, "+PONG\r\n", string(do(t, leaver, "PING").Raw), "nothing came behind the confirmation")

	var first []string
	for i, listener := range listeners {
		var got []string
		last := make([]int, publishers)
		for range publishers * messages {
			reply, err := listener.Receive()
			require.NoError(t, err)
			text := reply.Items[2].Text
			got = append(got, text)
			publisher, number, _ := strings.Cut(text, " ")
			p, err := strconv.Atoi(publisher)
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(last[p]), number, "publisher %d's messages in their order", p)
			last[p]++
		}
		if i == 0 {
			first = got
		}
		require.Equal(t, first, got, "subscriber %d", i)
	}
}

// Many connections increment one counter by WATCH, GET and EXEC, on several loops: no increment is lost.
func TestWatchLosesNoIncrement(t *testing.T) {
	t.Parallel()
	const clients, rounds = 8, 60
	s := peer.StartOurs(t, "--io-threads", "4")
	peer.Concurrently(t, clients, func(int) error {
		conn, err := wire.Dial(s.Addr())
		if err != nil {
			return err
		}
		defer conn.Close()
		for done := 0; done < rounds; {
			var reply wire.Reply
			for _, words := range [][]string{{"WATCH", "counter"}, {"GET", "counter"}} {
				if reply, err = conn.Do(words...); err != nil {
					return err
				}
			}
			n, _ := strconv.Atoi(reply.Text) // 0 where there is none yet
			for _, words := range [][]string{{"MULTI"}, {"SET", "counter", strconv.Itoa(n + 1)}, {"EXEC"}} {
				if reply, err = conn.Do(words...); err != nil {
					return err
				}
			}
			if len(reply.Items) == 1 {
				done++
			}
		}
		return nil
	})
	require.Equal(t, strconv.Itoa(clients*rounds), do(t, s.Dial(t), "GET", "counter").Text)
}

// A killed subscriber no longer counts when CLIENT KILL has answered, whatever loop it is on.
func TestKilledSubscribersAreGone(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t, "--io-threads", "4")
	killer := s.Dial(t)
	for range 50 {
		do(t, s.Dial(t), "SUBSCRIBE", "news")
		require.NoError(t, killer.Send(append(wire.Frame("CLIENT", "KILL", "TYPE", "pubsub"), wire.Frame("PUBLISH", "news", "x")...)))
		for _, want := range []string{":1\r\n", ":0\r\n"} {
			reply, err := killer.Receive()
			require.NoError(t, err)
			require.Equal(t, want, string(reply.Raw))
		}
	}
}
