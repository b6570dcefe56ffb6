package blackbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// evictionWriters write at once, each one command at a time; overshootBytes is by how much they may go beyond the limit between two looks.
const (
	evictionWriters = 50
	overshootBytes  = 1 << 20
)

// writeAt has all writers set keys of values of up to 1,000 bytes for a while, and returns how long each command took, in order, and the most
// that used_memory was meanwhile.
func writeAt(t *testing.T, s *peer.Server, keys int, length time.Duration) (took []time.Duration, usedMost int) {
	each := make([][]time.Duration, evictionWriters)
	ends := time.Now().Add(length)
	peer.Concurrently(t, evictionWriters+1, func(writer int) error {
		conn, err := wire.Dial(s.Addr())
		if err != nil {
			return err
		}
		defer conn.Close()
		random, value := rand.New(rand.NewPCG(uint64(writer), 1)), strings.Repeat("v", 1000)
		for began := time.Now(); began.Before(ends); began = time.Now() {
			if writer == evictionWriters {
				time.Sleep(time.Millisecond)
				if err := lookAtUsed(conn, &usedMost); err != nil {
					return err
				}
				continue
			}
			reply, err := conn.Do("SET", fmt.Sprint("key:", random.IntN(keys)), value[:random.IntN(1000)], "EX", "100000")
			if err != nil || reply.Text != "OK" {
				return fmt.Errorf("%s %w", reply.Raw, err)
			}
			each[writer] = append(each[writer], time.Since(began))
		}
		return nil
	})
	took = slices.Concat(each...)
	slices.Sort(took)
	return took, usedMost
}

func lookAtUsed(conn *wire.Conn, most *int) error {
	reply, err := conn.Do("INFO", "memory")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(reply.Text, "used_memory:")
	text, _, _ := strings.Cut(rest, "\r\n")
	used, err := strconv.Atoi(text)
	*most = max(*most, used)
	return err
}

func percentile(sorted []time.Duration, percent float64) time.Duration {
	return sorted[int(float64(len(sorted)-1)*percent/100)]
}

// Fifty clients that write without end never find memory much beyond the limit, whatever the policy, nor do they wait longer for it than they
// would without a limit, within what a busy machine does to either.
func TestLimitHoldsUnderWriters(t *testing.T) {
	length := time.Duration(peer.Count(1, 6)) * time.Second
	const keys, limitMost = 200_000, 20 << 20
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "volatile-ttl", "allkeys-random"} {
		t.Run(policy, func(t *testing.T) {
			s := peer.StartMeasured(t, "--maxmemory-policy", policy)
			control := s.Dial(t)
			free, _ := writeAt(t, s, keys, length)
			limit := min(limitMost, figure(t, control, "used_memory")*3/4) // on a slow machine less was written
			do(t, control, "CONFIG", "SET", "maxmemory", fmt.Sprint(limit))
			require.Eventually(t, func() bool { return figure(t, control, "used_memory") <= limit }, 30*time.Second, 2*time.Millisecond)
			limited, most := writeAt(t, s, keys, length)
			require.Positive(t, figure(t, control, "evicted_keys"))
			require.Less(t, most, limit+overshootBytes)
			peer.Figure(t, "SET by 50 clients at maxmemory, "+policy, "p99 %v (without a limit %v), %.0f a second (%.0f), at most %d bytes above it",
				percentile(limited, 99), percentile(free, 99), float64(len(limited))/length.Seconds(), float64(len(free))/length.Seconds(),
				max(0, most-limit))
			require.Less(t, percentile(limited, 99), 3*percentile(free, 99)+5*time.Millisecond)
		})
	}
}

// Lowering the limit far below what is used keeps nobody waiting, and all that is above it goes soon.
func TestLoweringTheLimitStallsNobody(t *testing.T) {
	keys := peer.Count(200_000, 2_000_000)
	for _, policy := range []string{"allkeys-lru", "allkeys-random"} {
		s := peer.StartMeasured(t, "--maxmemory-policy", policy, "--enable-debug-command", "yes")
		control := s.Dial(t)
		do(t, control, "DEBUG", "POPULATE", fmt.Sprint(keys), "key", "32")
		do(t, control, "SET", "probe", "v")
		before := figure(t, control, "used_memory")
		var refused atomic.Int64
		began := time.Now()
		slowest := peer.SlowestGet(t, s, "probe", func() {
			do(t, control, "CONFIG", "SET", "maxmemory", fmt.Sprint(before/20))
			require.Eventually(t, func() bool {
				if reply := do(t, control, "SET", "probe", "v"); reply.Text != "OK" {
					refused.Add(1)
				}
				return figure(t, control, "used_memory") <= before/20
			}, 30*time.Second, 2*time.Millisecond)
		})
		peer.Figure(t, fmt.Sprintf("maxmemory lowered to a twentieth, %d keys, %s", keys, policy), "gone in %v, slowest GET meanwhile %v",
			time.Since(began).Round(time.Millisecond), slowest)
		require.Zero(t, refused.Load(), "what is being evicted refuses nothing")
		require.Less(t, slowest, 200*time.Millisecond)
	}
}

// hitRate plays a trace of a cache: what a GET doesn't find is SET. It returns the part of GETs that found something, from the second half on.
func hitRate(t *testing.T, s *peer.Server, keys, requests int) float64 {
	const batch = 50
	conn := s.Dial(t)
	random := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(random, 1.05, 10, uint64(keys-1))
	hits, asked := 0, 0
	for done := 0; done < requests; done += batch {
		var gets, sets bytes.Buffer
		var wanted [batch]uint64
		for i := range wanted {
			wanted[i] = zipf.Uint64()
			gets.Write(wire.Frame("GET", traceKey(wanted[i])))
		}
		require.NoError(t, conn.Send(gets.Bytes()))
		missing := 0
		for _, n := range wanted {
			reply, err := conn.Receive()
			require.NoError(t, err)
			if done >= requests/2 {
				asked++
			}
			if !reply.Null {
				if done >= requests/2 {
					hits++
				}
				continue
			}
			missing++
			sets.Write(wire.Frame("SET", traceKey(n), strings.Repeat("v", int(100+n%400))))
		}
		require.NoError(t, conn.Send(sets.Bytes()))
		for range missing {
			reply, err := conn.Receive()
			require.NoError(t, err)
			require.Equal(t, "OK", reply.Text)
		}
	}
	return float64(hits) / float64(asked)
}

func traceKey(n uint64) string { return fmt.Sprintf("object:%08d", n*2654435761%100_000_000) }

// A cache of the same maxmemory finds at least as much as Redis's on a Zipf trace.
func TestHitRateBesideRedis(t *testing.T) {
	keys, requests := peer.Count(60_000, 600_000), peer.Count(200_000, 4_000_000)
	limit := fmt.Sprint(peer.Count(5<<20, 24<<20))
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
		directives := []string{"--save", "", "--maxmemory-policy", policy, "--maxmemory", limit}
		ours := hitRate(t, peer.StartMeasured(t, directives...), keys, requests)
		theirs := hitRate(t, peer.StartRedis(t, directives...), keys, requests)
		peer.Figure(t, fmt.Sprintf("hits on a Zipf trace of %d keys at %s bytes, %s", keys, limit, policy), "%.2f %%, Redis %.2f %%", 100*ours, 100*theirs)
		require.GreaterOrEqual(t, ours, theirs)
	}
}
