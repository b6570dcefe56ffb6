package server

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// inbox is what others want a loop's clients to be sent, in the order of the sections that caused it. The loop takes it before it runs
// commands under a hold, and after every command of its own, so that a client sees messages and replies in the order of what happened:
// none after the confirmation that it no longer listens.
//
// It is bounded by those who fill it: whose command left messages in an inbox that owes inboxMost bytes runs no more until that loop has
// tried to send them. What a socket didn't take then is in its client's replies, bounded by client-output-buffer-limit, and keeps nobody.
type inbox struct {
	waiting atomic.Int64
	// owed is the bytes of messages, for all who are sent them, from when they are put in until the end of the round that takes them.
	owed atomic.Int64
	// taken is how much of owed the round has taken; the loop's own.
	taken  int64
	layout layout
	// finished is up to which number items may be taken outside of a hold, deferring is set until it is told of the last one that came
	// while a section went on. The latter is the loop's own.
	finished  atomic.Int64
	deferring bool
	mu        sync.Mutex
	items     []delivery
	// count numbers the items that were put in, gone those that were taken.
	count, gone int64
	// spare is the list that is being taken, used again.
	spare []delivery
	// wakers are called when less is owed.
	wakers []func()
}

const (
	// inboxKept is how many places an inbox keeps for later.
	inboxKept = 1 << 12
	// inboxMost is from how many bytes owed on publishers are kept back.
	inboxMost = 64 << 20
)

// delivery is something to be sent: to one client bytes as they are or an answer, or what was published to those who listen.
type delivery struct {
	client *client
	bytes  []byte
	// line marks bytes that are a line of MONITOR.
	line bool
	// answer is that of a command of the client which has waited.
	answer    *resp.Writer
	published *pubsub.Publication
}

// deliver puts something into the inbox of a client's loop. The caller holds the section or, for a line of MONITOR, a gate.
func (d delivery) deliver() { d.client.loop.put(&d) }

func (l *loop) put(d *delivery) {
	in := &l.inbox
	in.mu.Lock()
	in.items = append(in.items, *d)
	in.count++
	first := len(in.items) == 1
	in.waiting.Store(int64(len(in.items)))
	in.mu.Unlock()
	if first && l.server.sequence.running != l {
		l.poller.Wake()
	}
}

// takeInbox adds what is in the inbox to the replies of the loop's clients, in a hold; not in the turn of a script that isn't done.
func (l *loop) takeInbox() {
	if l.inbox.waiting.Load() > 0 && l.batch.hold != holdBusy {
		l.takeUpTo(math.MaxInt64)
	}
}

// takeFinished is takeInbox outside of a hold. Messages come into the inbox before what their section did is in the log (that of EXEC is when its
// last command has run), so that where there is one they are left there until their section has ended: the one that goes on may be theirs.
func (l *loop) takeFinished() {
	in, gates := &l.inbox, l.server.gates
	if in.waiting.Load() == 0 {
		return
	}
	if l.server.appendLog.writer.Load() == nil {
		l.takeInbox()
		return
	}
	finished := in.finished.Swap(0)
	if finished > 0 {
		in.deferring = false
	}
	if count := in.number(); gates.section.Load() == 0 {
		finished = count
	}
	l.takeUpTo(finished)
	if !in.deferring && in.waiting.Load() > 0 {
		in.deferring = true
		count := in.number()
		gates.whenFree(func() {
			in.finished.Store(count)
			l.poller.Wake()
		})
	}
}

// number is how many items were put in by now.
func (in *inbox) number() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.count
}

// takeUpTo takes the items up to a number.
func (l *loop) takeUpTo(number int64) {
	in := &l.inbox
	in.mu.Lock()
	count := min(int64(len(in.items)), max(number-in.gone, 0))
	items := in.items[:count]
	in.items, in.spare = append(in.spare[:0], in.items[count:]...), nil
	in.gone += count
	in.waiting.Store(int64(len(in.items)))
	in.mu.Unlock()
	for i := range items {
		l.hand(&items[i])
		items[i] = delivery{}
	}
	if cap(items) > inboxKept {
		items = nil
	}
	in.mu.Lock()
	in.spare = items
	in.mu.Unlock()
}

// hand adds a delivery to the replies of those for whom it is.
func (l *loop) hand(d *delivery) {
	if d.published != nil {
		l.handPublished(d.published)
	} else {
		l.handOne(d)
	}
}

func (l *loop) handOne(d *delivery) {
	c := d.client
	switch {
	case c.marks.closing:
		return
	case d.answer != nil:
		l.take(c, d.answer)
	case c.marks.finishing: // nothing more comes behind its last reply
		return
	default:
		c.addBytes(d)
	}
	l.handed(c)
}

// addBytes writes bytes behind the client's replies, that of a command which goes on elsewhere too, since what it reads was so before. They come
// whatever CLIENT REPLY says, but for lines of MONITOR, which come only where replies do.
func (c *client) addBytes(d *delivery) {
	if d.line && (c.session.replies == repliesOff || c.session.replies == repliesSkip) {
		return
	}
	w := &c.reply
	if c.elsewhere != nil {
		w = &c.elsewhere.pushes
		w.SetProto(c.reply.Proto())
	}
	muted := w.Muted()
	w.Mute(false)
	w.Raw(d.bytes)
	w.Mute(muted)
}

func (l *loop) handed(c *client) {
	l.touch(c)
	if c.reply.Len() >= writerFloorBytes || c.elsewhere != nil {
		l.checkReplyLimit(c)
	}
}

// keepBack stalls a client whose command has left more messages in an inbox than that may owe, until they are less.
func (l *loop) keepBack(c *client) {
	crowded := l.crowded
	l.crowded = nil
	if c.marks.stalled || c.marks.closing {
		return
	}
	l.stall(c)
	crowded.inbox.whenSent(func() { l.post(func() { l.resume(c) }) })
}

// whenSent has wake called when a round has sent what is owed, or at once if that isn't too much any more. wake must not block.
func (in *inbox) whenSent(wake func()) {
	in.mu.Lock()
	in.wakers = append(in.wakers, wake)
	in.mu.Unlock()
	if in.owed.Load() < inboxMost {
		in.wake()
	}
}

// sent notes that the loop has tried to send what the round has taken.
func (in *inbox) sent() {
	taken := in.taken
	in.taken = 0
	in.tried(taken)
}

// tried is sent for so many bytes.
func (in *inbox) tried(bytes int64) {
	if bytes == 0 {
		return
	}
	if before := in.owed.Add(-bytes) + bytes; before >= inboxMost {
		in.wake()
	}
}

func (in *inbox) wake() {
	in.mu.Lock()
	wakers := in.wakers
	in.wakers = nil
	in.mu.Unlock()
	for _, wake := range wakers {
		wake()
	}
}

// Carrier implements pubsub.Subscriber.
func (c *client) Carrier() pubsub.Carrier { return c.loop }

// Subscriptions implements pubsub.Subscriber.
func (c *client) Subscriptions() *pubsub.Subscriptions { return &c.subscriptions }
