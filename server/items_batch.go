package server

import (
	"github.com/cinnabar-db/cinnabar/memcached"
)

// itemInput is what the input of a connection of memcached's protocol has beside that of others.
type itemInput struct {
	// framer cuts what was sent, ran is what it was behind the last request that was run: both agree when nothing waits.
	framer, ran memcached.Framer
	// request is the one that runs; again is set if it must have the section.
	request *memcached.Request
	again   bool
}

// itemBatch is what a loop has for requests of memcached's protocol.
type itemBatch struct {
	counters memcached.Counters
	// requests are those of the batch, in the places of its own; nil until the first comes.
	requests []memcached.Request
	runner   memcached.Runner
	store    itemStore
}

// fillItems is fill for a connection of memcached's protocol.
func (b *batch) fillItems(c *client) (more bool) {
	in, s, x := &c.input, b.loop.server, b.items
	if x.requests == nil {
		x.requests = make([]memcached.Request, len(b.requests))
	}
	limits := memcached.Limits{ItemMax: int(s.items.max.Load()), Unauthenticated: s.authRequired(c), Password: !s.access.open.Load()}
	for in.parsed < len(in.bytes) {
		if b.full() {
			return true
		}
		item := &x.requests[b.count]
		size, want := in.items.framer.Next(in.bytes[in.parsed:], &limits, item)
		if size == 0 {
			in.want = want
			return false
		}
		start := len(b.words)
		b.words = item.AppendWords(b.words)
		b.requests[b.count] = request{client: c, args: b.words[start:len(b.words):len(b.words)], end: in.parsed + size,
			command: s.items.commands.kinds[item.Kind()], item: item}
		b.count++
		in.parsed += size
		x.counters.Moved(int64(size), 0)
		if item.End {
			return false
		}
		if limits.Unauthenticated {
			return in.parsed < len(in.bytes) // what may be sent next depends on what this one does
		}
	}
	return false
}

// beginItem is what comes before a request of memcached's protocol is judged; idle ones, bytes to be passed over, are done with it.
func (b *batch) beginItem(r *request) (idle bool) {
	in := r.client.input.items
	in.request, in.again = r.item, false
	if r.item.Idle() {
		b.endItem(r)
		return true
	}
	return false
}

// endItem is what comes when it was run, or refused.
func (b *batch) endItem(r *request) {
	in := &r.client.input
	in.ran, in.items.ran, in.items.request = r.end, r.item.After(), nil
}

// itemAgain tells whether a request that was run is to be run again, in the section.
func (b *batch) itemAgain(r *request) bool {
	if r.item == nil || !r.client.input.items.again {
		return false
	}
	r.command = b.loop.server.items.commands.readAgain
	return true
}

// rejectItem is reject in memcached's words.
func (s *Server) rejectItem(c *client, r *request, text string) {
	c.loop.batch.items.runner.Refuse(r.item, text, &c.reply)
	c.loop.stats.rejected(r.command)
	s.errors.count(text)
	c.marks.finishing = c.marks.finishing || r.item.End
}
