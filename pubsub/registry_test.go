package pubsub

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// listener keeps what it was sent. It is a carrier of its own, unless it shares another's.
type listener struct {
	subscriptions Subscriptions
	with          *listener
	got           []string
}

func (l *listener) Carrier() Carrier {
	if l.with != nil {
		return l.with
	}
	return l
}

func (l *listener) Subscriptions() *Subscriptions { return &l.subscriptions }

func (l *listener) Carry(p *Publication) {
	all := 0
	for _, target := range p.Targets {
		count := 0
		for _, s := range target.To {
			if s != nil {
				count++
				s.(*listener).got = append(s.(*listener).got, inWords(p, target.Pattern))
			}
		}
		if count != target.Count {
			panic("a count doesn't tell how many")
		}
		all += count
	}
	if all != p.Count {
		panic("the count doesn't tell how many")
	}
	p.Release()
}

// inWords is a message as a line of words.
func inWords(p *Publication, pattern []byte) string {
	line := string(p.Channel) + " " + string(p.Payload)
	switch {
	case pattern != nil:
		line = string(pattern) + " " + line
	case p.Kind == Shard:
		line = "shard " + line
	}
	return line
}

// match is a match of its own: patterns end with a star, or have none.
func match(pattern, channel []byte) bool {
	if begins, ok := bytes.CutSuffix(pattern, []byte("*")); ok {
		return bytes.HasPrefix(channel, begins)
	}
	return bytes.Equal(pattern, channel)
}

func newRegistry() *Registry { return New(match) }

func TestPublishReachesThoseWhoListen(t *testing.T) {
	r := newRegistry()
	var a, b listener
	require.False(t, r.Listening())
	require.Zero(t, r.Publish(Channel, []byte("news"), []byte("0")))
	require.True(t, r.Subscribe(&a, Channel, []byte("news")))
	require.False(t, r.Subscribe(&a, Channel, []byte("news")), "twice")
	require.True(t, r.Subscribe(&a, Pattern, []byte("ne*")))
	require.True(t, r.Subscribe(&b, Pattern, []byte("n*")))
	require.True(t, r.Subscribe(&b, Channel, []byte("other")))
	require.True(t, r.Listening())
	require.Equal(t, 3, r.Publish(Channel, []byte("news"), []byte("1")))
	require.Equal(t, 1, r.Publish(Channel, []byte("no"), []byte("2")))
	require.Equal(t, []string{"news 1", "ne* news 1"}, a.got)
	require.Equal(t, []string{"n* news 1", "n* no 2"}, b.got)
	require.Equal(t, 1, a.subscriptions.Count(Channel))
	require.Equal(t, 1, r.Subscribers(Channel, []byte("news")))
	require.ElementsMatch(t, [][]byte{[]byte("news"), []byte("other")}, r.Channels(Channel, nil))
	require.Equal(t, [][]byte{[]byte("other")}, r.Channels(Channel, []byte("o*")))
	require.Equal(t, 2, r.Count(Pattern))

	require.True(t, r.Unsubscribe(&a, Channel, []byte("news")))
	require.False(t, r.Unsubscribe(&a, Channel, []byte("news")))
	require.Equal(t, 2, r.Publish(Channel, []byte("news"), []byte("3")))
	r.Forget(&a)
	r.Forget(&b)
	require.False(t, r.Listening())
	require.Zero(t, r.Count(Channel)+r.Count(Pattern))
	require.Zero(t, r.Publish(Channel, []byte("news"), []byte("4")))
}

// Shard channels have nothing to do with channels and patterns of the same names.
func TestShardChannelsAreApart(t *testing.T) {
	r := newRegistry()
	var a listener
	for kind := range kinds {
		require.True(t, r.Subscribe(&a, kind, []byte("x")))
		require.Equal(t, 1, r.Count(kind))
	}
	require.Equal(t, 1, r.Publish(Shard, []byte("x"), []byte("1")))
	require.Equal(t, 2, r.Publish(Channel, []byte("x"), []byte("2")))
	require.Equal(t, []string{"shard x 1", "x 2", "x x 2"}, a.got)
	require.Equal(t, 3, a.subscriptions.Total())
	require.True(t, r.Unsubscribe(&a, Shard, []byte("x")))
	require.Zero(t, r.Publish(Shard, []byte("x"), []byte("3")))
	require.Equal(t, 1, r.Subscribers(Channel, []byte("x")))
	require.Zero(t, r.Subscribers(Shard, []byte("x")))
	require.Equal(t, 1, r.Listeners())
	r.Forget(&a)
	require.Zero(t, r.Listeners())
}

// A list that was handed to a carrier stays as it was, whoever comes and goes.
func TestCarriersKeepTheirLists(t *testing.T) {
	r := newRegistry()
	var k keeper
	listeners := make([]*listener, 3*smallRoster)
	for i := range listeners {
		listeners[i] = &listener{}
		r.Subscribe(carried{listeners[i], &k}, Channel, []byte("c"))
	}
	r.Publish(Channel, []byte("c"), []byte("m"))
	lent, before := k.to, slices.Clone(k.to)
	for i, l := range listeners {
		r.Unsubscribe(carried{l, &k}, Channel, []byte("c"))
		if i%2 == 0 {
			r.Subscribe(carried{l, &k}, Channel, []byte("c"))
		}
		if i%5 == 0 {
			r.Publish(Channel, []byte("c"), []byte("m"))
		}
	}
	require.Equal(t, before, lent)
	require.Equal(t, len(listeners)/2, r.Subscribers(Channel, []byte("c")))
}

