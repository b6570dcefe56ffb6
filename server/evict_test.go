package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const oomReply = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"

// limitAbove sets maxmemory so many bytes above what is used.
func limitAbove(t *testing.T, c *wire.Conn, bytes int64) (limit int64) {
	_, fields := info(t, c, "memory")
	limit = number(t, fields, "used_memory") - number(t, fields, "mem_not_counted_for_evict") + bytes
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "maxmemory", fmt.Sprint(limit)))
	return limit
}

// The command after the one that has gone beyond the limit makes room, even if it only reads, and who has cached what goes is told before its
// reply.
func TestEvictionBeforeTheNextCommand(t *testing.T) {
	for _, loops := range []string{"1", "4"} {
		for range 20 {
			s := startServer(t, nil, "--io-threads", loops, "--maxmemory-policy", "volatile-random")
			c := trackingClient(t, s)
			do(t, c, "SET", "source", strings.Repeat("x", 60<<10))
			limitAbove(t, c, 50<<10)
			do(t, c, "SET", "volatile", "x", "EX", "10000")
			require.Equal(t, "$1\r\nx\r\n", do(t, c, "GET", "volatile"))
			require.NoError(t, c.Send(append(wire.Frame("COPY", "source", "big"), wire.Frame("STRLEN", "big")...)))
			require.Equal(t, ":1\r\n", receive(t, c))
			if second := receive(t, c); second != invalidated("volatile") {
				require.Equal(t, ":61440\r\n", second, "both were run in one hold")
				require.Equal(t, invalidated("volatile"), do(t, c, "PING"))
			}
		}
	}
}

// What is evicted counts as changed for those who watch it.
func TestEvictionSpoilsTransactions(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-policy", "allkeys-random")
	c, other := s.dial(t), s.dial(t)
	do(t, c, "SET", "k", "v")
	do(t, c, "WATCH", "k")
	do(t, c, "MULTI")
	do(t, c, "DEL", "other")
	do(t, other, "CONFIG", "SET", "maxmemory", "1")
	require.Eventually(t, func() bool { return do(t, other, "DBSIZE") == ":0\r\n" }, 10*time.Second, time.Millisecond)
	require.Equal(t, "*-1\r\n", do(t, c, "EXEC"))
}

// While clients are paused nothing goes, and nothing is refused for want of memory.
func TestNoEvictionWhilePaused(t *testing.T) {
	s := startServer(t, nil, "--maxmemory-policy", "allkeys-lru")
	c := s.dial(t)
	do(t, c, "SET", "k", "v")
	do(t, c, "CLIENT", "PAUSE", "100000", "WRITE")
	do(t, c, "CONFIG", "SET", "maxmemory", "1")
	for range 5 {
		require.Equal(t, ":1\r\n", do(t, c, "DBSIZE"))
	}
	do(t, c, "CLIENT", "UNPAUSE")
	require.Eventually(t, func() bool { return do(t, c, "DBSIZE") == ":0\r\n" }, 10*time.Second, time.Millisecond)
	require.Equal(t, oomReply, do(t, c, "SET", "k", "v"))
}

// The time above the limit is counted, and evictions are, until RESETSTAT.
func TestEvictionIsCounted(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes")
	c := s.dial(t)
	do(t, c, "CONFIG", "SET", "maxmemory", "1")
	require.Equal(t, oomReply, do(t, c, "SET", "k", "v"))
	require.Eventually(t, func() bool {
		_, fields := info(t, c, "stats")
		return number(t, fields, "current_eviction_exceeded_time") > 5
	}, 10*time.Second, time.Millisecond)
	do(t, c, "CONFIG", "SET", "maxmemory", "0")
	do(t, c, "DEBUG", "POPULATE", "10000") // more than what replies take for a while can drive out
	do(t, c, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "10mb")
	do(t, c, "SET", "k", "v")
	_, fields := info(t, c, "stats")
	require.Zero(t, number(t, fields, "current_eviction_exceeded_time"))
	require.Greater(t, number(t, fields, "total_eviction_exceeded_time"), int64(5))
	limitAbove(t, c, -20_000)
	require.Eventually(t, func() bool {
		_, fields := info(t, c, "stats", "memory")
		return number(t, fields, "evicted_keys") > 10 && number(t, fields, "used_memory") <= number(t, fields, "maxmemory")
	}, 10*time.Second, time.Millisecond)
	_, fields = info(t, c, "stats", "keyspace")
	require.Contains(t, fields["db0"], fmt.Sprintf("keys=%d,", 10001-number(t, fields, "evicted_keys")))
	do(t, c, "CONFIG", "SET", "maxmemory", "0") // else what the next reply takes may have a key evicted
	do(t, c, "CONFIG", "RESETSTAT")
	_, fields = info(t, c, "stats")
	require.Zero(t, number(t, fields, "evicted_keys"))
	require.Zero(t, number(t, fields, "total_eviction_exceeded_time"))
}

