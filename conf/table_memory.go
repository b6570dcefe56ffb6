package conf

import "math"

var memoryDirectives = inGroup("Memory", []Directive{
	{
		Name: "maxmemory", Kind: Memory, Default: "0", Max: -1, Flags: Unsigned, Since: "2.0.0", Built: true,
		Doc: "How much memory the data may take; 0 is no limit.",
	},
	{
		Name: "maxmemory-policy", Kind: Enum, Default: "noeviction", Since: "2.2.0", Built: true,
		Words: []string{"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"},
		Doc:   "What to evict at the limit: keys by volatile-lru, allkeys-lru, volatile-lfu, allkeys-lfu, volatile-random, allkeys-random, volatile-ttl; noeviction refuses writes.",
	},
	{
		Name: "maxmemory-samples", Kind: Int, Default: "5", Min: 1, Max: math.MaxInt32, Since: "2.2.0", Built: true,
		Doc: "How many keys an eviction compares.",
	},
	{
		Name: "maxmemory-eviction-tenacity", Kind: Int, Default: "10", Max: 100, Since: "6.2.0", Built: true,
		Doc: "How much time eviction may take from commands, 0 to 100: 5 us a unit at a stretch up to 10, then 15 % more each, at 100 without end.",
	},
	{
		Name: "maxmemory-clients", Kind: MemoryOrPart, Default: "0", Min: -100, Max: math.MaxInt64, Since: "7.0.0", Built: true,
		Doc: "How much memory all clients together may take, in bytes or as a percentage of maxmemory; the largest are closed first. 0 is no limit.",
	},
	{
		Name: "lfu-log-factor", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "4.0.0", Built: true,
		Doc: "How slowly the counter of a much used key rises.",
	},
	{
		Name: "lfu-decay-time", Kind: Int, Default: "1", Max: math.MaxInt32, Since: "4.0.0", Built: true,
		Doc: "Minutes after which the counter of an unused key falls.",
	},
	{
		Name: "active-expire-effort", Kind: Int, Default: "1", Min: 1, Max: 10, Since: "6.0.0",
		Doc: "How hard to look for expired keys, 1 to 10.",
	},
	{
		Name: "tracking-table-max-keys", Kind: Int, Default: "1000000", Max: math.MaxInt64, Flags: Unsigned, Since: "6.0.0", Built: true,
		Doc: "How many keys are remembered for client-side caching; 0 is no limit.",
	},
	{
		Name: "lazyfree-lazy-eviction", Kind: Bool, Default: "no", Since: "4.0.0", Built: true,
		Doc: "Pass evictions on as UNLINK. Freeing never takes time here.",
	},
	{
		Name: "lazyfree-lazy-expire", Kind: Bool, Default: "no", Since: "4.0.0", Built: true,
		Doc: "The same for expired values.",
	},
	{
		Name: "lazyfree-lazy-server-del", Kind: Bool, Default: "no", Since: "4.0.0",
		Doc: "The same for values that a command replaces.",
	},
	{
		Name: "lazyfree-lazy-user-del", Kind: Bool, Default: "no", Since: "6.0.0", Built: true,
		Doc: "Let DEL work as UNLINK does.",
	},
	{
		Name: "lazyfree-lazy-user-flush", Kind: Bool, Default: "no", Since: "6.2.0",
		Doc: "Let FLUSHALL and FLUSHDB be ASYNC unless told otherwise.",
	},
	{
		Name: "activerehashing", Kind: Bool, Default: "yes", Since: "2.0.0",
		Doc: "Spend spare time on rehashing. The store has no rehashing.",
	},
	{
		Name: "activedefrag", Kind: Bool, Default: "no", Since: "4.0.0",
		Doc:  "Defragment memory. Needs Redis's own allocator and can't be turned on.",
		rule: rule{settle: settleActiveDefrag},
	},
	{
		Name: "active-defrag-ignore-bytes", Kind: Memory, Default: "100mb", Min: 1, Max: math.MaxInt64, Flags: Unsigned, Since: "4.0.0",
		Doc: "Defragment only beyond so much waste.",
	},
	{
		Name: "active-defrag-threshold-lower", Kind: Int, Default: "10", Max: 1000, Since: "4.0.0",
		Doc: "Defragment only beyond so many percent of waste.",
	},
	{
		Name: "active-defrag-threshold-upper", Kind: Int, Default: "100", Max: 1000, Since: "4.0.0",
		Doc: "Defragment as hard as possible beyond so many percent.",
	},
	{
		Name: "active-defrag-cycle-min", Kind: Int, Default: "1", Min: 1, Max: 99, Since: "4.0.0",
		Doc: "The least share of time for it, in percent.",
	},
	{
		Name: "active-defrag-cycle-max", Kind: Int, Default: "25", Min: 1, Max: 99, Since: "4.0.0",
		Doc: "The greatest share of time for it, in percent.",
	},
	{
		Name: "active-defrag-max-scan-fields", Kind: Int, Default: "1000", Min: 1, Max: math.MaxInt64, Since: "5.0.0",
		Doc: "Larger collections are done apart.",
	},
	{
		Name: "jemalloc-bg-thread", Kind: Bool, Default: "yes", Since: "6.0.0",
		Doc: "Let jemalloc give memory back from a thread of its own. There is no jemalloc here.",
	},
})

