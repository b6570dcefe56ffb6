// Package aof is the append only log of Redis 7: its files and its records, without the store.
//
//	appendonlydir/appendonly.aof.manifest        which files count, in which order
//	              appendonly.aof.2.base.rdb      the data as of a moment, an RDB file or records
//	              appendonly.aof.7.incr.aof      what happened since, records
//	              appendonly.aof.8.incr.aof      ... the last one is being written
//	              appendonly.aof.1.base.rdb      history: a rewrite took its place, about to be deleted
//
// Manifest (manifest.go) is the first of them, Folder (folder.go, rewrite.go) the whole, step by step such that a crash between any two
// operations leaves something that loads; Encoder and Reader (encode.go, reader.go) know the records, Writer (writer.go) puts them on disk,
// Checker (check.go) is redis-check-aof. The formats and the texts are those of redis-server 7.0.15; where this package is stricter or
// milder, it says so beside the code.
//
// # What is promised
//
// A record is a command in RESP. A unit is a record by itself, or all from MULTI to EXEC. Of what was appended to a Writer, the files hold
// a beginning at any time: first units, then perhaps a torn one, never anything after it. That is so since bytes are written in the order
// of Append; what a failed write may have left is cut off before more is written; and an increment is written to only when the one before
// it is whole and synced.
//
// A position counts the bytes appended to a Writer since it was made. What lies below Released may be told to clients: it is written to
// the file (everysec, no) or synced as well (always). A failed Sync is remembered: nothing is called synced again until a rewrite has put
// the data elsewhere (Writer.Covered).
//
// # Who calls
//
// The Encoder belongs to the Writer, which any goroutine may use. Appending is a copy into memory under a small lock, in the order of the
// calls; no system call is made under it. Writing and syncing are done by whoever calls Flush or SyncIfDue, one at a time; no goroutine is
// started here, and no clock is read: time comes in as an argument. Manifest, Folder, Reader and Checker are for one goroutine at a time.
//
// Everything goes through package vfs. Begin reading at folder.go for the files, at writer.go for the life of a record.
package aof
