package order

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// seedVariable has a run make the choices of an earlier one.
const seedVariable = "CINNABAR_ORDER_SEED"

func seed(t *testing.T) uint64 {
	chosen := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		chosen, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, seedVariable)
	}
	t.Logf("%s=%d", seedVariable, chosen)
	return chosen
}

// disturb does to the server what changes no answer, until stop is called: commands are sent from their loops to views and back, views of
// all databases are opened and kept for a while, writers are paused.
func disturb(t *testing.T, s *peer.Server, seed uint64) (stop func()) {
	conn, random := s.Dial(t), rand.New(rand.NewPCG(seed, 0))
	stopped, done := make(chan struct{}), make(chan error, 1)
	go func() { // ends when stop is called, which waits for it, or with the connection
		for {
			select {
			case <-stopped:
				done <- nil
				return
			default:
			}
			words := []string{"DEBUG", "IN-PLACE", "-1"}
			switch dice := random.IntN(10); {
			case dice < 2:
				words[2] = "0"
			case dice < 6:
				words = []string{"DEBUG", "VIEW", strconv.Itoa(1 + random.IntN(10))}
			case dice < 7:
				words = []string{"CLIENT", "PAUSE", "1", "WRITE"}
			}
			reply, err := conn.Do(words...)
			if err == nil && reply.IsError() {
				err = fmt.Errorf("%v: %s", words, reply.Text)
			}
			if err != nil {
				done <- err
				return
			}
			time.Sleep(time.Duration(random.IntN(2000)) * time.Microsecond) // not a wait for anything: how often it is disturbed
		}
	}()
	return func() {
		close(stopped)
		require.NoError(t, <-done)
	}
}

// TestOrder records histories of clients that meet on a few keys and has each of them checked.
func TestOrder(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "4"} {
		t.Run("loops"+threads, func(t *testing.T) {
			t.Parallel()
			s := peer.StartOurs(t, "--io-threads", threads)
			chosen := seed(t)
			stop := disturb(t, s, chosen)
			requireOrder(t, s, chosen, peer.Count(40, 600))
			stop()
		})
	}
}

// The model accepts what redis-server itself does, which has one thread.
func TestOrderOfRedis(t *testing.T) {
	t.Parallel()
	requireOrder(t, peer.StartRedis(t), seed(t), peer.Count(30, 300))
}

// requireOrder has so many histories recorded and checked.
func requireOrder(t *testing.T, s *peer.Server, seed uint64, rounds int) {
	const requestsEach = 160 // shared by the clients
	random := rand.New(rand.NewPCG(seed, 1))
	var clients *Clients
	var count int
	verdicts, requests := map[Verdict]int{}, 0
	var slowest time.Duration
	for round := range rounds {
		if round%10 == 0 {
			var err error
			count = 8 + random.IntN(peer.Count(3, maxClients-7))
			clients, err = Dial(s.Addr(), count, random.Uint64())
			require.NoError(t, err)
			t.Cleanup(clients.Close)
		}
		history, err := clients.Record(requestsEach / count)
		require.NoError(t, err)
		began := time.Now()
		verdict := history.Check()
		slowest = max(slowest, time.Since(began))
		if verdict == porcupine.Illegal {
			picture, err := history.Draw()
			require.NoError(t, err)
			require.Fail(t, "no order explains what the clients saw", "%s=%d, history %d, shown in %s\n%s", seedVariable, seed, round, picture,
				history.Explain())
		}
		verdicts[verdict]++
		requests += len(history)
	}
	t.Logf("%d requests in %v histories; the slowest check took %v", requests, verdicts, slowest.Round(time.Millisecond))
	require.LessOrEqual(t, verdicts[porcupine.Unknown]*peer.Count(10, 5), rounds, "too many histories take too long to check")
}
