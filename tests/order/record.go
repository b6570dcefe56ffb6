package order

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Clients are the connections of a run, the same ones for all of its histories.
type Clients struct {
	conns []*wire.Conn
	seed  uint64
	made  uint64
}

// Dial connects count clients to a server whose database 0 is theirs alone.
func Dial(addr string, count int, seed uint64) (*Clients, error) {
	c := &Clients{seed: seed}
	for range count {
		conn, err := wire.Dial(addr)
		if err != nil {
			c.Close()
			return nil, err
		}
		c.conns = append(c.conns, conn)
	}
	return c, nil
}

// Close ends the connections.
func (c *Clients) Close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

// History is what clients asked for and were answered, with the times of both.
type History []porcupine.Operation

// Record empties the keyspace, has each client ask for each things at once with the others, and gives their history. Each call makes other
// choices, which follow from the seed; how the clients meet doesn't.
func (c *Clients) Record(each int) (History, error) {
	c.made++
	random := rand.New(rand.NewPCG(c.seed, c.made))
	for _, conn := range c.conns {
		if _, err := conn.Do("UNWATCH"); err != nil {
			return nil, err
		}
	}
	if _, err := c.conns[0].Do("FLUSHALL"); err != nil {
		return nil, err
	}
	focus, bits := focuses[random.IntN(len(focuses))], random.IntN(100) < bitsPercent
	histories, failures := make([]History, len(c.conns)), make([]error, len(c.conns))
	var wait sync.WaitGroup
	began := time.Now()
	for i, conn := range c.conns {
		g := &generator{random: rand.New(rand.NewPCG(random.Uint64(), uint64(i))), client: i, focus: focus, bits: bits}
		plan := g.plan(each)
		wait.Add(1)
		go func() {
			defer wait.Done()
			p := player{conn: conn, random: g.random, began: began}
			failures[i] = p.play(plan)
			histories[i] = p.history
		}()
	}
	wait.Wait()
	for i, err := range failures {
		if err != nil {
			return nil, fmt.Errorf("client %d: %w", i, err)
		}
	}
	return slices.Concat(histories...), nil
}

// player has one client's plan carried out.
type player struct {
	conn    *wire.Conn
	random  *rand.Rand
	began   time.Time
	history History
}

func (p *player) play(plan []sending) error {
	for _, s := range plan {
		if err := p.send(s); err != nil {
			return err
		}
	}
	return nil
}

// send sends requests and takes their replies. A transaction that comes alone may be queued before EXEC is called.
func (p *player) send(s sending) error {
	apart := len(s) == 1 && s[0].queued != nil && p.random.IntN(100) < apartPercent
	if apart {
		if err := p.conn.Send(s[0].queueing()); err != nil {
			return err
		}
		if err := p.skipQueued(s[0]); err != nil {
			return err
		}
	}
	var frames []byte
	for _, r := range s {
		if !apart && r.queued != nil {
			frames = append(frames, r.queueing()...)
		}
		frames = append(frames, wire.Frame(r.words...)...)
	}
	called := time.Since(p.began).Nanoseconds()
	if err := p.conn.Send(frames); err != nil {
		return err
	}
	for _, r := range s {
		if !apart && r.queued != nil {
			if err := p.skipQueued(r); err != nil {
				return err
			}
		}
		reply, err := p.conn.Receive()
		if err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		p.history = append(p.history, porcupine.Operation{
			ClientId: r.client, Input: r, Call: called, Output: r.canonical(&reply), Return: time.Since(p.began).Nanoseconds(),
		})
	}
	return nil
}

// queueing is what comes before EXEC.
func (r *request) queueing() []byte {
	frames := wire.Frame("MULTI")
	for _, words := range r.queued {
		frames = append(frames, wire.Frame(words...)...)
	}
	return frames
}

// skipQueued takes the replies to it.
func (p *player) skipQueued(r *request) error {
	for i := range 1 + len(r.queued) {
		reply, err := p.conn.Receive()
		if err != nil {
			return fmt.Errorf("queueing %s: %w", r, err)
		}
		broken := i > 0 && len(r.queued[i-1]) == 1 && reply.IsError()
		if want := []string{"OK", "QUEUED"}[min(i, 1)]; reply.Text != want && !broken {
			return fmt.Errorf("queueing %s is answered %s", r, reply.String())
		}
	}
	return nil
}

// unordered are the commands whose replies have no order.
var unordered = map[string]bool{"SMEMBERS": true, "SUNION": true, "KEYS": true}

// canonical is a reply's bytes, where its items have no order in an order of their own.
func (r *request) canonical(reply *wire.Reply) string {
	if len(reply.Items) != len(r.queued) || r.words[0] != "EXEC" {
		return arrangedReply(r.words, reply)
	}
	items := make([]string, len(reply.Items))
	for i := range reply.Items {
		items[i] = arrangedReply(r.queued[i], &reply.Items[i])
	}
	return array(items...)
}

func arrangedReply(words []string, reply *wire.Reply) string {
	if !unordered[words[0]] || len(reply.Items) == 0 {
		return string(reply.Raw)
	}
	items := make([]string, len(reply.Items))
	for i := range reply.Items {
		items[i] = string(reply.Items[i].Raw)
	}
	slices.Sort(items)
	return array(items...)
}

// String shows a request as its words.
func (r *request) String() string {
	if r.queued == nil {
		return strings.Join(r.words, " ")
	}
	all := []string{"MULTI"}
	for _, words := range r.queued {
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(append(all, strings.Join(r.words, " ")), "; ")
}
