package examples

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// ownerField stays in a cart for as long as there is a cart.
const ownerField = "owner"

func cartKey(i int) string { return "cart:" + strconv.Itoa(i) }

func itemField(i int) string { return "item:" + strconv.Itoa(i) }

// expect is the next message of a subscription.
func expect(t *testing.T, messages <-chan *redis.Message, channel, payload string) {
	t.Helper()
	select {
	case m := <-messages:
		require.Equal(t, [2]string{channel, payload}, [2]string{m.Channel, m.Payload})
	case <-time.After(20 * time.Second):
		require.FailNow(t, "a message does not come", "%s %s", channel, payload)
	}
}

// One cart, from the first item until the last has gone by itself, and the cart with it.
func TestCart(t *testing.T) {
	x := begin(t, "--notify-keyspace-events", "Ehg")
	client, ctx, key := x.client, x.ctx, cartKey(1)
	require.EqualValues(t, 3, client.HSet(ctx, key, "apples", 3, "pears", 1, "plums", 7).Val())
	require.EqualValues(t, 5, client.HIncrBy(ctx, key, "apples", 2).Val())
	require.Equal(t, []int64{1, 1, -2}, client.HExpire(ctx, key, time.Hour, "apples", "pears", "nosuch").Val())
	require.EqualValues(t, 6, client.HIncrBy(ctx, key, "apples", 1).Val(), "counting on leaves the deadline")
	ttl := client.HTTL(ctx, key, "apples", "pears", "plums", "nosuch").Val()
	require.Len(t, ttl, 4)
	require.InDelta(t, 3600, ttl[0], 60)
	require.InDelta(t, 3600, ttl[1], 60)
	require.Equal(t, []int64{-1, -2}, ttl[2:])
	require.Equal(t, []int64{1}, client.HPersist(ctx, key, "pears").Val())
	require.Equal(t, map[string]string{"apples": "6", "pears": "1", "plums": "7"}, client.HGetAll(ctx, key).Val())
	require.EqualValues(t, 1, client.HDel(ctx, key, "plums").Val())
	require.Zero(t, client.HSet(ctx, key, "apples", 4).Val())
	require.Equal(t, []int64{-1}, client.HTTL(ctx, key, "apples").Val(), "an item put in anew stays")

	listener := client.PSubscribe(ctx, "__keyevent@0__:*")
	defer listener.Close()
	_, err := listener.Receive(ctx)
	require.NoError(t, err)
	events := listener.Channel()
	require.Equal(t, []int64{1}, client.HPExpire(ctx, key, 50*time.Millisecond, "apples").Val())
	expect(t, events, "__keyevent@0__:hexpire", key)
	expect(t, events, "__keyevent@0__:hexpired", key)
	require.Equal(t, map[string]string{"pears": "1"}, client.HGetAll(ctx, key).Val())
	require.EqualValues(t, 1, client.HLen(ctx, key).Val())
	require.Equal(t, []int64{1}, client.HPExpire(ctx, key, 50*time.Millisecond, "pears").Val())
	expect(t, events, "__keyevent@0__:hexpire", key)
	expect(t, events, "__keyevent@0__:hexpired", key)
	expect(t, events, "__keyevent@0__:del", key)
	require.Zero(t, client.Exists(ctx, key).Val())
	require.Zero(t, client.DBSize(ctx).Val())
}

// manyCarts is the model of carts whose items go within a short time: each item's deadline, in Unix milliseconds. Every other cart has an
// owner, who stays.
type manyCarts struct {
	*example
	deadlines [][itemsOfCart]int64
	begins    int64 // before the first deadline
}

const itemsOfCart = 5

func hasOwner(cart int) bool { return cart%2 == 0 }

