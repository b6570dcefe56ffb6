package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// script has every kind of command that changes keys; "wait" lines end when the key is gone, lines with | are sent on a second connection first,
// which waits for what the third does. What is random has one choice.
const script = `
SET s v
SET n 41
INCR n
INCRBYFLOAT n 0.5
APPEND s tail
SETRANGE s 3 xyz
SETBIT bits 7 1
SET e v EX 1000
SETEX e2 1000 v
PSETEX e3 100000 v
GETEX e PX 500000
GETEX e PERSIST
GETEX e2 EXAT 1
GETDEL s
SET s v KEEPTTL
SET s w GET
SET s x NX
MSET a 1 b 2 c 3
MSETNX a 1 zz 2
RPUSH l a b c d e f
LPUSHX l z
LINSERT l BEFORE b x
LSET l 0 y
LREM l 0 c
LTRIM l 0 3
LPOP l 2
RPOPLPUSH l l2
LMOVE l l2 LEFT RIGHT
LMPOP 2 l l2 LEFT COUNT 2
SADD set one
SPOP set
SADD set a b c
SREM set a nosuch
SMOVE set set2 b
SUNIONSTORE set3 set set2
SINTERSTORE set4 set nosuch
SADD five 1 2 3 4 5
SPOP five 5
ZADD z 1 a 2 b 3 c 4 d
ZADD z GT CH 9 a
ZINCRBY z 2.5 b
ZPOPMIN z
ZPOPMAX z 1
ZRANGESTORE z2 z 0 -1
ZUNIONSTORE z3 2 z z2
ZREMRANGEBYRANK z3 0 0
HSET h f v g 1
HINCRBY h g 5
HINCRBYFLOAT h g 0.25
HDEL h f nosuch
EXPIRE a 1000
PEXPIRE b 100000
EXPIREAT c 9999999999
PERSIST a
EXPIRE a -1
SET soon v PX 1
GONE soon
RENAME b b2
COPY b2 b3
MOVE b3 3
SORT five
RPUSH nums 3 1 2
SORT nums STORE sorted
BITOP NOT notbits bits
BITFIELD bits SET u8 0 255
UNLINK b2
DEL nosuch
PUBLISH channel message
MULTI
SET m 1
PUBLISH channel message
INCR m
EXEC
MULTI
GET m
EXEC
MULTI
PUBLISH channel message
EXEC
WATCH m
MULTI
SELECT 2
SET m 2
SELECT 0
EXEC
BLOCKED BLPOP waited 0
RPUSH waited 1 2
BLOCKED BLMOVE w1 w2 LEFT RIGHT 0
RPUSH w1 x
BLOCKED BZPOPMIN wz 0
ZADD wz 1 x
SWAPDB 0 1
SELECT 1
SET back 1
FLUSHDB
SELECT 0
SET last 1
`

// play sends the script.
func play(t *testing.T, s *peer.Server, lines string) {
	c, other := s.Dial(t), s.Dial(t)
	blocked := false
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		words := strings.Fields(line)
		switch words[0] {
		case "GONE":
			require.Eventually(t, func() bool { return reply(t, c, "EXISTS", words[1]) == ":0\r\n" }, 10*time.Second, time.Millisecond)
			continue
		case "BLOCKED":
			require.NoError(t, other.Send(wire.Frame(words[1:]...)))
			require.Eventually(t, func() bool { return strings.Contains(reply(t, c, "INFO", "clients"), "blocked_clients:1\r\n") },
				10*time.Second, time.Millisecond)
			blocked = true
			continue
		}
		require.NotEqual(t, byte('-'), reply(t, c, words...)[0], line)
		if blocked {
			_, err := other.Receive()
			require.NoError(t, err)
			blocked = false
		}
	}
}

func reply(t *testing.T, c *wire.Conn, words ...string) string {
	r, err := c.Do(words...)
	require.NoError(t, err)
	return string(r.Raw)
}

