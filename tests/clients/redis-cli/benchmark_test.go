package rediscli

import (
	"encoding/csv"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// benchmark runs redis-benchmark to its end and gives the names of the tests that it ran, in their order. A reply that is an error ends it.
func benchmark(t *testing.T, s *peer.Server, stdin string, words ...string) (names []string) {
	t.Helper()
	out, code := peer.Run(t, stdin, peer.Need(t, "redis-benchmark"), append([]string{"-p", strconv.Itoa(s.Port), "--csv"}, words...)...)
	require.Zero(t, code, out)
	require.NotContains(t, strings.ToLower(out), "error")
	_, out, _ = strings.Cut(out, `"test"`) // behind a warning that there may be
	rows, err := csv.NewReader(strings.NewReader(`"test"` + out)).ReadAll()
	require.NoError(t, err, out)
	require.Equal(t, "test", rows[0][0])
	for _, row := range rows[1:] {
		rate, err := strconv.ParseFloat(row[1], 64)
		require.NoError(t, err, out)
		require.Positive(t, rate, out)
		names = append(names, row[0])
	}
	return names
}

// redis-benchmark's own choice of commands, all of them, in its various ways of sending.
func TestBenchmark(t *testing.T) {
	t.Parallel()
	all := []string{"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP", "ZADD", "ZPOPMIN",
		"LPUSH (needed to benchmark LRANGE)", "LRANGE_100 (first 100 elements)", "LRANGE_300 (first 300 elements)", "LRANGE_500 (first 500 elements)",
		"LRANGE_600 (first 600 elements)", "MSET (10 keys)"}
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		ways := [][]string{{"-c", "50", "-r", "1000"}, {"-c", "50", "-P", "16", "-r", "1000"}}
		if clients.AtLength() {
			ways = append(ways, []string{"-c", "200", "-P", "4", "-d", "1000", "--dbnum", "3"}, []string{"-c", "5", "-k", "0"},
				[]string{"-3", "--enable-tracking"}, []string{"-s", filepath.Join(s.Dir, "s")})
		}
		for _, way := range ways {
			require.Equal(t, all, benchmark(t, s, "", append([]string{"-n", "1000"}, way...)...), way)
		}
	}, "--unixsocket", "s", "--unixsocketperm", "700")
}

// Commands of the user's own; keys, members and values by chance; a script; a value from stdin.
func TestBenchmarkOfOwnCommands(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		require.Equal(t, []string{"GET", "LPUSH"}, benchmark(t, s, "", "-n", "500", "-c", "20", "--threads", "2", "-t", "get,lpush"))
		benchmark(t, s, "", "-n", "2000", "-r", "100", "-P", "8", "-d", "32", "HSET", "h:__rand_int__", "field:__rand_int__", "__data__")
		benchmark(t, s, "", "-n", "500", "-r", "100", "EVAL", "return redis.call('INCRBY', KEYS[1], ARGV[1])", "1", "sum", "2")
		benchmark(t, s, "the value", "-n", "10", "-x", "SET", "k")
		out, _ := cli(t, s, "", "GET", "k")
		require.Equal(t, "the value\n", out)
		out, _ = cli(t, s, "", "GET", "sum")
		require.Equal(t, "1000\n", out)
		out, _ = cli(t, s, "", "--scan", "--pattern", "h:*")
		require.Len(t, strings.Fields(out), 100)
	})
}
