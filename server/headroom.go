package server

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The collector's headroom: how much garbage may gather before a collection. docs/decisions/0005 says what was tried.
const (
	// headroomBytes is the least, however small the live heap: Go's own rule, as much again as is live, would collect a small heap many
	// times a second under load (a fifth of the processor time at 100,000 keys).
	headroomBytes = 32 << 20
	// headroomPercent is the part of a large live heap. Pages hold no pointers, so that collecting often is cheap.
	headroomPercent = 5
)

// headroom keeps the collector's target at the live heap and its headroom, and gives memory back when there is a pause in the work.
type headroom struct {
	percent int
	live    [1]metrics.Sample
	// processed is the count of commands at the last look, quiet the looks since it changed; allocated is what had been allocated, and
	// used what the store used, when memory was last given back.
	processed int64
	quiet     int
	allocated uint64
	used      int64
}

const (
	// quietLooks is how many looks without a command make a pause in the work: half a second.
	quietLooks = int(500 * time.Millisecond / upkeepInterval)
	// returnBytes is how much must have been allocated, or left the store, for a collection to be worth it.
	returnBytes = 32 << 20
)

// giveBack collects and returns free memory to the system half a second after the last command, if much was allocated or deleted since it
// did so last. trim makes the store let go of what it keeps for later and returns what it uses. It takes as long as a collection, on the
// goroutine of upkeep; nobody else waits.
func (h *headroom) giveBack(processed int64, trim func() (usedBytes int64)) {
	if processed != h.processed {
		h.processed, h.quiet = processed, 0
		return
	}
	if h.quiet++; h.quiet != quietLooks {
		return
	}
	used := trim()
	total := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(total[:])
	if allocated := total[0].Value.Uint64(); allocated-h.allocated >= returnBytes || h.used-used >= returnBytes {
		h.allocated, h.used = allocated, used
		debug.FreeOSMemory()
	}
	h.used = max(h.used, used)
}

// adjust is called by upkeep alone. Setting the target stops the world for some microseconds, so that small moves are left alone.
func (h *headroom) adjust() {
	h.live[0].Name = "/gc/heap/live:bytes"
	metrics.Read(h.live[:])
	percent := int(max(headroomPercent, 100*headroomBytes/max(h.live[0].Value.Uint64(), 1<<20)))
	if h.percent == 0 || percent > h.percent*5/4 || percent < h.percent*4/5 {
		h.percent = percent
		debug.SetGCPercent(percent)
	}
}
