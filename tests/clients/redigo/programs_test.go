// Package redigo tests programs on redigo: a pool, pipelines by Send and Flush, transactions, scripts, subscriptions. It holds tests alone.
package redigo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// patience is how long a program waits for what must come.
const patience = 30 * time.Second

// withPool runs a program with a pool of connections to database 2 of an empty server.
func withPool(t *testing.T, run func(t *testing.T, pool *redis.Pool), directives ...string) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		pool := &redis.Pool{MaxIdle: 10, MaxActive: 30, Wait: true, IdleTimeout: time.Minute,
			Dial: func() (redis.Conn, error) {
				return redis.Dial("tcp", s.Addr(), redis.DialDatabase(2), redis.DialClientName("tester"),
					redis.DialConnectTimeout(patience), redis.DialReadTimeout(patience), redis.DialWriteTimeout(patience))
			},
			TestOnBorrow: func(conn redis.Conn, _ time.Time) error {
				_, err := conn.Do("PING")
				return err
			},
		}
		defer pool.Close()
		run(t, pool)
	}, directives...)
}

// take borrows a connection for the rest of the test.
func take(t *testing.T, pool *redis.Pool) redis.Conn {
	conn := pool.Get()
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestBasics(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		conn := take(t, pool)
		do := func(command string, words ...any) any {
			reply, err := conn.Do(command, words...)
			require.NoError(t, err)
			return reply
		}
		require.Equal(t, "OK", do("SET", "k", "v", "EX", 100))
		text, err := redis.String(conn.Do("GET", "k"))
		require.NoError(t, err)
		require.Equal(t, "v", text)
		_, err = redis.String(conn.Do("GET", "nosuch"))
		require.ErrorIs(t, err, redis.ErrNil)
		_, err = conn.Do("LPUSH", "k", "x")
		require.Equal(t, redis.Error("WRONGTYPE Operation against a key holding the wrong kind of value"), err)
		info, err := redis.String(conn.Do("CLIENT", "INFO"))
		require.NoError(t, err)
		require.Subset(t, strings.Fields(info), []string{"name=tester", "db=2"})

		type person struct {
			Name string  `redis:"name"`
			Age  int     `redis:"age"`
			Size float64 `redis:"size"`
		}
		alice := person{"Alice", 30, 1.75}
		do("HSET", redis.Args{"person"}.AddFlat(alice)...)
		values, err := redis.Values(conn.Do("HGETALL", "person"))
		require.NoError(t, err)
		var got person
		require.NoError(t, redis.ScanStruct(values, &got))
		require.Equal(t, alice, got)
		do("ZADD", "z", 1.5, "one", "+inf", "last")
		scores, err := redis.Float64Map(conn.Do("ZRANGE", "z", 0, 0, "WITHSCORES"))
		require.NoError(t, err)
		require.Equal(t, map[string]float64{"one": 1.5}, scores)
		do("RPUSH", "l", "x", "y")
		list, err := redis.Strings(conn.Do("LRANGE", "l", 0, -1))
		require.NoError(t, err)
		require.Equal(t, []string{"x", "y"}, list)
		logged, err := redis.SlowLogs(conn.Do("SLOWLOG", "GET", 5))
		require.NoError(t, err)
		require.LessOrEqual(t, len(logged), 5)

		peer.Concurrently(t, 40, func(int) error { // more than the pool has connections
			for range 25 * clients.Times() {
				mine := pool.Get()
				_, err := mine.Do("INCR", "counter")
				if err := errors.Join(err, mine.Close()); err != nil {
					return err
				}
			}
			return nil
		})
		n, err := redis.Int(conn.Do("GET", "counter"))
		require.NoError(t, err)
		require.Equal(t, 1000*clients.Times(), n)
	})
}

