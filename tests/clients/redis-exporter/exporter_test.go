// Package redisexporter tests what Prometheus learns of a server by Debian's prometheus-redis-exporter: that no figure is wrong, and which
// ones redis-server gives and we don't. It holds tests alone.
//
// Begin reading at exporter_test.go.
package redisexporter

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// patience is how long the test waits for what must come.
const patience = 30 * time.Second

const program = "prometheus-redis-exporter"

// installed skips a test where make test runs it, which installs no exporter.
func installed(t *testing.T) {
	t.Helper()
	if !clients.AtLength() {
		t.Skip("make test-clients runs it")
	}
	t.Parallel()
}

// start runs an exporter until the test ends, and gives the address of what it tells.
func start(t *testing.T, s *peer.Server, options ...string) (url string) {
	t.Helper()
	address := fmt.Sprint("127.0.0.1:", peer.FreePort())
	cmd := exec.Command(peer.Need(t, program), append([]string{"-redis.addr", "redis://" + s.Addr(), "-web.listen-address", address}, options...)...)
	complaints, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = complaints, complaints
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		complaints.Close()
		if text, _ := os.ReadFile(complaints.Name()); t.Failed() {
			t.Logf("the exporter of %s wrote:\n%s", s.Name, text)
		}
	})
	url = "http://" + address + "/metrics"
	require.Eventually(t, func() bool {
		_, err := scrape(t, url)
		return err == nil
	}, patience, 10*time.Millisecond, "the exporter does not answer")
	return url
}

// use makes keys, hits, misses, errors and a slow command, so that there is something to tell.
func use(t *testing.T, s *peer.Server) {
	t.Helper()
	conn := s.Dial(t)
	do := func(words ...string) {
		_, err := conn.Do(words...)
		require.NoError(t, err)
	}
	do("CONFIG", "SET", "latency-monitor-threshold", "100", "slowlog-log-slower-than", "100000")
	for i := range 100 {
		do("SET", fmt.Sprint("user:", i), strings.Repeat("v", i), "EX", "100000")
		do("RPUSH", "list", strconv.Itoa(i))
		do("GET", fmt.Sprint("user:", 2*i))
	}
	do("SELECT", "3")
	do("HSET", "hash", "a", "1", "b", "2")
	do("SET", "number", "42.5")
	do("SET", "gone", "1", "PX", "1")
	require.Eventually(t, func() bool {
		reply, err := conn.Do("EXISTS", "gone")
		return err == nil && reply.Text == "0"
	}, patience, time.Millisecond)
	do("LPUSH", "number", "x")
	do("DEBUG", "SLEEP", "0.15")
	do("SUBSCRIBE", "news")
}