// Many carts whose items go by themselves while customers look, and at once; another client is not kept waiting.
func TestManyCarts(t *testing.T) {
	x := begin(t)
	m := &manyCarts{example: x, deadlines: make([][itemsOfCart]int64, peer.Count(1_000, 200_000))}
	span := time.Duration(peer.Count(1_000, 4_000)) * time.Millisecond
	gone := m.fill(span)
	count := len(m.deadlines) * itemsOfCart
	last := time.UnixMilli(m.begins).Add(span)
	var late time.Duration
	slowest := peer.SlowestGet(t, x.server, "probe", func() {
		peer.Concurrently(t, 2, func(customer int) error { return m.look(x.connect(), x.random(customer), last) })
		require.NoError(t, x.until(time.Millisecond, func() (bool, error) {
			now, err := m.expired()
			late = time.Since(last)
			if err == nil && late > 20*time.Second {
				err = fmt.Errorf("%d items of %d have gone %v after the last deadline", now-gone, count, late)
			}
			return now-gone >= count, err
		}))
	})
	expired, err := m.expired()
	require.NoError(t, err)
	require.Equal(t, count, expired-gone, "items that have gone by themselves")
	m.checkOwners()
	where := fmt.Sprintf("%d carts of %d items that go within %v", len(m.deadlines), itemsOfCart, span)
	peer.Figure(t, where+": the last went after its deadline by", "%d ms", max(0, late.Milliseconds()))
	peer.Figure(t, where+": slowest GET of another client meanwhile", "%.1f ms", float64(slowest.Microseconds())/1000)
}

// expired is how many fields the server says have gone by themselves.
func (m *manyCarts) expired() (int, error) {
	info, err := m.client.InfoMap(m.ctx, "stats").Result()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(info["Stats"]["expired_subkeys"])
}

// fill makes all carts before their items begin to go, and tells how many had gone by themselves before. On a busy machine filling may take
// longer than it should; then all is done again, with later deadlines.
func (m *manyCarts) fill(span time.Duration) (gone int) {
	random := m.random(-1)
	for allowance := time.Second + time.Duration(len(m.deadlines)*itemsOfCart)*10*time.Microsecond; time.Now().UnixMilli() >= m.begins; allowance *= 2 {
		require.Less(m, allowance, 2*time.Minute, "filled in time")
		require.NoError(m, m.client.FlushAll(m.ctx).Err())
		var err error
		gone, err = m.expired()
		require.NoError(m, err)
		m.begins = time.Now().Add(allowance).UnixMilli()
		for i := range m.deadlines {
			for j := range m.deadlines[i] {
				m.deadlines[i][j] = m.begins + 1 + random.Int64N(span.Milliseconds())
			}
		}
		m.pipelined(len(m.deadlines), 100, m.add, func(replies []redis.Cmder, _, _ int) error {
			for _, reply := range replies {
				answer, is := reply.(*redis.IntSliceCmd)
				if is && (len(answer.Val()) != 1 || answer.Val()[0] != 1) && time.Now().UnixMilli() < m.begins {
					return fmt.Errorf("%v answers %v", reply.Args(), answer.Val())
				}
			}
			return nil
		})
	}
	return gone
}

func (m *manyCarts) add(p redis.Pipeliner, i int) {
	fields := []any{}
	if hasOwner(i) {
		fields = append(fields, ownerField, i)
	}
	for j := range itemsOfCart {
		fields = append(fields, itemField(j), i+j)
	}
	p.HSet(m.ctx, cartKey(i), fields...)
	for j, deadline := range m.deadlines[i] {
		p.HPExpireAt(m.ctx, cartKey(i), time.UnixMilli(deadline), itemField(j))
	}
}

