// Package tx holds what a transaction is made of: the queue of commands between MULTI and EXEC, and the marks by which WATCH learns of
// changes.
//
// # WATCH
//
// A Watcher notes keys, each with what it was at that moment: present, absent, or expired and still lying there. Whoever changes a key
// tells Watches (Touch, Flush, Swap) after the change; a watcher whose key has changed is dirty from then on and needs no further marks.
// A key that was expired already and is deleted now has not changed. Rules of multi.c of Redis 7.0.15.
//
// # Locks and costs
//
// A Queue belongs to its connection. Watches and the marks of its watchers belong to whoever holds the exclusive section, but for Dirty,
// Count, Bytes and Watches.Any, which anybody may ask. Nobody watching costs one load a change; otherwise a look-up in a map for each changed key.
package tx
