package examples

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

const (
	boardKey     = "board"
	boardClients = 8
	// pageSize is how many players a page shows.
	pageSize = 10
	// beside is how many players are shown above a player and below.
	beside = 2
)

// leaderboard is the model: each player's score by number. A player belongs to one client, number modulo boardClients, which alone changes
// the score.
type leaderboard struct {
	*example
	scores []int64
}

func player(i int) string { return fmt.Sprintf("player:%08d", i) }

// playerNumber is the number in a name, -1 where the name is none of ours.
func playerNumber(name string) int {
	digits, ours := strings.CutPrefix(name, "player:")
	i, err := strconv.Atoi(digits)
	if !ours || err != nil {
		return -1
	}
	return i
}

// A leaderboard: players win and lose points while others look at their ranks, at pages and at who is next to them.
func TestLeaderboard(t *testing.T) {
	x := begin(t)
	b := &leaderboard{example: x, scores: make([]int64, peer.Count(20_000, 10_000_000))}
	operations := peer.Count(500, 50_000) // of each client
	empty := x.settledKiB()
	began := time.Now()
	b.load()
	where := fmt.Sprintf("leaderboard of %d players", len(b.scores))
	peer.Figure(t, where+": loaded, by pipelines of ZADD", "%.1f s", time.Since(began).Seconds())
	x.perPiece(where+": resident bytes a player", len(b.scores), empty)

	all := make([]timings, boardClients)
	began = time.Now()
	peer.Concurrently(t, boardClients, func(mine int) error {
		v := &visitor{leaderboard: b, client: x.connect(), mine: mine, random: x.random(mine), times: timings{}}
		all[mine] = v.times
		for range operations {
			if err := v.operation(); err != nil {
				return fmt.Errorf("client %d: %w", mine, err)
			}
		}
		return nil
	})
	peer.Figure(t, fmt.Sprintf("%s: operations a second of %d clients", where, boardClients), "%.0f",
		float64(boardClients*operations)/time.Since(began).Seconds())
	x.figures(where, together(all))
	b.checkAll()
}

// load adds all players, a hundred to a ZADD.
func (b *leaderboard) load() {
	random := b.random(-1)
	for i := range b.scores {
		b.scores[i] = random.Int64N(1_000_000)
	}
	const batch = 100
	b.pipelined(len(b.scores)/batch, 10, func(p redis.Pipeliner, i int) {
		members := make([]redis.Z, batch)
		for j := range members {
			n := i*batch + j
			members[j] = redis.Z{Score: float64(b.scores[n]), Member: player(n)}
		}
		p.ZAdd(b.ctx, boardKey, members...)
	}, func(replies []redis.Cmder, _, _ int) error {
		for _, reply := range replies {
			if added := reply.(*redis.IntCmd).Val(); added != batch {
				return fmt.Errorf("ZADD of %d players added %d", batch, added)
			}
		}
		return nil
	})
}

// visitor is one of the clients.
type visitor struct {
	*leaderboard
	client *redis.Client
	mine   int
	random *rand.Rand
	times  timings
}

// own is the number of one of the client's own players.
func (v *visitor) own() int {
	return v.mine + boardClients*v.random.IntN((len(v.scores)-v.mine+boardClients-1)/boardClients)
}

func (v *visitor) operation() error {
	switch dice := v.random.IntN(100); {
	case dice < 40:
		return v.increment(v.own(), v.random.Int64N(2001)-800)
	case dice < 50:
		return v.rank("ZRANK", v.client.ZRank)
	case dice < 60:
		return v.rank("ZREVRANK", v.client.ZRevRank)
	case dice < 65:
		return v.bothRanks()
	case dice < 80:
		return v.page()
	default:
		return v.neighbours(v.own())
	}
}

func (v *visitor) increment(i int, by int64) error {
	began := time.Now()
	score, err := v.client.ZIncrBy(v.ctx, boardKey, float64(by), player(i)).Result()
	v.times.take("ZINCRBY", began)
	v.scores[i] += by
	if err == nil && score != float64(v.scores[i]) {
		err = fmt.Errorf("%s has %v points after ZINCRBY by %d, not %d", player(i), score, by, v.scores[i])
	}
	return err
}

func (v *visitor) rank(what string, ask func(ctx context.Context, key, member string) *redis.IntCmd) error {
	i := v.random.IntN(len(v.scores))
	began := time.Now()
	rank, err := ask(v.ctx, boardKey, player(i)).Result()
	v.times.take(what, began)
	if err == nil && (rank < 0 || rank >= int64(len(v.scores))) {
		err = fmt.Errorf("%s %s answers %d", what, player(i), rank)
	}
	return err
}

