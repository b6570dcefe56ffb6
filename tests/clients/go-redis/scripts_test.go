package goredis

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// Run sends EVALSHA, and EVAL where the server doesn't know the script.
func TestScripts(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		require.NoError(t, client.ScriptFlush(ctx).Err())
		limit := redis.NewScript(`
			local n = redis.call("INCR", KEYS[1])
			if n == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
			if n > tonumber(ARGV[1]) then return redis.error_reply("LIMIT reached") end
			return {n, 2.9, "text", false, {KEYS[1]}}`)
		for i := range 3 {
			reply, err := limit.Run(ctx, client, []string{"user"}, 3, 60_000).Result()
			require.NoError(t, err)
			require.Equal(t, []any{int64(i + 1), int64(2), "text", nil, []any{"user"}}, reply)
		}
		require.EqualError(t, limit.Run(ctx, client, []string{"user"}, 3, 60_000).Err(), "LIMIT reached")
		require.Equal(t, []bool{true, false}, client.ScriptExists(ctx, limit.Hash(), "0123456789012345678901234567890123456789").Val())
		require.EqualError(t, client.EvalSha(ctx, "0123456789012345678901234567890123456789", nil).Err(), "NOSCRIPT No matching script. Please use EVAL.")

		read := redis.NewScript(`return redis.call("GET", KEYS[1])`)
		require.Equal(t, "4", read.RunRO(ctx, client, []string{"user"}).Val())
		require.ErrorContains(t, redis.NewScript(`return redis.call("DEL", KEYS[1])`).RunRO(ctx, client, []string{"user"}).Err(),
			"Write commands are not allowed from read-only scripts")

		replies, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "user", 0, 0)
			limit.EvalSha(ctx, p, []string{"user"}, 3, 60_000)
			p.Get(ctx, "user")
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, "1", replies[2].(*redis.StringCmd).Val())
	})
}

func TestFunctions(t *testing.T) {
	withGoRedis(t, func(t *testing.T, ctx context.Context, client *redis.Client) {
		code := "#!lua name=shop\n" +
			`redis.register_function("sell", function(keys, args) return redis.call("HINCRBY", keys[1], args[1], -1) end)
			redis.register_function{function_name="left", callback=function(keys) return redis.call("HVALS", keys[1]) end, flags={"no-writes"}}`
		require.NoError(t, client.FunctionFlush(ctx).Err())
		require.Equal(t, "shop", client.FunctionLoad(ctx, code).Val())
		require.ErrorContains(t, client.FunctionLoad(ctx, code).Err(), "already exists")
		require.Equal(t, "shop", client.FunctionLoadReplace(ctx, code).Val())
		require.NoError(t, client.HSet(ctx, "stock", "apples", 5).Err())
		require.EqualValues(t, 4, client.FCall(ctx, "sell", []string{"stock"}, "apples").Val())
		require.Equal(t, []any{"4"}, client.FCallRo(ctx, "left", []string{"stock"}).Val())
		require.ErrorContains(t, client.FCallRo(ctx, "sell", []string{"stock"}, "apples").Err(), "Can not execute a script with write flag using *_ro command.")

		library, err := client.FunctionList(ctx, redis.FunctionListQuery{LibraryNamePattern: "sh*", WithCode: true}).First()
		require.NoError(t, err)
		require.Equal(t, "LUA", library.Engine)
		require.Equal(t, code, library.Code)
		require.Len(t, library.Functions, 2)
		dump, err := client.FunctionDump(ctx).Result()
		require.NoError(t, err)
		require.NoError(t, client.FunctionDelete(ctx, "shop").Err())
		require.ErrorContains(t, client.FCall(ctx, "sell", []string{"stock"}, "apples").Err(), "Function not found")
		require.NoError(t, client.FunctionRestore(ctx, dump).Err())
		require.EqualValues(t, 3, client.FCall(ctx, "sell", []string{"stock"}, "apples").Val())
		stats, err := client.FunctionStats(ctx).Result()
		require.NoError(t, err)
		require.False(t, stats.Running())
	})
}
