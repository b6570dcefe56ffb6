package server

import (
	"bytes"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// elsewhere is the rest of a command that goes on apart from its loop and answers later: its handler has returned, its client is
// stalled, its loop serves everybody else. The rest has a reply of its own, which the loop puts behind the client's others at the end.
type elsewhere struct {
	rest  func(*commands.Call)
	reply resp.Writer
	keys  keyspace
	began time.Duration
}

// goElsewhere has the rest of a command that runs in the section done on a goroutine of its own, which is handed the section: everybody
// is kept from the store until the rest returns, but no loop from its sockets. The handler returns at once, without a reply; the rest
// replies through the call that it is given, which is the same one with its own copy of the arguments; it leaves the protocol and the
// connection alone.
func (c *client) goElsewhere(rest func(*commands.Call)) { c.elsewhere = &elsewhere{rest: rest} }

// handOver begins what a handler has asked for with goElsewhere. The goroutine ends when the rest has returned; the server waits for it.
func (b *batch) handOver(c *client) {
	l, work := b.loop, c.elsewhere
	if b.hold != holdSection {
		panic("a command without the section hands it over")
	}
	words := make([][]byte, len(c.call.Args))
	for i, word := range c.call.Args {
		words[i] = bytes.Clone(word)
	}
	work.began, work.keys = b.now, b.keys
	work.reply.SetProto(c.reply.Proto())
	work.reply.Mute(c.reply.Muted())
	c.call.Args, c.call.Reply, c.call.Keys = words, &work.reply, &work.keys
	l.stall(c)
	b.giveSection()
	l.server.goRun(func() {
		failed := l.runRest(c)
		l.post(func() { l.answerLate(c, failed) })
	})
}

// runRest does the rest in the section, and leaves it.
func (l *loop) runRest(c *client) (failed bool) {
	defer l.server.gates.leaveSection()
	defer func() {
		if problem := recover(); problem != nil {
			failed = true
			l.server.reportPanic(c, problem)
		}
	}()
	c.elsewhere.rest(&c.call)
	l.account(c, c.elsewhere.began)
	return false
}

// answerLate takes the answer of a command that went elsewhere and goes on with its client.
func (l *loop) answerLate(c *client, failed bool) {
	work := c.elsewhere
	c.elsewhere = nil
	if failed || c.marks.closing {
		l.close(c)
		return
	}
	c.reply.Take(&work.reply)
	c.call.End()
	c.call.Reply, c.call.Keys = &c.reply, &l.batch.keys
	c.endReplies()
	l.touch(c)
	l.resume(c)
}