// records are the increments of a log, the times in them told by a word.
func records(t *testing.T, dir string) string {
	paths, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*.incr.aof"))
	require.NoError(t, err)
	var text strings.Builder
	for _, path := range paths {
		bytes, err := os.ReadFile(path)
		require.NoError(t, err)
		text.Write(bytes)
	}
	return regexp.MustCompile(`\r\n\d{13}\r\n`).ReplaceAllString(text.String(), "\r\ntime\r\n")
}

// TestSameRecords compares the records that the same commands leave.
func TestSameRecords(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, start := range []func(testing.TB, ...string) *peer.Server{peer.StartRedis, peer.StartOurs} {
		s := start(t, "--appendonly", "yes", "--appendfsync", "always", "--hz", "100")
		play(t, s, script)
		texts = append(texts, records(t, s.Dir))
	}
	require.Equal(t, strings.Split(texts[0], "\r\n"), strings.Split(texts[1], "\r\n"))
}

// data makes keys of every kind and edge.
func data(t *testing.T, c *wire.Conn) {
	long := strings.Repeat("long ", 300_000)
	for _, words := range [][]string{
		{"SET", "", ""}, {"SET", "empty", ""}, {"SET", "\x00\xff\r\n", "\x00\xff\r\n"}, {"SET", "int", "-9223372036854775808"}, {"SET", "long", long},
		{"SET", "expires", "v", "PXAT", "9999999999999"}, {"RPUSH", "list", "", "1", "-1", long, "\x00"}, {"SADD", "ints", "1", "-1", "9223372036854775807"},
		{"SADD", "set", "", "\x00", "a", long}, {"ZADD", "z", "-inf", "a", "inf", "b", "0.1", "c", "1e300", "", "3", "\x00"},
		{"HSET", "hash", "", "", "f", long, "n", "12"}, {"SELECT", "15"}, {"SET", "other", "database"}, {"EXPIREAT", "other", "9999999999"}, {"SELECT", "0"},
	} {
		require.NotEqual(t, byte('-'), reply(t, c, words...)[0], words)
	}
	for i := range 500 {
		n := fmt.Sprint(i)
		reply(t, c, "RPUSH", "biglist", "element "+n)
		reply(t, c, "SADD", "bigset", "member "+n)
		reply(t, c, "SADD", "bigints", n)
		reply(t, c, "ZADD", "bigz", fmt.Sprint(float64(i)/7), "member "+n)
		reply(t, c, "HSET", "bighash", "field "+n, n)
	}
}

// TestExchange hands a log from one server to the other and back: the keys stay the same, before and behind rewrites.
func TestExchange(t *testing.T) {
	t.Parallel()
	for _, preamble := range []string{"yes", "no"} {
		for _, first := range []string{"ours", "redis"} {
			t.Run(first+" "+preamble, func(t *testing.T) {
				t.Parallel()
				servers := []func(testing.TB, ...string) *peer.Server{peer.StartOurs, peer.StartRedis}
				if first == "redis" {
					servers[0], servers[1] = servers[1], servers[0]
				}
				dir, digest := t.TempDir(), ""
				for turn := range 4 {
					s := servers[turn%2](t, "--appendonly", "yes", "--dir", dir, "--aof-use-rdb-preamble", preamble)
					c := s.Dial(t)
					if turn == 0 {
						data(t, c)
					} else {
						require.Equal(t, digest, reply(t, c, "DEBUG", "DIGEST"))
					}
					if turn > 1 {
						reply(t, c, "BGREWRITEAOF")
						require.Eventually(t, func() bool {
							info := reply(t, c, "INFO", "persistence")
							return strings.Contains(info, "aof_rewrite_in_progress:0\r\n") && strings.Contains(info, "aof_rewrites:1\r\n")
						}, 20*time.Second, 5*time.Millisecond)
					}
					reply(t, c, "RPUSH", "turns", fmt.Sprint(turn))
					digest = reply(t, c, "DEBUG", "DIGEST")
					s.Signal(t, syscall.SIGTERM)
					require.Zero(t, s.WaitEnd(t))
				}
			})
		}
	}
}
