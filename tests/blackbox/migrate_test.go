package blackbox

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// migrateSteps are commands to the source, or with "target>" to the target; PORT is the target's, CLOSED one that nobody listens on.
var migrateSteps = []string{
	// what is said without the network
	"MIGRATE", "MIGRATE 127.0.0.1 PORT k 0", "MIGRATE 127.0.0.1 PORT k 0 1000 nosuch", "MIGRATE 127.0.0.1 PORT k 0 x", "MIGRATE 127.0.0.1 PORT k x 1000",
	"MIGRATE 127.0.0.1 PORT k x x COPY REPLACE nosuch", "MIGRATE 127.0.0.1 PORT k 0 1000 AUTH", "MIGRATE 127.0.0.1 PORT k 0 1000 AUTH2 a",
	"MIGRATE 127.0.0.1 PORT k 0 1000 KEYS a", "MIGRATE 127.0.0.1 PORT nosuch 0 1000", "MIGRATE 127.0.0.1 PORT - 0 1000 KEYS", "MIGRATE 127.0.0.1 PORT - 0 1000 KEYS a b",
	"MIGRATE 127.0.0.1 PORT gone 0 1000", "MIGRATE 127.0.0.1 PORT nosuch 9999999999 99999999999999",
	// one key, of each type
	"MIGRATE 127.0.0.1 PORT str 0 1000", "EXISTS str", "target> GET str", "MIGRATE 127.0.0.1 PORT list 0 5000", "target> LRANGE list 0 -1", "migrate 127.0.0.1 PORT hash 0 5000 copy",
	"EXISTS hash", "target> HGETALL hash", "MIGRATE 127.0.0.1 PORT zset 0 0", "target> ZRANGE zset 0 -1 WITHSCORES", "MIGRATE 127.0.0.1 PORT set 0 -5", "target> SCARD set",
	"MIGRATE 127.0.0.1 PORT int 0 5000", "target> OBJECT ENCODING int", "target> GET int",
	// what is there already
	"SET str new", "MIGRATE 127.0.0.1 PORT str 0 5000", "GET str", "target> GET str", "MIGRATE 127.0.0.1 PORT str 0 5000 COPY REPLACE", "GET str", "target> GET str",
	"SET str newer", "MIGRATE 127.0.0.1 PORT str 0 5000 replace", "EXISTS str", "target> GET str",
	// deadlines
	"SET t 1 EX 100000", "MIGRATE 127.0.0.1 PORT t 0 5000", "EXISTS t", "target> GET t", "near target> TTL t",
	// several keys, some of which are there already, missing, named twice or expired
	"MSET a 1 b 2 c 3 d 4", "target> SET b there", "MIGRATE 127.0.0.1 PORT - 0 5000 KEYS a b nosuch c", "MGET a b c d", "target> MGET a b c d",
	"MIGRATE 127.0.0.1 PORT - 0 5000 REPLACE KEYS b d d", "MGET a b c d", "target> MGET a b c d", "SET x 1", "MIGRATE 127.0.0.1 PORT - 0 5000 COPY KEYS x x", "EXISTS x",
	"MIGRATE 127.0.0.1 PORT - 0 5000 KEYS nosuch",
	// other databases, of both
	"MIGRATE 127.0.0.1 PORT x 3 5000", "EXISTS x", "target> SELECT 3", "target> GET x", "SELECT 5", "SET y 5", "MIGRATE 127.0.0.1 PORT y 3 5000", "target> GET y", "SELECT 0",
	"target> SELECT 0", "SET y 1", "MIGRATE 127.0.0.1 PORT y 99 5000", "GET y", "MIGRATE 127.0.0.1 PORT y 0 5000", "target> GET y",
	// passwords
	"SET p 1", "MIGRATE 127.0.0.1 PORT p 0 5000 AUTH secret", "EXISTS p", "target> CONFIG SET requirepass secret", "MIGRATE 127.0.0.1 PORT p 0 5000 COPY REPLACE", "EXISTS p",
	"MIGRATE 127.0.0.1 PORT p 0 5000 AUTH wrong", "EXISTS p", "MIGRATE 127.0.0.1 PORT p 0 5000 AUTH2 nobody secret", "MIGRATE 127.0.0.1 PORT p 0 5000 AUTH secret COPY",
	"target> GET p", "MIGRATE 127.0.0.1 PORT p 0 5000 REPLACE AUTH2 default secret", "EXISTS p", "target> GET p", "SET p 2", "MIGRATE 127.0.0.1 PORT - 0 5000 REPLACE AUTH2 default wrong AUTH secret KEYS p",
	"target> GET p", "target> CONFIG SET requirepass -",
	// where nobody listens
	"SET z 1", "MIGRATE 127.0.0.1 CLOSED z 0 200", "MIGRATE 127.0.0.1 0 z 0 200", "MIGRATE 127.0.0.1 x z 0 200", "MIGRATE nosuch.invalid PORT z 0 200", "MIGRATE - PORT z 0 200", "GET z",
	// in a transaction
	"MULTI", "SET m 1", "MIGRATE 127.0.0.1 PORT m 0 5000", "EXISTS m", "MIGRATE 127.0.0.1 PORT m 0 5000", "SET n 2", "MIGRATE 127.0.0.1 PORT n 0 5000 COPY", "EXEC", "target> MGET m n",
	// names and values of any bytes, and large ones
	"SET bin \x00\xff\r\n", "MIGRATE 127.0.0.1 PORT bin 0 5000", "target> GET bin", "MIGRATE 127.0.0.1 PORT large 0 5000", "EXISTS large", "target> STRLEN large",
	"MIGRATE 127.0.0.1 PORT many 0 5000", "EXISTS many", "target> HLEN many",
}

