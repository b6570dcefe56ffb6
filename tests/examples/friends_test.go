package examples

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// circles is the model: who is whose friend, both ways. People live in neighbourhoods and have friends only there; a neighbourhood belongs to one
// client, which alone makes and ends friendships in it.
type circles struct {
	*example
	friends [][]int // of each person, in order
	hoods   int
	prefix  string // of a person's name; a name without is a number, which sets keep in another way
}

// Friends who have friends in common: sets of names, and sets of numbers.
func TestFriends(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct{ what, prefix string }{{"names", "person:"}, {"numbers", ""}} {
		t.Run(kind.what, func(t *testing.T) {
			x := begin(t)
			people, each := peer.Count(200, 100_000), peer.Count(50, 100)
			c := &circles{example: x, hoods: peer.Count(2, 8), prefix: kind.prefix}
			c.meet(people, each)
			empty := x.settledKiB()
			began := time.Now()
			c.load()
			where := fmt.Sprintf("%d people with about %d friends each, sets of %s", people, each, kind.what)
			peer.Figure(t, where+": loaded, by pipelines of SADD", "%.1f s", time.Since(began).Seconds())
			x.perPiece(where+": resident bytes a friend of somebody", c.friendships(), empty)

			all := make([]timings, c.hoods)
			peer.Concurrently(t, c.hoods, func(hood int) error {
				v := &neighbour{circles: c, client: x.connect(), hood: hood, random: x.random(hood), times: timings{}}
				all[hood] = v.times
				for range peer.Count(600, 20_000) {
					if err := v.operation(); err != nil {
						return fmt.Errorf("neighbourhood %d: %w", hood, err)
					}
				}
				return nil
			})
			x.figures(where, together(all))
			c.checkAll()
		})
	}
}

func (c *circles) name(i int) string { return c.prefix + strconv.Itoa(i) }

func (c *circles) key(i int) string { return "friends:" + strconv.Itoa(i) }

// names is those of a list of people, as the server's replies are compared: in order.
func (c *circles) names(people []int) []string {
	list := make([]string, len(people))
	for i, person := range people {
		list[i] = c.name(person)
	}
	slices.Sort(list)
	return list
}

// within is the first person of a neighbourhood and the number of those who live there.
func (c *circles) within(hood int) (first, count int) {
	first = hood * len(c.friends) / c.hoods
	return first, (hood+1)*len(c.friends)/c.hoods - first
}

// meet makes about so many friends for everybody, among the nearest three times as many, so that friends have friends in common.
func (c *circles) meet(people, each int) {
	random := c.random(-1)
	c.friends = make([][]int, people)
	for hood := range c.hoods {
		first, count := c.within(hood)
		nearest := min(3*each/2, (count-1)/2)
		for i := range count {
			for _, step := range random.Perm(nearest)[:each/2] {
				c.befriend(first+i, first+(i+1+step)%count)
			}
		}
	}
}

// befriend and part tell whether something changed.
func (c *circles) befriend(a, b int) bool {
	return change(c.friends, a, b, true) && change(c.friends, b, a, true)
}

func (c *circles) part(a, b int) bool {
	return change(c.friends, a, b, false) && change(c.friends, b, a, false)
}

func change(friends [][]int, of, friend int, add bool) bool {
	at, there := slices.BinarySearch(friends[of], friend)
	switch {
	case there == add:
		return false
	case add:
		friends[of] = slices.Insert(friends[of], at, friend)
	default:
		friends[of] = slices.Delete(friends[of], at, at+1)
	}
	return true
}

// friendships counts each from both sides.
func (c *circles) friendships() int {
	count := 0
	for _, list := range c.friends {
		count += len(list)
	}
	return count
}

