package rueidis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// A script's replies in RESP3; what it changes is dropped from caches.
func TestScripts(t *testing.T) {
	withRueidis(t, func(t *testing.T, ctx context.Context, s *peer.Server) {
		client := rueidisClient(t, s, nil)
		writer := rueidisClient(t, s, func(o *rueidis.ClientOption) { o.DisableCache = true })
		cached := func() string {
			text, _ := client.DoCache(ctx, client.B().Get().Key("k").Cache(), cacheTTL).ToString()
			return text
		}
		require.Empty(t, cached())
		add := rueidis.NewLuaScript(`redis.call("APPEND", KEYS[1], ARGV[1]) return redis.call("STRLEN", KEYS[1])`)
		for i := range 5 {
			n, err := add.Exec(ctx, writer, []string{"k"}, []string{"x"}).AsInt64()
			require.NoError(t, err)
			require.EqualValues(t, i+1, n)
			require.Eventually(t, func() bool { return len(cached()) == i+1 }, patience, time.Millisecond)
		}
		var executions []rueidis.LuaExec
		for i := range 100 * clients.Times() {
			executions = append(executions, rueidis.LuaExec{Keys: []string{fmt.Sprint("many:", i)}, Args: []string{"abc"}})
		}
		for _, result := range add.ExecMulti(ctx, writer, executions...) {
			n, err := result.AsInt64()
			require.NoError(t, err)
			require.EqualValues(t, 3, n)
		}

		length, err := rueidis.NewLuaScriptReadOnly(`return redis.call("STRLEN", KEYS[1])`).Exec(ctx, writer, []string{"k"}, nil).AsInt64()
		require.NoError(t, err)
		require.EqualValues(t, 5, length)
		values, err := rueidis.NewLuaScript(`redis.setresp(3) return {{map={a=1}}, {double=2.5}, true, {set={x=true}}}`).Exec(ctx, writer, nil, nil).ToArray()
		require.NoError(t, err)
		require.Len(t, values, 4)
		pairs, err := values[0].AsIntMap()
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"a": 1}, pairs)
		number, err := values[1].ToFloat64()
		require.NoError(t, err)
		require.InDelta(t, 2.5, number, 0)
		yes, err := values[2].ToBool()
		require.NoError(t, err)
		require.True(t, yes)
		members, err := values[3].AsStrSlice()
		require.NoError(t, err)
		require.Equal(t, []string{"x"}, members)
	})
}

// Commands of many goroutines share a connection, those that wait have others, and a transaction has one of its own.
func TestConnections(t *testing.T) {
	withRueidis(t, func(t *testing.T, ctx context.Context, s *peer.Server) {
		client := rueidisClient(t, s, nil)
		peer.Concurrently(t, 20, func(int) error {
			for range 100 * clients.Times() {
				if err := client.Do(ctx, client.B().Incr().Key("counter").Build()).Error(); err != nil {
					return err
				}
			}
			return nil
		})
		n, err := client.Do(ctx, client.B().Get().Key("counter").Build()).AsInt64()
		require.NoError(t, err)
		require.EqualValues(t, 2000*clients.Times(), n)

		served := make(chan error, 1)
		go func() { // ends with the reply, or with ctx
			pair, err := client.Do(ctx, client.B().Blpop().Key("urgent", "jobs").Timeout(0).Build()).AsStrSlice()
			if err == nil && (len(pair) != 2 || pair[0] != "jobs" || pair[1] != "x") {
				err = fmt.Errorf("BLPOP answers %q", pair)
			}
			served <- err
		}()
		require.NoError(t, client.Do(ctx, client.B().Rpush().Key("jobs").Element("x").Build()).Error())
		require.NoError(t, <-served)

		require.NoError(t, client.Dedicated(func(own rueidis.DedicatedClient) error {
			own.Do(ctx, own.B().Watch().Key("counter").Build())
			client.Do(ctx, client.B().Incr().Key("counter").Build())
			replies := own.DoMulti(ctx, own.B().Multi().Build(), own.B().Set().Key("counter").Value("0").Build(), own.B().Exec().Build())
			if err := replies[2].Error(); !rueidis.IsRedisNil(err) {
				return fmt.Errorf("EXEC after another's change: %w", err)
			}
			return nil
		}))
	})
}
