package server

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/resp"
	"github.com/cinnabar-db/cinnabar/server/transport"
)

// Clients that together hold as much as maxmemory-clients are evicted, the largest first, until what is left holds less: replicas don't count, and
// who has sent CLIENT NO-EVICT counts and stays.
//
// Whoever may be evicted lies on a shelf with others that hold about as much. A client changes shelves when what it holds has grown or shrunk by
// a quarter or so, which few ever do, since all that hold little share the lowest. A loop in whose turn something has grown adds up all
// loops' sums; if that is too much, it takes the largest from the shelves, whatever loops they belong to, has them vanish from the list of
// clients, and asks their loops to close them.

// shelves are the clients that may be evicted. The lock guards those fields of weight that say so, too.
type shelves struct {
	mu    sync.Mutex
	first [shelfCount]*client
	// leaving is what those hold who are chosen and not closed yet.
	leaving int64
	// helpless is set once the log says that nobody is left, until less is held.
	helpless atomic.Bool
}

// shelved is a client's place on the shelves.
type shelved struct {
	// shelf is its number, noShelf or leavingShelf. Its loop may look at any time, and changes it with the lock, as does who chooses it.
	shelf         atomic.Int32
	before, after *client
	// leaving is what it counts for in shelves.leaving.
	leaving int64
}

const (
	// noShelf is that of clients that aren't evicted, leavingShelf that of those that are.
	noShelf      = 0
	leavingShelf = -1
	// shelfBits is the size, as a power of two, from which shelves are of their own: as in Redis 32 KiB. There are four for each doubling, up
	// to 16 GiB.
	shelfBits  = 15
	shelfCount = 2 + 4*(34-shelfBits)
	// comparedClients is how many of a shelf are compared.
	comparedClients = 64
	// closedUntimed is how many chosen clients a loop closes in any round, closingTime for how long it closes more of them, readWhileClosing how many
	// others it reads if some are left.
	closedUntimed    = 16
	closingTime      = time.Millisecond
	readWhileClosing = 4
	// leastClientsLimit is the lowest limit that counts, as in Redis, since nobody could say anything to a server with less.
	leastClientsLimit = 128 << 10
)

// clientsLimit is maxmemory-clients in bytes, 0 for no limit.
func clientsLimit(c *conf.Config) int64 {
	limit := c.Int("maxmemory-clients")
	if limit < 0 {
		if whole := c.Int("maxmemory"); whole == 0 {
			return 0
		} else if part := float64(whole) * float64(-limit) / 100; part < math.MaxInt64 {
			limit = int64(part)
		} else {
			limit = math.MaxInt64
		}
	} else if limit == 0 {
		return 0
	}
	return max(limit, leastClientsLimit)
}

// shelfOf is the shelf of a client that holds so much.
func (c *client) shelfOf(bytes int64, class clientClass) int32 {
	switch {
	case class == replicaClient || c.session.noEvict:
		return noShelf
	case bytes < 1<<shelfBits:
		return 1
	}
	doubled := bits.Len64(uint64(bytes)) - 1 // the power of two below
	quarter := bytes >> (doubled - 2) & 3
	return min(int32(2+4*(doubled-shelfBits))+int32(quarter), shelfCount-1)
}

// place puts a client on a shelf, which may be none. One that is leaving stays where it is, and only counts anew.
func (h *shelves) place(c *client, shelf int32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &c.weight
	if w.shelf.Load() == leavingShelf {
		h.count(c, w.bytes.Load())
		return
	}
	h.take(c)
	if w.shelf.Store(shelf); shelf == noShelf {
		return
	}
	w.after = h.first[shelf]
	if w.after != nil {
		w.after.weight.before = c
	}
	h.first[shelf] = c
}

// remove forgets a client that is closed.
func (h *shelves) remove(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.take(c)
	h.count(c, 0)
	c.weight.shelf.Store(noShelf)
}

// take takes a client from its shelf, if it is on one.
func (h *shelves) take(c *client) {
	w := &c.weight
	shelf := w.shelf.Load()
	if shelf <= noShelf {
		return
	}
	if w.before != nil {
		w.before.weight.after = w.after
	} else {
		h.first[shelf] = w.after
	}
	if w.after != nil {
		w.after.weight.before = w.before
	}
	w.before, w.after = nil, nil
}