func (c *circles) load() {
	c.pipelined(len(c.friends), 50, func(p redis.Pipeliner, i int) {
		members := make([]any, len(c.friends[i]))
		for j, friend := range c.friends[i] {
			members[j] = c.name(friend)
		}
		p.SAdd(c.ctx, c.key(i), members...)
	}, func(replies []redis.Cmder, from, _ int) error {
		for i, reply := range replies {
			if added := reply.(*redis.IntCmd).Val(); added != int64(len(c.friends[from+i])) {
				return fmt.Errorf("SADD of %d friends added %d", len(c.friends[from+i]), added)
			}
		}
		return nil
	})
}

// common is who is a friend of all of them.
func (c *circles) common(people ...int) []int {
	list := slices.Clone(c.friends[people[0]])
	for _, other := range people[1:] {
		list = slices.DeleteFunc(list, func(i int) bool {
			_, there := slices.BinarySearch(c.friends[other], i)
			return !there
		})
	}
	return list
}

// neighbour is the client of a neighbourhood.
type neighbour struct {
	*circles
	client *redis.Client
	hood   int
	random *rand.Rand
	times  timings
}

// person is somebody of the neighbourhood.
func (v *neighbour) person() int {
	first, count := v.within(v.hood)
	return first + v.random.IntN(count)
}

// near is somebody who has friends in common with another: mostly a friend.
func (v *neighbour) near(i int) int {
	if v.random.IntN(10) == 0 || len(v.friends[i]) == 0 {
		return v.person()
	}
	return v.friends[i][v.random.IntN(len(v.friends[i]))]
}

func (v *neighbour) operation() error {
	a := v.person()
	b := v.near(a)
	switch v.random.IntN(8) {
	case 0, 1:
		people := []int{a, b, v.near(b)}[:2+v.random.IntN(2)]
		return v.intersect(people)
	case 2:
		return v.count(a, b)
	case 3:
		return v.store(a, b)
	case 4:
		return v.know(a, b)
	case 5:
		return v.draw(a)
	default:
		return v.change(a, v.person())
	}
}

func (v *neighbour) intersect(people []int) error {
	keys := make([]string, len(people))
	for i, person := range people {
		keys[i] = v.key(person)
	}
	began := time.Now()
	got, err := v.client.SInter(v.ctx, keys...).Result()
	v.times.take(fmt.Sprintf("SINTER of %d", len(people)), began)
	slices.Sort(got)
	if wanted := v.names(v.common(people...)); err == nil && !slices.Equal(got, wanted) {
		err = fmt.Errorf("SINTER %q answers %q, not %q", keys, got, wanted)
	}
	return err
}

// count asks how many friends are in common, or whether as many as a limit are.
func (v *neighbour) count(a, b int) error {
	wanted := len(v.common(a, b))
	limit := v.random.IntN(2) * v.random.IntN(wanted+2)
	if limit > 0 {
		wanted = min(limit, wanted)
	}
	began := time.Now()
	got, err := v.client.SInterCard(v.ctx, int64(limit), v.key(a), v.key(b)).Result()
	v.times.take("SINTERCARD of 2", began)
	if err == nil && got != int64(wanted) {
		err = fmt.Errorf("SINTERCARD %d %d LIMIT %d answers %d, not %d", a, b, limit, got, wanted)
	}
	return err
}

// store keeps the friends in common; an empty result takes the key away.
func (v *neighbour) store(a, b int) error {
	key := "common:" + strconv.Itoa(v.hood)
	wanted := v.names(v.common(a, b))
	began := time.Now()
	count, err := v.client.SInterStore(v.ctx, key, v.key(a), v.key(b)).Result()
	v.times.take("SINTERSTORE of 2", began)
	if err != nil {
		return err
	}
	replies, err := v.client.Pipelined(v.ctx, func(p redis.Pipeliner) error {
		p.SMembers(v.ctx, key)
		p.Exists(v.ctx, key)
		return nil
	})
	if err != nil {
		return err
	}
	got, exists := replies[0].(*redis.StringSliceCmd).Val(), replies[1].(*redis.IntCmd).Val()
	slices.Sort(got)
	if count != int64(len(wanted)) || !slices.Equal(got, wanted) || exists != int64(min(1, len(wanted))) {
		return fmt.Errorf("SINTERSTORE %d %d answers %d and stores %q (%d), not %q", a, b, count, got, exists, wanted)
	}
	return nil
}

