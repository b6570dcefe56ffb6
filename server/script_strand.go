package server

import (
	"iter"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// strand is the goroutine that scripts run on. A loop that runs a script changes over to it and back, which costs less than half a microsecond,
// as nothing is scheduled for that. If the script takes longer than strandPatience it comes back all the same, unfinished: then another goroutine
// goes on with it, which is handed the section (elsewhere.go), and the loop serves everybody else.
//
// There is one, since the section is held while it runs. It ends with the server.
type strand struct {
	next func() (long, ok bool)
	stop func()
	// yield changes back to who runs the strand; long tells that it is not done.
	yield func(long bool) bool
	do    func(*commands.Call)
	call  *commands.Call
	// work is where the reply goes; where the strand takes long it becomes the client's elsewhere, and another is made.
	work  *elsewhere
	began time.Duration
	// pieces is where a reply that is copied is listed.
	pieces [][]byte
	// long is set once it has taken long.
	long bool
}

const (
	// strandPatience is how long a loop stays with a script.
	strandPatience = 2 * time.Millisecond
	// copiedReply is up to which size a reply is copied behind the client's others instead of being put there with its memory.
	copiedReply = 4 << 10
)

// onStrand has do done for a call on the strand: the handler of c returns when it is done, or when it takes long and is done elsewhere. What is
// part of a transaction is on the strand already, as its EXEC is.
func (s *Server) onStrand(c *commands.Call, do func(*commands.Call)) {
	cl, t := clientOf(c), &s.scripts.strand
	if c != &cl.call {
		do(c)
		return
	}
	if t.do != nil || t.next == nil { // what ran last has panicked, which has ended it
		t.next, t.stop = iter.Pull(t.run)
		t.work = nil
	}
	if t.work == nil {
		t.work = &elsewhere{}
	}
	work := t.work
	work.keys = keyspace{server: s, loop: cl.loop, exclusive: true}
	work.reply.SetProto(c.Reply.Proto())
	work.reply.Mute(c.Reply.Muted())
	c.Reply, c.Keys = &work.reply, &work.keys
	t.do, t.call, t.began, t.long = do, c, s.clock.mono(), false
	long, _ := t.next()
	cl.reply.SetProto(work.reply.Proto()) // a transaction may have changed it
	if long {
		work.rest, t.work = t.finish, nil
		cl.elsewhere = work
		return
	}
	c.Reply, c.Keys = &cl.reply, &cl.loop.batch.keys
	if work.reply.Len() > copiedReply {
		cl.reply.Take(&work.reply)
		return
	}
	t.pieces = work.reply.Segments(t.pieces[:0], copiedReply)
	for _, piece := range t.pieces {
		cl.reply.Raw(piece)
	}
	work.reply.Reset()
}

// run is the strand's goroutine.
func (t *strand) run(yield func(long bool) bool) {
	t.yield = yield
	for {
		t.do(t.call)
		t.do, t.call = nil, nil
		if !yield(false) {
			return
		}
	}
}

// giveUp is called on the strand: the loop goes on without it.
func (t *strand) giveUp() {
	t.long = true
	t.yield(true)
}

// finish goes on with the strand to its end.
func (t *strand) finish(*commands.Call) {
	for long := true; long; {
		long, _ = t.next()
	}
}

// end ends the goroutine; nobody runs it any more.
func (t *strand) end() {
	if t.stop != nil {
		t.stop()
	}
}
