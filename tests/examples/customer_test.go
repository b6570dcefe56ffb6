package examples

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// item is what the model knows of an item in a cart. It goes by itself at some moment between from and to, in Unix milliseconds: the server's
// clock was read between question and answer.
type item struct {
	quantity int64
	from, to int64
	gone     bool // it was seen to have gone
}

// never is the deadline of what stays.
const never = math.MaxInt64

// customer is a client with carts of its own.
type customer struct {
	*example
	client *redis.Client
	random *rand.Rand
	first  int               // number of its first cart
	carts  []map[string]item // by field
	went   int               // how many items went by themselves
}

// moment is when the server did something: between two looks at the clock.
type moment struct{ before, after int64 }

// asked notes when the server did what ask asks of it.
func asked(ask func() error) (moment, error) {
	m := moment{before: time.Now().UnixMilli()}
	err := ask()
	m.after = time.Now().UnixMilli()
	return m, err
}

// lingerMs is how long after its deadline an item may lie in the store, unseen by those who read it or count it on. As in Redis 7.4 HSET, HDEL,
// HPERSIST and HPEXPIRE meet it there.
const lingerMs = 3000

// mustBe tells that an item is there for certain.
func (it item) mustBe(m moment) bool { return !it.gone && it.from > m.after }

// mayBe tells that an item may be there for those who read.
func (it item) mayBe(m moment) bool { return !it.gone && it.to >= m.before }

// mayLie tells that an item may be there, or lie there unseen.
func (it item) mayLie(m moment) bool { return it.to >= m.before-lingerMs }

// fits tells whether what the server said to a reader of an item may be, and notes where it went by itself.
func (c *customer) fits(cart int, field string, there bool, m moment) bool {
	it := c.carts[cart][field]
	if it.to > 0 && !it.gone && !there {
		c.went++
		gone := it
		gone.gone = true
		c.carts[cart][field] = gone
	}
	return there && it.mayBe(m) || !there && !it.mustBe(m)
}

func (c *customer) operation(cart int) error {
	key, field := cartKey(c.first+cart), itemField(c.random.IntN(12))
	switch dice := c.random.IntN(100); {
	case dice < 25:
		return c.more(cart, key, field)
	case dice < 35:
		return c.put(cart, key, field)
	case dice < 60:
		return c.expire(cart, key, field)
	case dice < 65:
		return c.keep(cart, key, field)
	case dice < 75:
		return c.remove(cart, key, field)
	case dice < 85:
		return c.left(cart, key, field)
	default:
		return c.list(cart)
	}
}

// more counts on: an item that is there keeps its deadline, one that isn't begins anew and has none.
func (c *customer) more(cart int, key, field string) error {
	by, got, old := 1+c.random.Int64N(5), int64(0), c.carts[cart][field]
	m, err := asked(func() (err error) {
		got, err = c.client.HIncrBy(c.ctx, key, field, by).Result()
		return err
	})
	if err != nil {
		return err
	}
	if !c.fits(cart, field, got != by, m) || got != by && got != old.quantity+by {
		return fmt.Errorf("HINCRBY %s %s %d answers %d in %v; it was %v", key, field, by, got, m, old)
	}
	if got == by {
		old = item{from: never, to: never}
	}
	old.quantity = got
	c.carts[cart][field] = old
	return nil
}

// put sets a quantity, which takes a deadline away. Whether an item that is due counts as there isn't asked.
func (c *customer) put(cart int, key, field string) error {
	quantity, created, old := 1+c.random.Int64N(100), int64(0), c.carts[cart][field]
	m, err := asked(func() (err error) {
		created, err = c.client.HSet(c.ctx, key, field, quantity).Result()
		return err
	})
	if err != nil {
		return err
	}
	if old.mustBe(m) && created != 0 || !old.mayLie(m) && created != 1 {
		return fmt.Errorf("HSET %s %s answers %d in %v; it was %v", key, field, created, m, old)
	}
	c.carts[cart][field] = item{quantity: quantity, from: never, to: never}
	return nil
}

