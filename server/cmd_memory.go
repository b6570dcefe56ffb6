package server

import (
	"fmt"
	"runtime/debug"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// memoryRows are the commands about memory.
func (s *Server) memoryRows() []commands.Row {
	return []commands.Row{
		{
			Name: "memory", Arity: -2,
			Group: "server", Since: "4.0.0",
			Summary:    "Shows what takes memory.",
			Complexity: "Depends on subcommand.",
			Subcommands: []commands.Row{
				{
					Name: "doctor", Arity: 2,
					Group: "server", Since: "4.0.0",
					Summary:    "Judges the use of memory in plain words.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
					Exclusive:  true,
					Handler:    s.cmdMemoryDoctor,
				},
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "4.0.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdMemoryHelp,
				},
				{
					Name: "malloc-stats", Arity: 2,
					Group: "server", Since: "4.0.0",
					Summary:    "Tells the allocator's statistics.",
					Complexity: "Depends on how much memory is allocated, could be slow",
					Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
					Handler:    cmdMemoryMallocStats,
				},
				{
					Name: "purge", Arity: 2,
					Group: "server", Since: "4.0.0",
					Summary:    "Asks the allocator to give memory back.",
					Complexity: "Depends on how much memory is allocated, could be slow",
					Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
					Handler:    s.cmdMemoryPurge,
				},
				{
					Name: "stats", Arity: 2,
					Group: "server", Since: "4.0.0",
					Summary:    "Tells the use of memory in detail.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
					Exclusive:  true,
					Handler:    s.cmdMemoryStats,
				},
				{
					Name: "usage", Arity: -3, Flags: commands.FlagReadonly,
					Keys:  []commands.KeySpec{commands.KeyAt(2, commands.KeyRO)},
					Group: "server", Since: "4.0.0",
					Summary:    "Estimates the bytes that a key takes.",
					Complexity: "O(N) where N is the number of samples.",
					Syntax:     `key:key(0) [SAMPLES=count:integer]`,
					Handler:    cmdMemoryUsage,
				},
			},
		},
	}
}

// cmdMemoryUsage answers MEMORY USAGE key [SAMPLES count]. Nothing is sampled: sizes are exact. As in Redis a key that has expired counts as
// long as it lies here, and the look-up counts as neither hit nor miss.
func cmdMemoryUsage(c *commands.Call) {
	for i := 3; i < len(c.Args); i += 2 {
		if !commands.IsWord(c.Args[i], "SAMPLES") || i+1 == len(c.Args) {
			c.Error(commands.ErrSyntax)
			return
		}
		samples, ok := commands.ParseInt(c.Args[i+1])
		switch {
		case !ok:
			c.Error(commands.ErrNotInteger)
			return
		case samples < 0:
			c.Error(commands.ErrSyntax)
			return
		}
	}
	if bytes := c.DB().KeyBytes(c.Args[2]); bytes > 0 {
		c.Reply.Int(bytes)
		return
	}
	c.Reply.Null()
}

// cmdMemoryStats answers MEMORY STATS.
func (s *Server) cmdMemoryStats(c *commands.Call) {
	m := s.memoryReport()
	r := c.Reply
	count, length := 0, r.Defer()
	number := func(name string, value int64) {
		r.BulkString(name)
		r.Int(value)
		count++
	}
	double := func(name string, value float64) {
		r.BulkString(name)
		r.Double(value)
		count++
	}
	number("peak.allocated", m.peak)
	number("total.allocated", m.used)
	number("startup.allocated", 0)
	number("replication.backlog", 0)
	number("clients.slaves", m.clients.replicas)
	number("clients.normal", m.clients.users())
	number("cluster.links", 0)
	number("aof.buffer", s.appendLog.bufferBytes())
	number("lua.caches", s.scripts.bytes())
	number("functions.caches", s.libraries.Bytes())
	for index := range s.store.Databases() {
		if db := s.store.DB(index); db.Len() > 0 {
			r.BulkString(fmt.Sprintf("db.%d", index))
			r.Map(3)
			r.BulkString("overhead.hashtable.main")
			r.Int(db.OverheadBytes())
			r.BulkString("overhead.hashtable.expires")
			r.Int(0)
			r.BulkString("overhead.hashtable.slot-to-keys")
			r.Int(0)
			count++
		}
	}
	number("overhead.total", m.overhead)
	number("keys.count", m.keys)
	number("keys.bytes-per-key", m.used/max(m.keys, 1))
	number("dataset.bytes", m.used-m.overhead)
	double("dataset.percentage", 100*ratio(m.used-m.overhead, m.used))
	double("peak.percentage", 100*ratio(m.used, m.peak))
	number("allocator.allocated", m.heap.live)
	number("allocator.active", m.heap.active())
	number("allocator.resident", m.heap.total)
	double("allocator-fragmentation.ratio", ratio(m.heap.active(), m.heap.live))
	number("allocator-fragmentation.bytes", m.heap.unused)
	double("allocator-rss.ratio", ratio(m.heap.total, m.heap.active()))
	number("allocator-rss.bytes", m.heap.total-m.heap.active())
	double("rss-overhead.ratio", ratio(m.resident, m.heap.total))
	number("rss-overhead.bytes", m.resident-m.heap.total)
	double("fragmentation", ratio(m.resident, m.used))
	number("fragmentation.bytes", m.resident-m.used)
	r.SetDeferredMap(length, count)
}

// cmdMemoryMallocStats answers MEMORY MALLOC-STATS: what Go's runtime measures of its memory and its collector, a line each.
func cmdMemoryMallocStats(c *commands.Call) { c.Reply.Verbatim("txt", heapStatistics()) }

// cmdMemoryPurge answers MEMORY PURGE: a collection whose free pages go back to the system. It runs beside the loops; one at a time.
func (s *Server) cmdMemoryPurge(c *commands.Call) {
	if s.purging.CompareAndSwap(false, true) {
		s.goRun(func() {
			defer s.purging.Store(false)
			debug.FreeOSMemory()
		})
	}
	c.Reply.OK()
}

// cmdMemoryDoctor answers MEMORY DOCTOR.
func (s *Server) cmdMemoryDoctor(c *commands.Call) {
	c.Reply.Verbatim("txt", s.memoryReport().diagnosis(s.clients.count.Load()))
}

// cmdMemoryHelp answers MEMORY HELP.
func cmdMemoryHelp(c *commands.Call) {
	c.Help(
		"DOCTOR",
		"    Return memory problems reports.",
		"MALLOC-STATS",
		"    Return internal statistics report from the memory allocator.",
		"PURGE",
		"    Attempt to purge dirty pages for reclamation by the allocator.",
		"STATS",
		"    Return information about the memory usage of the server.",
		"USAGE <key> [SAMPLES <count>]",
		"    Return memory in bytes used by <key> and its value. Nested values are",
		"    sampled up to <count> times (default: 5, 0 means sample all).",
	)
}
