package server

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// repeating are commands on one key, in the place of "K", that change it, read it or move it from where the command before has found it. What depends on
// time or chance isn't among them.
var repeating = []string{
	"SET K N", "SET K N", "SET K text-of-many-bytes", "SET K N EXAT 99999999999", "SET K N KEEPTTL", "SETRANGE K 3 xyz", "APPEND K tail", "INCR K", "GET K",
	"GETEX K PERSIST", "GETEX K EXAT 99999999998", "GETDEL K", "EXPIREAT K 99999999997", "EXPIREAT K 1", "PERSIST K", "EXPIRETIME K", "TYPE K", "DEL K",
	"LPUSH K N", "RPUSH K N N N N N N N N", "RPOP K", "LPOP K 3", "LLEN K", "LRANGE K 0 -1", "LSET K 0 N",
	"SADD K N", "SADD K N text", "SREM K N", "SCARD K", "SISMEMBER K N",
	"HSET K N N", "HSET K f N", "HDEL K f", "HLEN K", "HGET K f", "HEXPIREAT K 99999999999 FIELDS 1 f", "HPERSIST K FIELDS 1 f",
	"ZADD K N N", "ZINCRBY K 1 N", "ZPOPMIN K", "ZSCORE K N", "ZCARD K",
	"RENAME K other", "RENAME other K", "COPY K other REPLACE", "COPY other K REPLACE", "MOVE K 1", "SWAPDB 0 1", "FLUSHDB", "SELECT 1", "SELECT 0",
	"MULTI", "EXEC", "EVAL redis.call('append',KEYS[1],'x')return(redis.call('get',KEYS[1])) 1 K", "DEBUG DIGEST-VALUE K", "BITOP NOT other K",
}

// TestRepeatedKeys sends the same commands to two servers, one after the other and many at once, most of them with the key of the one before: all are
// answered alike.
func TestRepeatedKeys(t *testing.T) {
	t.Parallel()
	single, many := startServer(t, nil).dial(t), startServer(t, nil).dial(t)
	random := rand.New(rand.NewPCG(7, 1))
	key := "a"
	for range 300 {
		sent := []string{"RESET"} // whatever transaction is still open
		frames := wire.Frame("RESET")
		begin := random.IntN(len(repeating)) // a few kinds of commands at a time, so that keys last
		for range 4 + random.IntN(150) {
			if random.IntN(10) == 0 {
				key = string(rune('a' + random.IntN(3)))
			}
			line := repeating[(begin+random.IntN(10))%len(repeating)]
			if random.IntN(20) == 0 {
				line = repeating[random.IntN(len(repeating))]
			}
			words := strings.Fields(line)
			for i, word := range words[1:] {
				switch word {
				case "K":
					words[i+1] = key
				case "N":
					words[i+1] = fmt.Sprint(random.IntN(100))
				}
			}
			sent = append(sent, strings.Join(words, " "))
			frames = append(frames, wire.Frame(words...)...)
		}
		_, err := many.Conn.Write(frames)
		require.NoError(t, err)
		for i, line := range sent {
			require.Equal(t, do(t, single, strings.Fields(line)...), receive(t, many), "%q", sent[:i+1])
		}
	}
}
