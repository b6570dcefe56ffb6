package blackbox

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// fieldsTimeout is how long is waited for fields to go.
const fieldsTimeout = 20 * time.Second

// replies sends a command and requires the reply.
func replies(t *testing.T, conn *wire.Conn, want string, words ...string) {
	t.Helper()
	require.Equal(t, want, string(do(t, conn, words...).Raw), "%q", words)
}

// becomes sends a command again and again until the reply is the one that is wanted.
func becomes(t *testing.T, conn *wire.Conn, want string, words ...string) {
	t.Helper()
	require.Eventually(t, func() bool { return string(do(t, conn, words...).Raw) == want }, fieldsTimeout, time.Millisecond, "%q", words)
}

// figure is a number of INFO, -1 if it isn't there.
func figure(t *testing.T, conn *wire.Conn, name string) int {
	t.Helper()
	_, rest, found := strings.Cut(do(t, conn, "INFO", "everything").Text, name)
	if !found {
		return -1
	}
	end := strings.IndexFunc(rest[1:], func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.Atoi(rest[1 : 1+end])
	require.NoError(t, err, name)
	return n
}

// Fields that nobody reads go by themselves, those that were due first before the others, and the key with the last one; events, followers and
// counts tell of it.
func TestFieldsGoByThemselves(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"128", "0"} {
		s := peer.StartOurs(t, "--notify-keyspace-events", "Kgh", "--enable-debug-command", "yes", "--hash-max-listpack-entries", limit)
		conn := s.Dial(t)
		stream, events := peer.Observe(t, s), peer.Listen(t, s)
		do(t, conn, "HSET", "h", "a", "1", "b", "2", "c", "3")
		do(t, conn, "HSET", "stays", "a", "1", "b", "2")
		_, err := stream.All()
		require.NoError(t, err)
		begins := time.Now().UnixMilli()
		for i, field := range []string{"c", "a", "b"} {
			replies(t, conn, "*1\r\n:1\r\n", "HPEXPIREAT", "h", fmt.Sprint(begins+int64(200+150*i)), "FIELDS", "1", field)
		}
		replies(t, conn, "*1\r\n:1\r\n", "HPEXPIREAT", "stays", fmt.Sprint(begins+200), "FIELDS", "1", "a")
		require.Equal(t, 2, figure(t, conn, "subexpiry"))
		becomes(t, conn, ":2\r\n", "HLEN", "h")
		require.GreaterOrEqual(t, time.Now().UnixMilli(), begins+200)
		becomes(t, conn, ":0\r\n", "EXISTS", "h")
		require.GreaterOrEqual(t, time.Now().UnixMilli(), begins+500)
		replies(t, conn, ":1\r\n", "HLEN", "stays")
		require.Equal(t, 4, figure(t, conn, "expired_subkeys"))
		require.Equal(t, -1, figure(t, conn, "subexpiry"))

		list, err := events.All()
		require.NoError(t, err)
		var told []string
		for _, event := range list {
			if strings.HasSuffix(event[0], ":h") {
				told = append(told, event[1])
			}
		}
		require.Equal(t, []string{"hset", "hexpire", "hexpire", "hexpire", "hexpired", "hexpired", "hexpired", "del"}, told)
		commands, err := stream.All()
		require.NoError(t, err)
		told = nil
		for _, words := range commands {
			if words[0] == "HDEL" && words[1] == "h" {
				told = append(told, strings.Join(words, " "))
			}
			require.NotEqual(t, "MULTI", words[0])
		}
		require.Equal(t, []string{"HDEL h c", "HDEL h a", "HDEL h b"}, told)
	}
}

