package server

import (
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tx"
)

// transaction is a client's commands between MULTI and EXEC, and what it watches. The queue changes under the loop's gate or in the
// section, the watcher in the section.
type transaction struct {
	queue   tx.Queue[*commands.Command]
	watcher tx.Watcher
	// flags are those of all queued commands: EXEC counts as a write if one of them is. scripts is set if one of them runs a script.
	flags   commands.Flag
	scripts bool
	// running is set while EXEC runs the commands, by call; it stays set if one of them panics, which ends the connection.
	running bool
	call    commands.Call
}

// add puts a command into the queue, flags being what is known of this call of it. As in Redis it is forgotten where EXEC will refuse anyway.
func (t *transaction) add(command *commands.Command, words [][]byte, flags commands.Flag) {
	if t.queue.Broken() || t.watcher.Dirty() {
		return
	}
	t.queue.Add(command, words)
	t.flags |= flags
	t.scripts = t.scripts || command.Categories&commands.ACLScripting != 0
}

// begun is the client's transaction, made at the first need.
func (c *client) begun() *transaction {
	if c.transaction == nil {
		c.transaction = &transaction{}
	}
	return c.transaction
}

// inTransaction tells whether MULTI has begun one.
func (c *client) inTransaction() bool { return c.transaction != nil && c.transaction.queue.Active() }

// executing tells whether EXEC or a script runs commands for the client.
func (c *client) executing() bool { return c.innerCall() != nil }

// innerCall is the call of the command that EXEC or a script runs for the client, nil mostly.
func (c *client) innerCall() *commands.Call {
	switch {
	case c.script != nil:
		return &c.script.call
	case c.transaction != nil && c.transaction.running:
		return &c.transaction.call
	}
	return nil
}

// queues tells whether a command gets into the queue instead of being run.
func (c *client) queues(command *commands.Command) bool {
	return c.inTransaction() && command.Flags&commands.FlagUnqueued == 0
}

// flagsOf are the flags of a call; EXEC has those of what it runs, too, and of a script it is known what that says of itself.
func (s *Server) flagsOf(c *client, command *commands.Command, words [][]byte) commands.Flag {
	switch {
	case c.inTransaction() && command.Name == "exec":
		return command.Flags | c.transaction.flags
	case command.Categories&commands.ACLScripting != 0:
		return s.declaredFlags(command, words)
	}
	return command.Flags
}

// queuedCommands is the length of the queue, -1 without a transaction, and queuedBytes what it takes.
func (c *client) queuedCommands() int {
	if !c.inTransaction() {
		return -1
	}
	return len(c.transaction.queue.Commands())
}

func (c *client) queuedBytes() int64 {
	if c.transaction == nil {
		return 0
	}
	return int64(c.transaction.queue.Bytes() + c.transaction.watcher.Bytes())
}

// transactionBytes is about what a transaction takes without commands and watched keys; it stays when it has ended.
const transactionBytes = 400

// discard ends a client's transaction and forgets what it watches. In the section.
func (s *Server) discard(c *client) {
	if t := c.transaction; t != nil {
		s.watches.Reset(&t.watcher)
		t.queue.Reset()
		t.flags, t.scripts = 0, false
	}
}

// exec runs the commands of a transaction, one unit in the sequence of effects. In the section.
func (s *Server) exec(c *commands.Call) {
	cl := clientOf(c)
	t := cl.transaction
	s.watches.Unwatch(&t.watcher)
	queue := t.queue.Commands()
	t.running, s.sequence.open = true, true
	defer func() {
		s.sequence.open = false
		s.sequence.end(false)
	}()
	c.Reply.Array(len(queue))
	t.call.Reply, t.call.Client, t.call.Keys = c.Reply, cl, c.Keys
	began := s.clock.mono()
	for _, queued := range queue {
		t.call.Begin(queued.Command, queued.Words, c.NowMs)
		s.tellCall(&t.call)
		t.call.NoTouch = cl.session.noTouch
		queued.Command.Handler(&t.call)
		began = cl.loop.accountCall(cl, &t.call, began)
		if cl.marks.finishing || cl.overflows(c.Reply) {
			c.Reply.Mute(true) // as in Redis nothing is said behind the end
		}
	}
	// Not where a command has panicked: who reports that asks which one ran.
	t.running = false
	t.call.End()
}
