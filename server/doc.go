// Package server is the running server: listeners, event loops, clients, dispatch, and the commands that act on the server itself.
//
// # Who holds what
//
// The store, the sessions of clients and everything that dispatch decides by (configuration, pause, role) change only in the exclusive
// section and are read under a loop's gate or in the section (gate.go). What a loop needs at every turn of the configuration it takes
// from an immutable snapshot (settings.go). A client's socket, input and pending replies belong to its loop alone (client.go). Counters
// are atomics with one writer each (stats.go). The registry of clients, the shelves of those that may be evicted, error counts, slow log
// and latency log have small locks of their own, under which nothing else is called.
//
// Lock order: gate or section, then any one of the small locks; behind that of monitors those of inboxes. A loop's mailbox
// may be posted to with anything held.
//
// # Goroutines
//
// Serve starts one goroutine a loop, one a listener, one for upkeep (cron.go), one that tells the collector its headroom (headroom.go), one
// that deletes what has expired (expire.go) and one that evicts what is above maxmemory (evict.go); Wait waits for them. A command that keeps the section for long (DEBUG SLEEP) runs on a
// goroutine of its own that is handed the section and leaves it (elsewhere.go). Scripts run on a goroutine that the loop changes over to, and
// that another goroutine goes on with if the script takes long (script_strand.go); Wait ends it.
//
// # Where to begin
//
// server.go for the parts, loop.go for a round of an event loop, batch.go and dispatch.go for the life of a command, gate.go for
// what holds it together, items.go for memcached's protocol. Each cmd_*.go is a family of commands: rows first, then handlers.
package server
