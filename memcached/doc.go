// Package memcached speaks memcached's protocols, as version 1.6.18 does: the text commands, the meta commands, and the binary protocol with SASL
// PLAIN. It is bytes in and bytes out: it knows no network, and of the keyspace only what Store offers, which package server implements.
//
//	bytes ─ Framer.Next ─ Request ─ Runner.Run ─ Store (gates, effects: the server's) ─ Reply
//
// # What it promises
//
//   - Replies are memcached's, byte for byte, errors included, but for what is listed below.
//   - A command is run whole or not at all. What is wrong with it is found before anything is changed.
//   - Memory is bounded by what a connection may hold: a line has at most 2,048 bytes, or is a get whose keys are answered as they come; a
//     value is held to Limits.ItemMax before it is waited for, and one that is larger is passed over as it comes.
//   - Nothing is allocated for a command whose reply is an item of up to 64 KiB, or which stores one.
//
// # Who holds what
//
// A Framer belongs to its connection, a Request to who parses it and runs it, and points into the bytes that it was parsed from, which must
// stay as they are until it was run. Both are used without a lock: parsing happens outside gates and section. Runner.Run is called under the loop's gate
// or in the exclusive section; a Request that must have the section from the beginning says so (Writes), one that finds out on its way, since an item
// that is asked for its number has none yet, changes nothing and asks to be run again there (Again). One whose reply is long asks to be run
// on a view (Long).
//
// # Items
//
// An item is a string of one database. Its flags, its number for cas and its marks are the string's datatypes.Note (docs/decisions/0013). A key of
// another type is a miss to whatever reads, set takes its place, and everything else fails and changes nothing.
//
// # Where it differs from memcached
//
//   - incr and decr store a number without blanks behind it, where memcached pads it to the length that the value had: it is an integer to RESP too.
//   - mg's h and me's fetch tell of those only who have asked with h, l or t, or with me; l and la are exact where each key has a clock of
//     its own (maxmemory-policy lru or lfu) and of one among some dozens of neighbours otherwise.
//   - There are no slabs, no crawler and no watchers: their commands answer as they do where they are switched off.
//   - The flags E, x and, with ms, N of newer versions are known. An unknown opcode with a key is passed over whole.
//
// Begin reading in store.go and request.go, then framer.go, text.go, meta.go, binary.go for how commands are parsed, and run.go and its
// neighbours for what they do.
package memcached