// deadlines are Unix times in milliseconds.
var deadlines = regexp.MustCompile(`\b1\d{12}\b`)

// migrated runs the steps, and tells all there is to see.
func migrated(t *testing.T, source, target *peer.Server) (told []string) {
	from, to := source.Dial(t), target.Dial(t)
	do(t, from, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	do(t, from, "RPUSH", "list", "a", "1", "")
	do(t, from, "HSET", "hash", "f", "v")
	do(t, from, "ZADD", "zset", "1", "a", "-inf", "b")
	do(t, from, "SADD", "set", "a", "b", "c")
	do(t, from, "MSET", "str", "hello", "int", "12345", "large", strings.Repeat("0123456789", 200_000))
	do(t, from, "SET", "gone", "1", "PXAT", "1")
	words := []string{"HSET", "many"}
	for i := range 20_000 {
		words = append(words, fmt.Sprint("field", i), fmt.Sprint(i))
	}
	do(t, from, words...)
	events, stream := peer.Listen(t, source), peer.Observe(t, source)
	changes := figure(t, from, "rdb_changes_since_last_save")
	ports := strings.NewReplacer("PORT", strconv.Itoa(target.Port), "CLOSED", strconv.Itoa(peer.FreePort()))
	for _, step := range migrateSteps {
		conn := from
		command, near := strings.CutPrefix(step, "near ")
		command, there := strings.CutPrefix(command, "target> ")
		if there {
			conn = to
		}
		words := strings.Split(ports.Replace(command), " ")
		for i := range words {
			if words[i] == "-" {
				words[i] = ""
			}
		}
		reply, err := conn.Do(words...)
		require.NoError(t, err, step)
		shown := string(reply.Raw)
		if near {
			seconds, err := strconv.Atoi(reply.Text)
			require.NoError(t, err)
			require.InDelta(t, 100_000, seconds, 5)
			shown = "near"
		}
		told = append(told, fmt.Sprintf("%s: %q", step, shown))
	}
	for _, follower := range []interface{ All() ([][]string, error) }{events, stream} {
		list, err := follower.All()
		require.NoError(t, err)
		for _, words := range list {
			told = append(told, deadlines.ReplaceAllString(fmt.Sprintf("%q", words), "deadline"))
		}
	}
	told = append(told, "digests", do(t, from, "DEBUG", "DIGEST").Text, do(t, to, "DEBUG", "DIGEST").Text)
	return append(told, fmt.Sprint("hits ", figure(t, from, "keyspace_hits"), " misses ", figure(t, from, "keyspace_misses"),
		" changes ", figure(t, from, "rdb_changes_since_last_save")-changes))
}

// MIGRATE between servers of both kinds, in all ways, looks as it does between two of Redis.
func TestMigrate(t *testing.T) {
	t.Parallel()
	start := map[string]func(testing.TB, ...string) *peer.Server{"ours": peer.StartOurs, "redis": peer.StartRedis}
	told := func(t *testing.T, source, target string) []string {
		directives := []string{"--notify-keyspace-events", "KEAmn", "--enable-debug-command", "yes"}
		return migrated(t, start[source](t, directives...), start[target](t, directives...))
	}
	want := told(t, "redis", "redis")
	for _, pair := range [][2]string{{"ours", "redis"}, {"redis", "ours"}, {"ours", "ours"}} {
		t.Run(pair[0]+" to "+pair[1], func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, told(t, pair[0], pair[1]))
		})
	}
}
