package server

import (
	"fmt"
	"runtime/metrics"
	"strings"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// usedMemory is what INFO shows as used_memory: the bytes of keys and values. Under a gate or in the section.
func (s *Server) usedMemory() int64 { return s.store.UsedBytes() }

// heapState is what Go's runtime tells of its memory, in bytes.
type heapState struct {
	// live are objects, free what the heap holds beside them, total all that the runtime has of the system.
	live, free, total int64
}

func readHeap() heapState {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) int64 { return int64(samples[i].Value.Uint64()) }
	return heapState{live: value(0), free: value(1) + value(2), total: value(3) - value(4)}
}

// readMemoryClasses is every class of memory that Go's runtime tells apart.
func readMemoryClasses() []metrics.Sample {
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if strings.HasPrefix(d.Name, "/memory/classes/") {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(samples)
	return samples
}

// clientMemory is about what clients take: themselves, their input and their pending replies.
func (s *Server) clientMemory() int64 {
	var sum int64
	for _, c := range s.clients.all() {
		sum += clientBytes + c.traffic.inputBytes.Load() + c.traffic.inputRoom.Load() + c.traffic.replyMemory.Load()
	}
	return sum
}

// memoryReport is what INFO memory, MEMORY STATS and MEMORY DOCTOR are written from.
type memoryReport struct {
	used, peak, resident, clients int64
	keys                          int64
	// overhead is what isn't keys and values of the store.
	overhead int64
	heap     heapState
}

// memoryReport gathers it, in the section.
func (s *Server) memoryReport() memoryReport {
	r := memoryReport{used: s.usedMemory(), clients: s.clientMemory(), heap: readHeap()}
	r.peak = max(s.stats.peakMemory.Load(), r.used)
	r.resident = residentBytes(r.heap)
	for index := range s.store.Databases() {
		r.keys += int64(s.store.DB(index).Len())
	}
	r.overhead = s.store.OverheadBytes()
	return r
}

// infoMemory writes the memory section. What Redis says of jemalloc is said of Go's heap here.
func (s *Server) infoMemory(w *infoWriter) {
	r := s.memoryReport()
	total := systemMemory()
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
	w.number("allocator_active", r.heap.live+r.heap.free)
	w.number("allocator_resident", r.heap.total)
	w.bytes("total_system_memory", total)
	w.bytes("used_memory_lua", 0)
	w.numbers(0, "used_memory_vm_eval", "used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions",
		"number_of_libraries", "used_memory_vm_functions")
	w.bytes("used_memory_vm_total", 0)
	w.number("used_memory_functions", 0)
	w.bytes("used_memory_scripts", 0)
	w.bytes("maxmemory", limit)
	w.line("maxmemory_policy", s.config.String("maxmemory-policy"))
	w.fixed("allocator_frag_ratio", ratio(r.heap.live+r.heap.free, r.heap.live), 2)
	w.number("allocator_frag_bytes", r.heap.free)
	w.fixed("allocator_rss_ratio", ratio(r.heap.total, r.heap.live+r.heap.free), 2)
	w.number("allocator_rss_bytes", r.heap.total-r.heap.live-r.heap.free)
	w.fixed("rss_overhead_ratio", ratio(r.resident, r.heap.total), 2)
	w.number("rss_overhead_bytes", r.resident-r.heap.total)
	w.fixed("mem_fragmentation_ratio", ratio(r.resident, r.used), 2)
	w.number("mem_fragmentation_bytes", r.resident-r.used)
	w.numbers(0, "mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves")
	w.number("mem_clients_normal", r.clients)
	w.numbers(0, "mem_cluster_links", "mem_aof_buffer")
	w.line("mem_allocator", "go")
	w.numbers(0, "active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects")
	w.number("go_heap_live", r.heap.live)
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

// keyBytes is what a key and its value take of used_memory, and whether there is such a key.
func (s *Server) keyBytes(c *commands.Call, key []byte) (int64, bool) {
	if _, found := c.Peek(key); !found {
		return 0, false
	}
	return c.DB().KeyBytes(key), true
}
