// Package rdb is Redis's dump format: bytes in, bytes out. It knows no store, no file and no clock; the caller brings readers, writers and
// times, and builds or walks the values.
//
// # The format
//
//	file      "REDIS0010" | part ... | 0xff | CRC-64, u64              (the checksum from version 5 on; 0: there is none)
//
//	part      0xfa name value             AUX: a fact beside the data; whoever doesn't know it skips it
//	          0xfe length                 SELECTDB: the keys that follow are of this database
//	          0xfb length length          RESIZEDB: how many keys, and how many of them have deadlines
//	          0xf5 string                 FUNCTION2: the code of a library (0xf6: as 7.0's release candidates wrote it)
//	          0xf7 ...                    MODULE_AUX: data of a module, skipped
//	          0xf4 length length length   SLOT_INFO: sizes of a slot of a cluster, skipped
//	          entry
//
//	entry     [0xfc i64 | 0xfd i32]       deadline in milliseconds or seconds since 1970
//	          [0xf8 length] [0xf9 u8]     idle seconds; logarithmic frequency
//	          type, u8 | key, string | value
//
//	length    00xxxxxx                    6 bits
//	          01xxxxxx u8                 14 bits
//	          0x80 u32, 0x81 u64          in network byte order, as all lengths; everything else is little-endian
//
//	string    length, so many bytes
//	          0xc0 i8, 0xc1 i16, 0xc2 i32                 a string that reads as this integer
//	          0xc3 length length, bytes                   compressed by LZF: how long it is so, and by itself
//
// What a value looks like, type by type, stands in format.go; the packed forms that lie in strings (listpack, ziplist, intset, zipmap) each
// in a file of its own. A payload of DUMP is type, value, the version as u16 and a CRC-64 of all that (dump.go).
//
// # Promises
//
// Reading: versions 1 to 12 of Redis and VALKEY080, every type in them, whatever the machine that wrote it had for directives. (VALKEY080 is
// read as it is published; nobody held it against a real writer.) Data of modules is refused by name. Whatever the bytes, the
// answer is a value or an error that says where (Error): nothing panics, hangs or recurses; time is in proportion to the bytes, and memory
// to the bytes that were read so far (LZF makes at most 88 of one). Announced lengths and counts are never believed. The packed forms are
// checked as Redis's `sanitize-dump-payload yes` checks them; that a member comes twice is the Builder's to see.
//
// Writing: versions 10, 11 and 12, so that redis-server 7.0, 7.2 or 7.4 loads them; and in such a type that the same encoding is shown after
// a reload. Streams are written in the bytes they were read in. Deadlines of fields have a place from version 12 on; before, the caller may
// put them into a fact before the entry (Encoder.Aux). Memory: a piece of about 256 KiB for each Encoder, and what lies in one string of the file (a node of a list: 8 KiB; a listpack
// or intset: all of it, up to 64 MiB; a string that is compressed: up to 32 MiB, longer ones are written as they are).
//
// # Who may call what
//
// An Output may be used by several goroutines, but its parts have an order that only the caller knows: who calls Select or End has
// made all Encoders Flush before. An Encoder and a Reader belong to one goroutine each. Several Encoders write into one Output at the same
// time: whole entries in pieces; only an entry larger than a piece holds the others up, while it is written. Decode is a function of
// its arguments: entries that a Reader has cut out (AppendRaw) are decoded by as many goroutines as there are.
//
// # Costs
//
// The checksum of a piece is made by who filled it, outside the lock, and put together by a multiplication (crc.go): what is serial in
// writing is the write itself. Per entry nothing is allocated, neither in writing nor in reading.
//
// Begin reading in format.go; then encoder.go and collections.go, reader.go and decode.go. check.go, by itself, is redis-check-rdb.
package rdb
