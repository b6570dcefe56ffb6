package server

import (
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// inbox is what others want a loop's clients to be sent, in the order of the sections that caused it. The loop takes it before it runs
// commands under a hold, and after every command of its own, so that a client sees messages and replies in the order of what happened:
// none after the confirmation that it no longer listens.
type inbox struct {
	waiting atomic.Int64
	mu      sync.Mutex
	items   []delivery
	// spare is the list that is being taken, used again.
	spare []delivery
}

// delivery is something to be sent to one client: a message, bytes as they are, or an answer.
type delivery struct {
	client  *client
	message *pubsub.Message
	bytes   []byte
	// line marks bytes that are a line of MONITOR.
	line bool
	// answer is that of a command of the client which has waited.
	answer *resp.Writer
}

// deliver puts something into the inbox of a client's loop. The caller holds the section or, for a line of MONITOR, a gate.
func (d delivery) deliver() {
	l := d.client.loop
	in := &l.inbox
	in.mu.Lock()
	in.items = append(in.items, d)
	first := len(in.items) == 1
	in.waiting.Store(int64(len(in.items)))
	in.mu.Unlock()
	if first && l.server.sequence.running != l {
		l.poller.Wake()
	}
}

// takeInbox adds what is in the inbox to the replies of the loop's clients.
func (l *loop) takeInbox() {
	in := &l.inbox
	if in.waiting.Load() == 0 {
		return
	}
	in.mu.Lock()
	items := in.items
	in.items, in.spare = in.spare[:0], nil
	in.waiting.Store(0)
	in.mu.Unlock()
	for i := range items {
		d := &items[i]
		if c := d.client; !c.marks.closing {
			if d.answer != nil {
				l.take(c, d.answer)
			} else {
				c.add(d)
			}
			l.touch(c)
			if c.reply.Len() >= writerFloorBytes || c.elsewhere != nil {
				l.checkReplyLimit(c)
			}
		}
		*d = delivery{}
	}
	if cap(items) > inboxKept {
		items = nil
	}
	in.mu.Lock()
	in.spare = items
	in.mu.Unlock()
}

// inboxKept is how many places an inbox keeps for later.
const inboxKept = 1 << 12

// add writes a delivery behind the client's replies; bytes, an invalidation, also behind that of a command which goes on elsewhere, since what
// it reads was so before. Messages come whatever CLIENT REPLY says, lines of MONITOR only where replies do.
func (c *client) add(d *delivery) {
	if d.line && (c.marks.finishing || c.session.replies == repliesOff || c.session.replies == repliesSkip) {
		return
	}
	w := &c.reply
	if c.elsewhere != nil && d.message == nil {
		w = &c.elsewhere.pushes
		w.SetProto(c.reply.Proto())
	}
	muted := w.Muted()
	w.Mute(false)
	defer w.Mute(muted)
	switch m := d.message; {
	case m == nil:
		w.Raw(d.bytes)
	case m.Pattern != nil:
		w.Push(4)
		w.BulkString("pmessage")
		w.Bulk(m.Pattern)
		w.Bulk(m.Channel)
		w.Bulk(m.Payload)
	default:
		w.Push(3)
		w.BulkString("message")
		w.Bulk(m.Channel)
		w.Bulk(m.Payload)
	}
}

// Push implements pubsub.Subscriber.
func (c *client) Push(m *pubsub.Message) { delivery{client: c, message: m}.deliver() }

// Subscriptions implements pubsub.Subscriber.
func (c *client) Subscriptions() *pubsub.Subscriptions { return &c.subscriptions }
