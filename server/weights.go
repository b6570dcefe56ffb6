package server

import (
	"sync/atomic"
	"unsafe"
)

// The memory of clients is counted where it is: each loop weighs a client of its own whenever that may have come to hold more or less, which
// is at the end of a turn in which its input was run, of a send, and of what went on elsewhere. It adds the difference to its sums, one for
// each class of clients; all of them together are a few loads for whoever asks.
//
// What is lent by the loop for the time of a round counts for nobody: the buffer that all of its clients are read into, and the first block of
// replies that will be sent at the end of the round.

// weight is what a client was found to hold when it was weighed last.
type weight struct {
	// bytes is the whole of it, class in which of the loop's sums it is. Both are the loop's, but anybody may read bytes.
	bytes atomic.Int64
	class clientClass
	// words are the bytes of arguments that a command keeps which waits or goes on elsewhere; building those of the reply that it makes there.
	words, building atomic.Int64
	// begun are the bytes of words that have come of a command whose rest is under way; they lie in the input.
	begun atomic.Int64
	// list is what the list of the words of a large command takes in the turn that goes on. The loop's.
	list int64
	shelved
}

// loopWeights is what the clients of a loop hold, in bytes by class.
type loopWeights struct {
	sums [3]counter
	// grown is set when one holds more than before, bounded is the configuration under which they were bounded last.
	grown   bool
	bounded *settings
	// chosen are those to be evicted.
	chosen []*client
}

// clientsMemory is what all clients hold, in bytes.
type clientsMemory struct {
	normal, pubSub, replicas int64
}

// clientsMemory adds up what the loops have counted, without a lock. What came in the rounds that go on may be missing.
func (s *Server) clientsMemory() (m clientsMemory) {
	for _, l := range s.loops {
		m.normal += l.weights.sums[normalClient].load()
		m.pubSub += l.weights.sums[pubSubClient].load()
		m.replicas += l.weights.sums[replicaClient].load()
	}
	return m
}

// users is what those hold who aren't replicas: as in Redis it counts for maxmemory and maxmemory-clients.
func (m clientsMemory) users() int64 { return m.normal + m.pubSub }

// clientBytes is about what a client without buffers takes: its record, its connection and its places in lists.
const clientBytes = 1350

// lentBlockBytes is the first block of replies, with what it is kept by.
const lentBlockBytes = writerFloorBytes + 1<<10

// memory is what a client holds now, asked by its loop.
func (c *client) memory() int64 {
	replies := c.reply.MemoryBytes()
	if c.marks.flushing {
		replies = max(0, replies-lentBlockBytes)
	}
	if c.elsewhere != nil {
		replies += c.elsewhere.pushes.MemoryBytes()
	}
	return clientBytes + int64(cap(c.input.own)) + replies + c.sessionBytes()
}

// sessionBytes is what a client holds beside input and replies, asked by its loop.
func (c *client) sessionBytes() int64 {
	names := len(c.session.name) + len(c.session.libName) + len(c.session.libVersion)
	w := &c.weight
	bytes := int64(names) + w.list + w.words.Load() + w.building.Load() + c.subscriptions.Bytes()
	if c.elsewhere == nil { // otherwise the call isn't the loop's, nor is the queue that EXEC runs there
		bytes += int64(c.call.KeptBytes()) + c.queuedBytes()
	}
	if c.transaction != nil {
		bytes += transactionBytes
	}
	if c.tracker != nil {
		bytes += c.tracker.bytes.Load()
	}
	return bytes
}

// weigh counts what a client of the loop holds now.
func (l *loop) weigh(c *client) {
	if c.marks.closing {
		return
	}
	w, bytes, class := &c.weight, c.memory(), c.class()
	if was := w.bytes.Load(); bytes != was || class != w.class {
		l.weights.sums[w.class].add(-was)
		l.weights.sums[class].add(bytes)
		l.weights.grown = l.weights.grown || bytes > was || class != w.class
		w.class = class
		w.bytes.Store(bytes)
	}
	if shelf := c.shelfOf(bytes, class); shelf != w.shelf.Load() {
		l.weights.grown = l.weights.grown || shelf > noShelf
		l.server.clients.shelves.place(c, shelf)
	}
}

// largeCommand is the size from which a command is weighed with the list of its words before that is made.
const largeCommand = 256 << 10

// affords tells whether a client may have a large command taken apart, which needs a list of its words; if not, it is evicted.
func (l *loop) affords(c *client, frame []byte) bool {
	words := int64(0)
	for _, digit := range frame[1:] {
		if digit < '0' || '9' < digit {
			break
		}
		words = words*10 + int64(digit-'0')
	}
	c.weight.list = words * int64(unsafe.Sizeof([]byte(nil)))
	l.weighNow(c)
	return !c.marks.closing
}

// unweigh forgets a client that is closed.
func (l *loop) unweigh(c *client) {
	l.weights.sums[c.weight.class].add(-c.weight.bytes.Load())
	c.weight.bytes.Store(0)
	l.weights.grown = l.weights.grown || c.weight.shelf.Load() == leavingShelf // more may have to go, or less than it was
	l.server.clients.shelves.remove(c)
}

// buildingStep is by how much a reply that is made elsewhere grows until its client is weighed again.
const buildingStep = 256 << 10

// tellBuilding has a client weighed whose reply grows elsewhere; called by whoever makes it.
func (c *client) tellBuilding(bytes int64) {
	if bytes-c.weight.building.Load() < buildingStep {
		return
	}
	c.weight.building.Store(bytes)
	c.loop.post(func() { c.loop.weigh(c) })
}
