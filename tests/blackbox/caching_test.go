package blackbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// cacher is a client that caches what it reads, as long as the server doesn't tell it otherwise.
type cacher struct {
	conn   *wire.Conn
	random *rand.Rand
	optIn  bool
	// cache holds raw replies by the key's name; told counts the keys that it was told of.
	cache map[string]string
	told  int
}

// cachedKeys are how many keys there are of each kind: strings, lists and sets.
const cachedKeys = 12

func cachedKey(random *rand.Rand, kind string) string {
	return fmt.Sprintf("%s:%d", kind, random.IntN(cachedKeys))
}

// readOf is the command that reads a key.
func readOf(key string) []string {
	switch key[0] {
	case 'l':
		return []string{"LRANGE", key, "0", "-1"}
	case 's':
		return []string{"SCARD", key}
	}
	return []string{"GET", key}
}

// reply reads until something comes that is no invalidation.
func (c *cacher) reply() (wire.Reply, error) {
	for {
		reply, err := c.conn.Receive()
		if err != nil || reply.Kind != '>' {
			return reply, err
		}
		if reply.Items[0].Text != "invalidate" {
			return reply, fmt.Errorf("a push of %q", reply.Items[0].Text)
		}
		if reply.Items[1].Null {
			clear(c.cache)
		}
		for _, key := range reply.Items[1].Items {
			delete(c.cache, key.Text)
			c.told++
		}
	}
}

// read looks up some keys, those that it doesn't have in one pipeline, or in a transaction.
func (c *cacher) read() error {
	var keys []string
	var frames []byte
	wrapped := c.random.IntN(4) == 0
	if c.optIn && wrapped {
		frames = append(frames, wire.Frame("CLIENT", "CACHING", "YES")...)
	}
	if wrapped {
		frames = append(frames, wire.Frame("MULTI")...)
	}
	for range 1 + c.random.IntN(4) {
		key := cachedKey(c.random, []string{"v", "l", "s"}[c.random.IntN(3)])
		if _, cached := c.cache[key]; cached {
			continue
		}
		if c.optIn && !wrapped {
			frames = append(frames, wire.Frame("CLIENT", "CACHING", "YES")...)
		}
		keys = append(keys, key)
		frames = append(frames, wire.Frame(readOf(key)...)...)
	}
	if wrapped {
		frames = append(frames, wire.Frame("EXEC")...)
	}
	if err := c.conn.Send(frames); err != nil {
		return err
	}
	if wrapped {
		return c.readExec(keys)
	}
	for _, key := range keys {
		if c.optIn {
			if _, err := c.reply(); err != nil {
				return err
			}
		}
		reply, err := c.reply()
		if err != nil {
			return err
		}
		c.cache[key] = string(reply.Raw)
	}
	return nil
}

// readExec takes the replies of a transaction that reads keys.
func (c *cacher) readExec(keys []string) error {
	before := 1 + len(keys)
	if c.optIn {
		before++
	}
	for range before {
		if _, err := c.reply(); err != nil {
			return err
		}
	}
	reply, err := c.reply()
	if err != nil || len(reply.Items) != len(keys) {
		return fmt.Errorf("EXEC: %s: %w", reply.Raw, err)
	}
	for i, key := range keys {
		c.cache[key] = string(reply.Items[i].Raw)
	}
	return nil
}

// change is a command that may change keys, by one of many ways, out of which flushing may be left.
func change(random *rand.Rand, flushes bool) []string {
	v, w, l, s := cachedKey(random, "v"), cachedKey(random, "v"), cachedKey(random, "l"), cachedKey(random, "s")
	number := fmt.Sprint(random.IntN(1000))
	commands := [][]string{
		{"SET", v, number}, {"SET", v, number, "PX", fmt.Sprint(1 + random.IntN(30))}, {"MSET", v, number, w, number}, {"DEL", v, l, s},
		{"UNLINK", v}, {"APPEND", v, "x"}, {"SETRANGE", v, "1", number}, {"GETDEL", v}, {"GETEX", v, "PX", "5"}, {"PEXPIRE", v, "3"}, {"MOVE", v, "1"},
		{"RENAME", v, w}, {"COPY", v, w, "REPLACE"}, {"BITOP", "NOT", v, w}, {"SETEX", v, "1000", number},
		{"RPUSH", l, number, "1", "2"}, {"RPUSH", l, number}, {"LPOP", l}, {"LTRIM", l, "0", "5"}, {"LMOVE", l, cachedKey(random, "l"), "LEFT", "RIGHT"},
		{"SORT", l, "STORE", cachedKey(random, "l")}, {"BLMPOP", "0.001", "1", l, "LEFT"}, {"PEXPIRE", l, "2"}, {"RENAME", l, cachedKey(random, "l")},
		{"SADD", s, number}, {"SREM", s, number}, {"SPOP", s}, {"SUNIONSTORE", s, cachedKey(random, "s"), cachedKey(random, "s")},
		{"SDIFFSTORE", s, cachedKey(random, "s")}, {"SMOVE", s, cachedKey(random, "s"), number}, {"BLPOP", l, "0.02"},
	}
	switch n := random.IntN(400); {
	case n == 0 && flushes:
		return []string{"FLUSHDB"}
	case n == 1 && flushes:
		return []string{"FLUSHALL"}
	default:
		return commands[n%len(commands)]
	}
}

