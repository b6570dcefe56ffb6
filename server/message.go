package server

import (
	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// messageHeads are what messages begin with, by the kind of subscription, in RESP2.
var messageHeads = [...]string{
	pubsub.Channel: "*3\r\n$7\r\nmessage\r\n",
	pubsub.Pattern: "*4\r\n$8\r\npmessage\r\n",
	pubsub.Shard:   "*3\r\n$8\r\nsmessage\r\n",
}

const (
	// messageRoom is about what a message takes beside its words: their lengths and line ends.
	messageRoom = 64
	// copiedBytes is up to which size a message to a single one is laid out where it is to be sent from.
	copiedBytes = 1 << 10
	// keptLayout bounds what a loop keeps for laying out messages.
	keptLayout = 4 << 10
)

// layout is where messages are laid out; the loop's own.
type layout struct {
	// tail is what all messages of one publication end with, its channel and payload; frame is one for a single client.
	tail, frame []byte
}

// begin makes ready for the messages of a publication.
func (y *layout) begin(p *pubsub.Publication) {
	y.tail = resp.AppendBulk(resp.AppendBulk(y.tail[:0], p.Channel), p.Payload)
}

// append appends a message as one who listens to the pattern, nil for the channel itself, is sent it, in that protocol.
func (y *layout) append(dst []byte, kind pubsub.Kind, pattern []byte, proto int) []byte {
	start := len(dst)
	if pattern != nil {
		dst = resp.AppendBulk(append(dst, messageHeads[pubsub.Pattern]...), pattern)
	} else {
		dst = append(dst, messageHeads[kind]...)
	}
	dst = append(dst, y.tail...)
	if proto == 3 {
		resp.AsPush(dst[start:])
	}
	return dst
}

// end gives back what is large.
func (y *layout) end() {
	if cap(y.tail) > keptLayout || cap(y.frame) > keptLayout {
		*y = layout{}
	}
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
	y := &l.inbox.layout
	y.begin(p)
	for i := range p.Targets {
		t := &p.Targets[i]
		alone := t.Count == 1 && len(t.Pattern)+len(y.tail) <= copiedBytes
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
				y.frame = y.append(y.frame[:0], p.Kind, t.Pattern, proto)
				c.reply.CopyFrame(y.frame)
			} else {
				if *form == nil {
					*form = y.append(make([]byte, 0, messageRoom+len(t.Pattern)+len(y.tail)), p.Kind, t.Pattern, proto)
				}
				c.reply.PushFrame(*form)
			}
			l.handed(c)
		}
	}
	y.end()
	p.Release()
}
