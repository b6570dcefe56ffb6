package examples

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// seedVariable makes a run choose as an earlier one did.
const seedVariable = "CINNABAR_EXAMPLES_SEED"

// example is what each program has: a server of its own, a client, a time by which it must be done, and chance.
type example struct {
	*testing.T
	ctx    context.Context
	server *peer.Server
	client *redis.Client
	seed   uint64
}

// begin starts a server for a program.
func begin(t *testing.T, directives ...string) *example {
	t.Parallel()
	x := &example{T: t, server: peer.StartOurs(t, directives...), seed: uint64(time.Now().UnixNano())}
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		x.seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, seedVariable)
	}
	t.Logf("%s=%d", seedVariable, x.seed)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(peer.Count(60, 300))*time.Second)
	t.Cleanup(cancel)
	x.ctx = ctx
	x.client = x.connect()
	return x
}

// connect makes a client as a program has one; its pool ends with the test.
func (x *example) connect() *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: x.server.Addr(), ContextTimeoutEnabled: true})
	x.Cleanup(func() { client.Close() })
	return client
}

// random is the chance of one of the program's goroutines.
func (x *example) random(goroutine int) *rand.Rand {
	return rand.New(rand.NewPCG(x.seed, uint64(goroutine)))
}

// pipelined sends count commands or groups of them in batches, from several clients at once. add puts number i into a pipeline, and check looks
// at the replies, those of numbers from up to to.
func (x *example) pipelined(count, batch int, add func(p redis.Pipeliner, i int), check func(replies []redis.Cmder, from, to int) error) {
	x.Helper()
	const clients = 4
	peer.Concurrently(x, clients, func(worker int) error {
		client := x.connect()
		defer client.Close()
		for from := worker * batch; from < count; from += clients * batch {
			to := min(from+batch, count)
			replies, err := client.Pipelined(x.ctx, func(p redis.Pipeliner) error {
				for i := from; i < to; i++ {
					add(p, i)
				}
				return nil
			})
			if err == nil {
				err = check(replies, from, to)
			}
			if err != nil {
				return fmt.Errorf("%d to %d of %d: %w", from, to, count, err)
			}
		}
		return nil
	})
}

// until asks again and again whether it is so, and fails when the example's time is over.
func (x *example) until(pause time.Duration, so func() (bool, error)) error {
	for {
		yes, err := so()
		if yes || err != nil {
			return err
		}
		select {
		case <-x.ctx.Done():
			return x.ctx.Err()
		case <-time.After(pause):
		}
	}
}

// timings are how long each kind of operation took, by its name. They are of one goroutine; together joins them.
type timings map[string][]time.Duration

func (all timings) take(what string, began time.Time) {
	all[what] = append(all[what], time.Since(began))
}

func together(each []timings) timings {
	all := timings{}
	for _, one := range each {
		for what, list := range one {
			all[what] = append(all[what], list...)
		}
	}
	return all
}

// figures notes the p50 and p99 of each kind.
func (x *example) figures(where string, all timings) {
	for _, what := range slices.Sorted(maps.Keys(all)) {
		list := all[what]
		slices.Sort(list)
		quantile := func(percent int) float64 { return float64(list[(len(list)-1)*percent/100].Nanoseconds()) / 1e6 }
		peer.Figure(x, fmt.Sprintf("%s: p50, p99 of %s", where, what), "%.2f ms, %.2f ms", quantile(50), quantile(99))
	}
}

// settledKiB is the server's resident memory at rest; 0 where that can't be told, and at small size, when it says nothing and takes its time.
func (x *example) settledKiB() int {
	if peer.Count(0, 1) == 0 {
		return 0
	}
	return peer.SettledKiB(x, x.server)
}

// perPiece notes the resident bytes that each of many pieces takes beyond what the server took when it was empty.
func (x *example) perPiece(what string, pieces, emptyKiB int) {
	if now := x.settledKiB(); now > 0 {
		peer.Figure(x, what, "%.1f", float64(now-emptyKiB)*1024/float64(pieces))
	}
}
