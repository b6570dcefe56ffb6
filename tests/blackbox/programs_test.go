package blackbox

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// clientsVariable is what make test-clients sets: programs do more, and run on redis-server and on one event loop, too.
const clientsVariable = "CINNABAR_CLIENTS"

// atLength tells whether make test-clients asks. It runs the tests whose names begin with TestPrograms.
func atLength() bool { return os.Getenv(clientsVariable) == "1" }

// times is by how much a program multiplies its work.
func times() int {
	if atLength() {
		return 4
	}
	return 1
}

// onServers runs a test of programs on a server with several event loops; at length on one with a single loop, and first on redis-server,
// which shows that the programs expect what Redis does.
func onServers(t *testing.T, run func(t *testing.T, s *peer.Server), directives ...string) {
	if atLength() {
		t.Run("redis", func(t *testing.T) {
			t.Parallel()
			run(t, peer.StartRedis(t, directives...))
		})
		t.Run("one loop", func(t *testing.T) {
			t.Parallel()
			run(t, peer.StartOurs(t, append(directives[:len(directives):len(directives)], "--io-threads", "1")...))
		})
	}
	t.Run("four loops", func(t *testing.T) {
		t.Parallel()
		run(t, peer.StartOurs(t, append(directives[:len(directives):len(directives)], "--io-threads", "4")...))
	})
}

// redis-benchmark's own choice of commands, all of them.
func TestProgramsRedisBenchmark(t *testing.T) {
	t.Parallel()
	benchmark := peer.Need(t, "redis-benchmark")
	s := peer.StartOurs(t)
	for _, pipeline := range []string{"1", "16"} {
		out, code := peer.Run(t, "", benchmark, "-p", strconv.Itoa(s.Port), "-n", "2000", "-c", "50", "-P", pipeline, "-r", "1000", "--csv")
		require.Zero(t, code, out)
		for _, name := range []string{"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP",
			"ZADD", "ZPOPMIN", "LRANGE_600 (first 600 elements)", "MSET (10 keys)"} {
			require.Contains(t, out, `"`+name+`"`)
		}
		require.NotContains(t, strings.ToLower(out), "error")
	}
}
