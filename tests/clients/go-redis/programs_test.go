package goredis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// patience is how long a program waits for what must come.
const patience = 30 * time.Second

// withGoRedis runs a program with a client of RESP2 and one of RESP3, on an empty server each time.
func withGoRedis(t *testing.T, run func(t *testing.T, ctx context.Context, client *redis.Client), directives ...string) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		for _, protocol := range []int{2, 3} {
			t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) {
				client := redis.NewClient(&redis.Options{Addr: s.Addr(), Protocol: protocol, DB: 2, ClientName: "tester"})
				defer client.Close()
				ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
				defer cancel()
				require.NoError(t, client.FlushAll(ctx).Err())
				run(t, ctx, client)
			})
		}
	}, directives...)
}

func TestBasics(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		require.NoError(t, client.Ping(ctx).Err())
		require.NoError(t, client.Set(ctx, "k", "v", 0).Err())
		require.Equal(t, "v", client.Get(ctx, "k").Val())
		require.ErrorIs(t, client.Get(ctx, "nosuch").Err(), redis.Nil)
		require.Equal(t, "tester", client.ClientGetName(ctx).Val())
		require.Equal(t, []any{"v", nil}, client.MGet(ctx, "k", "nosuch").Val())
		require.Equal(t, "noeviction", client.ConfigGet(ctx, "maxmemory-policy").Val()["maxmemory-policy"])
		info, err := client.ClientInfo(ctx).Result()
		require.NoError(t, err)
		require.Equal(t, 2, info.DB)
		peer.Concurrently(t, 20, func(int) error {
			for range 50 {
				if err := client.Incr(ctx, "counter").Err(); err != nil {
					return err
				}
			}
			return nil
		})
		require.Equal(t, "1000", client.Get(ctx, "counter").Val())
		require.EqualValues(t, 2, client.DBSize(ctx).Val())
	})
}

// Pipelines of many goroutines on one pool, with MULTI and EXEC and without; large values among small ones.
func TestPipelines(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		large := strings.Repeat("0123456789", 50_000)
		peer.Concurrently(t, 8, func(worker int) error {
			send := client.Pipelined
			if worker%2 == 0 {
				send = client.TxPipelined
			}
			for round := range 5 * clients.Times() {
				key := func(i int) string { return fmt.Sprintf("%d:%d:%d", worker, round, i) }
				replies, err := send(ctx, func(p redis.Pipeliner) error {
					for i := range 300 {
						p.Set(ctx, key(i), i, time.Hour)
						p.IncrBy(ctx, key(i), 1000)
					}
					p.Set(ctx, key(0), large, 0)
					p.Get(ctx, key(0))
					p.GetDel(ctx, key(1))
					return nil
				})
				if err != nil || len(replies) != 603 {
					return fmt.Errorf("%d replies: %w", len(replies), err)
				}
				for i := range 300 {
					if n := replies[2*i+1].(*redis.IntCmd).Val(); n != int64(i+1000) {
						return fmt.Errorf("INCRBY number %d answers %d", i, n)
					}
				}
				if replies[601].(*redis.StringCmd).Val() != large || replies[602].(*redis.StringCmd).Val() != "1001" {
					return errors.New("GET or GETDEL answer something else")
				}
			}
			return nil
		})
		require.EqualValues(t, 8*5*clients.Times()*299, client.DBSize(ctx).Val())

		replies, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "word", "no number", 0)
			p.Incr(ctx, "word")
			p.Set(ctx, "after", 1, 0)
			return nil
		})
		require.ErrorContains(t, err, "value is not an integer or out of range")
		require.Equal(t, err, replies[1].Err(), "the one that failed, and no other")
		require.NoError(t, replies[0].Err())
		require.Equal(t, "1", client.Get(ctx, "after").Val(), "the others take effect")
		_, err = client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "refused", 1, 0)
			p.Do(ctx, "SET", "alone")
			return nil
		})
		require.ErrorContains(t, err, "EXECABORT")
		require.Zero(t, client.Exists(ctx, "refused").Val())
	})
}

// The loop of go-redis's own documents: WATCH, and again where EXEC answers nothing.
func TestWatch(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		const workers = 10
		rounds := 20 * clients.Times()
		var conflicts atomic.Int64
		peer.Concurrently(t, workers, func(int) error {
			for range rounds {
				for {
					err := client.Watch(ctx, func(tx *redis.Tx) error {
						n, err := tx.Get(ctx, "counter").Int()
						if err != nil && err != redis.Nil {
							return err
						}
						_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
							p.Set(ctx, "counter", n+1, 0)
							p.Append(ctx, "log", ".")
							return nil
						})
						return err
					}, "counter")
					if err == nil {
						break
					}
					if err != redis.TxFailedErr {
						return err
					}
					conflicts.Add(1)
				}
			}
			return nil
		})
		require.Equal(t, strconv.Itoa(workers*rounds), client.Get(ctx, "counter").Val())
		require.EqualValues(t, workers*rounds, client.StrLen(ctx, "log").Val(), "no try that failed left anything")
		require.NotZero(t, conflicts.Load(), "the test proves nothing where nobody contends")
	})
}

// receive takes the next message of a channel.
func receive(t *testing.T, messages <-chan *redis.Message) *redis.Message {
	t.Helper()
	select {
	case m, open := <-messages:
		require.True(t, open, "the channel of messages was closed")
		return m
	case <-time.After(patience):
		require.FailNow(t, "a message does not come")
		return nil
	}
}

