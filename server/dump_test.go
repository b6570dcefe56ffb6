package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// valueMakers make values of every type and encoding, under the key "made".
var valueMakers = []string{
	"SET made hello", "SET made -32769", "SET made 9223372036854775807", "SETRANGE made 3000 x", "SETRANGE made 70000 x", "RPUSH made a 1 -1 4096 70000 5000000000 bb",
	"SADD made 1 2 300", "SADD made 1 -70000", "SADD made 5000000000 a", "SADD made a b c dd", "ZADD made 1 a 2.5 b -inf c 3 4", "ZADD made 1 a 2 LONG", "HSET made f v n 17 LONG2 x",
	"HSET made f LONG g 1", "HSETEX made EX 100000 FIELDS 2 f v g w",
}

// valueUsers are commands for whatever type KEY holds: readers, writers, and what looks at all of it.
var valueUsers = []string{
	"TYPE KEY", "OBJECT ENCODING KEY", "DEBUG OBJECT KEY", "DEBUG DIGEST-VALUE KEY", "MEMORY USAGE KEY", "DUMP KEY", "COPY KEY copy REPLACE", "SORT KEY ALPHA LIMIT 0 5",
	"STRLEN KEY", "GETRANGE KEY 0 -1", "APPEND KEY x", "SETRANGE KEY 3 yy", "BITCOUNT KEY", "INCR KEY",
	"LLEN KEY", "LRANGE KEY 0 -1", "LINDEX KEY -1", "LPUSH KEY new", "RPUSH KEY 7", "LINSERT KEY BEFORE a y", "LREM KEY 0 a", "LSET KEY 0 z", "LPOS KEY bb", "LTRIM KEY 0 50", "LPOP KEY",
	"SCARD KEY", "SMEMBERS KEY", "SADD KEY new 70001", "SREM KEY a 1", "SISMEMBER KEY b", "SRANDMEMBER KEY 3", "SINTERSTORE copy KEY KEY", "SPOP KEY",
	"ZCARD KEY", "ZRANGE KEY 0 -1 WITHSCORES", "ZRANGEBYSCORE KEY -inf +inf", "ZADD KEY 5 new 1 a", "ZINCRBY KEY 2 b", "ZRANK KEY b", "ZRANGESTORE copy KEY 0 -1", "ZREM KEY c", "ZPOPMIN KEY",
	"HLEN KEY", "HGETALL KEY", "HSET KEY new 1 f 2", "HINCRBY KEY n 1", "HDEL KEY g", "HRANDFIELD KEY 3 WITHVALUES", "HTTL KEY FIELDS 1 f", "HSCAN KEY 0", "HPERSIST KEY FIELDS 1 f",
	"DUMP KEY", "OBJECT ENCODING KEY", "DEBUG DIGEST-VALUE KEY copy", "EXPIRE KEY 1000",
}

// restorer hands a server payloads and uses what has become of them.
type restorer struct {
	t      testing.TB
	server *testServer
	conn   *wire.Conn
	// restored counts the payloads that were taken.
	restored int
}

