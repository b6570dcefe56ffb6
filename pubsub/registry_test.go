package pubsub

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// listener keeps what it was sent.
type listener struct {
	subscriptions Subscriptions
	got           []string
}

func (l *listener) Push(m *Message) {
	line := string(m.Channel) + " " + string(m.Payload)
	if m.Pattern != nil {
		line = string(m.Pattern) + " " + line
	}
	l.got = append(l.got, line)
}

func (l *listener) Subscriptions() *Subscriptions { return &l.subscriptions }

// prefix is a match of its own: a pattern fits every channel that begins with it.
func prefix(pattern, channel []byte) bool { return bytes.HasPrefix(channel, pattern) }

func TestPublishReachesThoseWhoListen(t *testing.T) {
	r := New(prefix)
	var a, b listener
	require.False(t, r.Listening())
	require.Zero(t, r.Publish([]byte("news"), []byte("0")))
	require.True(t, r.Subscribe(&a, Channel, []byte("news")))
	require.False(t, r.Subscribe(&a, Channel, []byte("news")), "twice")
	require.True(t, r.Subscribe(&a, Pattern, []byte("ne")))
	require.True(t, r.Subscribe(&b, Pattern, []byte("n")))
	require.True(t, r.Subscribe(&b, Channel, []byte("other")))
	require.True(t, r.Listening())
	require.Equal(t, 3, r.Publish([]byte("news"), []byte("1")))
	require.Equal(t, 1, r.Publish([]byte("no"), []byte("2")))
	require.Equal(t, []string{"news 1", "ne news 1"}, a.got)
	require.Equal(t, []string{"n news 1", "n no 2"}, b.got)
	require.Equal(t, 1, a.subscriptions.Count(Channel))
	require.Equal(t, 1, r.Subscribers([]byte("news")))
	require.ElementsMatch(t, [][]byte{[]byte("news"), []byte("other")}, r.Channels(nil))
	require.Equal(t, [][]byte{[]byte("other")}, r.Channels([]byte("o")))
	require.Equal(t, 2, r.Count(Pattern))

	require.True(t, r.Unsubscribe(&a, Channel, []byte("news")))
	require.False(t, r.Unsubscribe(&a, Channel, []byte("news")))
	require.Equal(t, 2, r.Publish([]byte("news"), []byte("3")))
	r.Forget(&a)
	r.Forget(&b)
	require.False(t, r.Listening())
	require.Zero(t, r.Count(Channel)+r.Count(Pattern))
	require.Zero(t, r.Publish([]byte("news"), []byte("4")))
}

// What the publisher hands in is its own again when Publish returns.
func TestMessagesAreCopies(t *testing.T) {
	r := New(prefix)
	k := &keeper{}
	r.Subscribe(k, Channel, []byte("c"))
	channel, payload := []byte("c"), []byte("payload")
	require.Equal(t, 1, r.Publish(channel, payload))
	copy(payload, "XXXXXXX")
	channel[0] = 'X'
	require.Equal(t, "payload", string(k.last.Payload))
	require.Equal(t, "c", string(k.last.Channel))
}

type keeper struct {
	subscriptions Subscriptions
	last          *Message
}

func (k *keeper) Push(m *Message)               { k.last = m }
func (k *keeper) Subscriptions() *Subscriptions { return &k.subscriptions }

// Random subscriptions against a plain set of pairs; who listens is sent each message once a subscription.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	r := New(prefix)
	listeners := make([]*listener, 150)
	for i := range listeners {
		listeners[i] = &listener{}
	}
	type pair struct {
		listener int
		kind     Kind
		name     string
	}
	model := map[pair]bool{}
	for range 20_000 {
		p := pair{random.IntN(len(listeners)), Kind(random.IntN(2)), fmt.Sprintf("%c%c", 'a'+random.IntN(2), 'a'+random.IntN(2))[:1+random.IntN(2)]}
		l := listeners[p.listener]
		switch random.IntN(8) {
		case 0, 1, 2:
			require.Equal(t, !model[p], r.Subscribe(l, p.kind, []byte(p.name)))
			model[p] = true
		case 3, 4, 5:
			require.Equal(t, model[p], r.Unsubscribe(l, p.kind, []byte(p.name)))
			delete(model, p)
		case 6:
			if random.IntN(10) == 0 {
				r.Forget(l)
				for q := range model {
					if q.listener == p.listener {
						delete(model, q)
					}
				}
			}
		case 7:
			want := 0
			for q := range model {
				if q.name == p.name || q.kind == Pattern && prefix([]byte(q.name), []byte(p.name)) {
					want++
				}
			}
			for _, l := range listeners {
				l.got = nil
			}
			require.Equal(t, want, r.Publish([]byte(p.name), []byte("m")))
			sent := 0
			for _, l := range listeners {
				sent += len(l.got)
			}
			require.Equal(t, want, sent)
		}
		require.Equal(t, len(model) > 0, r.Listening())
	}
}

// Everything at once, for the race detector; in the end nothing is left.
func TestManyGoroutines(t *testing.T) {
	r := New(prefix)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			k := &counter{}
			for n := range 500 {
				name := fmt.Appendf(nil, "c%d", (n+i)%5)
				r.Subscribe(k, Kind(n%2), name)
				r.Publish(name, []byte("m"))
				r.Channels(nil)
				if n%3 == 0 {
					r.Unsubscribe(k, Kind(n%2), name)
				}
			}
			r.Forget(k)
		})
	}
	group.Wait()
	require.False(t, r.Listening())
}

// counter counts under the registry's lock.
type counter struct {
	subscriptions Subscriptions
	count         int
}

func (c *counter) Push(*Message)                 { c.count++ }
func (c *counter) Subscriptions() *Subscriptions { return &c.subscriptions }
