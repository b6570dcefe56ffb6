package server

import (
	"runtime/debug"
	"runtime/metrics"
)

// headroomBytes is how much garbage may gather before a collection, however small the live heap: Go's own rule, as much again as is live,
// would collect a small heap many times a second under load (a fifth of the processor time at 100,000 keys).
const headroomBytes = 32 << 20

// headroom keeps the collector's target at the live heap and headroomBytes, or Go's usual double where that is more.
type headroom struct {
	percent int
	live    [1]metrics.Sample
}

// adjust is called by upkeep alone. Setting the target stops the world for some microseconds, so that small moves are left alone.
func (h *headroom) adjust() {
	h.live[0].Name = "/gc/heap/live:bytes"
	metrics.Read(h.live[:])
	percent := int(max(100, 100*headroomBytes/max(h.live[0].Value.Uint64(), 1<<20)))
	if h.percent == 0 || percent > h.percent*5/4 || percent < h.percent*4/5 {
		h.percent = percent
		debug.SetGCPercent(percent)
	}
}
