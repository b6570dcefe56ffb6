package pubsub

import "sync"

// Publication is what was published once, with those to whom one carrier brings it. Whoever has it may keep it, and gives it back with Release.
type Publication struct {
	// Kind is Channel or Shard.
	Kind             Kind
	Channel, Payload []byte
	// Targets are who is sent it, in the order in which they are.
	Targets []Target
	// Count is how many messages that makes, Bytes what words they have.
	Count int
	Bytes int64

	carrier Carrier
	words   []byte
}

// Target is who listens to one channel or pattern.
type Target struct {
	// Pattern is the pattern, nil for those who listen to the channel itself. It is for reading.
	Pattern []byte
	// To are the subscribers, Count of them, between nils; the list isn't changed any more.
	To    []Subscriber
	Count int
}

// What a publication keeps for the next one at most.
const (
	keptTargets = 1 << 12
	keptWords   = 16 << 10
)

var publications = sync.Pool{New: func() any { return new(Publication) }}

// newPublication copies what was published.
func newPublication(carrier Carrier, kind Kind, channel, payload []byte) *Publication {
	p := publications.Get().(*Publication)
	p.carrier, p.Kind = carrier, kind
	p.words = append(append(p.words[:0], channel...), payload...)
	p.Channel, p.Payload = p.words[:len(channel):len(channel)], p.words[len(channel):]
	return p
}

// add puts those of the carrier in who listen to a topic.
func (p *Publication) add(pattern []byte, subscribers *roster[Subscriber]) {
	p.Targets = append(p.Targets, Target{pattern, subscribers.lend(), subscribers.count})
	p.Count += subscribers.count
	p.Bytes += int64(subscribers.count) * int64(len(pattern)+len(p.words))
}

// Release gives the publication back: nobody may look at it any more.
func (p *Publication) Release() {
	targets, words := p.Targets[:0], p.words
	clear(p.Targets)
	if cap(targets) > keptTargets {
		targets = nil
	}
	if cap(words) > keptWords {
		words = nil
	}
	*p = Publication{Targets: targets, words: words}
	publications.Put(p)
}
