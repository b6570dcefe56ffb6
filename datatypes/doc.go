// Package datatypes holds the keyspace: databases of keys, their values and deadlines.
//
// It knows no network, disk, logger or clock; the time is an argument of every call that depends on it.
//
// # The layout
//
//	Store ─> DB 0 ─> dict.Dict: pages of keys      View ─> the same dictionaries, as they were
//	         DB 1 ─> ...                           page.Space: the clock of copying, free lists
//	         ...     timetables: when keys expire, and fields of hashes
//
//	in a key's entry, after the key (package dict):
//
//	| tag, u8 | body                      | a string's note (note.go) | deadline, Unix ms, 6 or 8 bytes, if the tag says so |
//	            string: its bytes, or a varint if it is an integer; nothing if it is long: then the entry has a rope
//	            stream: a byte that says how, and the bytes it was loaded in; none of a long one, which has a rope
//	            set, list, sorted set, hash: its piece (packages set, list, zset, hash); nothing if it is large: then the entry has its tree
//
//	tag: 0-3 label (type and encoding as OBJECT ENCODING names it) | 4 has a deadline | 5 of 8 bytes | 6 has a note | 7 unused
//
// The label says how the value is called, not how it lies: an entry of up to 256 bytes lies in its page, a larger one in a block, a string of
// more than 64 KiB in chunks (package rope).
//
// # Where things are
//
//	page      the clock of copying, memory in pieces that fit
//	dict      the paged dictionary
//	rope      long strings
//	set       sets
//	list      lists
//	zset      sorted sets
//	hash      hashes
//	packed    how small collections lie
//	counted   counted trees, for lists, sorted sets and what is ordered by deadline
//	expiry    the index by deadline
//
// # Who may call what
//
// The store has one writer and many readers. A read (DB's methods) needs a gate: any number of goroutines may read at once as long as
// nobody edits. An edit (Editor's methods, Store's Tend and Trim) needs the exclusive section: no other goroutine reads or edits. The
// package takes no locks for this; the server's gates keep the promise (server/gate.go). A View is opened under a gate or in the section, at
// the cost of copying the databases' headers, and from then on read without any lock, from any goroutine, until it is closed; what it shows never changes.
// While it is open the first change of anything copies the page that it lies in. A view that is gone through once may be consumed (View.Walk):
// what was read need not be kept then, and what is copied meanwhile is read first. Walks take no part in gates and sections either.
//
// # Time
//
// Times are Unix milliseconds. A key whose deadline is not later than the time given is absent for every read at that time, though its
// entry stays until an Editor deletes it: reads never change anything. DB.AppendExpired finds what is due through a timetable, and
// DB.AppendWithDueFields the hashes in which fields are.
//
// # When a key was last used
//
// DB.Touch notes it, in seconds, and DB.IdleS tells how long ago it was; or it counts uses, and DB.Frequency tells how many (use.go). Victims
// chooses keys to be evicted by that, by their deadlines or at random (evict.go). What an Editor writes is used (Editor.At). Touch is the one change
// that readers make together: an atomic word beside the pages, written where the second is a new one. By default some dozens of keys share
// a word, whichever was used last; Store.FineClocks gives each its own, for evicting by use, at 5 bytes a key (package dict).
//
// # What is made beforehand
//
// A collection that no key holds yet may be made on a view (Reader.Building), on any goroutine and however long it takes, and becomes a part of
// the store by Editor.PutSet and its like in O(1). DB.Unchanged tells whether what it was made of is still the same.
//
// A store that nobody else uses is filled by several goroutines at once: Store.Divide divides a database by hash, a Filler puts keys into one
// part after the other, Parts.Join makes it a database again.
//
// # What is counted
//
// Store.UsedBytes is exact and O(1): entries, blocks and chunks as they lie, directories, references, access clocks, indexes. Memory tells apart what lies
// unused in pages and blocks, what the free lists hold, and what only views see and have not passed yet.
//
// Begin reading in store.go, then entry.go and editor.go.
package datatypes
