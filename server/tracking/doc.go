// Package tracking knows which clients may hold copies of which keys, so that they can be told when a key changes: client-side caching as
// in tracking.c of Redis 7.0.15. It knows no sockets and no store: a client is a number, or whatever can be compared.
//
// # Two ways
//
//   - By default a client is told of the keys that it has read, once each: Table remembers them until they change.
//   - In broadcast mode it is told of every change of a key that begins with one of its prefixes, whether it has read it or not: Prefixes
//     gathers what changes until somebody sends it.
//
// Client is what one connection has chosen, and the rules of what goes together.
//
// # Promise
//
// Who adds a key to the Table under the same hold as it reads it is among those whom the next change finds. A client that goes stays in the
// Table until its keys change or are given up; numbers are never used again. What is remembered is bounded by whoever looks at Keys and calls
// TakeAny, and of one key by Prune.
//
// # Locks and costs
//
// Table has locks of its own, one for each of its parts, and may be used from any goroutine; nothing is called under them. Client and
// Prefixes belong to whoever holds the exclusive section; readers may read a Client that nobody changes meanwhile.
//
// A key that one client has read takes its own bytes and about 25 more. Nothing holds pointers but keys that several clients have read, so
// that the collector doesn't look into a table of millions. Add and Take are a look-up each; a further client of the same key is put into a
// sorted list.
package tracking