// know asks whether two are friends, and so does each for himself.
func (v *neighbour) know(a, b int) error {
	_, wanted := slices.BinarySearch(v.friends[a], b)
	replies, err := v.client.Pipelined(v.ctx, func(p redis.Pipeliner) error {
		p.SIsMember(v.ctx, v.key(a), v.name(b))
		p.SIsMember(v.ctx, v.key(b), v.name(a))
		p.SCard(v.ctx, v.key(a))
		return nil
	})
	if err != nil {
		return err
	}
	one, other, count := replies[0].(*redis.BoolCmd).Val(), replies[1].(*redis.BoolCmd).Val(), replies[2].(*redis.IntCmd).Val()
	if one != wanted || other != wanted || count != int64(len(v.friends[a])) {
		return fmt.Errorf("SISMEMBER of %d and %d: %v and %v, not %v; SCARD %d, not %d", a, b, one, other, wanted, count, len(v.friends[a]))
	}
	return nil
}

// draw suggests friends at random: different ones, or as many as were asked for.
func (v *neighbour) draw(a int) error {
	friends := v.names(v.friends[a])
	count := v.random.IntN(2*len(friends)+10) - len(friends)/2
	wanted := min(count, len(friends))
	switch {
	case len(friends) == 0:
		wanted = 0
	case count < 0:
		wanted = -count
	}
	got, err := v.client.SRandMemberN(v.ctx, v.key(a), int64(count)).Result()
	if err != nil {
		return err
	}
	different := slices.Compact(slices.Sorted(slices.Values(got)))
	if len(got) != wanted || count > 0 && len(different) != wanted {
		return fmt.Errorf("SRANDMEMBER %d %d answers %q, not %d", a, count, got, wanted)
	}
	for _, name := range different {
		if _, known := slices.BinarySearch(friends, name); !known {
			return fmt.Errorf("SRANDMEMBER %d answers %q, who is no friend", a, name)
		}
	}
	return nil
}

// change makes two friends, or ends their friendship, from both sides at once.
func (v *neighbour) change(a, b int) error {
	if a == b {
		return nil
	}
	wanted, change := int64(0), v.part
	send := func(p redis.Pipeliner, a, b int) { p.SRem(v.ctx, v.key(a), v.name(b)) }
	if v.random.IntN(2) == 0 {
		change = v.befriend
		send = func(p redis.Pipeliner, a, b int) { p.SAdd(v.ctx, v.key(a), v.name(b)) }
	}
	if change(a, b) {
		wanted = 1
	}
	replies, err := v.client.TxPipelined(v.ctx, func(p redis.Pipeliner) error {
		send(p, a, b)
		send(p, b, a)
		return nil
	})
	if err != nil {
		return err
	}
	for _, reply := range replies {
		if got := reply.(*redis.IntCmd).Val(); got != wanted {
			return fmt.Errorf("%v answers %d, not %d", reply.Args(), got, wanted)
		}
	}
	return nil
}

// checkAll compares every set with the model.
func (c *circles) checkAll() {
	keys := 0
	for _, list := range c.friends {
		keys += min(1, len(list))
	}
	for hood := range c.hoods {
		require.NoError(c, c.client.Del(c.ctx, "common:"+strconv.Itoa(hood)).Err())
	}
	require.EqualValues(c, keys, c.client.DBSize(c.ctx).Val())
	c.pipelined(len(c.friends), 50, func(p redis.Pipeliner, i int) {
		p.SMembers(c.ctx, c.key(i))
	}, func(replies []redis.Cmder, from, _ int) error {
		for i, reply := range replies {
			got := reply.(*redis.StringSliceCmd).Val()
			slices.Sort(got)
			if wanted := c.names(c.friends[from+i]); !slices.Equal(got, wanted) {
				return fmt.Errorf("%s holds %q, not %q", c.key(from+i), got, wanted)
			}
		}
		return nil
	})
}
