package pubsub

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
)

// Kind is what is subscribed to.
type Kind uint8

const (
	// Channel is a channel's name.
	Channel Kind = iota
	// Pattern is a pattern of names.
	Pattern
	// Shard is the name of a shard channel; patterns have nothing to do with those.
	Shard
	kinds
)

// Subscriber is one who listens.
type Subscriber interface {
	// Carrier brings messages to the subscriber, always the same one.
	Carrier() Carrier
	// Subscriptions are the subscriber's own, kept by the registry.
	Subscriptions() *Subscriptions
}

// Carrier brings messages to many subscribers.
type Carrier interface {
	// Carry takes what was published for those to whom it brings it, and releases it in the end, perhaps before it returns. It neither
	// blocks nor calls the registry.
	Carry(p *Publication)
}

// Subscriptions are what one subscriber listens to. The zero value is none.
type Subscriptions struct {
	topics [kinds]roster[*topic]
	// count is the number of topics of each kind, for everybody to read.
	count [kinds]atomic.Int64
	bytes atomic.Int64
}

// Count is how many channels, patterns or shard channels these are. Any goroutine may ask.
func (s *Subscriptions) Count(kind Kind) int { return int(s.count[kind].Load()) }

// Total is how many these are of all kinds. Any goroutine may ask.
func (s *Subscriptions) Total() (total int) {
	for kind := range s.count {
		total += s.Count(Kind(kind))
	}
	return total
}

// Bytes is about what they take. A name counts for everybody who listens to it, though all of them share it. Any goroutine may ask.
func (s *Subscriptions) Bytes() int64 { return s.bytes.Load() }

// What a subscription takes beside the name, about: its places in the subscriber's list and the topic's, the topic itself where nobody else
// listens, and for a pattern where it is found by its beginning.
const (
	subscriptionBytes = 240
	patternBytes      = 110
)

// takes notes that a subscription has come, or has gone with a negative sign.
func (s *Subscriptions) takes(sign int, kind Kind, name []byte) {
	s.count[kind].Add(int64(sign))
	bytes := subscriptionBytes + len(name)
	if kind == Pattern {
		bytes += patternBytes
	}
	s.bytes.Add(int64(sign * bytes))
}

// Registry is who listens to what.
type Registry struct {
	match func(pattern, channel []byte) bool
	// listeners counts the subscriptions of all, subscribers those who have any.
	listeners, subscribers atomic.Int64
	mu                     sync.Mutex
	topics                 [kinds]map[string]*topic
	patterns               patterns
	// outgoing are what Publish is putting together, one for each carrier.
	outgoing []*Publication
}

// topic is a channel or a pattern that somebody listens to, and who does: by their carriers, and for each in the order of subscriptions.
type topic struct {
	name  []byte
	parts []part
}

type part struct {
	carrier     Carrier
	subscribers roster[Subscriber]
}

// New makes an empty registry. match tells whether a channel's name fits a pattern in which * ? [ and \ mean something, and nothing else does.
func New(match func(pattern, channel []byte) bool) *Registry {
	r := &Registry{match: match, patterns: patterns{byBeginning: map[string]*roster[*topic]{}}}
	for kind := range r.topics {
		r.topics[kind] = map[string]*topic{}
	}
	return r
}

// Subscribe adds a subscription, and tells whether it is new. The name is copied.
func (r *Registry) Subscribe(s Subscriber, kind Kind, name []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := s.Subscriptions()
	t := r.topics[kind][string(name)]
	if t == nil {
		t = &topic{name: bytes.Clone(name)}
		r.topics[kind][string(name)] = t
		if kind == Pattern {
			r.patterns.add(t)
		}
	} else if own.topics[kind].place(t) >= 0 {
		return false
	}
	if own.Total() == 0 {
		r.subscribers.Add(1)
	}
	own.topics[kind].add(t)
	own.takes(1, kind, name)
	t.add(s)
	r.listeners.Add(1)
	return true
}