// lastReads is for how long at the end nobody flushes, so that caches hold something to be compared.
const lastReads = 200 * time.Millisecond

// write changes keys for a while, one by one, in pipelines and in transactions.
func write(conn *wire.Conn, random *rand.Rand, ends time.Time) error {
	for time.Now().Before(ends) {
		var frames []byte
		count := 1 + random.IntN(5)
		wrapped := random.IntN(3) == 0
		if wrapped {
			frames = append(frames, wire.Frame("MULTI")...)
		}
		flushes := time.Until(ends) > lastReads
		for range count {
			frames = append(frames, wire.Frame(change(random, flushes)...)...)
		}
		if wrapped {
			frames = append(frames, wire.Frame("EXEC")...)
			count += 2
		}
		if err := conn.Send(frames); err != nil {
			return err
		}
		for range count {
			if _, err := conn.Receive(); err != nil {
				return err
			}
		}
	}
	return nil
}

// However keys change, a client that caches what it reads holds nothing that is stale for good: once nobody writes any more, whatever it has
// is what the server has.
func TestCachesHoldNothingStale(t *testing.T) {
	t.Parallel()
	for name, directives := range map[string][]string{
		"one loop":   {"--io-threads", "1"},
		"four loops": {"--io-threads", "4"},
		"few keys":   {"--io-threads", "4", "--tracking-table-max-keys", "10"},
		"views":      {"--io-threads", "4", "--enable-debug-command", "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			s := peer.StartOurs(t, directives...)
			control := s.Dial(t)
			if name == "views" {
				_, err := control.Do("DEBUG", "IN-PLACE", "-1")
				require.NoError(t, err)
			}
			caches := cachersOf(t, s, seed)
			ends := time.Now().Add(time.Duration(peer.Count(2, 20)) * time.Second)
			const writers = 4
			peer.Concurrently(t, len(caches)+writers, func(i int) error {
				if i >= len(caches) {
					return write(s.Dial(t), rand.New(rand.NewPCG(seed, uint64(i))), ends)
				}
				for time.Now().Before(ends) {
					if err := caches[i].read(); err != nil {
						return err
					}
				}
				return nil
			})
			requireNothingStale(t, control, caches)
		})
	}
}

// cachersOf are clients that cache in all ways.
func cachersOf(t *testing.T, s *peer.Server, seed uint64) (caches []*cacher) {
	for i, options := range [][]string{{}, {"NOLOOP"}, {"OPTIN"}, {"BCAST"}, {"BCAST", "PREFIX", "v", "PREFIX", "l:", "PREFIX", "s:", "NOLOOP"}, {"OPTOUT"}, {}, {}} {
		c := &cacher{conn: s.Dial(t), random: rand.New(rand.NewPCG(seed, 100+uint64(i))), cache: map[string]string{}}
		c.optIn = len(options) > 0 && options[0] == "OPTIN"
		for _, words := range [][]string{{"HELLO", "3"}, append([]string{"CLIENT", "TRACKING", "ON"}, options...)} {
			reply, err := c.conn.Do(words...)
			require.NoError(t, err)
			require.False(t, reply.IsError(), reply.Text)
		}
		caches = append(caches, c)
	}
	return caches
}

// requireNothingStale waits until nothing is going to expire, and compares.
func requireNothingStale(t *testing.T, control *wire.Conn, caches []*cacher) {
	_, err := control.Do("HELLO", "3")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for _, kind := range []string{"v", "l", "s"} {
			for i := range cachedKeys {
				key := fmt.Sprintf("%s:%d", kind, i)
				if reply, err := control.Do("PTTL", key); err != nil || len(reply.Text) < 6 && !strings.HasPrefix(reply.Text, "-") {
					return false
				}
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
	held := 0
	for _, c := range caches {
		require.NoError(t, c.conn.Send(wire.Frame("PING")))
		_, err := c.reply()
		require.NoError(t, err)
		require.Positive(t, c.told)
		for key, cached := range c.cache {
			held++
			reply, err := control.Do(readOf(key)...)
			require.NoError(t, err)
			require.Equal(t, string(reply.Raw), cached, "%s is stale", key)
		}
	}
	require.Positive(t, held)
}
