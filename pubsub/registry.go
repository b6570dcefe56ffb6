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
	kinds
)

// Message is one message to those who listen; it is never changed and shared by all of them.
type Message struct {
	// Pattern is the pattern that the channel fits, nil for those who listen to the channel itself.
	Pattern []byte
	Channel []byte
	Payload []byte
}

// Subscriber takes messages.
type Subscriber interface {
	// Push takes a message; it neither blocks nor calls the registry.
	Push(m *Message)
	// Subscriptions are the subscriber's own, kept by the registry.
	Subscriptions() *Subscriptions
}

// Subscriptions are what one subscriber listens to. The zero value is none.
type Subscriptions struct {
	names [kinds]map[string]struct{}
	// count is the number of names of each kind, for everybody to read.
	count [kinds]atomic.Int64
}

// Count is how many channels or patterns these are. Any goroutine may ask.
func (s *Subscriptions) Count(kind Kind) int { return int(s.count[kind].Load()) }

// Total is how many channels and patterns these are. Any goroutine may ask.
func (s *Subscriptions) Total() (total int) {
	for kind := range s.count {
		total += s.Count(Kind(kind))
	}
	return total
}

// Registry is who listens to what.
type Registry struct {
	match func(pattern, channel []byte) bool
	// listeners counts the subscriptions of all.
	listeners atomic.Int64
	mu        sync.Mutex
	topics    [kinds]map[string]*topic
	// patterns are the topics of patterns in the order in which they came to be.
	patterns roster[*topic]
}

// topic is a channel or a pattern that somebody listens to, and who does, in the order of their subscriptions.
type topic struct {
	name        []byte
	subscribers roster[Subscriber]
}

// New makes an empty registry; match tells whether a channel's name fits a pattern.
func New(match func(pattern, channel []byte) bool) *Registry {
	r := &Registry{match: match}
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
	if _, had := own.names[kind][string(name)]; had {
		return false
	}
	if own.names[kind] == nil {
		own.names[kind] = map[string]struct{}{}
	}
	t := r.topics[kind][string(name)]
	if t == nil {
		t = &topic{name: bytes.Clone(name)}
		r.topics[kind][string(name)] = t
		if kind == Pattern {
			r.patterns.add(t)
		}
	}
	own.names[kind][string(name)] = struct{}{}
	own.count[kind].Add(1)
	t.subscribers.add(s)
	r.listeners.Add(1)
	return true
}

// Unsubscribe ends a subscription, and tells whether there was one.
func (r *Registry) Unsubscribe(s Subscriber, kind Kind, name []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := s.Subscriptions()
	if _, had := own.names[kind][string(name)]; !had {
		return false
	}
	delete(own.names[kind], string(name))
	own.count[kind].Add(-1)
	r.listeners.Add(-1)
	t := r.topics[kind][string(name)]
	t.subscribers.remove(s)
	if t.subscribers.count() == 0 {
		delete(r.topics[kind], string(name))
		if kind == Pattern {
			r.patterns.remove(t)
		}
	}
	return true
}

// Names are what a subscriber listens to, in no order.
func (r *Registry) Names(s Subscriber, kind Kind) (names [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range s.Subscriptions().names[kind] {
		names = append(names, []byte(name))
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

// Publish hands a message to everybody who listens to the channel, then to those with a pattern that it fits, and returns how many
// times. What is handed in is copied if anybody does.
func (r *Registry) Publish(channel, payload []byte) (receivers int) {
	if !r.Listening() {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var shared *Message
	own := func() *Message {
		if shared == nil {
			shared = &Message{Channel: bytes.Clone(channel), Payload: bytes.Clone(payload)}
		}
		return shared
	}
	if t := r.topics[Channel][string(channel)]; t != nil {
		receivers += t.push(own())
	}
	for _, t := range r.patterns.ordered {
		if t != nil && r.match(t.name, channel) {
			m := *own()
			m.Pattern = t.name
			receivers += t.push(&m)
		}
	}
	return receivers
}

// Channels are the names of the channels that somebody listens to and that fit a pattern, all of them if it is nil.
func (r *Registry) Channels(pattern []byte) (names [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.topics[Channel] {
		if pattern == nil || r.match(pattern, t.name) {
			names = append(names, t.name)
		}
	}
	return names
}

// Subscribers counts who listens to a channel itself.
func (r *Registry) Subscribers(channel []byte) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.topics[Channel][string(channel)]; t != nil {
		return t.subscribers.count()
	}
	return 0
}

// Count is the number of channels or patterns that somebody listens to.
func (r *Registry) Count(kind Kind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.topics[kind])
}

func (t *topic) push(m *Message) int {
	for _, s := range t.subscribers.ordered {
		if s != nil {
			s.Push(m)
		}
	}
	return t.subscribers.count()
}

// roster is a set in the order of coming; the zero value is empty.
type roster[T comparable] struct {
	// places are where elements stand in ordered, which holds T's zero value where one has left.
	places  map[T]int
	ordered []T
}

func (r *roster[T]) count() int { return len(r.places) }

// add puts in an element that isn't there.
func (r *roster[T]) add(element T) {
	if r.places == nil {
		r.places = map[T]int{}
	}
	r.places[element] = len(r.ordered)
	r.ordered = append(r.ordered, element)
}

// remove takes one out. The others close up when half of the places are empty, so that each that leaves costs the same.
func (r *roster[T]) remove(element T) {
	var none T
	r.ordered[r.places[element]] = none
	delete(r.places, element)
	if len(r.ordered) <= 2*len(r.places) {
		return
	}
	r.ordered = slices.DeleteFunc(r.ordered, func(other T) bool { return other == none })
	for place, other := range r.ordered {
		r.places[other] = place
	}
}
