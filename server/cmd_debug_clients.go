package server

import (
	"fmt"
	"strings"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// evictionBuckets is how many lines DEBUG CLIENT-EVICTION has: one below 32 KiB, one for each doubling, one from 4 GiB on.
const evictionBuckets = 1 + 33 - shelfBits

// debugClientEviction answers DEBUG CLIENT-EVICTION: the clients that may be evicted, by what they hold, in Redis's buckets.
func (s *Server) debugClientEviction(c *commands.Call) {
	if s.settings.Load().clientsLimit == 0 {
		c.Error("ERR maxmemory-clients is disabled.")
		return
	}
	var text strings.Builder
	for bucket, b := range s.clients.shelves.buckets() {
		from, to := 0, fmt.Sprintf(" - %10d: ", 1<<(shelfBits+bucket)-1)
		if bucket > 0 {
			from = 1 << (shelfBits + bucket - 1)
		}
		if bucket == evictionBuckets-1 {
			to = "+            : "
		}
		fmt.Fprintf(&text, "bucket %10d%stot-mem: %10d, clients: %d\n", from, to, b.bytes, b.clients)
	}
	c.Reply.Verbatim("txt", text.String())
}

// evictionBucket is what clients hold that hold about as much, and how many they are.
type evictionBucket struct{ bytes, clients int64 }

func (h *shelves) buckets() (buckets [evictionBuckets]evictionBucket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for shelf, c := range h.first {
		for ; c != nil; c = c.weight.after {
			b := &buckets[min((shelf+2)/4, evictionBuckets-1)]
			b.bytes += c.weight.bytes.Load()
			b.clients++
		}
	}
	return buckets
}
