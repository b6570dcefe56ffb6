package blackbox

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

func TestRedisCLI(t *testing.T) {
	t.Parallel()
	cli := peer.Need(t, "redis-cli")
	s := peer.StartOurs(t, "--unixsocket", "s", "--unixsocketperm", "700")
	run := func(words ...string) string {
		out, code := peer.Run(t, "", cli, append([]string{"-p", strconv.Itoa(s.Port)}, words...)...)
		require.Zero(t, code, out)
		return out
	}
	require.Equal(t, "PONG\n", run("PING"))
	require.Equal(t, "OK\n", run("SET", "k", "v"))
	require.Equal(t, "v\n", run("-3", "GET", "k"))
	require.Equal(t, "PONG\n", run("-n", "3", "PING"))
	require.Contains(t, run("INFO"), "redis_version:")
	require.Contains(t, run("--no-raw", "COMMAND", "DOCS", "get"), "summary")
	out, code := peer.Run(t, "", cli, "-s", filepath.Join(s.Dir, "s"), "GET", "k")
	require.Zero(t, code)
	require.Equal(t, "v\n", out)
	out, _ = peer.Run(t, "SET a 1\nINCR a\nGET a\n", cli, "-p", strconv.Itoa(s.Port))
	require.Equal(t, "OK\n2\n2\n", out)
	out, _ = peer.Run(t, strings.Repeat("SET piped 1\r\nINCR piped\r\n", 1000), cli, "-p", strconv.Itoa(s.Port), "--pipe")
	require.Contains(t, out, "errors: 0, replies: 2000")
}

func TestGoRedis(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t)
	for _, protocol := range []int{2, 3} {
		client := redis.NewClient(&redis.Options{Addr: s.Addr(), Protocol: protocol, DB: 2, ClientName: "tester"})
		t.Cleanup(func() { client.Close() })
		ctx := context.Background()
		require.NoError(t, client.Ping(ctx).Err())
		require.NoError(t, client.FlushDB(ctx).Err())
		require.NoError(t, client.Set(ctx, "k", "v", 0).Err())
		require.Equal(t, "v", client.Get(ctx, "k").Val())
		require.ErrorIs(t, client.Get(ctx, "nosuch").Err(), redis.Nil)
		require.Equal(t, "tester", client.ClientGetName(ctx).Val())
		require.Equal(t, []any{"v", nil}, client.MGet(ctx, "k", "nosuch").Val())
		require.Equal(t, "noeviction", client.ConfigGet(ctx, "maxmemory-policy").Val()["maxmemory-policy"])
		info, err := client.ClientInfo(ctx).Result()
		require.NoError(t, err)
		require.Equal(t, 2, info.DB)
		concurrently(t, 20, func(int) error {
			for range 50 {
				if err := client.Incr(ctx, "counter").Err(); err != nil {
					return err
				}
			}
			return nil
		})
		require.Equal(t, "1000", client.Get(ctx, "counter").Val())
		replies, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range 1000 {
				p.Set(ctx, fmt.Sprint("p", i), i, 0)
			}
			return nil
		})
		require.NoError(t, err)
		require.Len(t, replies, 1000)
		require.EqualValues(t, 1002, client.DBSize(ctx).Val())
	}
}

// concurrently runs work n times at once and waits for all.
func concurrently(t *testing.T, n int, work func(i int) error) {
	t.Helper()
	var wait sync.WaitGroup
	failures := make([]error, n)
	for i := range n {
		wait.Add(1)
		go func() {
			defer wait.Done()
			failures[i] = work(i)
		}()
	}
	wait.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
}

func TestRedisPy(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // the one that Debian's python3-redis belongs to
	peer.Need(t, python)
	if _, code := peer.Run(t, "", python, "-c", "import redis"); code != 0 {
		peer.Absent(t, "python3-redis is not installed")
	}
	root, err := peer.Root()
	require.NoError(t, err)
	s := peer.StartOurs(t)
	out, code := peer.Run(t, "", python, filepath.Join(root, "tests", "clients", "pool.py"), strconv.Itoa(s.Port))
	require.Zero(t, code, out)
	require.Contains(t, out, "50 threads, 10000 increments")
}

func TestRedisBenchmark(t *testing.T) {
	t.Parallel()
	benchmark := peer.Need(t, "redis-benchmark")
	s := peer.StartOurs(t)
	for _, pipeline := range []string{"1", "16"} {
		out, code := peer.Run(t, "", benchmark, "-p", strconv.Itoa(s.Port), "-t", "ping,set,get,incr,mset", "-n", "4000", "-c", "50",
			"-P", pipeline, "-r", "1000", "--csv")
		require.Zero(t, code, out)
		for _, name := range []string{"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"} {
			require.Contains(t, out, `"`+name+`"`)
		}
		require.NotContains(t, strings.ToLower(out), "error")
	}
}
