package server

import (
	"bytes"
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

// TestRepeatedKeysElsewhere has commands with one key be followed by what goes on in another goroutine: a script that takes long, and a union of large sets. Neither
// takes a key for the one that was looked up before.
func TestRepeatedKeysElsewhere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--io-threads", "1")
	c, other := s.dial(t), s.dial(t)
	behind := func(before []string, words ...string) string {
		frames := bytes.Repeat(wire.Frame(before...), 20)
		require.NoError(t, c.Send(append(frames, wire.Frame(words...)...)))
		for range 20 {
			receive(t, c)
		}
		for range 100 { // the room of the loop's input is another's meanwhile
			do(t, other, "ECHO", strings.Repeat("dst1", 400))
		}
		return receive(t, c)
	}
	for _, before := range [][]string{{"TYPE", "big1"}, {"PING"}} {
		script := "local x=0 for i=1,3000000 do x=x+i end redis.call('incr','a') redis.call('incrby','b',5) redis.call('set','a','7') redis.call('set','b','8') " +
			"return {redis.call('get','a'),redis.call('get','b')}"
		require.Equal(t, "*2\r\n$1\r\n7\r\n$1\r\n8\r\n", behind(before, "EVAL", script, "0"))
		require.Equal(t, "$1\r\n7\r\n", do(t, c, "GET", "a"))
		require.Equal(t, "$1\r\n8\r\n", do(t, c, "GET", "b"))
	}
	members := []string{"SADD", "big1"}
	for i := range 20_000 {
		members = append(members, fmt.Sprint("member", i))
	}
	require.Equal(t, ":20000\r\n", do(t, c, members...))
	for range 3 {
		do(t, c, "DEL", "dst1")
		require.Equal(t, ":20000\r\n", behind([]string{"TYPE", "big1"}, "SUNIONSTORE", "dst1", "big1", "big1"))
		require.Equal(t, ":20000\r\n", do(t, c, "SCARD", "dst1"))
		require.Equal(t, ":20000\r\n", do(t, c, "SCARD", "big1"))
	}
}
