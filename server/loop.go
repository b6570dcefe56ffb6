package server

import (
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/transport"
)

// loop is one event loop: a goroutine that serves its clients and nobody else's. A round is
//
//	wait → messages → read what has arrived → parse → run in batches under gate or section → send replies → upkeep
//
// Parsing and sending happen outside gate and section.
type loop struct {
	id     int
	server *Server
	poller *transport.Poller
	letters
	// load counts the clients given to the loop.
	load atomic.Int64

	clients roster
	ready   []transport.Ready
	// buffer takes what is read in a round, filled up to used.
	buffer []byte
	used   int
	// queue holds the clients that have input to run.
	queue []*client
	outgoing
	batch    batch
	stats    loopStats
	weights  loopWeights
	nextTick time.Time
}

const (
	// loopBufferBytes is shared by all clients of a loop in one round.
	loopBufferBytes = 4 * readBytes
	// tickInterval is the time between two looks at some of the clients (timeout, soft output limit): all have their turn within a second, as in
	// Redis.
	tickInterval = time.Second / lapTurns
	// idleMs is how long a client must have been silent to be given no room for input any more, as in Redis.
	idleMs = 2000
	// lentBytes is the room for input that CLIENT LIST shows of a client that is active: what Redis's own buffer would have, and the loop's
	// lends it at any time.
	lentBytes = 16 << 10
)

func newLoop(s *Server, id int) (*loop, error) {
	poller, err := transport.NewPoller()
	if err != nil {
		return nil, err
	}
	l := &loop{id: id, server: s, poller: poller, buffer: make([]byte, loopBufferBytes)}
	l.batch.loop, l.batch.items = l, &itemBatch{}
	l.stats.init(len(s.table.Commands()))
	return l, nil
}

// outgoing is what a loop has to send.
type outgoing struct {
	// flushes are the clients that have replies to send, held is what waits for the log.
	flushes []*client
	held    held
	// gathered is how many bytes commands have replied since the last flush, soon how many of the round were sent before its end.
	gathered, soon int64
	// segments is where a client's pending replies are listed for one write.
	segments [writeSegments][]byte
}

// letters is what others send a loop.
type letters struct {
	mail  mailbox
	inbox inbox
	// crowded is the loop in whose inbox a command run by this one has left too much, nil mostly.
	crowded *loop
}

// mailbox is how others reach a loop: functions that it runs at the beginning of a round.
type mailbox struct {
	mu       sync.Mutex
	messages []func()
}

// post has fn run on the loop's goroutine. Any goroutine may call it.
func (l *loop) post(fn func()) {
	l.mail.mu.Lock()
	l.mail.messages = append(l.mail.messages, fn)
	l.mail.mu.Unlock()
	l.poller.Wake()
}

func (l *loop) readMail() {
	l.mail.mu.Lock()
	messages := l.mail.messages
	l.mail.messages = nil
	l.mail.mu.Unlock()
	for _, fn := range messages {
		fn()
	}
	l.takeFinished()
}

// run serves until the server stops; the server waits for it.
func (l *loop) run() {
	for !l.server.stopped.Load() {
		l.round()
	}
	l.flush() // what waited for the log
	for _, c := range slices.Backward(l.clients.list) {
		l.close(c)
	}
	l.poller.Close()
}

func (l *loop) round() {
	timeout := time.Until(l.nextTick)
	if len(l.queue)+len(l.weights.chosen) > 0 || timeout < 0 {
		timeout = 0
	}
	var err error
	if l.ready, err = l.poller.Wait(timeout, l.ready[:0]); err != nil {
		l.server.fatal("event loop: waiting for sockets failed", err)
	}
	l.server.clock.refresh()
	l.readMail()
	l.closeChosen()
	for i := range l.ready {
		if ready := &l.ready[i]; !l.putsOff(i, ready) {
			l.serve(ready)
		}
	}
	clear(l.ready) // who has gone is kept by nothing
	l.settle()
	l.flush()
	l.soon = 0
	if now := time.Now(); now.After(l.nextTick) {
		l.nextTick = now.Add(tickInterval)
		l.tick(now)
	}
	l.boundClients()
}

func (l *loop) serve(ready *transport.Ready) {
	c := ready.Token.(*client)
	if c.marks.closing {
		return
	}
	if ready.Writable {
		l.send(c)
	}
	if c.marks.closing {
		return
	}
	switch {
	case !c.marks.stalled && !c.marks.finishing:
		if ready.Readable || ready.HangUp {
			l.read(c)
		}
	case !ready.HangUp:
	case c.hasToRun():
		c.conn.Unwatch()
	default:
		l.close(c)
	}
}

// hasToRun tells whether commands of the client have been read that their turn in this round, or the store, keeps waiting and nothing else: they are run even
// if it has gone meanwhile, since it sent them before that. Those that a pause keeps go with their client, as in Redis.
func (c *client) hasToRun() bool {
	switch {
	case c.input.ran == len(c.input.bytes):
		return false
	case c.marks.stalled:
		return !c.traffic.paused.Load() && !c.traffic.blocked.Load()
	}
	return c.marks.queued && c.runs()
}