// Memory that goes below the limit by itself ends the time above it, as does a limit that is lifted.
func TestTimeAboveTheLimitEnds(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	exceeded := func() int64 {
		_, fields := info(t, c, "stats")
		return number(t, fields, "current_eviction_exceeded_time")
	}
	for _, end := range [][]string{{"DEL", "k"}, {"CONFIG", "SET", "maxmemory", "0"}} {
		do(t, c, "SET", "k", strings.Repeat("x", 100<<10))
		limitAbove(t, c, -50<<10)
		require.Equal(t, oomReply, do(t, c, "SET", "other", "v"))
		require.Eventually(t, func() bool { return exceeded() > 5 }, 10*time.Second, time.Millisecond)
		do(t, c, end...)
		require.Zero(t, exceeded())
		do(t, c, "CONFIG", "SET", "maxmemory", "0")
	}
}

// The hold is in proportion to the tenacity, and at the utmost without end.
func TestEvictionHold(t *testing.T) {
	require.Zero(t, evictionHold(0))
	require.Equal(t, evictHold/2, evictionHold(5))
	require.Equal(t, evictHold, evictionHold(10))
	require.InDelta(t, float64(evictHold)*1.15, float64(evictionHold(11)), 1)
	require.Greater(t, evictionHold(99), 10*time.Second)
	require.Equal(t, never, evictionHold(100))
}

// Commands of all loops, with keys evicted by all of them and by the evictor, leave the store whole; for the race detector.
func TestEvictionOnAllLoops(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "volatile-lfu", "volatile-ttl", "allkeys-random"} {
		s := startServer(t, nil, "--io-threads", "4", "--maxmemory-policy", policy, "--maxmemory", "300kb")
		done := make(chan error, 8)
		for worker := range 8 {
			c := s.dial(t)
			go func() {
				for n := range 2000 {
					key := fmt.Sprint(worker*n%5000, "-", n%7)
					words := [][]string{{"SET", key, strings.Repeat("v", n%300), "EX", "1000"}, {"GET", key}, {"OBJECT", "FREQ", key},
						{"SADD", "s" + key, key, "x"}, {"EXPIRE", "s" + key, "100"}, {"CONFIG", "SET", "maxmemory", fmt.Sprint(200+n%100, "kb")}}[n%6]
					if n%600 == 5 || words[0] != "CONFIG" {
						if _, err := c.Do(words...); err != nil {
							done <- err
							return
						}
					}
				}
				done <- nil
			}()
		}
		for range 8 {
			require.NoError(t, <-done)
		}
		c := s.dial(t)
		_, fields := info(t, c, "stats", "memory")
		require.Positive(t, number(t, fields, "evicted_keys"))
		do(t, c, "FLUSHALL")
		require.Equal(t, ":0\r\n", do(t, c, "DBSIZE"))
	}
}

// How keys were used is kept in snapshots, by whichever policy; what is loaded without that counts as used at the start.
func TestUseSurvivesRestart(t *testing.T) {
	system := t.TempDir()
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
		s := startServer(t, nil, "--dir", system, "--maxmemory-policy", policy, "--lfu-log-factor", "0", "--lfu-decay-time", "0", "--enable-debug-command", "yes")
		c := s.dial(t)
		require.True(t, s.AwaitData())
		do(t, c, "FLUSHALL")
		do(t, c, "DEBUG", "POPULATE", "3000")
		do(t, c, "SET", "used", "often")
		for range 20 {
			do(t, c, "GET", "used")
		}
		do(t, c, "SET", "old", "")
		reply, err := c.Do("DUMP", "old")
		require.NoError(t, err)
		do(t, c, "RESTORE", "old", "0", reply.Text, "REPLACE", "IDLETIME", "5000")
		do(t, c, "SAVE")
		s = startServer(t, nil, "--dir", system, "--maxmemory-policy", policy, "--lfu-decay-time", "0")
		c = s.dial(t)
		require.True(t, s.AwaitData())
		if policy == "allkeys-lfu" {
			require.Equal(t, ":25\r\n", do(t, c, "OBJECT", "FREQ", "used"))
			require.Equal(t, ":5\r\n", do(t, c, "OBJECT", "FREQ", "key:7"))
			continue
		}
		require.InDelta(t, 5000, integer(t, do(t, c, "OBJECT", "IDLETIME", "old")), 5)
		require.InDelta(t, 0, integer(t, do(t, c, "OBJECT", "IDLETIME", "used")), 5)
	}
}
