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
// What Load builds shows the encodings that Redis 7.0.15 gives the same values when it loads them. A value in which something comes twice, or
// whose bytes are broken, is an error with its key and its place in the file. Streams are kept, and written back, in the bytes they came in.
//
// # Costs
//
// Write allocates nothing for a key, Load nothing but what the store keeps and some 20 MiB for keys that wait. What a key costs when it is
// loaded is mostly waiting for memory; build.go says what is done about it. On a busy machine of two processors, in processor time: a string
// of 16/32 bytes 0.9 us, with a deadline 0.9, a hash of 8 fields 2.2, a set of 20 numbers 1.4, a sorted set of 10 members 2.1, a list of 10
// items 1.4; two workers take about half of that by the clock. redis-server 7.0.15, alone, took 0.9 to 1.1 us for the string, 1.5 with a
// deadline, and 0.6 to 1.4 for the collections, whose packed bytes it copies where they are taken apart here.
//
// What version 10 of the format has no place for stands in a fact `cinnabar-...` right before its key, which others skip.
//
// Begin reading in value.go and builder.go (one value), then write.go, load.go, build.go.
package snapshot