// A great many fields that are due at once keep nobody waiting.
func TestManyFieldsGoTogether(t *testing.T) {
	for _, shape := range []struct{ hashes, fields int }{{1, 100_000}, {1000, 100}, {20_000, 5}} {
		t.Run(fmt.Sprintf("%d of %d", shape.hashes, shape.fields), func(t *testing.T) {
			s := peer.StartMeasured(t)
			deadline := time.Now().Add(4 * time.Second)
			const piece = 1000
			pipelined(t, s, shape.hashes*max(1, shape.fields/piece), func(i int) []string {
				count := min(piece, shape.fields)
				words := []string{"HSETEX", fmt.Sprintf("h%d", i%shape.hashes), "PXAT", fmt.Sprint(deadline.UnixMilli()), "FIELDS", strconv.Itoa(count)}
				for n := range count {
					words = append(words, fmt.Sprintf("field:%d:%d", i, n), "value")
				}
				return words
			})
			conn, control := s.Dial(t), s.Dial(t)
			do(t, control, "SET", "k", "v")
			require.Less(t, time.Now(), deadline, "filled in time")
			time.Sleep(time.Until(deadline) - 10*time.Millisecond)
			var ended atomic.Bool
			longest, count := time.Duration(0), 0
			var failure error
			done := make(chan struct{})
			go func() {
				defer close(done)
				for ; !ended.Load() && failure == nil; count++ {
					began := time.Now()
					_, failure = control.Do("SET", "k", "v")
					longest = max(longest, time.Since(began))
				}
			}()
			becomes(t, conn, ":1\r\n", "DBSIZE")
			took := time.Since(deadline)
			ended.Store(true)
			<-done
			require.NoError(t, failure)
			require.Equal(t, shape.hashes*shape.fields, figure(t, conn, "expired_subkeys"))
			require.Less(t, longest, 100*time.Millisecond, "the longest SET beside it")
			peer.Figure(t, fmt.Sprintf("%d hashes of %d fields that are due at once: gone after, longest SET meanwhile", shape.hashes, shape.fields),
				"%d ms, %d us", took.Milliseconds(), longest.Microseconds())
		})
	}
}

// Deadlines of fields go where their hash goes, and go with it.
func TestFieldDeadlinesGoWithTheHash(t *testing.T) {
	t.Parallel()
	for _, fields := range []int{2, 300} {
		s := peer.StartOurs(t, "--enable-debug-command", "yes")
		conn := s.Dial(t)
		words := []string{"HSETEX", "h", "PX", "500", "FIELDS", strconv.Itoa(fields)}
		for i := range fields {
			words = append(words, fmt.Sprintf("f%d", i), "v")
		}
		replies(t, conn, ":1\r\n", words...)
		replies(t, conn, ":1\r\n", "HSET", "h", "stays", "v")
		for _, words := range [][]string{{"COPY", "h", "copy"}, {"COPY", "h", "far", "DB", "3"}, {"COPY", "h", "overwritten"}, {"COPY", "h", "deleted"},
			{"COPY", "h", "moves"}, {"COPY", "h", "persists"}, {"COPY", "h", "renamed"}, {"RENAME", "renamed", "new"}, {"MOVE", "moves", "4"},
			{"COPY", "h", "swapped", "DB", "5"}, {"SWAPDB", "5", "6"}, {"COPY", "h", "flushed", "DB", "7"}, {"COPY", "h", "expires"},
			{"SET", "overwritten", "v"}, {"DEL", "deleted"}, {"PEXPIRE", "expires", "100"}} {
			do(t, conn, words...)
		}
		for i := range fields {
			replies(t, conn, "*1\r\n:1\r\n", "HPERSIST", "persists", "FIELDS", "1", fmt.Sprintf("f%d", i))
		}
		do(t, conn, "SELECT", "7")
		do(t, conn, "FLUSHDB")
		replies(t, conn, ":1\r\n", "HSETEX", "flushed", "PX", "60000", "FIELDS", "1", "a", "v")
		do(t, conn, "SELECT", "0")
		becomes(t, conn, ":1\r\n", "HLEN", "h")
		replies(t, conn, ":0\r\n", "EXISTS", "expires")
		replies(t, conn, "+string\r\n", "TYPE", "overwritten")
		replies(t, conn, fmt.Sprintf(":%d\r\n", fields+1), "HLEN", "persists")
		for _, key := range []string{"copy", "new", "3 far", "4 moves", "6 swapped", "7 flushed"} {
			if index, name, far := strings.Cut(key, " "); far {
				do(t, conn, "SELECT", index)
				key = name
			}
			becomes(t, conn, ":1\r\n", "HLEN", key)
		}
		require.Equal(t, 1, figure(t, conn, "subexpiry"), "of database 7")
		do(t, conn, "FLUSHALL")
		require.Equal(t, -1, figure(t, conn, "subexpiry"))
	}
}