var encodingDirectives = inGroup("Encodings", []Directive{
	{
		Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", Kind: Int, Default: "512", Max: math.MaxInt64, Flags: Unsigned, Built: true, Since: "2.6.0",
		Doc: "OBJECT ENCODING of a hash is listpack up to so many fields.",
	},
	{
		Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", Kind: Memory, Default: "64", Max: math.MaxInt64, Flags: Unsigned, Built: true, Since: "2.6.0",
		Doc: "And only with fields and values up to so many bytes.",
	},
	{
		Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Kind: Int, Default: "-2", Min: math.MinInt32, Max: math.MaxInt32, Since: "3.2.0",
		Doc: "Entries in a node of a list; -1 to -5 stand for 4, 8, 16, 32 and 64 kb.",
	},
	{
		Name: "list-compress-depth", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "3.2.0",
		Doc: "Nodes at both ends of a list that stay uncompressed; 0 compresses none.",
	},
	{
		Name: "set-max-intset-entries", Kind: Int, Default: "512", Max: math.MaxInt64, Flags: Unsigned, Since: "2.2.0", Built: true,
		Doc: "A set of whole numbers is an intset up to so many members.",
	},
	{
		Name: "set-max-listpack-entries", Kind: Int, Default: "0", Max: math.MaxInt64, Flags: Hidden | Unsigned, Since: "7.2.0", Built: true,
		Doc: "A set is a listpack up to so many members. Redis 7.0 has no such sets, hence 0.",
	},
	{
		Name: "set-max-listpack-value", Kind: Int, Default: "64", Max: math.MaxInt64, Flags: Hidden | Unsigned, Since: "7.2.0", Built: true,
		Doc: "And only with members up to so many bytes.",
	},
	{
		Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", Kind: Int, Default: "128", Max: math.MaxInt64, Flags: Unsigned, Built: true, Since: "2.4.0",
		Doc: "A sorted set is a listpack up to so many members.",
	},
	{
		Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", Kind: Memory, Default: "64", Max: math.MaxInt64, Flags: Unsigned, Built: true, Since: "2.4.0",
		Doc: "And only with members up to so many bytes.",
	},
	{
		Name: "hll-sparse-max-bytes", Kind: Memory, Default: "3000", Max: math.MaxInt64, Flags: Unsigned, Since: "2.8.9",
		Doc: "A HyperLogLog is sparse up to so many bytes.",
	},
	{
		Name: "stream-node-max-bytes", Kind: Memory, Default: "4096", Max: math.MaxInt64, Flags: Unsigned, Since: "5.0.0",
		Doc: "Bytes in a node of a stream; 0 is no limit.",
	},
	{
		Name: "stream-node-max-entries", Kind: Int, Default: "100", Max: math.MaxInt64, Since: "5.0.0",
		Doc: "Entries in a node of a stream; 0 is no limit.",
	},
})
