// Package rueidis tests the Go client rueidis: RESP3 and client-side caching. It holds tests alone.
package rueidis_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// patience is how long a program waits for what must come.
const patience = 30 * time.Second

// cacheTTL is how long rueidis may keep what nobody tells it to drop.
const cacheTTL = time.Hour

// rueidisClient is one that caches, or with an option that keeps it from that.
func rueidisClient(t *testing.T, s *peer.Server, set func(*rueidis.ClientOption)) rueidis.Client {
	option := rueidis.ClientOption{InitAddress: []string{s.Addr()}, ForceSingleClient: true, ConnWriteTimeout: patience}
	if set != nil {
		set(&option)
	}
	client, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func withRueidis(t *testing.T, run func(t *testing.T, ctx context.Context, s *peer.Server), directives ...string) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
		defer cancel()
		run(t, ctx, s)
	}, directives...)
}

// What is read again comes from the cache until somebody changes it, by whatever way.
func TestCache(t *testing.T) {
	withRueidis(t, func(t *testing.T, ctx context.Context, s *peer.Server) {
		client := rueidisClient(t, s, nil)
		writer := rueidisClient(t, s, func(o *rueidis.ClientOption) { o.DisableCache = true })
		do := func(words ...string) {
			require.NoError(t, writer.Do(ctx, writer.B().Arbitrary(words...).Build()).NonRedisError())
		}
		get := func() (string, bool) {
			result := client.DoCache(ctx, client.B().Get().Key("k").Cache(), cacheTTL)
			value, err := result.ToString()
			if rueidis.IsRedisNil(err) {
				return "", result.IsCacheHit()
			}
			require.NoError(t, err)
			return value, result.IsCacheHit()
		}
		for i, change := range []struct {
			words []string
			value string
		}{
			{[]string{"SET", "k", "1"}, "1"},
			{[]string{"INCR", "k"}, "2"},
			{[]string{"DEL", "k"}, ""},
			{[]string{"MSET", "other", "x", "k", "3"}, "3"},
			{[]string{"RENAME", "other", "k"}, "x"},
			{[]string{"FLUSHALL"}, ""},
			{[]string{"SETEX", "k", "1", "short"}, "short"},
			{[]string{"SET", "k", "4"}, "4"},
			{[]string{"PEXPIRE", "k", "1"}, ""},
			{[]string{"APPEND", "k", "5"}, "5"},
		} {
			get()
			do(change.words...)
			require.Eventually(t, func() bool {
				value, hit := get()
				again, hitAgain := get()
				return value == change.value && again == value && (hit || hitAgain)
			}, patience, time.Millisecond, "change %d", i)
		}
		_, hit := get()
		require.True(t, hit)
	})
}

// Many keys in one call; some change, and only those are asked for anew.
func TestManyKeys(t *testing.T) {
	withRueidis(t, func(t *testing.T, ctx context.Context, s *peer.Server) {
		client := rueidisClient(t, s, nil)
		writer := rueidisClient(t, s, func(o *rueidis.ClientOption) { o.DisableCache = true })
		const count = 200
		var keys []string
		want := map[string]string{}
		for i := range count {
			key := fmt.Sprint("key:", i)
			keys, want[key] = append(keys, key), fmt.Sprint(i)
		}
		require.NoError(t, firstError(rueidis.MSet(writer, ctx, want)))
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 20 * clients.Times() {
			require.Eventually(t, func() bool {
				values, err := rueidis.MGetCache(client, ctx, cacheTTL, keys)
				require.NoError(t, err)
				require.Len(t, values, count)
				for key, value := range values {
					if text, err := value.ToString(); err != nil || text != want[key] {
						return false
					}
				}
				return true
			}, patience, time.Millisecond)
			changed := map[string]string{}
			for range 10 {
				key := keys[random.IntN(count)]
				changed[key] = fmt.Sprint("round ", round)
				want[key] = changed[key]
			}
			require.NoError(t, firstError(rueidis.MSet(writer, ctx, changed)))
		}
	})
}

func firstError(errs map[string]error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// In broadcast mode the client is told of keys that it has never read.
func TestBroadcast(t *testing.T) {
	withRueidis(t, func(t *testing.T, ctx context.Context, s *peer.Server) {
		var mu sync.Mutex
		told, all := map[string]bool{}, 0
		client := rueidisClient(t, s, func(o *rueidis.ClientOption) {
			o.ClientTrackingOptions = []string{"PREFIX", "user:", "PREFIX", "cart:", "BCAST"}
			o.OnInvalidations = func(keys []rueidis.RedisMessage) {
				mu.Lock()
				defer mu.Unlock()
				if keys == nil {
					all++
				}
				for _, key := range keys {
					text, _ := key.ToString()
					told[text] = true
				}
			}
		})
		writer := rueidisClient(t, s, func(o *rueidis.ClientOption) { o.DisableCache = true })
		_, err := client.DoCache(ctx, client.B().Get().Key("user:1").Cache(), cacheTTL).ToString()
		require.True(t, rueidis.IsRedisNil(err))
		for i := range 100 {
			for _, kind := range []string{"user", "cart", "none"} {
				key := fmt.Sprint(kind, ":", i)
				require.NoError(t, writer.Do(ctx, writer.B().Set().Key(key).Value("1").Build()).Error())
			}
		}
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(told) == 200 && told["user:99"] && !told["none:1"]
		}, patience, time.Millisecond)
		value, err := client.DoCache(ctx, client.B().Get().Key("user:1").Cache(), cacheTTL).ToString()
		require.NoError(t, err)
		require.Equal(t, "1", value)
		require.NoError(t, writer.Do(ctx, writer.B().Flushall().Build()).Error())
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return all > 0
		}, patience, time.Millisecond)
	})
}

// Many goroutines read through one cache while others write: what the cache holds in the end is what the server holds.
func TestSettles(t *testing.T) {
	withRueidis(t, func(t *testing.T, ctx context.Context, s *peer.Server) {
		client := rueidisClient(t, s, nil)
		writer := rueidisClient(t, s, func(o *rueidis.ClientOption) { o.DisableCache = true })
		key := func(random *rand.Rand) string { return fmt.Sprint("k", random.IntN(20)) }
		peer.Concurrently(t, 12, func(i int) error {
			random := rand.New(rand.NewPCG(uint64(i), 3))
			for range 300 * clients.Times() {
				var err error
				if i < 4 {
					err = writer.Do(ctx, writer.B().Incr().Key(key(random)).Build()).Error()
				} else {
					err = client.DoCache(ctx, client.B().Get().Key(key(random)).Cache(), cacheTTL).NonRedisError()
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		for i := range 20 {
			name := fmt.Sprint("k", i)
			now, _ := writer.Do(ctx, writer.B().Get().Key(name).Build()).ToString()
			require.Eventually(t, func() bool {
				cached, _ := client.DoCache(ctx, client.B().Get().Key(name).Cache(), cacheTTL).ToString()
				return cached == now
			}, patience, time.Millisecond)
		}
	})
}