func newRestorer(t testing.TB, args ...string) *restorer {
	s := startServer(t, func(s *Server) { s.exit = func(code int) { panic("the process would have ended") } },
		append(args, "--enable-debug-command", "yes", "--proto-max-bulk-len", "4mb")...)
	conn, err := wire.Dial(s.listeners[0].Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &restorer{t: t, server: s, conn: conn}
}

func (r *restorer) do(words ...string) *wire.Reply {
	reply, err := r.conn.Do(words...)
	if err != nil {
		r.t.Fatalf("%q: %v\n%s", words, err, r.server.log.String())
	}
	return &reply
}

// values are types and values as they stand in payloads, without the footers.
func (r *restorer) values() (list []string) {
	long := strings.NewReplacer("LONG2", strings.Repeat("ab", 10), "LONG", strings.Repeat("m", 70))
	for _, compress := range []string{"yes", "no"} {
		r.do("CONFIG", "SET", "rdbcompression", compress)
		for _, maker := range valueMakers {
			r.do("DEL", "made")
			require.False(r.t, r.do(strings.Fields(long.Replace(maker))...).IsError())
			payload := r.do("DUMP", "made").Text
			list = append(list, payload[:len(payload)-10])
		}
	}
	return list
}

// restore hands over a value with a right footer, and uses it.
func (r *restorer) restore(value []byte, version int) {
	payload := string(rdb.AppendDump(slices.Clone(value), version))
	reply := r.do("RESTORE", "k", "0", payload, "REPLACE")
	if reply.IsError() {
		if text := reply.Text; text != "ERR Bad data format" && text != "ERR DUMP payload version or checksum are wrong" {
			r.t.Fatalf("%q: %s", payload, text)
		}
		return
	}
	r.restored++
	again := r.do("DUMP", "k").Text
	digest := r.do("DEBUG", "DIGEST-VALUE", "k").Items[0].Text
	require.Equal(r.t, "OK", r.do("RESTORE", "again", "0", again, "REPLACE").Text, "%q", payload)
	if r.do("TYPE", "k").Text == "stream" { // version 10 has no place for all that newer ones tell of a stream
		require.Equal(r.t, again, r.do("DUMP", "again").Text, "%q", payload)
	} else {
		require.Equal(r.t, digest, r.do("DEBUG", "DIGEST-VALUE", "again").Items[0].Text, "%q", payload)
	}
	for _, command := range valueUsers {
		r.do(strings.Fields(strings.ReplaceAll(command, "KEY", "k"))...)
	}
}

// mutated is a value with some things changed.
func mutated(random *rand.Rand, values []string) []byte {
	value := []byte(values[random.IntN(len(values))])
	for range 1 + random.IntN(4) {
		at := random.IntN(len(value))
		switch random.IntN(6) {
		case 0:
			value[at] ^= 1 << random.IntN(8)
		case 1:
			value[at] = byte(random.IntN(256))
		case 2:
			value[at] = []byte{0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xf0, 0xfe, 0xff}[random.IntN(12)]
		case 3:
			value = slices.Delete(value, at, min(len(value), at+1+random.IntN(3)))
		case 4:
			value = slices.Insert(value, at, value[at:min(len(value), at+1+random.IntN(8))]...)
		case 5:
			value[0] = byte(random.IntN(26))
		}
		if len(value) == 0 {
			return []byte{0}
		}
	}
	return value
}

// Payloads that were changed at random, with the right checksum: refused, or good for every command.
func TestRestoreOfBrokenPayloads(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	r := newRestorer(t)
	values := r.values()
	for _, value := range values {
		for _, version := range []int{10, 12} {
			r.restore([]byte(value), version)
		}
	}
	require.Equal(t, 2*len(values), r.restored, "those that weren't changed are taken")
	for _, looks := range []string{"0", "-1"} { // in place, and apart
		r.do("DEBUG", "IN-PLACE", looks)
		for range peer.Count(600, 100_000) {
			r.restore(mutated(random, values), 10+random.IntN(3))
		}
	}
	require.Zero(t, r.server.stats.panics.Load(), r.server.log.String())
	require.Greater(t, r.restored, 2*len(values))
}

// FuzzRestore restores values of any bytes.
func FuzzRestore(f *testing.F) {
	r := newRestorer(f)
	for _, value := range r.values() {
		f.Add([]byte(value), 10)
	}
	f.Fuzz(func(t *testing.T, value []byte, version int) {
		if len(value) > 1<<16 {
			return
		}
		r.t = t
		r.restore(value, version&0x7f)
	})
}

// A large value is serialized and restored while others go on, and comes back as it was.
func TestDumpOfLargeValues(t *testing.T) {
	t.Parallel()
	for _, loops := range []string{"1", "4"} {
		t.Run("loops"+loops, func(t *testing.T) {
			t.Parallel()
			r := newRestorer(t, "--io-threads", loops)
			s := r.server
			count := peer.Count(50_000, 1_000_000)
			for i := 0; i < count; i += 1000 {
				for _, words := range [][]string{{"ZADD", "zset"}, {"HSET", "hash"}, {"RPUSH", "list"}, {"SADD", "set"}} {
					for n := i; n < i+1000; n++ {
						if words[0] == "ZADD" || words[0] == "HSET" {
							words = append(words, strconv.Itoa(n))
						}
						words = append(words, fmt.Sprint("member:", n))
					}
					require.False(t, r.do(words...).IsError())
				}
			}
			r.do("SET", "string", strings.Repeat("some text ", count/5))
			other, err := wire.Dial(s.listeners[0].Addr().String())
			require.NoError(t, err)
			defer other.Close()
			stop, slowest := make(chan struct{}), make(chan time.Duration)
			go func() {
				worst := time.Duration(0)
				for {
					select {
					case <-stop:
						slowest <- worst
						return
					default:
					}
					began := time.Now()
					if _, err := other.Do("SET", "small", "x"); err != nil {
						t.Error(err)
					}
					worst = max(worst, time.Since(began))
				}
			}()
			for _, key := range []string{"string", "zset", "hash", "list", "set"} {
				payload := r.do("DUMP", key).Text
				require.Equal(t, "OK", r.do("RESTORE", "back", "0", payload, "REPLACE").Text)
				require.Equal(t, r.do("DEBUG", "DIGEST-VALUE", key).Items[0].Text, r.do("DEBUG", "DIGEST-VALUE", "back").Items[0].Text)
			}
			close(stop)
			peer.Figure(t, "slowest SET of another client while values are dumped and restored, loops "+loops, "%s", <-slowest)
		})
	}
}

// A hash in which fields have deadlines is dumped as Redis 7.4.1 dumps it, whatever rdb-version is, and what that dumps is restored.
func TestDumpOfFieldDeadlines(t *testing.T) {
	t.Parallel()
	const (
		small = "\x198\x8e\x10\x9b\x15\x08\x00\x00//\x00\x00\x00\x09\x00\x81c\x02\x83vvv\x04\xf48\x8e\x10\x9b\x15\x08\x00\x00\x09\x81a\x02\x01\x01\xf4" +
			"\xff\x9frN\x18\x09\x00\x00\x09\x81b\x02\x02\x01\x00\x01\xff\x0c\x00\xfbA;\x89V\\\"\xc1"
		large = "\x188\x8e\x10\x9b\x15\x08\x00\x00\x03\x01\x01c\xc3\x09@A\x01vv\xe04\x00\x01vv\x00\x01b\xc0\x02\x81\x00\x00\x01\x02\xb3b\x11\xc8\x01a" +
			"\xc0\x01\x0c\x00\x0a\x1c\xa4\x0eJ\x15B\x83"
	)
	r := newRestorer(t)
	r.do("HSET", "h", "a", "1", "b", "2", "c", "vvv")
	r.do("HPEXPIREAT", "h", "9999999999999", "FIELDS", "1", "a")
	r.do("HPEXPIREAT", "h", "8888888888888", "FIELDS", "1", "c")
	for _, version := range []string{"10", "11", "12"} {
		r.do("CONFIG", "SET", "rdb-version", version)
		require.Equal(t, small, r.do("DUMP", "h").Text)
	}
	for payload, encoding := range map[string]string{small: "listpackex", large: "hashtable"} {
		require.Equal(t, "OK", r.do("RESTORE", "k", "0", payload, "REPLACE").Text)
		require.Equal(t, "*3\r\n:9999999999999\r\n:-1\r\n:8888888888888\r\n", string(r.do("HPEXPIRETIME", "k", "FIELDS", "3", "a", "b", "c").Raw))
		require.Equal(t, encoding, r.do("OBJECT", "ENCODING", "k").Text)
	}
	r.do("HPERSIST", "h", "FIELDS", "2", "a", "c")
	r.do("CONFIG", "SET", "rdb-version", "10")
	payload := r.do("DUMP", "h").Text
	require.Equal(t, "\x0a\x00", payload[len(payload)-10:len(payload)-8], "without deadlines nothing keeps it from version 10")
}

// A log is loaded as it happened: a key whose deadline has come meanwhile was there for what followed.
func TestRestoreFromALog(t *testing.T) {
	t.Parallel()
	payload := rdb.AppendDump([]byte("\x00\x05hello"), 10)
	record := func(words ...string) (frame string) {
		list := make([][]byte, len(words))
		for i, word := range words {
			list[i] = []byte(strings.ReplaceAll(word, "PAYLOAD", string(payload)))
		}
		return string(aof.AppendRecord(nil, list))
	}
	s := startLogged(t, written(t, record("SELECT", "0")+record("RESTORE", "kept", "1000", "PAYLOAD", "ABSTTL")+record("PERSIST", "kept")+
		record("RESTORE", "gone", "1000", "PAYLOAD", "ABSTTL")+record("SET", "over", "1")+record("RESTORE-ASKING", "over", "99999999999999", "PAYLOAD", "absttl", "REPLACE")+
		record("RESTORE", "plain", "0", "PAYLOAD")))
	c := s.dial(t)
	require.Equal(t, "$5\r\nhello\r\n", do(t, c, "GET", "kept"))
	require.Equal(t, ":-1\r\n", do(t, c, "PEXPIRETIME", "kept"))
	require.Equal(t, "$-1\r\n", do(t, c, "GET", "gone"))
	require.Equal(t, ":99999999999999\r\n", do(t, c, "PEXPIRETIME", "over"))
	require.Equal(t, "$5\r\nhello\r\n", do(t, c, "GET", "plain"))
}
