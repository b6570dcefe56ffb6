package server

import (
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/memcached"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// batch is up to holdCommands parsed commands of one loop's clients, run under as few holds of the gate or the section as they allow.
type batch struct {
	loop     *loop
	requests [holdCommands]request
	count    int
	// words is where the requests' arguments stand.
	words [][]byte
	hold  hold
	// refused is set once the store wasn't to be had: the rest of the batch waits without trying.
	refused bool
	// holdStart is when the hold began, now the end of the last command: readings of the server's clock.
	holdStart, now time.Duration
	keys           keyspace
	approach       approach
	// items is for requests of memcached's protocol.
	items *itemBatch
}

// request is one parsed command.
type request struct {
	client *client
	args   [][]byte
	// end is where its bytes end in the client's input.
	end int
	// command is nil for an unknown one; problem is set for bytes that aren't a command at all.
	command *commands.Command
	problem *resp.ProtocolError
	// item is a request of memcached's protocol, nil for others; its command is one without a name then.
	item *memcached.Request
}

// hold is what a loop holds.
type hold uint8

const (
	holdNothing hold = iota
	holdGate
	holdSection
	// holdBusy is the turn of a script that keeps the server busy (script_busy.go).
	holdBusy
)

// mostWords is how many words of a batch end it.
const mostWords = 1 << 16

func (b *batch) full() bool { return b.count == len(b.requests) || len(b.words) >= mostWords }

// fill parses commands of a client into the batch until either is exhausted, and tells whether the client may have more.
func (b *batch) fill(c *client) (more bool) {
	in := &c.input
	if !c.runs() {
		return false
	}
	if in.items != nil {
		return b.fillItems(c)
	}
	limits := b.loop.server.settings.Load().frame
	limits.Unauthenticated = b.loop.server.authRequired(c)
	for in.parsed < len(in.bytes) {
		if b.full() {
			return true
		}
		size, words := in.framer.Short(in.bytes[in.parsed:], &limits, b.words)
		var problem *resp.ProtocolError
		if size == 0 {
			if size, words, problem = b.next(c, &limits); size == 0 && problem == nil {
				return false
			}
		}
		in.parsed += size
		b.add(c, words, problem)
		if problem != nil {
			return false
		}
		if limits.Unauthenticated {
			// What may be sent next depends on what this command does.
			return in.parsed < len(in.bytes)
		}
	}
	return false
}

// next parses a command of any kind: its size, and the batch's words with its own. Without a problem size is 0 if it hasn't come whole, or may not be run.
func (b *batch) next(c *client, limits *resp.Limits) (size int, words [][]byte, problem *resp.ProtocolError) {
	in := &c.input
	size, want, problem := in.framer.Next(in.bytes[in.parsed:], limits)
	switch {
	case problem != nil:
		return 0, b.words, problem
	case size == 0:
		in.want = want
		if len(in.bytes)-in.parsed >= largeInputBytes {
			b.keepLarge(c)
		}
		return 0, b.words, nil
	case size >= largeCommand:
		if b.run(); !c.runs() || !b.loop.affords(c, in.bytes[in.parsed:]) {
			return 0, b.words, nil
		}
	}
	words, err := resp.Args(in.bytes[in.parsed:in.parsed+size], b.words)
	if err != nil {
		problem = &resp.ProtocolError{Text: err.Error(), Log: err.Error()}
	}
	return size, words, problem
}

// keepLarge stores what has come of a large command at once, not behind the turn: commands of others that came later are run when it counts,
// and when who is to be evicted for it has gone.
func (b *batch) keepLarge(c *client) {
	b.run()
	if c.runs() && c.input.ran == c.input.parsed {
		b.loop.keepInput(c)
		b.loop.boundClients()
	}
}

// add puts a command into the batch whose words are those behind the batch's, or a problem; the client's input is parsed up to its end.
func (b *batch) add(c *client, words [][]byte, problem *resp.ProtocolError) {
	r := &b.requests[b.count]
	r.client, r.end, r.problem = c, c.input.parsed, problem
	if start := len(b.words); problem == nil && len(words) > start {
		b.words = words
		r.args = words[start:len(words):len(words)]
		r.command = b.loop.server.table.Find(r.args)
	}
	b.count++
}

// run runs the batch and empties it. Requests that can't be run now stay in their clients' input.
func (b *batch) run() {
	if b.count == 0 {
		return
	}
	for i := 0; i < b.count; {
		i = b.runFrom(i)
	}
	b.leave()
	b.refused = false
	clear(b.requests[:b.count])
	clear(b.words)
	b.count, b.words = 0, b.words[:0]
	b.approach.done, b.approach.repeated = false, false
	if cap(b.words) > 64<<10 {
		b.words = nil
	}
}

// runFrom runs requests from index i and returns where to go on: past the end, or past a request that panicked.
func (b *batch) runFrom(i int) (next int) {
	defer func() {
		if problem := recover(); problem != nil {
			b.loop.panicked(b.requests[i].client, problem)
			if b.hold == holdSection {
				b.loop.server.sequence.end(true) // keys that it has found expired are gone
			}
			next = i + 1
		}
	}()
	for ; i < b.count; i++ {
		r := &b.requests[i]
		c := r.client
		if !c.runs() {
			continue
		}
		if b.refused || !b.ready(r) {
			b.refused = true
			b.loop.stall(c)
			b.loop.server.gates.whenFree(func() { b.loop.post(func() { b.loop.resume(c) }) })
			if b.loop.server.scripts.busy.Load() {
				b.loop.server.gates.wake()
			}
			continue
		}
		if b.runOne(r); b.itemAgain(r) {
			i--
		}
		if b.loop.hasMuch() {
			b.leave()
			b.loop.flushSoon()
		}
	}
	return i
}

// ready sees that what the request needs is held; false means that the store isn't to be had now.
func (b *batch) ready(r *request) bool {
	over := b.now-b.holdStart >= holdLimit
	if b.hold < holdSection || over {
		need := holdGate
		s := b.loop.server
		if s.expired.waiting.Load() > 0 || s.roomDue() || r.command != nil && s.needsSection(r.client, r.command) {
			need = holdSection
		}
		if b.hold < need || over {
			b.leave()
			if !b.enter(need) {
				return false
			}
		}
	}
	// Nothing runs behind the end of the server, which is in the section too.
	return !b.loop.server.stopped.Load()
}

// needsSection tells whether a command of a client runs in the exclusive section: it writes, or asks for it. What only gets into the
// queue of a transaction doesn't; reads do if the keys that they miss are told of.
func (s *Server) needsSection(c *client, command *commands.Command) bool {
	switch {
	case c.queues(command):
		return false
	case command.Exclusive || command.Flags&commands.FlagWrite != 0:
		return true
	}
	return command.Flags&commands.FlagReadonly != 0 && s.notifies(commands.EventKeyMiss)
}

func (b *batch) enter(need hold) bool {
	g := b.loop.server.gates
	if need == holdGate && !g.enterGate(b.loop.id) || need == holdSection && !g.enterSection() {
		return b.enterBusy()
	}
	b.hold = need
	b.keys = keyspace{server: b.loop.server, loop: b.loop, exclusive: need == holdSection}
	b.approachKeys()
	b.keys.repeated = b.approach.repeated
	b.loop.takeInbox()
	b.holdStart = b.loop.server.clock.mono()
	b.now = b.holdStart
	if need == holdSection {
		b.loop.server.sequence.running = b.loop
		b.loop.server.deleteExpired()
		b.loop.server.helpExpire()
		if b.loop.server.evictDue() {
			b.now = b.loop.server.clock.mono()
		}
		b.loop.takeInbox() // what they have told comes before the replies
	}
	return true
}

// leave gives the gate or the section back.
func (b *batch) leave() {
	if b.hold != holdNothing {
		b.loop.stats.publish()
		b.keys.last = datatypes.LastLook{}
	}
	switch b.hold {
	case holdBusy:
		b.loop.server.scripts.turn.Unlock()
	case holdGate:
		b.loop.server.gates.leaveGate(b.loop.id)
	case holdSection:
		// Keys that the hold itself has deleted are told of even if no command was run behind that.
		b.loop.server.broadcast()
		b.loop.takeInbox()
		b.loop.server.watchMemory()
		b.loop.server.sequence.running = nil
		b.loop.server.gates.leaveSection()
	}
	b.hold = holdNothing
}

// giveSection hands the section that the batch holds to somebody else, who leaves it: how a command that takes long keeps everybody
// out without keeping its loop from its sockets.
func (b *batch) giveSection() {
	b.loop.stats.publish()
	b.keys.last = datatypes.LastLook{}
	b.loop.server.sequence.running = nil
	b.hold = holdNothing
}

// keyspace implements commands.Keyspace for the calls of one hold.
type keyspace struct {
	server    *Server
	loop      *loop
	exclusive bool
	// repeated is set if many of the batch's commands have the same key as the one before: then last is worth its keeping.
	repeated bool
	last     datatypes.LastLook
}

// DB implements commands.Keyspace.
func (k *keyspace) DB(index int) *datatypes.DB { return k.server.store.DB(index) }

// LastLook implements commands.Keyspace.
func (k *keyspace) LastLook() *datatypes.LastLook {
	if k.repeated {
		return &k.last
	}
	return nil
}

// Edit implements commands.Keyspace.
func (k *keyspace) Edit(index int) datatypes.Editor {
	if !k.exclusive {
		panic("edit outside the exclusive section")
	}
	return k.server.store.Edit(index)
}

// Databases implements commands.Keyspace.
func (k *keyspace) Databases() int { return k.server.store.Databases() }

// Swap implements commands.Keyspace.
func (k *keyspace) Swap(a, b int) {
	if !k.exclusive {
		panic("swap outside the exclusive section")
	}
	k.server.store.Swap(a, b)
}

// EvictionPolicy implements commands.Keyspace.
func (k *keyspace) EvictionPolicy() string { return k.server.config.String("maxmemory-policy") }

// SharesIntegers implements commands.Keyspace.
func (k *keyspace) SharesIntegers() bool {
	set := &k.server.settings.Load().eviction
	return set.limit == 0 || !evictsByUse(k.EvictionPolicy())
}

// Lazy implements commands.Keyspace.
func (k *keyspace) Lazy(directive string) bool { return k.server.config.Bool(directive) }

// InPlace implements commands.Keyspace.
func (k *keyspace) InPlace() int { return k.server.inPlace }

// MaxBulk implements commands.Keyspace.
func (k *keyspace) MaxBulk() int64 { return k.server.settings.Load().frame.MaxBulk }

// Stopping implements commands.Keyspace.
func (k *keyspace) Stopping() bool { return k.server.stopped.Load() }

// Expire implements commands.Keyspace.
func (k *keyspace) Expire(index int, key []byte) (deleted bool) {
	if k.exclusive {
		return k.server.expire(index, key)
	}
	k.server.expired.note(expiredKey{database: index, key: key})
	return false
}

// ExpireFields implements commands.Keyspace.
func (k *keyspace) ExpireFields(index int, key, field []byte) (expired int, emptied bool) {
	if k.exclusive {
		return k.server.expireFields(index, key, field, expireFieldsFound)
	}
	k.server.expired.note(expiredKey{database: index, key: key, field: field, fieldsOf: true})
	return 0, false
}