func TestPipelines(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		peer.Concurrently(t, 6, func(worker int) error {
			conn := pool.Get()
			defer conn.Close()
			count := 1000 * clients.Times()
			for i := range count {
				conn.Send("SET", fmt.Sprint(worker, ":", i), i)
				conn.Send("INCRBY", fmt.Sprint(worker, ":", i), 1000)
			}
			if err := conn.Flush(); err != nil {
				return err
			}
			for i := range count {
				if reply, err := redis.String(conn.Receive()); err != nil || reply != "OK" {
					return fmt.Errorf("SET answers %q: %w", reply, err)
				}
				if n, err := redis.Int(conn.Receive()); err != nil || n != i+1000 {
					return fmt.Errorf("INCRBY number %d answers %d: %w", i, n, err)
				}
			}
			return nil
		})
	})
}

func TestTransactions(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		conn := take(t, pool)
		conn.Send("MULTI")
		conn.Send("SET", "a", 1)
		conn.Send("INCR", "a")
		conn.Send("LPUSH", "a", "x")
		replies, err := redis.Values(conn.Do("EXEC"))
		require.NoError(t, err)
		require.Equal(t, []any{"OK", int64(2)}, replies[:2])
		require.ErrorContains(t, replies[2].(error), "WRONGTYPE")
		conn.Send("MULTI")
		conn.Send("SET", "alone")
		conn.Send("SET", "refused", 1)
		_, err = conn.Do("EXEC")
		require.ErrorContains(t, err, "wrong number of arguments", "the first error of a pipeline")
		n, err := redis.Int(conn.Do("EXISTS", "refused"))
		require.NoError(t, err)
		require.Zero(t, n)

		var conflicts atomic.Int64
		rounds := 20 * clients.Times()
		peer.Concurrently(t, 8, func(int) error {
			mine := pool.Get()
			defer mine.Close()
			for done := 0; done < rounds; {
				mine.Send("WATCH", "counter")
				n, err := redis.Int(mine.Do("GET", "counter"))
				if err != nil && err != redis.ErrNil {
					return err
				}
				mine.Send("MULTI")
				mine.Send("SET", "counter", n+1)
				switch reply, err := mine.Do("EXEC"); {
				case err != nil:
					return err
				case reply == nil:
					conflicts.Add(1)
				default:
					done++
				}
			}
			return nil
		})
		n, err = redis.Int(conn.Do("GET", "counter"))
		require.NoError(t, err)
		require.Equal(t, 8*rounds, n)
		require.NotZero(t, conflicts.Load(), "the test proves nothing where nobody contends")
	})
}

// A connection given back to the pool in the middle of something comes out of it as new.
func TestPoolCleansUp(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		pool.MaxActive = 1
		for _, unfinished := range [][]any{{"MULTI"}, {"WATCH", "k"}, {"SUBSCRIBE", "news"}, {"PSUBSCRIBE", "n*"}, {"MONITOR"}} {
			conn := pool.Get()
			_, err := conn.Do(unfinished[0].(string), unfinished[1:]...)
			require.NoError(t, err)
			require.NoError(t, conn.Close())
			conn = pool.Get()
			reply, err := redis.String(conn.Do("ECHO", "new"))
			require.NoError(t, err, "after %s", unfinished)
			require.Equal(t, "new", reply)
			require.NoError(t, conn.Close())
		}
	})
}

func TestScan(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		conn := take(t, pool)
		count := 1000 * clients.Times()
		for i := range count {
			conn.Send("SET", fmt.Sprint("key:", i), i)
		}
		_, err := conn.Do("")
		require.NoError(t, err)
		var keys []string
		for cursor := 0; ; {
			reply, err := redis.Values(conn.Do("SCAN", cursor, "MATCH", "key:*", "COUNT", 100))
			require.NoError(t, err)
			var some []string
			_, err = redis.Scan(reply, &cursor, &some)
			require.NoError(t, err)
			keys = append(keys, some...)
			if cursor == 0 {
				break
			}
		}
		slices.Sort(keys)
		require.Len(t, slices.Compact(keys), count)
	})
}