// A field that goes, whether by itself or since a read has found it, is a change for those who watch the hash.
func TestWatchSeesFieldsGo(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t, "--enable-debug-command", "yes")
	conn, other := s.Dial(t), s.Dial(t)
	for _, active := range []string{"1", "0"} {
		do(t, other, "DEBUG", "SET-ACTIVE-EXPIRE", active)
		do(t, conn, "HSET", "h", "a", "1", "b", "2")
		replies(t, conn, "*1\r\n:1\r\n", "HPEXPIRE", "h", "30", "FIELDS", "1", "a")
		replies(t, conn, "+OK\r\n", "WATCH", "h")
		if active == "1" {
			becomes(t, other, ":1\r\n", "HLEN", "h")
		} else {
			becomes(t, other, "*1\r\n:-2\r\n", "HPTTL", "h", "FIELDS", "1", "a")
			replies(t, other, ":2\r\n", "HLEN", "h")
			replies(t, other, "$-1\r\n", "HGET", "h", "a")
			replies(t, other, ":1\r\n", "HLEN", "h")
		}
		do(t, conn, "MULTI")
		do(t, conn, "HSET", "h", "c", "3")
		replies(t, conn, "*-1\r\n", "EXEC")
	}
	// With another field's deadline ahead nothing has happened.
	replies(t, conn, "*1\r\n:1\r\n", "HPEXPIRE", "h", "60000", "FIELDS", "1", "b")
	replies(t, conn, "+OK\r\n", "WATCH", "h")
	replies(t, other, "$1\r\n2\r\n", "HGET", "h", "b")
	do(t, conn, "MULTI")
	replies(t, conn, "*0\r\n", "EXEC")
}

// Where active expiry is off, or clients are paused, fields stay until they are read, or until it is over.
func TestFieldsStayWithoutActiveExpiry(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t, "--enable-debug-command", "yes")
	conn, other := s.Dial(t), s.Dial(t)
	fill := func() {
		replies(t, conn, ":1\r\n", "HSETEX", "h", "PX", "20", "FIELDS", "3", "a", "1", "b", "2", "c", "3")
		replies(t, conn, ":1\r\n", "HSETEX", "h2", "PX", "20", "FIELDS", "1", "a", "1")
	}
	do(t, conn, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	fill()
	becomes(t, conn, "*1\r\n:-2\r\n", "HPTTL", "h2", "FIELDS", "1", "a")
	time.Sleep(120 * time.Millisecond) // twice the time in which they would have gone
	replies(t, conn, ":3\r\n", "HLEN", "h")
	replies(t, conn, ":2\r\n", "DBSIZE")
	do(t, conn, "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	becomes(t, conn, ":0\r\n", "DBSIZE")

	fill()
	replies(t, other, "+OK\r\n", "CLIENT", "PAUSE", "300", "WRITE")
	becomes(t, conn, "*1\r\n:-2\r\n", "HPTTL", "h2", "FIELDS", "1", "a")
	replies(t, conn, "$-1\r\n", "HGET", "h", "a")
	replies(t, conn, ":3\r\n", "HLEN", "h")
	becomes(t, conn, ":0\r\n", "DBSIZE")
}