// bothRanks asks for a rank from either end at one moment: they add up.
func (v *visitor) bothRanks() error {
	i := v.random.IntN(len(v.scores))
	replies, err := v.client.TxPipelined(v.ctx, func(p redis.Pipeliner) error {
		p.ZRank(v.ctx, boardKey, player(i))
		p.ZRevRank(v.ctx, boardKey, player(i))
		p.ZCard(v.ctx, boardKey)
		return nil
	})
	if err != nil {
		return err
	}
	up, down, count := replies[0].(*redis.IntCmd).Val(), replies[1].(*redis.IntCmd).Val(), replies[2].(*redis.IntCmd).Val()
	if up+down != count-1 || count != int64(len(v.scores)) {
		return fmt.Errorf("%s has rank %d from below and %d from above among %d of %d", player(i), up, down, count, len(v.scores))
	}
	return nil
}

// page looks at ten players, half the time near the top.
func (v *visitor) page() error {
	depth := len(v.scores)
	if v.random.IntN(2) == 0 {
		depth = 10 * pageSize
	}
	from := v.random.IntN(depth - pageSize)
	began := time.Now()
	page, err := v.client.ZRevRangeWithScores(v.ctx, boardKey, int64(from), int64(from+pageSize-1)).Result()
	v.times.take(fmt.Sprintf("ZREVRANGE, a page of %d", pageSize), began)
	if err != nil {
		return err
	}
	if len(page) != pageSize {
		return fmt.Errorf("the page from %d on has %d players", from, len(page))
	}
	return v.checkPage(page, func(i int) bool { return i%boardClients == v.mine })
}

// neighbours asks for a player's rank and then for who is beside. Others may move the player in between; then it asks again.
func (v *visitor) neighbours(i int) error {
	const tries = 50
	for range tries {
		began := time.Now()
		rank, err := v.client.ZRevRank(v.ctx, boardKey, player(i)).Result()
		if err != nil {
			return err
		}
		page, err := v.client.ZRevRangeWithScores(v.ctx, boardKey, max(0, rank-beside), rank+beside).Result()
		v.times.take(fmt.Sprintf("ZREVRANK and then ZREVRANGE, %d on either side", beside), began)
		if err != nil {
			return err
		}
		if err := v.checkPage(page, func(i int) bool { return i%boardClients == v.mine }); err != nil {
			return err
		}
		for _, z := range page {
			if z.Member == player(i) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s is not at its rank in %d tries", player(i), tries)
}

// checkPage wants a page from high to low, each player once, and the model's scores for players that nobody else changes.
func (b *leaderboard) checkPage(page []redis.Z, unchanging func(i int) bool) error {
	for at, z := range page {
		name, _ := z.Member.(string)
		i := playerNumber(name)
		if i < 0 || i >= len(b.scores) {
			return fmt.Errorf("%v is no player", z.Member)
		}
		if unchanging(i) && z.Score != float64(b.scores[i]) {
			return fmt.Errorf("%s has %v points in a page, not %d", name, z.Score, b.scores[i])
		}
		if at == 0 {
			continue
		}
		above := page[at-1]
		if above.Score < z.Score || above.Score == z.Score && above.Member.(string) <= name {
			return fmt.Errorf("%v with %v stands above %s with %v", above.Member, above.Score, name, z.Score)
		}
	}
	return nil
}

// checkAll reads the whole board when nobody changes it any more: it is in order, and so holds each player once; the scores are the model's,
// and so is their sum; a player's place is the rank.
func (b *leaderboard) checkAll() {
	count := len(b.scores)
	chunk, step := peer.Count(1000, 10_000), max(1, count/500)
	chunks := (count + chunk - 1) / chunk
	var seen, sum atomic.Int64
	b.pipelined(chunks, 1, func(p redis.Pipeliner, i int) {
		// Each chunk begins with the last player of the one before, so that the order holds across them.
		p.ZRevRangeWithScores(b.ctx, boardKey, int64(max(0, i*chunk-1)), int64((i+1)*chunk-1))
		for place := (i*chunk + step - 1) / step * step; place < min((i+1)*chunk, count); place += step {
			p.ZRevRange(b.ctx, boardKey, int64(place), int64(place))
		}
	}, func(replies []redis.Cmder, i, _ int) error {
		page := replies[0].(*redis.ZSliceCmd).Val()
		if err := b.checkPage(page, func(int) bool { return true }); err != nil {
			return err
		}
		for _, z := range page[min(i, 1):] {
			seen.Add(1)
			sum.Add(int64(z.Score))
		}
		for _, reply := range replies[1:] {
			place := reply.Args()[2].(int64)
			name := reply.(*redis.StringSliceCmd).Val()[0]
			if at := page[int(place)-max(0, i*chunk-1)].Member; at != name {
				return fmt.Errorf("at %d there is %s alone, %v in a page", place, name, at)
			}
			rank, err := b.client.ZRevRank(b.ctx, boardKey, name).Result()
			if err != nil || rank != place {
				return fmt.Errorf("%s stands at %d and has rank %d: %w", name, place, rank, err)
			}
		}
		return nil
	})
	wanted := int64(0)
	for _, score := range b.scores {
		wanted += score
	}
	require.EqualValues(b, count, seen.Load())
	require.Equal(b, wanted, sum.Load(), "the sum of all points")
}