// Do sends EVALSHA, and EVAL where the server doesn't know the script.
func TestScripts(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		conn := take(t, pool)
		take := redis.NewScript(1, `
			local left = tonumber(redis.call("GET", KEYS[1]) or ARGV[1])
			if left < tonumber(ARGV[2]) then return redis.error_reply("EMPTY " .. left .. " left") end
			redis.call("SET", KEYS[1], left - ARGV[2])
			return {left - ARGV[2], KEYS[1], false}`)
		_, err := conn.Do("SCRIPT", "FLUSH")
		require.NoError(t, err)
		for _, want := range []int64{7, 4, 1} {
			reply, err := redis.Values(take.Do(conn, "bucket", 10, 3))
			require.NoError(t, err)
			require.Equal(t, []any{want, []byte("bucket"), nil}, reply)
		}
		_, err = take.Do(conn, "bucket", 10, 3)
		require.Equal(t, redis.Error("EMPTY 1 left"), err)
		require.NoError(t, take.SendHash(conn, "bucket", 10, 1))
		require.NoError(t, conn.Flush())
		reply, err := redis.Values(conn.Receive())
		require.NoError(t, err)
		require.Equal(t, int64(0), reply[0])
		found, err := redis.Ints(conn.Do("SCRIPT", "EXISTS", take.Hash(), strings.Repeat("0", 40)))
		require.NoError(t, err)
		require.Equal(t, []int{1, 0}, found)
	})
}

func TestPubSub(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		listener := redis.PubSubConn{Conn: take(t, pool)}
		require.NoError(t, listener.Subscribe("news", "chat"))
		require.NoError(t, listener.PSubscribe("n?ws"))
		for i, want := range []redis.Subscription{{Kind: "subscribe", Channel: "news"}, {Kind: "subscribe", Channel: "chat"}, {Kind: "psubscribe", Channel: "n?ws"}} {
			want.Count = i + 1
			require.Equal(t, want, listener.Receive())
		}
		publisher := take(t, pool)
		for i := range 100 * clients.Times() {
			n, err := redis.Int(publisher.Do("PUBLISH", "news", i))
			require.NoError(t, err)
			require.Equal(t, 2, n)
			data := []byte(fmt.Sprint(i))
			require.Equal(t, redis.Message{Channel: "news", Data: data}, listener.Receive())
			require.Equal(t, redis.Message{Channel: "news", Pattern: "n?ws", Data: data}, listener.Receive())
		}
		require.NoError(t, listener.Ping("there"))
		require.Equal(t, redis.Pong{Data: "there"}, listener.Receive())
		require.NoError(t, listener.Unsubscribe())
		for left := 2; left > 0; left-- {
			require.Equal(t, left, listener.Receive().(redis.Subscription).Count)
		}
		require.NoError(t, listener.PUnsubscribe())
		require.Equal(t, redis.Subscription{Kind: "punsubscribe", Channel: "n?ws"}, listener.Receive())
	})
}

// A queue between goroutines, by BRPOP on several lists: the first of them goes first.
func TestQueue(t *testing.T) {
	withPool(t, func(t *testing.T, pool *redis.Pool) {
		jobs := 200 * clients.Times()
		var done atomic.Int64
		peer.Concurrently(t, 6, func(worker int) error {
			conn := pool.Get()
			defer conn.Close()
			if worker == 0 {
				for i := range jobs {
					if _, err := conn.Do("LPUSH", []string{"urgent", "usual"}[i%2], i); err != nil {
						return err
					}
				}
				return nil
			}
			for done.Load() < int64(jobs) {
				reply, err := redis.Strings(redis.DoWithTimeout(conn, patience, "BRPOP", "urgent", "usual", 0.1))
				if err == redis.ErrNil {
					continue
				}
				if err != nil || len(reply) != 2 {
					return fmt.Errorf("BRPOP answers %q: %w", reply, err)
				}
				if _, err := conn.Do("SADD", "done", reply[1]); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
		n, err := redis.Int(take(t, pool).Do("SCARD", "done"))
		require.NoError(t, err)
		require.Equal(t, jobs, n)
		require.EqualValues(t, jobs, done.Load())
	})
}
