// Package snapshot is what stands between the keyspace and Redis's dump format: it writes a view of all keys as an RDB file, builds keys
// of one, and does the same for single values (DUMP, RESTORE).
//
//	datatypes.View ──Write──> rdb.Encoder, several at once ──> rdb.Output ──> a file, a socket
//	rdb.Reader ──cut──> values ──Builder──> collections in spaces apart ──Load──> datatypes.Store
//
// # Promises
//
// Write reads nothing but the view, holds no lock and may take as long as it likes. What it writes is the keys as they were when the view was
// opened, expired ones too. Load puts keys into a store that nobody else uses; what it has put there when it fails is for nothing. Neither knows
// files, clocks or clients: time comes in as an argument, bytes by io.Reader and io.Writer.
//
// What version 10 of the format has no place for stands in a fact `cinnabar-...` right before its key, which others skip.
package snapshot
