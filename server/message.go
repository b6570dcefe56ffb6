package server

import (
	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// messageWords are the first words of messages, by the kind of subscription.
var messageWords = [...][]byte{
	pubsub.Channel: []byte("message"),
	pubsub.Pattern: []byte("pmessage"),
	pubsub.Shard:   []byte("smessage"),
}

const (
	// messageRoom is about what a message takes beside its words: their lengths and line ends.
	messageRoom = 64
	// copiedBytes is up to which size a message to a single one is laid out where it is to be sent from.
	copiedBytes = 1 << 10
	// keptFrame bounds what a loop keeps for laying out messages.
	keptFrame = 4 << 10
)

// appendMessage appends a message as one who listens to the pattern, nil for the channel itself, is sent it, in that protocol.
func appendMessage(dst []byte, p *pubsub.Publication, pattern []byte, proto int) []byte {
	start := len(dst)
	if pattern != nil {
		dst = resp.AppendCommand(dst, messageWords[pubsub.Pattern], pattern, p.Channel, p.Payload)
	} else {
		dst = resp.AppendCommand(dst, messageWords[p.Kind], p.Channel, p.Payload)
	}
	if proto == 3 {
		resp.AsPush(dst[start:])
	}
	return dst
}

// owed is about what the messages of a publication take.
func owed(p *pubsub.Publication) int64 { return p.Bytes + int64(p.Count)*messageRoom }

// Carry implements pubsub.Carrier: what was published lies in the inbox once for all clients of the loop. The caller holds the section.
func (l *loop) Carry(p *pubsub.Publication) {
	owed := l.inbox.owed.Add(owed(p))
	l.put(&delivery{published: p}) // and the loop's from now on
	if running := l.server.sequence.running; running != nil && owed >= inboxMost {
		running.crowded = l
	}
}

// handPublished adds messages to the replies of those for whom they are. One for many is laid out once for each protocol, and shared.
func (l *loop) handPublished(p *pubsub.Publication) {
	l.inbox.taken += owed(p)
	for i := range p.Targets {
		t := &p.Targets[i]
		alone := t.Count == 1 && len(t.Pattern)+len(p.Channel)+len(p.Payload) <= copiedBytes
		var forms [2][]byte
		for _, subscriber := range t.To {
			if subscriber == nil {
				continue
			}
			c := subscriber.(*client)
			if c.marks.closing || c.marks.finishing {
				continue
			}
			proto := c.reply.Proto()
			if form := &forms[proto-2]; alone {
				l.inbox.frame = appendMessage(l.inbox.frame[:0], p, t.Pattern, proto)
				c.reply.CopyFrame(l.inbox.frame)
			} else {
				if *form == nil {
					*form = appendMessage(make([]byte, 0, messageRoom+len(t.Pattern)+len(p.Channel)+len(p.Payload)), p, t.Pattern, proto)
				}
				c.reply.PushFrame(*form)
			}
			l.handed(c)
		}
	}
	if cap(l.inbox.frame) > keptFrame {
		l.inbox.frame = nil
	}
	p.Release()
}
