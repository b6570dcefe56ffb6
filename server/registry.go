package server

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// registry knows every client. It has a lock of its own, since clients come and go outside gate and section; what their sessions hold is
// guarded as client says.
type registry struct {
	lastID atomic.Int64
	count  atomic.Int64
	mu     sync.Mutex
	byID   map[int64]*client
	// shelves are those that may be evicted.
	shelves shelves
}

func newRegistry() *registry { return &registry{byID: map[int64]*client{}} }

// add registers a client under a new id, unless there are limit already.
func (r *registry) add(c *client, limit int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if int64(len(r.byID)) >= limit {
		return false
	}
	c.id = r.lastID.Add(1)
	r.byID[c.id] = c
	r.count.Store(int64(len(r.byID)))
	return true
}

func (r *registry) remove(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, c.id)
	r.count.Store(int64(len(r.byID)))
}

func (r *registry) get(id int64) *client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id]
}

// all are the clients by id.
func (r *registry) all() []*client {
	r.mu.Lock()
	clients := make([]*client, 0, len(r.byID))
	for _, c := range r.byID {
		clients = append(clients, c)
	}
	r.mu.Unlock()
	slices.SortFunc(clients, func(a, b *client) int { return cmp.Compare(a.id, b.id) })
	return clients
}