// expire gives an item a deadline; one that is due and hasn't gone yet may get another.
func (c *customer) expire(cart int, key, field string) error {
	ttl := time.Duration(1+c.random.IntN(300)) * time.Millisecond
	ask := c.client.HPExpire
	if c.random.IntN(20) == 0 {
		ttl, ask = time.Second, c.client.HExpire
	}
	var got []int64
	old := c.carts[cart][field]
	m, err := asked(func() (err error) {
		got, err = ask(c.ctx, key, ttl, field).Result()
		return err
	})
	if err != nil {
		return err
	}
	answer := answerOf(got)
	if answer != 1 && answer != -2 || old.mustBe(m) && answer != 1 || !old.mayLie(m) && answer != -2 {
		return fmt.Errorf("HPEXPIRE %s %v %s answers %v in %v; it was %v", key, ttl, field, got, m, old)
	}
	if answer == -2 {
		c.fits(cart, field, false, m)
		return nil
	}
	c.carts[cart][field] = item{quantity: old.quantity, from: m.before + ttl.Milliseconds(), to: m.after + ttl.Milliseconds()}
	return nil
}

// answerOf is the answer about the one field that was asked for. There may be none for a key that isn't there.
func answerOf(answers []int64) int64 {
	if len(answers) == 0 {
		return -2
	}
	return answers[0]
}

// keep takes a deadline away.
func (c *customer) keep(cart int, key, field string) error {
	var got []int64
	old := c.carts[cart][field]
	m, err := asked(func() (err error) {
		got, err = c.client.HPersist(c.ctx, key, field).Result()
		return err
	})
	if err != nil {
		return err
	}
	answer := answerOf(got)
	wrong := answer < -2
	switch answer {
	case 1:
		wrong = old.to == never || !old.mayLie(m)
	case -1:
		wrong = old.to != never
	case -2:
		wrong = old.mustBe(m)
	}
	if wrong {
		return fmt.Errorf("HPERSIST %s %s answers %v in %v; it was %v", key, field, got, m, old)
	}
	switch answer {
	case 1:
		c.carts[cart][field] = item{quantity: old.quantity, from: never, to: never}
	case -2:
		c.fits(cart, field, false, m)
	}
	return nil
}

func (c *customer) remove(cart int, key, field string) error {
	removed := int64(0)
	old := c.carts[cart][field]
	m, err := asked(func() (err error) {
		removed, err = c.client.HDel(c.ctx, key, field).Result()
		return err
	})
	if err != nil {
		return err
	}
	if old.mustBe(m) && removed != 1 || !old.mayLie(m) && removed != 0 {
		return fmt.Errorf("HDEL %s %s answers %d in %v; it was %v", key, field, removed, m, old)
	}
	delete(c.carts[cart], field)
	return nil
}

// left asks how long an item stays.
func (c *customer) left(cart int, key, field string) error {
	var got []int64
	old := c.carts[cart][field]
	m, err := asked(func() (err error) {
		got, err = c.client.HPTTL(c.ctx, key, field).Result()
		return err
	})
	if err != nil {
		return err
	}
	answer := answerOf(got)
	wrong := !c.fits(cart, field, answer != -2, m)
	switch {
	case answer == -1:
		wrong = wrong || old.to != never
	case answer >= 0:
		wrong = wrong || answer < old.from-m.after || answer > old.to-m.before
	}
	if wrong {
		return fmt.Errorf("HPTTL %s %s answers %v in %v; it was %v", key, field, got, m, old)
	}
	return nil
}

// list reads a whole cart.
func (c *customer) list(cart int) error {
	key := cartKey(c.first + cart)
	var got map[string]string
	m, err := asked(func() (err error) {
		got, err = c.client.HGetAll(c.ctx, key).Result()
		return err
	})
	if err != nil {
		return err
	}
	for i := range 12 {
		field := itemField(i)
		old := c.carts[cart][field]
		quantity, there := got[field]
		if !c.fits(cart, field, there, m) || there && quantity != strconv.FormatInt(old.quantity, 10) {
			return fmt.Errorf("HGETALL %s answers %v in %v; %s was %v", key, got, m, field, old)
		}
		delete(got, field)
	}
	if len(got) > 0 {
		return fmt.Errorf("HGETALL %s has %v, too", key, got)
	}
	return nil
}
