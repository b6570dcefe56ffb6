package server

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// The collector's headroom: how much garbage may gather before a collection. docs/decisions/0007 says what was tried.
const (
	// headroomBytes is the least, however small the live heap: Go's own rule, as much again as is live, would collect a small heap many
	// times a second under load (a fifth of the processor time at 100,000 keys).
	headroomBytes = 32 << 20
	// headroomPercent is the part of a large live heap. Pages hold no pointers, so that collecting often is cheap.
	headroomPercent = 5
)

// headroom gives memory back when there is a pause in what is written. It belongs to upkeep.
type headroom struct {
	server *Server
	// looks counts the looks; changes is the count of changes at the last one, quiet the looks since it changed.
	looks, quiet int
	changes      int64
	// returning is set while pages are packed in a pause: then memory is given back once more.
	returning bool
	// allocated is what had been allocated, and used what the store used, when memory was last given back.
	allocated uint64
	used      int64
	// wasted is what lay unused after pages were last packed.
	wasted int64
}

const (
	// quietLooks is how many looks without a change make a pause: half a second. What reads leave is looked for every repeatLooks.
	quietLooks  = int(500 * time.Millisecond / upkeepInterval)
	repeatLooks = int(5 * time.Second / upkeepInterval)
	// busyLooks is how many looks lie between two at what is wasted while there is work: a second.
	busyLooks = int(time.Second / upkeepInterval)
	// What must have been allocated, or have left the store, for a collection to be worth it: a part of what is used, and some bytes.
	returnShare, returnBytes = 64, 4 << 20
	// What the store's pages waste of the heap is let be up to a part of what the store uses, or to some bytes: then they are packed.
	restWasteShare, restWasteBytes = 16, 4 << 20
	busyWasteShare, busyWasteBytes = 3, 128 << 20
)

// look has the store packed where much is wasted between its pages, and memory collected and returned to the system half a second after
// the last change, if much was allocated or deleted since that was done last. The collection takes place on the goroutine of upkeep;
// packing goes on in the steps of the expirer: nobody else waits.
func (h *headroom) look() {
	h.looks++
	if changes := h.server.changes(); changes != h.changes {
		h.changes, h.quiet, h.returning = changes, 0, false
		if h.looks%busyLooks == 0 {
			h.packIfWasteful(busyWasteShare, busyWasteBytes)
		}
		return
	}
	switch h.quiet++; {
	case h.quiet%repeatLooks == quietLooks && !h.returning:
		// What is wasted between pages shows when garbage has gone.
		h.giveBack(max(h.used/returnShare, returnBytes))
		h.returning = h.packIfWasteful(restWasteShare, restWasteBytes)
	case h.returning && !h.server.packing():
		// Packed: what they lay in before is garbage.
		h.returning = false
		h.giveBack(0)
		h.noteWaste()
	}
}

// packIfWasteful has the store's pages packed if what lies unused in and between them is more than it was after they were last packed, by a
// part of what is used and by least, and tells whether they are.
func (h *headroom) packIfWasteful(share, least int64) bool {
	unused := readHeap().unused
	h.server.gates.waitSection()
	defer h.server.gates.leaveSection()
	store := h.server.store
	m := store.Memory()
	h.wasted = min(h.wasted, m.Used)
	if !store.Packing() && unused+wasted(m) > h.wasted+max(m.Used/share, least) {
		store.Pack()
	}
	return store.Packing()
}

// noteWaste remembers what packing could not help.
func (h *headroom) noteWaste() {
	unused := readHeap().unused
	h.server.gates.waitSection()
	defer h.server.gates.leaveSection()
	h.wasted = unused + wasted(h.server.store.Memory())
}

// wasted is what lies unused in pages, and in slabs whose pages have gone.
func wasted(m datatypes.Memory) int64 { return m.Slack + m.Dead }

// packing tells whether the store's pages are being packed.
func (s *Server) packing() bool {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	return s.store.Packing()
}

// giveBack collects and returns memory, if so many bytes have been allocated, or have left the store, since it was done last.
func (h *headroom) giveBack(atLeast int64) {
	used := h.server.trimStore()
	total := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(total[:])
	if allocated := total[0].Value.Uint64(); int64(allocated-h.allocated) >= atLeast || h.used-used >= atLeast {
		h.allocated, h.used = allocated, used
		debug.FreeOSMemory()
	}
	h.used = max(h.used, used)
}

// changes counts what has ever been changed, what expired included.
func (s *Server) changes() int64 {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	return s.sequence.total + s.stats.expiredKeys.Load()
}

// keepHeadroom keeps the collector's target at the live heap and its headroom, on a goroutine that waits for nobody: a heap that grows while
// somebody keeps the store to himself needs it most. It ends with the server. Setting the target stops the world for some microseconds, so
// that small moves are left alone.
func (s *Server) keepHeadroom() {
	ticker := time.NewTicker(upkeepInterval)
	defer ticker.Stop()
	live, set := [1]metrics.Sample{{Name: "/gc/heap/live:bytes"}}, 0
	for {
		metrics.Read(live[:])
		percent := int(max(headroomPercent, 100*headroomBytes/max(live[0].Value.Uint64(), 1<<20)))
		if percent > set*5/4 || percent < set*4/5 {
			set = percent
			debug.SetGCPercent(percent)
		}
		select {
		case <-s.quit:
			return
		case <-ticker.C:
		}
	}
}

// trimStore leaves to the collector what the store keeps for later, and returns what it uses.
func (s *Server) trimStore() (usedBytes int64) {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	s.store.Trim()
	return s.store.UsedBytes()
}