// look is a customer who looks at carts until the last items are due.
func (m *manyCarts) look(client *redis.Client, random *rand.Rand, last time.Time) error {
	for time.Now().Before(last) {
		i := random.IntN(len(m.deadlines))
		before := time.Now().UnixMilli()
		replies, err := client.TxPipelined(m.ctx, func(p redis.Pipeliner) error {
			p.HGetAll(m.ctx, cartKey(i))
			for j := range itemsOfCart {
				p.HPTTL(m.ctx, cartKey(i), itemField(j))
			}
			return nil
		})
		after := time.Now().UnixMilli()
		if err != nil {
			return err
		}
		cart := replies[0].(*redis.MapStringStringCmd).Val()
		if _, owned := cart[ownerField]; owned != hasOwner(i) {
			return fmt.Errorf("cart %d: %v", i, cart)
		}
		for j, deadline := range m.deadlines[i] {
			value, there := cart[itemField(j)]
			left := int64(-2) // for a cart that is gone there is an answer, too
			if answer := replies[1+j].(*redis.IntSliceCmd).Val(); len(answer) == 1 {
				left = answer[0]
			}
			switch {
			case there && (deadline < before || value != strconv.Itoa(i+j)), !there && deadline > after:
				return fmt.Errorf("cart %d has %v between %d and %d, item %d is due at %d", i, cart, before, after, j, deadline)
			case there != (left != -2) || there && (left < deadline-after || left > deadline-before):
				return fmt.Errorf("cart %d has %v between %d and %d, item %d is due at %d, in %d ms", i, cart, before, after, j, deadline, left)
			}
		}
	}
	return nil
}

// checkOwners wants only the carts that have an owner, and in them only the owner.
func (m *manyCarts) checkOwners() {
	require.EqualValues(m, (len(m.deadlines)+1)/2, m.client.DBSize(m.ctx).Val())
	m.pipelined(len(m.deadlines), 100, func(p redis.Pipeliner, i int) {
		p.HLen(m.ctx, cartKey(i))
		p.HGetAll(m.ctx, cartKey(i))
	}, func(replies []redis.Cmder, from, to int) error {
		for i := range to - from {
			count, cart := replies[2*i].(*redis.IntCmd).Val(), replies[2*i+1].(*redis.MapStringStringCmd).Val()
			owner := cart[ownerField]
			if hasOwner(from+i) && (count != 1 || len(cart) != 1 || owner != strconv.Itoa(from+i)) || !hasOwner(from+i) && (count != 0 || len(cart) != 0) {
				return fmt.Errorf("cart %d has %d fields: %v", from+i, count, cart)
			}
		}
		return nil
	})
}

// Customers put items in and take them out while others go by themselves. Each has carts that nobody else touches, and knows what is in them.
func TestCartsInUse(t *testing.T) {
	x := begin(t)
	const customers, cartsOfEach = 8, 40
	all := make([]*customer, customers)
	peer.Concurrently(t, customers, func(i int) error {
		c := &customer{example: x, client: x.connect(), random: x.random(i), first: i * cartsOfEach, carts: make([]map[string]item, cartsOfEach)}
		all[i] = c
		for cart := range c.carts {
			c.carts[cart] = map[string]item{}
		}
		for n := range peer.Count(2_000, 20_000) {
			if err := c.operation(c.random.IntN(cartsOfEach)); err != nil {
				return fmt.Errorf("customer %d, operation %d: %w", i, n, err)
			}
		}
		return nil
	})
	full, kept, went := 0, 0, 0
	for _, c := range all {
		for cart := range c.carts {
			require.NoError(t, c.settle(cart))
			stay := c.stay(cart)
			full += min(1, stay)
			kept += stay
		}
		went += c.went
	}
	require.EqualValues(t, full, x.client.DBSize(x.ctx).Val(), "carts that are empty are gone")
	require.NotZero(t, kept)
	require.NotZero(t, went)
	t.Logf("%d items went by themselves, %d stayed in %d carts", went, kept, full)
}

// settle waits until the items of a cart that are due have gone: then it holds what the model does.
func (c *customer) settle(cart int) error {
	key := cartKey(c.first + cart)
	return c.until(2*time.Millisecond, func() (bool, error) {
		if err := c.list(cart); err != nil {
			return false, err
		}
		for _, it := range c.carts[cart] {
			if it.to != never && !it.gone {
				return false, nil
			}
		}
		count, err := c.client.HLen(c.ctx, key).Result()
		return count == int64(c.stay(cart)), err
	})
}

// stay is how many items of a cart have no deadline.
func (c *customer) stay(cart int) int {
	count := 0
	for _, it := range c.carts[cart] {
		if it.to == never {
			count++
		}
	}
	return count
}
