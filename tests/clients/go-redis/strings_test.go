package goredis

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// near is for a deadline that was set a moment ago.
func near(t *testing.T, want, got time.Duration) {
	t.Helper()
	require.LessOrEqual(t, got, want)
	require.Greater(t, got, want-10*time.Second)
}

func TestSet(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		require.Equal(t, "OK", client.SetArgs(ctx, "k", "1", redis.SetArgs{TTL: time.Minute, Mode: "NX"}).Val())
		near(t, time.Minute, client.TTL(ctx, "k").Val())
		require.ErrorIs(t, client.SetArgs(ctx, "k", "2", redis.SetArgs{Mode: "NX"}).Err(), redis.Nil)
		require.Equal(t, "1", client.SetArgs(ctx, "k", "2", redis.SetArgs{Get: true, KeepTTL: true}).Val())
		near(t, time.Minute, client.PTTL(ctx, "k").Val())
		require.Equal(t, "2", client.SetArgs(ctx, "k", "3", redis.SetArgs{Mode: "XX", Get: true, ExpireAt: time.Now().Add(time.Hour)}).Val())
		near(t, time.Hour+time.Second, client.PTTL(ctx, "k").Val())
		require.ErrorIs(t, client.SetArgs(ctx, "fresh", "1", redis.SetArgs{Mode: "NX", Get: true}).Err(), redis.Nil)
		require.Equal(t, "1", client.Get(ctx, "fresh").Val())
		require.True(t, client.SetNX(ctx, "nx", 1, 1500*time.Millisecond).Val())
		require.Positive(t, client.PTTL(ctx, "nx").Val())
		require.False(t, client.SetNX(ctx, "nx", 2, 0).Val())
		require.True(t, client.SetXX(ctx, "nx", 3, redis.KeepTTL).Val())
		require.Positive(t, client.PTTL(ctx, "nx").Val())
		require.NoError(t, client.SetEx(ctx, "ex", "v", time.Minute).Err())

		require.Equal(t, "v", client.GetEx(ctx, "ex", time.Hour).Val())
		near(t, time.Hour, client.TTL(ctx, "ex").Val())
		require.Equal(t, "v", client.GetEx(ctx, "ex", 2500*time.Millisecond).Val())
		near(t, 2500*time.Millisecond, client.PTTL(ctx, "ex").Val())
		require.Equal(t, "v", client.GetEx(ctx, "ex", 0).Val(), "PERSIST")
		require.EqualValues(t, -1, client.TTL(ctx, "ex").Val())
		require.ErrorIs(t, client.GetEx(ctx, "nosuch", time.Hour).Err(), redis.Nil)
		require.Equal(t, "v", client.GetDel(ctx, "ex").Val())
		require.EqualValues(t, -2, client.TTL(ctx, "ex").Val())
		require.ErrorContains(t, client.SetArgs(ctx, "k", "v", redis.SetArgs{KeepTTL: true, TTL: time.Hour}).Err(), "syntax error")
	})
}

func TestStrings(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		require.NoError(t, client.MSet(ctx, "a", "ohmytext", "b", "mynewtext").Err())
		require.False(t, client.MSetNX(ctx, "c", 1, "a", 2).Val())
		match, err := client.LCS(ctx, &redis.LCSQuery{Key1: "a", Key2: "b", Idx: true, MinMatchLen: 4, WithMatchLen: true}).Result()
		require.NoError(t, err)
		require.EqualValues(t, 6, match.Len)
		require.Equal(t, []redis.LCSMatchedPosition{{Key1: redis.LCSPosition{Start: 4, End: 7}, Key2: redis.LCSPosition{Start: 5, End: 8}, MatchLen: 4}}, match.Matches)
		require.Equal(t, "mytext", client.LCS(ctx, &redis.LCSQuery{Key1: "a", Key2: "b"}).Val().MatchString)
		require.EqualValues(t, 11, client.Append(ctx, "a", "123").Val())
		require.Equal(t, "123", client.GetRange(ctx, "a", -3, -1).Val())
		require.EqualValues(t, 14, client.SetRange(ctx, "a", 11, "456").Val())
		require.Equal(t, "ohmytext123456", client.GetSet(ctx, "a", 10).Val())
		require.InDelta(t, 10.25, client.IncrByFloat(ctx, "a", 0.25).Val(), 0)
		require.ErrorContains(t, client.Decr(ctx, "a").Err(), "not an integer")
		binary := make([]byte, 0, 256)
		for i := range 256 {
			binary = append(binary, byte(i))
		}
		require.NoError(t, client.Set(ctx, string(binary), binary, 0).Err())
		got, err := client.Get(ctx, string(binary)).Bytes()
		require.NoError(t, err)
		require.Equal(t, binary, got)
		var when time.Time
		now := time.Now().Round(0)
		require.NoError(t, client.Set(ctx, "when", now, 0).Err())
		require.NoError(t, client.Get(ctx, "when").Scan(&when))
		require.True(t, now.Equal(when))
	})
}

