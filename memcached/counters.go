package memcached

import "sync/atomic"

// Counter is something that stats counts.
type Counter uint8

// What is counted, named as stats names it.
const (
	CmdGet Counter = iota
	CmdSet
	CmdFlush
	CmdTouch
	CmdMeta
	GetHits
	GetMisses
	GetExpired
	GetFlushed
	DeleteMisses
	DeleteHits
	IncrMisses
	IncrHits
	DecrMisses
	DecrHits
	CASMisses
	CASHits
	CASBadval
	TouchHits
	TouchMisses
	StoreTooLarge
	StoreNoMemory
	AuthCmds
	AuthErrors
	TotalItems
	BytesRead
	BytesWritten
	counters
)

// counterNames are what stats calls them, in the order in which it tells them.
var counterNames = [counters]string{"cmd_get", "cmd_set", "cmd_flush", "cmd_touch", "cmd_meta", "get_hits", "get_misses", "get_expired",
	"get_flushed", "delete_misses", "delete_hits", "incr_misses", "incr_hits", "decr_misses", "decr_hits", "cas_misses", "cas_hits",
	"cas_badval", "touch_hits", "touch_misses", "store_too_large", "store_no_memory", "auth_cmds", "auth_errors", "total_items", "bytes_read",
	"bytes_written"}

// Counters count what requests have done. Each event loop has its own; anybody may read them.
type Counters struct{ counts [counters]atomic.Int64 }

func (c *Counters) add(which Counter, n int64) { c.counts[which].Add(n) }

// Moved counts bytes that have come and gone.
func (c *Counters) Moved(read, written int64) {
	c.add(BytesRead, read)
	c.add(BytesWritten, written)
}

// AddTo adds what was counted to sum.
func (c *Counters) AddTo(sum *Sums) {
	for i := range c.counts {
		sum[i] += c.counts[i].Load()
	}
}

// Reset begins anew.
func (c *Counters) Reset() {
	for i := range c.counts {
		c.counts[i].Store(0)
	}
}

// Sums are counters of all loops together.
type Sums [counters]int64