// Each figure is what INFO tells at the time.
func TestFigures(t *testing.T) {
	installed(t)
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		use(t, s)
		url := start(t, s, "-include-system-metrics", "-check-single-keys", "db0=list,db0=user:7,db3=hash,db3=number", "-count-keys", "db0=user:*")
		before := info(t, s)
		found, err := scrape(t, url)
		require.NoError(t, err)
		after := info(t, s)
		require.Zero(t, found.value(t, `exporter_last_scrape_error{err=""}`))
		require.EqualValues(t, 1, found.value(t, "up"))
		compared := 0
		for metric, field := range fields {
			value, told := found[metric]
			text, there := before[field]
			require.Equal(t, there, told, "%s of %s", metric, field)
			if !there {
				continue
			}
			low, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err, field)
			high, err := strconv.ParseFloat(after[field], 64)
			require.NoError(t, err, field)
			switch low, high := min(low, high), max(low, high); {
			case field == "connected_clients": // the exporter is one
				require.InDelta(t, high, value, 1, field)
			case moving.MatchString(field):
				require.InDelta(t, high, value, 4<<20+(high-low), field)
			default:
				require.GreaterOrEqual(t, value, low, field)
				require.LessOrEqual(t, value, high, field)
			}
			compared++
		}
		require.Greater(t, compared, 60)
		for metric, field := range statuses {
			require.Equal(t, "ok", before[field])
			require.EqualValues(t, 1, found.value(t, metric))
		}

		require.EqualValues(t, 101, found.value(t, `db_keys{db="db0"}`))
		require.EqualValues(t, 100, found.value(t, `db_keys_expiring{db="db0"}`))
		if s.Name == "cinnabar" && !peer.TestsRedis() { // redis-server guesses by what it samples as time goes by
			require.InDelta(t, 100_000, found.value(t, `db_avg_ttl_seconds{db="db0"}`), 1000)
		}
		require.EqualValues(t, 2, found.value(t, `db_keys{db="db3"}`))
		require.EqualValues(t, 0, found.value(t, `db_keys{db="db1"}`))
		require.EqualValues(t, 100, found.value(t, `key_size{db="db0",key="list"}`))
		require.EqualValues(t, 7, found.value(t, `key_size{db="db0",key="user:7"}`))
		require.EqualValues(t, 2, found.value(t, `key_size{db="db3",key="hash"}`))
		require.InDelta(t, 42.5, found.value(t, `key_value{db="db3",key="number"}`), 0)
		require.EqualValues(t, 100, found.value(t, `keys_count{db="db0",key="user:*"}`))
		require.EqualValues(t, 102, found.value(t, `commands_total{cmd="set"}`))
		require.EqualValues(t, 100, found.value(t, `commands_total{cmd="rpush"}`))
		require.Positive(t, found.value(t, `commands_duration_seconds_total{cmd="rpush"}`))
		require.GreaterOrEqual(t, found.value(t, "slowlog_length"), 1.0)
		require.GreaterOrEqual(t, found.value(t, "last_slow_execution_duration_seconds"), 0.15)
		require.InDelta(t, 0.15, found.value(t, `latency_spike_duration_seconds{event_name="command"}`), 0.2)
		require.Positive(t, found.value(t, "total_system_memory_bytes"))
		require.EqualValues(t, 10_000, found.value(t, "config_maxclients"))
	})
}

// missing and added are what Prometheus learns of redis-server alone and of ours alone, as docs/differences.md has it of INFO.
var (
	missing = []string{"cpu_sys_main_thread_seconds_total", "cpu_user_main_thread_seconds_total", "expired_stale_percentage"}
	added   = []string{}
)

// What Prometheus learns of ours and of redis-server, after the same use, has the same names.
func TestSeries(t *testing.T) {
	installed(t)
	series := func(s *peer.Server) map[string]bool {
		use(t, s)
		found, err := scrape(t, start(t, s, "-export-client-list", "-set-client-name=false", "-count-keys", "db0=user:1*", "-include-config-metrics"))
		require.NoError(t, err)
		return found.series()
	}
	ours, theirs := series(peer.StartOurs(t)), series(peer.StartRedis(t))
	without := func(these, those map[string]bool) []string {
		left := []string{}
		for name := range these {
			if !those[name] {
				left = append(left, name)
			}
		}
		slices.Sort(left)
		return left
	}
	require.Greater(t, len(ours), 100)
	require.Equal(t, missing, without(theirs, ours))
	require.Equal(t, added, without(ours, theirs))
}

// What the exporter does by Lua: a script of the user's own, and groups of keys with their sizes.
func TestScripts(t *testing.T) {
	installed(t)
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		use(t, s)
		script := filepath.Join(t.TempDir(), "collect.lua")
		require.NoError(t, os.WriteFile(script, []byte(`redis.call("SELECT", 0) return {"answer", "42", "keys", tostring(redis.call("DBSIZE"))}`), 0o600))
		found, err := scrape(t, start(t, s, "-script", script, "-check-key-groups", "^(user):[0-9]+$"))
		require.NoError(t, err)
		require.Zero(t, found.value(t, `exporter_last_scrape_error{err=""}`))
		require.EqualValues(t, 42, found.value(t, `script_values{key="answer"}`))
		require.EqualValues(t, 101, found.value(t, `script_values{key="keys"}`))
		require.EqualValues(t, 100, found.value(t, `key_group_count{db="db0",key_group="user"}`))
		require.Greater(t, found.value(t, `key_group_memory_usage_bytes{db="db0",key_group="user"}`), 5000.0)
	})
}