// read takes what a client has sent, at most readBytes.
func (l *loop) read(c *client) {
	if c.marks.queued {
		return
	}
	in := &c.input
	var room []byte
	if len(in.own) > 0 {
		if room = in.room(); len(room) > readBytes {
			room = room[:max(readBytes, min(len(room), in.want-len(in.own)))]
		}
	} else {
		if len(l.buffer)-l.used < readBytes {
			l.settle()
		}
		room = l.buffer[l.used : l.used+readBytes]
	}
	n, err := c.conn.Read(room)
	if n == 0 {
		if err == transport.ErrWouldBlock {
			return
		}
		if err != nil && err != io.EOF {
			l.server.log.Verbose("Reading from client: %s", err)
		}
		l.close(c)
		return
	}
	if len(in.own) > 0 {
		in.took(n)
	} else {
		in.bytes = room[:n:n]
		l.used += n
	}
	l.stats.reads.add(1)
	l.stats.inputBytes.add(int64(n))
	c.traffic.lastUseMs.Store(l.server.clock.nowMs())
	c.traffic.inputBytes.Store(int64(len(in.bytes)))
	l.enqueue(c)
}

func (l *loop) enqueue(c *client) {
	if !c.marks.queued && !c.marks.closing {
		c.marks.queued = true
		l.queue = append(l.queue, c)
	}
}

// settle parses and runs the input of every queued client, then stores what is left of it. Commands of one client run in their order;
// clients take turns by batches.
func (l *loop) settle() {
	for len(l.queue) > 0 {
		turn := l.queue
		more := false
		for _, c := range turn {
			if l.batch.fill(c) {
				more = true
			}
			if l.batch.full() {
				l.batch.run()
			}
		}
		l.batch.run()
		if !more {
			break
		}
	}
	for i, c := range l.queue {
		l.queue[i] = nil
		c.marks.queued = false
		l.keepInput(c)
	}
	l.queue = l.queue[:0]
	l.used = 0
	l.boundClients()
}

// keepInput stores what a client's input has left after a round, and ends the client if that is too much.
func (l *loop) keepInput(c *client) {
	if c.marks.closing {
		c.input.release()
		c.input.bytes = nil
		return
	}
	left := c.input.keep()
	// As in Redis the words of a command that have come count for the command, though they lie in the buffer.
	begun := min(c.input.framer.Passed(), left)
	c.traffic.inputBytes.Store(int64(left - begun))
	c.traffic.inputRoom.Store(int64(cap(c.input.own) - left))
	c.weight.begun.Store(int64(begun))
	c.weight.list = 0
	l.weigh(c)
	if limit := l.server.settings.Load().queryBufferLimit; int64(left) > limit {
		l.server.log.Warning("Closing client that reached max query buffer length: %s (qbuf initial bytes: %q)",
			c.describe(), c.input.own[:min(64, left)])
		l.server.stats.queryBufferClosed.Add(1)
		l.close(c)
	}
}

// stall keeps a client's commands until resume; its socket is only watched for a hang-up meanwhile.
func (l *loop) stall(c *client) {
	if !c.marks.stalled {
		c.marks.stalled = true
		c.conn.WatchReads(false)
	}
}

// resume goes on with a stalled client.
func (l *loop) resume(c *client) {
	if c.marks.stalled && !c.marks.closing {
		c.marks.stalled = false
		c.conn.WatchReads(true)
		l.enqueue(c)
	}
}

// adopt takes a new connection into the loop.
func (l *loop) adopt(c *client) {
	c.call = commands.Call{Reply: &c.reply, Client: c, Keys: &l.batch.keys}
	if err := c.conn.Attach(l.poller, c); err != nil {
		l.server.log.Verbose("Error registering fd event for the new client: %s (fd=%d)", err, c.conn.FD())
		l.close(c)
		return
	}
	l.clients.add(c)
	l.weigh(c)
}

// close ends a connection at once.
func (l *loop) close(c *client) {
	if c.marks.closing {
		return
	}
	c.marks.closing = true
	l.unweigh(c)
	c.traffic.gone.Store(true)
	c.traffic.paused.Store(false)
	l.clients.remove(c)
	l.load.Add(-1)
	l.server.clients.remove(c)
	if c.input.items != nil {
		l.server.items.open.Add(-1)
	}
	l.server.forget(c)
	c.conn.Close()
	c.tellSent()
	c.reply.Reset()
	if !c.marks.queued {
		c.input.release()
		c.input.bytes = nil
	}
}

// tick looks at the clients whose turn it is.
func (l *loop) tick(now time.Time) {
	set := l.server.settings.Load()
	nowMs := now.UnixMilli()
	peaks := &l.stats.buffers
	sampled := !l.server.rates.paused.Load()
	if sampled {
		peaks.begin(int64(l.server.clock.mono() / time.Second))
	}
	for range l.clients.turn() {
		c := l.clients.following() // no other leaves while its turn lasts
		if sampled {
			peaks.note(c)
		}
		if set.timeoutMs > 0 && !c.marks.stalled && c.class() == normalClient && !c.session.monitor && nowMs-c.traffic.lastUseMs.Load() > set.timeoutMs {
			l.server.log.Verbose("Closing idle client")
			l.close(c)
			continue
		}
		if cap(c.input.own) > 0 && !c.marks.queued {
			c.input.trim(nowMs-c.traffic.lastUseMs.Load() > idleMs)
			c.traffic.inputRoom.Store(int64(cap(c.input.own) - len(c.input.own)))
			l.weigh(c)
		}
		if c.reply.Len() > 0 {
			l.checkReplyLimit(c)
		}
	}
}
