// Package rope holds long strings in chunks of 64 KiB, so that a change touches what it changes.
//
//	Rope: size, nodes ─> node: up to 256 chunks ─> chunk, 64 KiB, the last one as long as need be
//	                     node                      chunk
//	                     ...                       ...
//
// Every chunk but the last is full: a position divided by the chunk's size is its number. What was never written (SETBIT far beyond the
// end) is one chunk of zeros that all ropes share and none changes, so that it costs nothing until it is written to. A value that came in
// one piece stays where it is, its chunks being parts of it.
//
// Ropes are trees in the sense of package page and follow its rule of copying, chunk by chunk: with a view open, a change of one byte
// copies 64 KiB, a node and the header.
//
// Costs: Append and WriteAt are O(bytes written), amortized; a rope takes its bytes and 32 a chunk, and the last chunk may be twice as large
// as what is in it. Limits: none but memory; positions are ints.
package rope
