package server

import (
	"fmt"
	"runtime/metrics"
	"strings"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// usedMemory is what INFO shows as used_memory: live bytes of the store and of what clients are connected by. Under a gate or in the section.
func (s *Server) usedMemory() int64 {
	return s.store.UsedBytes() + s.clientsMemory().users() + s.caching.bytes() + s.unlimitedMemory()
}

// limitedMemory is what counts for maxmemory.
func (s *Server) limitedMemory() int64 {
	return s.store.UsedBytes() + s.limitedClients() + s.caching.bytes()
}

// limitedClients is the clients' part of it: what they hold, but not what they are about to be evicted for. Whether anything is held or not.
func (s *Server) limitedClients() int64 {
	users := s.clientsMemory().users()
	if limit := s.settings.Load().clientsLimit; limit > 0 && users > limit && !s.clients.shelves.helpless.Load() {
		return limit
	}
	return users
}

// unlimitedMemory is what doesn't count since evicting keys makes more of it: what waits for replicas and for the log.
func (s *Server) unlimitedMemory() int64 {
	return s.clientsMemory().replicas + s.appendLog.bufferBytes()
}

// heapState is what Go's runtime tells of its memory, in bytes: live are objects, unused the room beside them in spans that hold some, free
// the spans that hold none, total all that the runtime has of the system, its own structures included.
type heapState struct {
	live, unused, free, total int64
}

// active is the size of the spans that hold objects.
func (h *heapState) active() int64 { return h.live + h.unused }

func readHeap() heapState {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) int64 { return int64(samples[i].Value.Uint64()) }
	return heapState{live: value(0), unused: value(1), free: value(2), total: value(3) - value(4)}
}

// memoryReport is what INFO memory, MEMORY STATS and MEMORY DOCTOR are written from.
type memoryReport struct {
	used, peak, resident int64
	keys                 int64
	clients              clientsMemory
	// overhead is the part of used that is neither key nor value, store where the store's memory is.
	overhead int64
	store    datatypes.Memory
	heap     heapState
}

// memoryReport gathers it, under a gate or in the section.
func (s *Server) memoryReport() *memoryReport {
	r := &memoryReport{store: s.store.Memory(), clients: s.clientsMemory(), heap: readHeap()}
	r.used = s.usedMemory()
	r.overhead = r.used - r.store.Used + r.store.Overhead
	r.peak = max(s.stats.peakMemory.Load(), r.used)
	r.resident = residentBytes(r.heap)
	for index := range s.store.Databases() {
		r.keys += int64(s.store.DB(index).Len())
	}
	return r
}

// infoMemory writes the memory section of INFO, in the exclusive section. What Redis says of jemalloc is said of Go's heap here.
func (s *Server) infoMemory(w *infoWriter) {
	s.notePeak()
	r := s.memoryReport()
	limit := s.config.Int("maxmemory")
	w.bytes("used_memory", r.used)
	w.bytes("used_memory_rss", r.resident)
	w.bytes("used_memory_peak", r.peak)
	w.line("used_memory_peak_perc", percent(r.used, r.peak))
	w.number("used_memory_overhead", r.overhead)
	w.number("used_memory_startup", 0)
	w.number("used_memory_dataset", r.used-r.overhead)
	w.line("used_memory_dataset_perc", percent(r.used-r.overhead, r.used))
	w.number("allocator_allocated", r.heap.live)
	w.number("allocator_active", r.heap.active())
	w.number("allocator_resident", r.heap.total)
	if total := systemMemory(); total != 0 {
		w.bytes("total_system_memory", total)
	}
	s.infoScripts(w)
	w.bytes("maxmemory", limit)
	w.line("maxmemory_policy", s.config.String("maxmemory-policy"))
	w.fixed("allocator_frag_ratio", ratio(r.heap.active(), r.heap.live), 2)
	w.number("allocator_frag_bytes", r.heap.unused)
	w.fixed("allocator_rss_ratio", ratio(r.heap.total, r.heap.active()), 2)
	w.number("allocator_rss_bytes", r.heap.total-r.heap.active())
	w.fixed("rss_overhead_ratio", ratio(r.resident, r.heap.total), 2)
	w.number("rss_overhead_bytes", r.resident-r.heap.total)
	w.fixed("mem_fragmentation_ratio", ratio(r.resident, r.used), 2)
	w.number("mem_fragmentation_bytes", r.resident-r.used)
	w.number("mem_not_counted_for_evict", s.unlimitedMemory())
	w.number("mem_replication_backlog", 0)
	w.number("mem_total_replication_buffers", r.clients.replicas)
	w.number("mem_clients_slaves", r.clients.replicas)
	w.number("mem_clients_normal", r.clients.users())
	w.number("mem_cluster_links", 0)
	w.number("mem_aof_buffer", s.appendLog.bufferBytes())
	w.line("mem_allocator", "go")
	w.numbers(0, "active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects")
	w.number("store_slack", r.store.Slack)
	w.number("store_free_lists", r.store.Free)
	w.number("store_dead", r.store.Dead)
	w.number("store_views", int64(r.store.Views))
	w.number("store_displaced", r.store.Displaced)
	w.number("go_heap_live", r.heap.live)
	w.number("go_heap_unused", r.heap.unused)
	w.number("go_heap_free", r.heap.free)
	w.number("go_total", r.heap.total)
}

