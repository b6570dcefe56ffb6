package server

import (
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// elsewhere is the rest of a command that goes on apart from its loop and answers later: its handler has returned, its client is
// stalled, its loop serves everybody else. The rest has a reply of its own, which the loop puts behind the client's others at the end.
//
// It runs either in the exclusive section, which is handed to it, or on a view of the keyspace, with nothing held, or apart from both: what
// waits for a disk.
//
// What is built on a view and then stored has both, one after the other (commands.Derivation).
type elsewhere struct {
	rest func(*commands.Call)
	// derivation is what takes rest's place, nil for others; builds counts those in vain.
	derivation *commands.Derivation
	builds     int
	// onViews is set for what has taken a place among viewPlaces.
	onViews bool
	// view is what is read, nil if the rest has the section or is apart.
	view  *datatypes.View
	apart bool
	reply resp.Writer
	// pushes are invalidations that the client is sent meanwhile: one that came before the reply would be taken for an older one.
	pushes resp.Writer
	keys   keyspace
	// began is when the command began.
	began time.Duration
}

const (
	// inPlaceLooks is how many entries, or pieces of 64 bytes, a command reads on its loop: some 100 us' worth.
	inPlaceLooks = 2000
	// longReads is how many long reads run at once; others wait with their views open.
	longReads = 2
)

// goElsewhere has the rest of a command that runs in the section done on a goroutine of its own, which is handed the section: everybody
// is kept from the store until the rest returns, but no loop from its sockets. The handler returns at once, without a reply; the rest
// replies through the call that it is given, which is the same one with its own copy of the arguments; it leaves the protocol and the
// connection alone.
//
// In a transaction and in a script the rest runs in place.
func (c *client) goElsewhere(rest func(*commands.Call)) {
	if call := c.innerCall(); call != nil {
		rest(call)
		return
	}
	c.elsewhere = &elsewhere{rest: rest}
}

// goApart has the rest of a command done on a goroutine of its own that holds nothing: what waits for a disk. Its effects are told when
// the handler returns, and the rest is done even if the client goes. In a transaction it runs in place.
func (c *client) goApart(call *commands.Call, rest func(*commands.Call)) {
	if call != &c.call {
		rest(call)
		return
	}
	c.elsewhere = &elsewhere{rest: rest, apart: true}
}

// inSection tells whether the rest is handed the section.
func (e *elsewhere) inSection() bool { return e.view == nil && !e.apart }

// OnView implements commands.Client.
func (c *client) OnView(call *commands.Call, rest func(*commands.Call, datatypes.Reader)) {
	database := c.session.database
	c.onWholeView(call, func(call *commands.Call, view *datatypes.View) { rest(call, view.DB(database)) })
}

// onWholeView is OnView for what reads all databases.
func (c *client) onWholeView(call *commands.Call, rest func(*commands.Call, *datatypes.View)) {
	if call != &c.call { // one of a transaction
		view := c.loop.server.store.View()
		defer view.Close()
		rest(call, view)
		return
	}
	if !c.loop.server.views.take() {
		c.marks.crowded = &c.loop.server.views
		return
	}
	view := c.loop.server.store.View()
	c.elsewhere = &elsewhere{rest: func(call *commands.Call) { rest(call, view) }, view: view}
}

// handOver begins what a handler has asked for. The goroutine ends when the rest has returned; the server waits for it.
func (b *batch) handOver(c *client) {
	l, work := b.loop, c.elsewhere
	words := make([][]byte, len(c.call.Args))
	for i, word := range c.call.Args {
		words[i] = c.Own(&c.call, word)
	}
	work.began, work.keys = b.now, keyspace{server: l.server, loop: l, exclusive: b.keys.exclusive}
	work.reply.SetProto(c.reply.Proto())
	work.reply.Mute(c.reply.Muted())
	c.weight.words.Store(keptWordsBytes(words))
	c.call.Args, c.call.Reply, c.call.Keys = words, &work.reply, &work.keys
	l.stall(c)
	run := l.runOnView
	work.onViews = work.view != nil
	switch {
	case work.derivation != nil:
		run = l.runDerivation
	case work.apart:
		run = l.runApart
	case work.inSection():
		if b.hold != holdSection {
			panic("a command without the section hands it over")
		}
		b.giveSection()
		run = l.runInSection
	}
	l.server.goRun(func() {
		failed := run(c)
		if work.onViews {
			l.server.views.give()
		}
		l.post(func() { l.answerLate(c, failed) })
	})
}

// runInSection does the rest in the section, and leaves it.
func (l *loop) runInSection(c *client) (failed bool) {
	defer l.server.leaveSection()
	if l.guard(c, c.elsewhere.rest) {
		return true
	}
	c.reply.SetProto(c.elsewhere.reply.Proto()) // a transaction may have changed it
	l.account(c, c.elsewhere.began)
	return false
}

// runOnView does the rest on a view, and accounts for it in the section. Nothing is done for a client that has gone.
func (l *loop) runOnView(c *client) (failed bool) {
	took, failed := l.readView(c)
	if !failed {
		l.server.gates.waitSection()
		defer l.server.gates.leaveSection()
		l.accountTime(c, &c.call, took)
	}
	return failed
}

// runApart does the rest with nothing held, and accounts for it in the section.
func (l *loop) runApart(c *client) (failed bool) {
	began := time.Now()
	if l.guard(c, c.elsewhere.rest) {
		return true
	}
	l.server.gates.waitSection()
	defer l.server.gates.leaveSection()
	l.accountTime(c, &c.call, time.Since(began))
	return false
}

// readView is the rest on a view once it is its turn; the view is closed.
func (l *loop) readView(c *client) (took time.Duration, failed bool) {
	defer c.elsewhere.view.Close()
	l.server.workers <- struct{}{}
	defer func() { <-l.server.workers }()
	if c.traffic.gone.Load() {
		return 0, true
	}
	began := time.Now()
	failed = l.guard(c, c.elsewhere.rest)
	return time.Since(began), failed
}

// guard runs a step of a command and tells whether it panicked.
func (l *loop) guard(c *client, do func(*commands.Call)) (failed bool) {
	defer func() {
		if problem := recover(); problem != nil {
			failed = true
			l.server.reportPanic(c, problem)
		}
	}()
	do(&c.call)
	return false
}

// answerLate takes the answer of a command that went elsewhere and goes on with its client.
func (l *loop) answerLate(c *client, failed bool) {
	work := c.elsewhere
	c.elsewhere = nil
	c.weight.words.Store(0)
	c.weight.building.Store(0)
	if failed || c.marks.closing {
		l.close(c)
		return
	}
	c.reply.Take(&work.reply)
	muted := c.reply.Muted()
	c.reply.Mute(false)
	c.reply.Take(&work.pushes)
	c.reply.Mute(muted)
	c.call.End()
	c.call.Reply, c.call.Keys = &c.reply, &l.batch.keys
	c.endReplies()
	l.touch(c)
	l.checkReplyLimit(c)
	l.resume(c)
}
