// Package datatypes holds the keyspace: databases of keys, their values and deadlines.
//
// It knows no network, disk, logger or clock; the time is an argument of every call that depends on it.
//
// # Who may call what
//
// The store has one writer and many readers. A read (DB's methods) needs a gate: any number of goroutines may read at once as long as
// nobody edits. An edit (Editor's methods) needs the exclusive section: no other goroutine reads or edits. The package takes no locks
// itself; the server's gates keep the promise (server/gate.go). A View is opened in the exclusive section and from then on read without
// any lock, from any goroutine, until it is closed; what it shows never changes.
//
// # Time
//
// Times are Unix milliseconds. A key whose deadline is not later than the time given is absent for every read at that time, though its
// entry stays until an Editor deletes it: reads never change anything.
//
// # What stands here now
//
// A plain Go map of strings under these calls. A View copies the map's pointers, so opening one costs a walk over all keys; entries
// are never changed after they are stored, only replaced, which is why a view may share them.
//
// Begin reading in store.go.
package datatypes
