package goredis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/helper"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// withNewer is withGoRedis for commands that Redis got after 7.0: redis-server is left out.
func withNewer(t *testing.T, run func(t *testing.T, ctx context.Context, client *redis.Client)) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		if !strings.Contains(client.Info(ctx, "server").Val(), "cinnabar_version") {
			t.Skip("redis-server has no such commands")
		}
		run(t, ctx, client)
	})
}

// SET IFEQ and its relatives, DELEX and DIGEST of Redis 8.4; go-redis makes the digests that the server's must equal.
func TestCompareAndSet(t *testing.T) {
	withNewer(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		for _, text := range []string{"", "x", "12345", strings.Repeat("a", 100), strings.Repeat("0123456789", 1000), strings.Repeat("long", 100_000)} {
			require.NoError(t, client.Set(ctx, "k", text, 0).Err())
			require.Equal(t, helper.DigestString(text), client.Digest(ctx, "k").Val(), "%d bytes", len(text))
		}
		require.ErrorIs(t, client.Digest(ctx, "nosuch").Err(), redis.Nil)

		require.NoError(t, client.Set(ctx, "k", "1", time.Hour).Err())
		require.ErrorIs(t, client.SetIFEQ(ctx, "k", "2", "0", 0).Err(), redis.Nil)
		require.Equal(t, "OK", client.SetIFEQ(ctx, "k", "2", "1", redis.KeepTTL).Val())
		near(t, time.Hour, client.TTL(ctx, "k").Val())
		require.Equal(t, "2", client.SetIFEQGet(ctx, "k", "3", "2", 0).Val())
		require.EqualValues(t, -1, client.TTL(ctx, "k").Val())
		require.ErrorIs(t, client.SetIFNE(ctx, "k", "4", "3", 0).Err(), redis.Nil)
		require.Equal(t, "OK", client.SetIFNE(ctx, "k", "4", "x", 0).Val())
		require.ErrorIs(t, client.SetIFEQ(ctx, "nosuch", "1", "1", 0).Err(), redis.Nil)
		require.Zero(t, client.Exists(ctx, "nosuch").Val())
		require.Equal(t, "OK", client.SetIFNE(ctx, "fresh", "1", "x", 0).Val())
		require.Equal(t, "OK", client.SetIFDEQ(ctx, "k", "5", helper.DigestString("4"), 0).Val())
		require.ErrorIs(t, client.SetIFDEQ(ctx, "k", "6", helper.DigestString("4"), 0).Err(), redis.Nil)
		require.Equal(t, "5", client.SetIFDNEGet(ctx, "k", "6", helper.DigestString("4"), 0).Val())
		require.Zero(t, client.DelExArgs(ctx, "k", redis.DelExArgs{Mode: "IFEQ", MatchValue: "5"}).Val())
		require.Zero(t, client.DelExArgs(ctx, "k", redis.DelExArgs{Mode: "IFDNE", MatchDigest: helper.DigestString("6")}).Val())
		require.EqualValues(t, 1, client.DelExArgs(ctx, "k", redis.DelExArgs{Mode: "IFDEQ", MatchDigest: helper.DigestString("6")}).Val())
		require.Zero(t, client.DelExArgs(ctx, "k", redis.DelExArgs{}).Val())
	})
}

// A lock that is given back by DELEX IFEQ, and a counter that is raised by SET IFEQ: what scripts are written for otherwise.
func TestCompareAndSetContended(t *testing.T) {
	withNewer(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		const workers = 8
		rounds := 30 * clients.Times()
		require.NoError(t, client.Set(ctx, "counter", 0, 0).Err())
		var conflicts, held, locks atomic.Int64
		peer.Concurrently(t, workers, func(worker int) error {
			for range rounds {
				for {
					old, err := client.Get(ctx, "counter").Int()
					if err != nil {
						return err
					}
					err = client.SetIFEQ(ctx, "counter", old+1, old, 0).Err()
					if err == nil {
						break
					}
					if err != redis.Nil {
						return err
					}
					conflicts.Add(1)
				}
				token := fmt.Sprint(worker, " ", time.Now().UnixNano())
				if got, err := client.SetNX(ctx, "lock", token, time.Minute).Result(); err != nil || !got {
					if err != nil {
						return err
					}
					continue
				}
				if held.Add(1) != 1 {
					return fmt.Errorf("two hold the lock")
				}
				locks.Add(1)
				held.Add(-1)
				if n, err := client.DelExArgs(ctx, "lock", redis.DelExArgs{Mode: "IFEQ", MatchValue: token}).Result(); err != nil || n != 1 {
					return fmt.Errorf("DELEX of one's own lock: %d %w", n, err)
				}
			}
			return nil
		})
		require.Equal(t, strconv.Itoa(workers*rounds), client.Get(ctx, "counter").Val())
		require.NotZero(t, conflicts.Load(), "the test proves nothing where nobody contends")
		require.NotZero(t, locks.Load())
	})
}

// MSETEX of 8.4 and INCREX of 8.8.
func TestManyAtOnce(t *testing.T) {
	withNewer(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		hour := &redis.ExpirationOption{Mode: redis.EX, Value: 3600}
		require.EqualValues(t, 1, client.MSetEX(ctx, redis.MSetEXArgs{Condition: redis.NX, Expiration: hour}, "a", 1, "b", 2).Val())
		near(t, time.Hour, client.TTL(ctx, "b").Val())
		require.Zero(t, client.MSetEX(ctx, redis.MSetEXArgs{Condition: redis.NX}, "c", 1, "b", 3).Val())
		require.Zero(t, client.MSetEX(ctx, redis.MSetEXArgs{Condition: redis.XX}, "c", 1, "b", 3).Val())
		require.EqualValues(t, 1, client.MSetEX(ctx, redis.MSetEXArgs{Condition: redis.XX, Expiration: &redis.ExpirationOption{Mode: redis.KEEPTTL}}, "a", 5, "b", 6).Val())
		near(t, time.Hour, client.TTL(ctx, "a").Val())
		require.Equal(t, []any{"5", "6", nil}, client.MGet(ctx, "a", "b", "c").Val())

		// A limit of requests: five a window, and the window begins with the first.
		limit := redis.IncrEXIntArgs{By: 1, HasBy: true, UBound: 5, HasUBound: true, Expiration: hour, ENX: true}
		for i := range 8 {
			got, err := client.IncrEXInt(ctx, "limit", limit).Result()
			require.NoError(t, err)
			require.EqualValues(t, min(i+1, 5), got.Value)
			require.Equal(t, i < 5, got.AppliedIncrement == 1, "request %d", i)
		}
		near(t, time.Hour, client.TTL(ctx, "limit").Val())
		clamped, err := client.IncrEXInt(ctx, "limit", redis.IncrEXIntArgs{By: 100, HasBy: true, UBound: 7, HasUBound: true, Saturate: true}).Result()
		require.NoError(t, err)
		require.EqualValues(t, 7, clamped.Value)
		require.EqualValues(t, 2, clamped.AppliedIncrement)
		float, err := client.IncrEXFloat(ctx, "float", redis.IncrEXFloatArgs{By: 0.5}).Result()
		require.NoError(t, err)
		require.InDelta(t, 0.5, float.Value, 0)
	})
}