// Unsubscribe ends a subscription, and tells whether there was one.
func (r *Registry) Unsubscribe(s Subscriber, kind Kind, name []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.topics[kind][string(name)]
	if t == nil {
		return false
	}
	own := s.Subscriptions()
	place := own.topics[kind].place(t)
	if place < 0 {
		return false
	}
	own.topics[kind].remove(place)
	own.takes(-1, kind, name)
	r.listeners.Add(-1)
	if own.Total() == 0 {
		r.subscribers.Add(-1)
	}
	if t.remove(s); len(t.parts) == 0 {
		delete(r.topics[kind], string(name))
		if kind == Pattern {
			r.patterns.remove(t)
		}
	}
	return true
}

// Names are what a subscriber listens to, in the order of its subscriptions.
func (r *Registry) Names(s Subscriber, kind Kind) (names [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for t := range s.Subscriptions().topics[kind].all {
		names = append(names, t.name)
	}
	return names
}

// Forget ends all subscriptions of one who has gone.
func (r *Registry) Forget(s Subscriber) {
	for kind := range kinds {
		if s.Subscriptions().Count(kind) == 0 {
			continue
		}
		for _, name := range r.Names(s, kind) {
			r.Unsubscribe(s, kind, name)
		}
	}
}

// Listening tells whether anybody listens to anything.
func (r *Registry) Listening() bool { return r.listeners.Load() > 0 }

// Listeners counts those who listen to anything.
func (r *Registry) Listeners() int { return int(r.subscribers.Load()) }

// Publish hands a message to everybody who listens to the channel, or with Shard to the shard channel, then to those with a pattern that
// the channel fits, and returns how many times. What is handed in stays the caller's.
func (r *Registry) Publish(kind Kind, channel, payload []byte) (receivers int) {
	if !r.Listening() {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.topics[kind][string(channel)]; t != nil {
		r.address(t, nil, kind, channel, payload)
	}
	if kind != Shard {
		r.patterns.mayFit(channel, func(t *topic) {
			if r.match(t.name, channel) {
				r.address(t, t.name, kind, channel, payload)
			}
		})
	}
	for i, p := range r.outgoing {
		receivers += p.Count
		r.outgoing[i] = nil
		p.carrier.Carry(p)
	}
	r.outgoing = r.outgoing[:0]
	return receivers
}

// address adds those who listen to a topic to what goes out.
func (r *Registry) address(t *topic, pattern []byte, kind Kind, channel, payload []byte) {
	for i := range t.parts {
		part := &t.parts[i]
		at := slices.IndexFunc(r.outgoing, func(p *Publication) bool { return p.carrier == part.carrier })
		if at < 0 {
			at = len(r.outgoing)
			r.outgoing = append(r.outgoing, newPublication(part.carrier, kind, channel, payload))
		}
		r.outgoing[at].add(pattern, &part.subscribers)
	}
}

// Channels are the names of the channels, or with Shard of the shard channels, that somebody listens to and that fit a pattern, all of them
// if it is nil.
func (r *Registry) Channels(kind Kind, pattern []byte) (names [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.topics[kind] {
		if pattern == nil || r.match(pattern, t.name) {
			names = append(names, t.name)
		}
	}
	return names
}

// Subscribers counts who listens to a channel or a shard channel itself.
func (r *Registry) Subscribers(kind Kind, channel []byte) (count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.topics[kind][string(channel)]; t != nil {
		for i := range t.parts {
			count += t.parts[i].subscribers.count
		}
	}
	return count
}

// Count is the number of channels, patterns or shard channels that somebody listens to.
func (r *Registry) Count(kind Kind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.topics[kind])
}

func (t *topic) add(s Subscriber) {
	carrier := s.Carrier()
	i := t.part(carrier)
	if i < 0 {
		i = len(t.parts)
		t.parts = append(t.parts, part{carrier: carrier})
	}
	t.parts[i].subscribers.add(s)
}

func (t *topic) remove(s Subscriber) {
	i := t.part(s.Carrier())
	subscribers := &t.parts[i].subscribers
	if subscribers.remove(subscribers.place(s)); subscribers.count == 0 {
		t.parts = slices.Delete(t.parts, i, i+1)
	}
}

func (t *topic) part(carrier Carrier) int {
	return slices.IndexFunc(t.parts, func(p part) bool { return p.carrier == carrier })
}
