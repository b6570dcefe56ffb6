package order

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const (
	accounts    = 16
	openingSum  = 1000
	bankClients = 64
	bankReaders = 8 // of them
)

// bank is accounts whose total stays the same. moved is what its clients have added to each, as far as they know.
type bank struct {
	server  *peer.Server
	seed    uint64
	moved   [accounts]atomic.Int64
	left    atomic.Int64 // transfers still to be made
	retries atomic.Int64 // transfers that began anew because a balance had changed
	reads   [3]atomic.Int64
}

// TestBank has 64 clients transfer money, by WATCH and by MULTI alone, while some of them read all balances: by MGET, in a transaction, and on a
// view. The total is always the same, and in the end each account holds what its transfers come to.
func TestBank(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "4"} {
		t.Run("loops"+threads, func(t *testing.T) {
			t.Parallel()
			s := peer.StartOurs(t, "--io-threads", threads)
			b := &bank{server: s, seed: seed(t)}
			stop := disturb(t, s, b.seed)
			b.run(t, peer.Count(2000, 50_000))
			stop()
		})
	}
}

func TestBankOfRedis(t *testing.T) {
	t.Parallel()
	b := &bank{server: peer.StartRedis(t), seed: seed(t)}
	b.run(t, peer.Count(2000, 50_000))
}

func (b *bank) run(t *testing.T, transfers int) {
	conn := b.server.Dial(t)
	for i := range accounts {
		reply, err := conn.Do("SET", account(i), strconv.Itoa(openingSum))
		require.NoError(t, err)
		require.Equal(t, "OK", reply.Text)
	}
	b.left.Store(int64(transfers))
	peer.Concurrently(t, bankClients, func(i int) error {
		conn, err := wire.Dial(b.server.Addr())
		if err != nil {
			return err
		}
		defer conn.Close()
		c := teller{bank: b, conn: conn, random: rand.New(rand.NewPCG(b.seed, uint64(i)))}
		work := c.transferWatching
		switch {
		case i < bankReaders:
			return c.read()
		case i%2 == 0:
			work = c.transferAtOnce
		}
		for b.left.Add(-1) >= 0 {
			if err := work(); err != nil {
				return err
			}
		}
		return nil
	})
	c := teller{bank: b, conn: conn}
	balances, err := c.balances(0)
	require.NoError(t, err)
	for i, balance := range balances {
		require.Equal(t, openingSum+b.moved[i].Load(), balance, "account %d", i)
	}
	t.Logf("%d transfers, %d of them tried again; all balances read %d times by MGET, %d by EXEC of GETs, %d by EXEC of MGETs",
		transfers, b.retries.Load(), b.reads[0].Load(), b.reads[1].Load(), b.reads[2].Load())
}

// teller is one client of the bank.
type teller struct {
	*bank
	conn   *wire.Conn
	random *rand.Rand
}

func account(i int) string { return "account:" + strconv.Itoa(i) }

// pick chooses two accounts and an amount.
func (c *teller) pick() (from, to, amount int) {
	from = c.random.IntN(accounts)
	return from, (from + 1 + c.random.IntN(accounts-1)) % accounts, 1 + c.random.IntN(100)
}

func (c *teller) note(from, to, amount int) {
	c.moved[from].Add(int64(-amount))
	c.moved[to].Add(int64(amount))
}

// transferWatching reads both balances and writes the new ones, unless one of them has changed meanwhile: then it begins anew.
func (c *teller) transferWatching() error {
	from, to, amount := c.pick()
	for {
		replies, err := c.ask([]string{"WATCH", account(from), account(to)}, []string{"GET", account(from)}, []string{"GET", account(to)})
		if err != nil {
			return err
		}
		source, err := strconv.Atoi(replies[1].Text)
		if err != nil {
			return err
		}
		destination, err := strconv.Atoi(replies[2].Text)
		if err != nil {
			return err
		}
		replies, err = c.ask([]string{"MULTI"}, []string{"SET", account(from), strconv.Itoa(source - amount)},
			[]string{"SET", account(to), strconv.Itoa(destination + amount)}, []string{"EXEC"})
		if err != nil {
			return err
		}
		if !replies[3].Null {
			c.note(from, to, amount)
			return nil
		}
		c.retries.Add(1)
	}
}

// transferAtOnce has the server count.
func (c *teller) transferAtOnce() error {
	from, to, amount := c.pick()
	replies, err := c.ask([]string{"MULTI"}, []string{"DECRBY", account(from), strconv.Itoa(amount)},
		[]string{"INCRBY", account(to), strconv.Itoa(amount)}, []string{"EXEC"})
	if err != nil {
		return err
	}
	if len(replies[3].Items) != 2 {
		return fmt.Errorf("EXEC answers %s", replies[3].String())
	}
	c.note(from, to, amount)
	return nil
}

// read looks at all balances in one way after the other, until all transfers are made.
func (c *teller) read() error {
	for way := 0; c.left.Load() > 0; way = (way + 1) % len(c.reads) {
		balances, err := c.balances(way)
		if err != nil {
			return err
		}
		total := int64(0)
		for _, balance := range balances {
			total += balance
		}
		if total != accounts*openingSum {
			return fmt.Errorf("the balances %v, read in way %d, come to %d", balances, way, total)
		}
		c.reads[way].Add(1)
	}
	return nil
}

// balances reads all of them: by MGET, which goes to a view where it is long, by GETs in a transaction, and by MGETs of halves in one.
func (c *teller) balances(way int) ([]int64, error) {
	names := make([]string, accounts)
	for i := range names {
		names[i] = account(i)
	}
	commands := [][]string{append([]string{"MGET"}, names...)}
	switch way {
	case 1:
		commands = [][]string{{"MULTI"}}
		for _, name := range names {
			commands = append(commands, []string{"GET", name})
		}
		commands = append(commands, []string{"EXEC"})
	case 2:
		commands = [][]string{{"MULTI"}, append([]string{"MGET"}, names[:accounts/2]...), append([]string{"MGET"}, names[accounts/2:]...), {"EXEC"}}
	}
	replies, err := c.ask(commands...)
	if err != nil {
		return nil, err
	}
	items := replies[len(replies)-1].Items
	if way == 2 && len(items) == 2 {
		items = append(items[0].Items, items[1].Items...)
	}
	if len(items) != accounts {
		return nil, fmt.Errorf("%v answers %s", commands, replies[len(replies)-1].String())
	}
	all := make([]int64, accounts)
	for i := range items {
		if all[i], err = strconv.ParseInt(items[i].Text, 10, 64); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ask sends commands together and takes their replies, none of which is an error.
func (c *teller) ask(commands ...[]string) ([]wire.Reply, error) {
	var frames []byte
	for _, words := range commands {
		frames = append(frames, wire.Frame(words...)...)
	}
	if err := c.conn.Send(frames); err != nil {
		return nil, err
	}
	replies := make([]wire.Reply, len(commands))
	for i := range replies {
		var err error
		if replies[i], err = c.conn.Receive(); err != nil {
			return nil, err
		}
		if replies[i].IsError() {
			return nil, fmt.Errorf("%v: %s", commands[i], replies[i].Text)
		}
	}
	return replies, nil
}