func TestBits(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		require.Zero(t, client.SetBit(ctx, "b", 1000, 1).Val())
		require.EqualValues(t, 1, client.GetBit(ctx, "b", 1000).Val())
		require.EqualValues(t, 126, client.StrLen(ctx, "b").Val())
		require.EqualValues(t, 1, client.BitCount(ctx, "b", nil).Val())
		require.EqualValues(t, 1, client.BitCount(ctx, "b", &redis.BitCount{Start: 1000, End: -1, Unit: "BIT"}).Val())
		require.EqualValues(t, 1000, client.BitPos(ctx, "b", 1).Val())
		require.EqualValues(t, 1000, client.BitPosSpan(ctx, "b", 1, 900, -1, "bit").Val())
		require.EqualValues(t, -1, client.BitPos(ctx, "b", 1, 0, 100).Val())
		require.NoError(t, client.MSet(ctx, "x", "abc", "y", "\x0f").Err())
		require.EqualValues(t, 3, client.BitOpOr(ctx, "out", "x", "y").Val())
		require.Equal(t, "obc", client.Get(ctx, "out").Val())
		require.EqualValues(t, 1, client.BitOpNot(ctx, "out", "y").Val())
		require.EqualValues(t, 3, client.BitOpXor(ctx, "out", "x", "x").Val())
		require.Zero(t, client.BitCount(ctx, "out", nil).Val())
		require.Equal(t, []int64{0, 255, 255, -3}, client.BitField(ctx, "f",
			"SET", "u8", 0, 250, "OVERFLOW", "SAT", "INCRBY", "u8", 0, 100, "GET", "u8", "#0", "INCRBY", "i5", "#3", -3).Val())
		require.Equal(t, []int64{255, 15}, client.BitFieldRO(ctx, "f", "u8", 0, "u4", 0).Val())
		require.ErrorContains(t, client.BitField(ctx, "f", "GET", "u64", 0).Err(), "Invalid bitfield type")
	})
}

func TestKeys(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		require.NoError(t, client.MSet(ctx, "a", 1, "b", "text").Err())
		require.Equal(t, "OK", client.Rename(ctx, "a", "c").Val())
		require.False(t, client.RenameNX(ctx, "b", "c").Val())
		require.ErrorContains(t, client.Rename(ctx, "nosuch", "x").Err(), "no such key")
		require.EqualValues(t, 1, client.Copy(ctx, "c", "d", 3, false).Val())
		require.Zero(t, client.Copy(ctx, "b", "d", 3, false).Val())
		require.EqualValues(t, 1, client.Copy(ctx, "b", "d", 3, true).Val())
		require.True(t, client.Move(ctx, "b", 3).Val())
		require.Equal(t, "none", client.Type(ctx, "b").Val())
		require.Equal(t, "string", client.Type(ctx, "c").Val())
		require.Equal(t, "c", client.RandomKey(ctx).Val())
		require.Equal(t, "int", client.ObjectEncoding(ctx, "c").Val())
		require.Less(t, client.ObjectIdleTime(ctx, "c").Val(), time.Minute)
		require.ErrorIs(t, client.ObjectEncoding(ctx, "nosuch").Err(), redis.Nil)
		require.True(t, client.Expire(ctx, "c", time.Minute).Val())
		require.False(t, client.ExpireNX(ctx, "c", time.Hour).Val())
		require.False(t, client.ExpireGT(ctx, "c", time.Second).Val())
		require.True(t, client.ExpireGT(ctx, "c", time.Hour).Val())
		require.True(t, client.ExpireLT(ctx, "c", time.Minute).Val())
		require.True(t, client.ExpireXX(ctx, "c", time.Hour).Val())
		near(t, time.Hour, client.TTL(ctx, "c").Val())
		require.True(t, client.PExpireAt(ctx, "c", time.UnixMilli(4_000_000_000_123)).Val())
		require.Equal(t, 4_000_000_000_123*time.Millisecond, client.PExpireTime(ctx, "c").Val())
		require.Equal(t, 4_000_000_000*time.Second, client.ExpireTime(ctx, "c").Val())
		require.True(t, client.Persist(ctx, "c").Val())
		require.EqualValues(t, 1, client.Touch(ctx, "c", "nosuch").Val())
		require.EqualValues(t, 1, client.Unlink(ctx, "c", "nosuch").Val())
		require.ErrorIs(t, client.RandomKey(ctx).Err(), redis.Nil)
		require.WithinDuration(t, time.Now(), client.Time(ctx).Val(), time.Minute)
	})
}
