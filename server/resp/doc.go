// Package resp speaks the Redis protocol: it cuts what a client sent into whole frames, splits frames into words, and
// collects replies in RESP2 or RESP3. It is the only package that knows redcon.
//
//	bytes → Framer.Next → one whole, checked frame → Args → the words of a command
//	few, short words → Framer.Short → the words of a command
//	Writer.Int, Bulk, ... → segments → Segments → writev → Advance
//
// Framing follows processInlineBuffer and processMultibulkBuffer of Redis 7.0.15: what it tolerates and what it refuses, in
// its words. redcon.ReadNextCommand, which has no limits, overflows on large lengths and refuses what Redis tolerates,
// sees a frame only after the Framer has found every length in it canonical, within its limits and backed by bytes.
//
// Promises: any bytes, cut into any pieces, give the same frames and the same error as all at once; a frame's check costs
// time linear in its size however many pieces it arrives in; neither half panics on any input. A multi-bulk frame is split
// without allocating, small replies are added without allocating, and a Writer that holds no bytes holds no buffer.
//
// Neither a Framer nor a Writer may be used by two goroutines at once; there are no locks. The pools of buffers behind
// all Writers are sync.Pools.
//
// Begin reading at Framer.Next (frame.go), then Writer (writer.go).
package resp