// count notes what one holds who is leaving.
func (h *shelves) count(c *client, bytes int64) {
	h.leaving += bytes - c.weight.leaving
	c.weight.leaving = bytes
}

// largest is who holds the most, or nearly so; nil if nobody may be evicted.
func (h *shelves) largest() (largest *client) {
	for shelf := len(h.first) - 1; shelf > noShelf; shelf-- {
		c := h.first[shelf]
		for range comparedClients {
			if c == nil {
				break
			}
			if largest == nil || c.weight.bytes.Load() > largest.weight.bytes.Load() {
				largest = c
			}
			c = c.weight.after
		}
		if largest != nil {
			return largest
		}
	}
	return nil
}

// boundClients evicts clients if something that the loop has weighed made them hold too much.
func (l *loop) boundClients() {
	set := l.server.settings.Load()
	if !l.weights.grown && set == l.weights.bounded {
		return
	}
	l.weights.grown, l.weights.bounded = false, set
	if set.clientsLimit > 0 {
		l.server.evictClients(set.clientsLimit)
	}
}

// weighNow weighs a client whose command has left much, and evicts who is to be evicted before another one runs. If that is the client itself, it
// is closed when weighNow returns.
func (l *loop) weighNow(c *client) {
	if c.marks.closing {
		return
	}
	l.weigh(c)
	l.boundClients()
	if c.weight.shelf.Load() == leavingShelf {
		l.evictOne(c)
	}
}

// overflows tells whether what waits in the reply that a transaction makes is enough for its client to be closed behind it.
func (c *client) overflows(reply *resp.Writer) bool {
	limit := c.loop.server.settings.Load().clientsLimit
	return c.Unread(reply) || limit > 0 && !c.session.noEvict && reply.MemoryBytes()-lentBlockBytes >= limit
}

// evictClients evicts clients until the others hold less than limit. Any loop may call it at any time.
func (s *Server) evictClients(limit int64) {
	h := &s.clients.shelves
	if s.clientsMemory().users() < limit {
		h.helpless.Store(false)
		return
	}
	chosen := make([][]*client, len(s.loops))
	helpless := false
	h.mu.Lock()
	for s.clientsMemory().users()-h.leaving >= limit {
		c := h.largest()
		if helpless = c == nil; helpless {
			break
		}
		h.take(c)
		c.weight.shelf.Store(leavingShelf)
		h.count(c, c.weight.bytes.Load())
		chosen[c.loop.id] = append(chosen[c.loop.id], c)
	}
	h.mu.Unlock()
	if helpless && !h.helpless.Swap(true) {
		s.log.Warning("Over client maxmemory after evicting all evictable clients")
	}
	for _, l := range s.loops {
		if those := chosen[l.id]; len(those) > 0 {
			for _, c := range those {
				s.clients.remove(c)
			}
			s.stats.evictedClients.Add(int64(len(those)))
			l.post(func() { l.weights.chosen = append(l.weights.chosen, those...) })
		}
	}
}

// closeChosen closes clients of the loop that are chosen, for some time. Until all of them are closed few others are read in a round, so that less
// comes than goes.
func (l *loop) closeChosen() {
	w := &l.weights
	if len(w.chosen) == 0 {
		return
	}
	closed, began := 0, time.Now()
	for closed < len(w.chosen) && (closed < closedUntimed || time.Since(began) < closingTime) {
		l.evictOne(w.chosen[closed])
		w.chosen[closed] = nil
		closed++
	}
	if w.chosen = w.chosen[closed:]; len(w.chosen) == 0 {
		w.chosen = nil
	}
}

// putsOff tells whether a client is read in a later round, the poller telling of it again: one of many while others are to be closed.
func (l *loop) putsOff(index int, ready *transport.Ready) bool {
	return index >= readWhileClosing && len(l.weights.chosen) > 0 && !ready.Writable && !ready.HangUp
}

func (l *loop) evictOne(c *client) {
	if !c.marks.closing {
		l.server.log.Notice("Evicting client: %s", c.describe())
		l.close(c)
	}
}