// keeper carries nothing, and keeps the last list.
type keeper struct{ to []Subscriber }

func (k *keeper) Carry(p *Publication) {
	k.to = p.Targets[0].To
	p.Release()
}

// carried is a listener with another carrier.
type carried struct {
	*listener
	by *keeper
}

func (c carried) Carrier() Carrier { return c.by }

// Names come in the order of the subscriptions.
func TestNamesInTheirOrder(t *testing.T) {
	r := newRegistry()
	var a listener
	for _, name := range []string{"c", "a", "b", "a"} {
		r.Subscribe(&a, Pattern, []byte(name))
	}
	require.Equal(t, "c,a,b", string(bytes.Join(r.Names(&a, Pattern), []byte(","))))
	r.Unsubscribe(&a, Pattern, []byte("c"))
	r.Subscribe(&a, Pattern, []byte("c"))
	require.Equal(t, "a,b,c", string(bytes.Join(r.Names(&a, Pattern), []byte(","))))
}

func TestBeginningOfAPattern(t *testing.T) {
	for pattern, want := range map[string]string{"": "", "*": "", "news": "news", "news.*": "news.", "a?c": "a", "a[bc]": "a", `a\*`: "a", "a]*": "a]"} {
		require.Equal(t, want, string(beginning([]byte(pattern))), pattern)
	}
}

// Publishing to nobody costs a look-up and no memory, whoever listens to something else.
func TestPublishingToNobodyAllocatesNothing(t *testing.T) {
	r := newRegistry()
	var a listener
	for i := range 100 {
		r.Subscribe(&a, Channel, fmt.Appendf(nil, "channel %d", i))
		r.Subscribe(&a, Pattern, fmt.Appendf(nil, "pattern %d*", i))
		r.Subscribe(&a, Shard, fmt.Appendf(nil, "shard %d", i))
	}
	nobody, payload := []byte("pattern nobody"), []byte("payload")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if r.Publish(Channel, nobody, payload)+r.Publish(Shard, nobody, payload) > 0 {
			panic("somebody listens")
		}
	}))
}

func BenchmarkPublishToNobody(b *testing.B) {
	for _, others := range []int{0, 1, 10_000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			r := newRegistry()
			var a listener
			for i := range others {
				r.Subscribe(&a, Channel, fmt.Appendf(nil, "channel %d", i))
				r.Subscribe(&a, Pattern, fmt.Appendf(nil, "pattern %d*", i))
			}
			channel, payload := []byte("nobody"), []byte("payload")
			b.ReportAllocs()
			for b.Loop() {
				r.Publish(Channel, channel, payload)
			}
		})
	}
}

// What publishing costs beside carrying, for one carrier.
func BenchmarkPublish(b *testing.B) {
	for _, subscribers := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("subscribers=%d", subscribers), func(b *testing.B) {
			r := newRegistry()
			var k keeper
			for range subscribers {
				r.Subscribe(carried{&listener{}, &k}, Channel, []byte("channel"))
			}
			channel, payload := []byte("channel"), []byte("payload")
			b.ReportAllocs()
			for b.Loop() {
				r.Publish(Channel, channel, payload)
			}
		})
	}
}

// Random subscriptions against a plain set of pairs; who listens is sent each message once a subscription.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	r := newRegistry()
	listeners := make([]*listener, 150)
	for i := range listeners {
		listeners[i] = &listener{}
		if i%3 > 0 {
			listeners[i].with = listeners[i%2]
		}
	}
	type pair struct {
		listener int
		kind     Kind
		name     string
	}
	model := map[pair]bool{}
	for range 20_000 {
		p := pair{random.IntN(len(listeners)), Kind(random.IntN(int(kinds))), randomName(random)}
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
			kind, want := p.kind, 0
			if kind == Pattern {
				kind = Channel
			}
			for q := range model {
				if q.kind == kind && q.name == p.name || kind == Channel && q.kind == Pattern && match([]byte(q.name), []byte(p.name)) {
					want++
				}
			}
			for _, l := range listeners {
				l.got = nil
			}
			require.Equal(t, want, r.Publish(kind, []byte(p.name), []byte("m")))
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
	r := newRegistry()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			k := &counter{}
			for n := range 500 {
				name := fmt.Appendf(nil, "c%d", (n+i)%5)
				r.Subscribe(k, Kind(n%int(kinds)), name)
				r.Publish(Channel, name, []byte("m"))
				r.Channels(Channel, nil)
				if n%3 == 0 {
					r.Unsubscribe(k, Kind(n%int(kinds)), name)
				}
			}
			r.Forget(k)
		})
	}
	group.Wait()
	require.False(t, r.Listening())
}

// randomName is one of a few names, some of which are patterns, too.
func randomName(random *rand.Rand) string {
	letters := "ab*"
	name := make([]byte, 1+random.IntN(2))
	for i := range name {
		name[i] = letters[random.IntN(len(letters))]
	}
	return string(bytes.ReplaceAll(name, []byte("*a"), []byte("aa")))
}

// counter counts under the registry's lock.
type counter struct {
	subscriptions Subscriptions
	count         int
}

func (c *counter) Carrier() Carrier              { return c }
func (c *counter) Carry(*Publication)            { c.count++ }
func (c *counter) Subscriptions() *Subscriptions { return &c.subscriptions }