func TestPubSub(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		listener := client.Subscribe(ctx, "news", "chat")
		defer listener.Close()
		require.NoError(t, listener.PSubscribe(ctx, "n?ws"))
		for i, want := range []redis.Subscription{{Kind: "subscribe", Channel: "news"}, {Kind: "subscribe", Channel: "chat"}, {Kind: "psubscribe", Channel: "n?ws"}} {
			want.Count = i + 1
			got, err := listener.Receive(ctx)
			require.NoError(t, err)
			require.Equal(t, &want, got)
		}
		require.NoError(t, listener.Ping(ctx, "there"))
		pong, err := listener.Receive(ctx)
		require.NoError(t, err)
		require.Equal(t, &redis.Pong{Payload: "there"}, pong)

		count := 200 * clients.Times()
		messages := listener.Channel(redis.WithChannelSize(2*count + 10))
		for i := range count {
			require.EqualValues(t, 2, client.Publish(ctx, "news", i).Val())
		}
		for i := range count {
			require.Equal(t, &redis.Message{Channel: "news", Payload: fmt.Sprint(i)}, receive(t, messages))
			require.Equal(t, &redis.Message{Channel: "news", Pattern: "n?ws", Payload: fmt.Sprint(i)}, receive(t, messages))
		}
		require.NoError(t, listener.Unsubscribe(ctx, "news"))
		until(t, func() bool { return client.Publish(ctx, "news", "x").Val() == 1 }, "UNSUBSCRIBE takes effect")

		// The server closes the connection: go-redis makes another and subscribes again.
		killed, err := client.Do(ctx, "CLIENT", "KILL", "TYPE", "pubsub").Int()
		require.NoError(t, err)
		require.Positive(t, killed)
		seen := map[string]bool{}
		until(t, func() bool {
			client.Publish(ctx, "chat", "back")
			client.Publish(ctx, "news", "back")
			for len(messages) > 0 {
				if m := receive(t, messages); m.Payload == "back" {
					seen[m.Channel+m.Pattern] = true
				}
			}
			return len(seen) == 2
		}, "go-redis subscribes again")
		require.Equal(t, map[string]bool{"chat": true, "newsn?ws": true}, seen)
	})
}

func TestKeyspaceEvents(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		listener := client.PSubscribe(ctx, "__key*@2__:*")
		defer listener.Close()
		_, err := listener.Receive(ctx)
		require.NoError(t, err)
		messages := listener.Channel()
		require.NoError(t, client.Set(ctx, "session", "x", 50*time.Millisecond).Err())
		require.NoError(t, client.Get(ctx, "session").Err())
		for _, want := range [][2]string{
			{"__keyspace@2__:session", "set"}, {"__keyevent@2__:set", "session"},
			{"__keyspace@2__:session", "expire"}, {"__keyevent@2__:expire", "session"},
			{"__keyspace@2__:session", "expired"}, {"__keyevent@2__:expired", "session"},
		} {
			m := receive(t, messages)
			require.Equal(t, want, [2]string{m.Channel, m.Payload})
		}
	}, "--notify-keyspace-events", "KEA")
}

// until asks again and again until it is so.
func until(t *testing.T, so func() bool, what string) {
	t.Helper()
	require.Eventually(t, so, patience, 2*time.Millisecond, what)
}

// Iterators of several matches and counts, while other goroutines add and take away as many keys as stay.
func TestScan(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		stay := 1000 * clients.Times()
		_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range stay {
				p.Set(ctx, fmt.Sprintf("stays:%d", i), i, 0)
			}
			return nil
		})
		require.NoError(t, err)
		var ended atomic.Bool
		peer.Concurrently(t, 4, func(worker int) error {
			if worker > 1 { // writers
				return churn(ctx, client, worker, &ended)
			}
			defer ended.Store(true)
			for _, count := range []int64{0, 200, 10_000} {
				if err := walk(ctx, client, "stays:*", count, stay); err != nil {
					return err
				}
				if err := walk(ctx, client, "*:[0-9]", count, 10); err != nil {
					return err
				}
			}
			return nil
		})
		all, cursor, err := client.ScanType(ctx, 0, "", 1_000_000, "string").Result()
		require.NoError(t, err)
		require.Zero(t, cursor)
		slices.Sort(all)
		require.Len(t, slices.Compact(all), stay)
		keys := client.Keys(ctx, "stays:1*").Val()
		require.Contains(t, keys, "stays:1")
		require.NotContains(t, keys, "stays:2")
	})
}

// walk finds each of the keys that fit once at least, and nothing else.
func walk(ctx context.Context, client *redis.Client, match string, count int64, wanted int) error {
	seen := map[string]bool{}
	iterator := client.Scan(ctx, 0, match, count).Iterator()
	for iterator.Next(ctx) {
		if !strings.HasPrefix(iterator.Val(), "stays:") {
			return fmt.Errorf("%s does not match %s", iterator.Val(), match)
		}
		seen[iterator.Val()] = true
	}
	if iterator.Err() != nil || len(seen) != wanted {
		return fmt.Errorf("match %s count %d: %d keys of %d: %w", match, count, len(seen), wanted, iterator.Err())
	}
	return nil
}

func churn(ctx context.Context, client *redis.Client, worker int, ended *atomic.Bool) error {
	for !ended.Load() {
		for step := range 20 * clients.Times() { // half of them add a hundred keys, half take them away
			_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
				for i := range 100 {
					key := fmt.Sprintf("goes:%d:%d:x%d", worker, step%(10*clients.Times()), i)
					if step < 10*clients.Times() {
						p.Set(ctx, key, i, time.Duration(i%2)*time.Hour)
					} else {
						p.Unlink(ctx, key)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