func ratio(a, b int64) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func percent(part, whole int64) string { return fmt.Sprintf("%.2f%%", 100*ratio(part, whole)) }

// What MEMORY DOCTOR says, in Redis's words where there are any.
const (
	doctorEmpty = "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. " +
		"Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I " +
		"finished rebooting.\n"
	doctorHealthy = "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"
	doctorIssues  = "Sam, I detected a few issues in this Redis instance memory implants:\n\n"
	doctorPeak    = " * Peak memory: In the past this instance used more than 150% the memory that is currently using. What was freed goes " +
		"back to the system by and by; the MEMORY PURGE command gives it back at once.\n\n"
	doctorFreeHeap = " * Free heap: the Go runtime holds more than twice what is in use, as it does after a peak. It goes back to the system by " +
		"and by; the MEMORY PURGE command gives it back at once.\n\n"
	doctorClients = " * Big client buffers: The clients buffers in this instance are greater than 200K per client (on average). Clients may " +
		"not read their replies fast enough, or send very large commands or pipelines. CLIENT LIST shows which ones they are.\n\n"
	doctorFarewell = "I'm here to keep you safe, Sam. I want to help you.\n"
)

const (
	// smallStoreBytes is the size below which the memory doctor has nothing to say, manyBytes what counts as much memory to be lost.
	smallStoreBytes = 5 << 20
	manyBytes       = 10 << 20
	// largeClientBytes is what a client may take on average.
	largeClientBytes = 200 << 10
)

// diagnosis is MEMORY DOCTOR: what may be wrong, with that many clients connected.
func (r *memoryReport) diagnosis(clients int64) string {
	if r.used < smallStoreBytes {
		return doctorEmpty
	}
	issues := ""
	if ratio(r.peak, r.used) > 1.5 {
		issues += doctorPeak
	}
	if ratio(r.heap.total, r.heap.live) > 2 && r.heap.total-r.heap.live > manyBytes {
		issues += doctorFreeHeap
	}
	if r.clients.users()/max(clients, 1) > largeClientBytes {
		issues += doctorClients
	}
	if issues == "" {
		return doctorHealthy
	}
	return doctorIssues + issues + doctorFarewell
}

// heapStatistics are the runtime's own measurements of memory and collector, a line each.
func heapStatistics() string {
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if strings.HasPrefix(d.Name, "/memory/") || strings.HasPrefix(d.Name, "/gc/") {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(samples)
	var text strings.Builder
	for i := range samples {
		switch value := samples[i].Value; value.Kind() {
		case metrics.KindUint64:
			fmt.Fprintf(&text, "%s %d\n", samples[i].Name, value.Uint64())
		case metrics.KindFloat64:
			fmt.Fprintf(&text, "%s %g\n", samples[i].Name, value.Float64())
		}
	}
	return text.String()
}
