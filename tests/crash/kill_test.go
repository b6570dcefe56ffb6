package crash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

func TestMain(m *testing.M) { peer.Main(m) }

// seedVariable makes a run choose as an earlier one did.
const seedVariable = "CINNABAR_CRASH_SEED"

func seedOf(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, seedVariable)
	}
	t.Logf("%s=%d", seedVariable, seed)
	return seed
}

const (
	writers = 8
	// pipelineMost is how many steps a writer sends at once, ackedMost how many are acknowledged at most before the kill.
	pipelineMost = 20
	ackedMost    = 1500
)

// tally is what one writer knows of one of its keys: how often it was changed for sure, and how often at most.
type tally struct{ acknowledged, sent int }

// writer is a client that changes keys of its own: a counter, a list of numbers, and two counters in transactions.
type writer struct {
	id                  int
	counter, list, pair tally
	random              *rand.Rand
}

func (w *writer) key(what string) string { return fmt.Sprintf("%s:%d", what, w.id) }

// steps are the frames of random steps, and what is to be noted when each is answered; replies is how many replies each has.
type step struct {
	tally   *tally
	replies int
}

func (w *writer) pipeline() (frames []byte, steps []step) {
	for range 1 + w.random.IntN(pipelineMost) {
		switch w.random.IntN(3) {
		case 0:
			frames = append(frames, wire.Frame("INCR", w.key("counter"))...)
			w.counter.sent++
			steps = append(steps, step{&w.counter, 1})
		case 1:
			frames = append(frames, wire.Frame("RPUSH", w.key("list"), strconv.Itoa(w.list.sent))...)
			w.list.sent++
			steps = append(steps, step{&w.list, 1})
		default:
			for _, words := range [][]string{{"MULTI"}, {"INCR", w.key("a")}, {"INCR", w.key("b")}, {"EXEC"}} {
				frames = append(frames, wire.Frame(words...)...)
			}
			w.pair.sent++
			steps = append(steps, step{&w.pair, 4})
		}
	}
	return frames, steps
}

// work writes until the connection ends. acked is told of each step that was acknowledged.
func (w *writer) work(addr string, acked func()) error {
	c, err := wire.Dial(addr)
	if err != nil {
		return nil // it is dead already
	}
	defer c.Close()
	for {
		frames, steps := w.pipeline()
		if c.Send(frames) != nil {
			return nil
		}
		for _, s := range steps {
			for range s.replies {
				reply, err := c.Receive()
				if err != nil {
					return nil
				}
				if reply.Raw[0] == '-' {
					return fmt.Errorf("writer %d: %s", w.id, reply.Raw)
				}
			}
			s.tally.acknowledged++
			acked()
		}
	}
}

// check holds what is there to what is known, and takes it for known.
func (w *writer) check(t *testing.T, c *wire.Conn) {
	number := func(key string) int {
		reply, err := c.Do("GET", key)
		require.NoError(t, err)
		n, _ := strconv.Atoi(reply.Text)
		return n
	}
	settle := func(what string, known *tally, found int) {
		require.GreaterOrEqual(t, found, known.acknowledged, "%s: what was acknowledged is lost", w.key(what))
		require.LessOrEqual(t, found, known.sent, "%s: what nobody sent is there", w.key(what))
		known.acknowledged, known.sent = found, found
	}
	settle("counter", &w.counter, number(w.key("counter")))
	a, b := number(w.key("a")), number(w.key("b"))
	require.Equal(t, a, b, "writer %d: a transaction was torn", w.id)
	settle("a", &w.pair, a)
	reply, err := c.Do("LRANGE", w.key("list"), "0", "-1")
	require.NoError(t, err)
	for i, item := range reply.Items {
		require.Equal(t, strconv.Itoa(i), item.Text, "writer %d: the list has a gap", w.id)
	}
	settle("list", &w.list, len(reply.Items))
}

// TestKill kills the server again and again while it is written to and its log is rewritten, each time at a random moment.
func TestKill(t *testing.T) {
	for _, policy := range []string{"always", "everysec", "no"} {
		for _, preamble := range []string{"yes", "no"} {
			t.Run(policy+" "+preamble, func(t *testing.T) {
				t.Parallel()
				killAgain(t, peer.Count(2, 34), "--appendonly", "yes", "--appendfsync", policy, "--aof-use-rdb-preamble", preamble,
					"--auto-aof-rewrite-min-size", "1", "--auto-aof-rewrite-percentage", "50", "--io-threads", "3", "--dir", t.TempDir())
			})
		}
	}
}

func killAgain(t *testing.T, lives int, directives ...string) {
	random := rand.New(rand.NewPCG(seedOf(t), 1))
	var all []*writer
	for id := range writers {
		all = append(all, &writer{id: id, random: rand.New(rand.NewPCG(random.Uint64(), 2))})
	}
	for life := range lives + 1 {
		s := peer.StartOurs(t, directives...)
		c := s.Dial(t)
		for _, w := range all {
			w.check(t, c)
		}
		if life == lives {
			return
		}
		left := int64(1 + random.IntN(ackedMost))
		rewrite := left / 2
		var acknowledged atomic.Int64
		peer.Concurrently(t, writers, func(i int) error {
			return all[i].work(s.Addr(), func() {
				switch acknowledged.Add(1) {
				case rewrite:
					_ = c.Send(wire.Frame("BGREWRITEAOF")) // nobody waits for it
				case left:
					if process, err := os.FindProcess(s.Pid()); err == nil {
						_ = process.Kill()
					}
				}
			})
		})
		s.WaitEnd(t)
		require.False(t, strings.Contains(s.LogTail(), "PANIC"), s.LogTail())
	}
}
