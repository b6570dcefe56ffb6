package resp

import (
	"sync"

	"github.com/tidwall/redcon"
)

const (
	// blockSize is the size of a pooled buffer, as PROTO_REPLY_CHUNK_BYTES.
	blockSize = 16 << 10
	// smallBlockSize is the size of the first buffer of one who is sent a few messages, with many others.
	smallBlockSize = 1 << 10
	// largeBulk is the size from which a bulk gets memory of its own instead of being spread over blocks.
	largeBulk = 64 << 10
	// headerSize is room for one type byte, a 64-bit number and \r\n.
	headerSize = 24
	// joinBytes is how much is moved at most to close the gap behind a deferred length.
	joinBytes = 1 << 10
	// segmentBytes is what a segment itself takes, for MemoryBytes.
	segmentBytes = 80
)

// Writer holds the replies that one client has not been sent yet, and knows the protocol it speaks. The zero value is
// ready, speaks RESP2 and holds nothing.
//
// The bytes lie in a list of segments:
//
//	head                                                          tail
//	[ block, 16 KiB ] → [ large bulk, exact ] → [ shared ] → [ block, room left ]
//	  ^ Advance cuts here                              small replies are added ^
//
// Blocks come from a pool when bytes appear and go back as they drain, so an idle client holds none, and no byte is moved
// again however much is pending. A deferred length is a hole between two segments that share a block:
//
//	block: [ what came before | slot, 24 bytes | what follows ... ]
//
// The header is written at the slot's end, so that it and what follows are one segment; where little follows, it is moved
// down to join what came before as well. Ownership of a block lies with the last segment that uses it.
//
// All costs are of the bytes added; Len and MemoryBytes are O(1). Not safe for concurrent use.
type Writer struct {
	head, tail *segment
	pending    int64
	held       int64
	resp3      bool
	muted      bool
}

type segment struct {
	next, prev *segment
	buf        []byte // what is to be sent; in the tail, bytes are added up to its capacity
	block      []byte // the pooled buffer that buf lies in, whole; nil where there is none or a later segment has it
	extra      int    // bytes of memory beside the block that MemoryBytes counts
	hole       bool
}

// Package-level because a pool serves all connections and holds nothing but spare memory.
var (
	blocks      = sync.Pool{New: func() any { return new([blockSize]byte) }}
	smallBlocks = sync.Pool{New: func() any { return new([smallBlockSize]byte) }}
	segments    = sync.Pool{New: func() any { return new(segment) }}
)

// SetProto chooses the protocol of what is written from now on: 2 or 3.
func (w *Writer) SetProto(version int) { w.resp3 = version >= 3 }

// Proto is 2 or 3.
func (w *Writer) Proto() int {
	if w.resp3 {
		return 3
	}
	return 2
}

// Mute discards everything written while on is set, for CLIENT REPLY OFF and SKIP. What is pending stays. Pushes to a
// muted client are written unmuted, as in Redis.
func (w *Writer) Mute(on bool) { w.muted = on }

// Muted tells whether replies are discarded.
func (w *Writer) Muted() bool { return w.muted }

// Len is the number of bytes not sent yet. A deferred length that isn't set yet counts nothing.
func (w *Writer) Len() int64 { return w.pending }

// MemoryBytes is what the segments hold: blocks whole, large bulks, shared payloads in full.
func (w *Writer) MemoryBytes() int64 { return w.held }

// Segments appends up to max pieces of what is pending, in order, to dst, for writev. They are valid until the next call
// of Advance or Reset. Nothing behind a deferred length that isn't set yet is given.
func (w *Writer) Segments(dst [][]byte, max int) [][]byte {
	for s := w.head; s != nil && !s.hole && max > 0; s = s.next {
		if len(s.buf) > 0 {
			dst = append(dst, s.buf)
			max--
		}
	}
	return dst
}

// Advance drops the first n bytes, which were sent; n is at most what Segments gave. Memory that is drained is given back.
func (w *Writer) Advance(n int) {
	for s := w.head; s != nil && !s.hole; s = w.head {
		if n < len(s.buf) {
			s.buf = s.buf[n:]
			w.pending -= int64(n)
			return
		}
		n -= len(s.buf)
		w.pending -= int64(len(s.buf))
		w.remove(s)
	}
}

// Reset drops everything pending and gives the memory back. Protocol and muting stay. Deferred lengths that aren't set yet
// must not be set any more.
func (w *Writer) Reset() {
	for w.head != nil {
		w.remove(w.head)
	}
	w.pending = 0
}

// Rewind is Reset, but that a single block is kept for what is written next.
func (w *Writer) Rewind() {
	if s := w.head; s != nil && s == w.tail && s.block != nil && !s.hole {
		s.buf, w.pending = s.block[:0], 0
		return
	}
	w.Reset()
}

// Truncate takes back what was written since Len was what is given. No deferred length is open, and nothing of it was sent.
func (w *Writer) Truncate(length int64) {
	for w.pending > length {
		s := w.tail
		if over := w.pending - length; over < int64(len(s.buf)) {
			kept := len(s.buf) - int(over)
			if s.buf = s.buf[:kept]; s.block == nil {
				s.buf = s.buf[:kept:kept] // what follows may be another's
			}
			w.pending = length
			return
		}
		w.pending -= int64(len(s.buf))
		w.remove(s)
	}
}

// Take moves everything that from holds behind what w holds, without copying, and leaves from empty. from has no deferred
// length open. If w is muted the bytes are dropped.
func (w *Writer) Take(from *Writer) {
	if w.muted {
		from.Reset()
	}
	if from.head == nil {
		return
	}
	if w.tail == nil {
		w.head = from.head
	} else {
		w.tail.next, from.head.prev = from.head, w.tail
	}
	w.tail = from.tail
	w.pending += from.pending
	w.held += from.held
	from.head, from.tail, from.pending, from.held = nil, nil, 0, 0
}

// room is the tail, with at least n bytes of room; n is at most blockSize.
func (w *Writer) room(n int) *segment {
	if s := w.tail; s != nil && cap(s.buf)-len(s.buf) >= n {
		return s
	}
	return w.addBlock(blockSize)
}

// addBlock appends an empty block of one of the two sizes.
func (w *Writer) addBlock(size int) *segment {
	block := getBlock(size)
	s := w.add(block[:0], 0)
	s.block = block
	w.held += int64(size)
	return s
}

func getBlock(size int) []byte {
	if size == smallBlockSize {
		return smallBlocks.Get().(*[smallBlockSize]byte)[:]
	}
	return blocks.Get().(*[blockSize]byte)[:]
}

func putBlock(block []byte) {
	if len(block) == smallBlockSize {
		smallBlocks.Put((*[smallBlockSize]byte)(block))
	} else {
		blocks.Put((*[blockSize]byte)(block))
	}
}

// add appends a segment; extra is the memory behind buf that isn't a block's.
func (w *Writer) add(buf []byte, extra int) *segment {
	s := segments.Get().(*segment)
	s.buf, s.prev, s.extra = buf, w.tail, segmentBytes+extra
	if w.tail == nil {
		w.head = s
	} else {
		w.tail.next = s
	}
	w.tail = s
	w.held += int64(s.extra)
	return s
}

// remove takes a segment out of the list and gives its memory back.
func (w *Writer) remove(s *segment) {
	if s.prev == nil {
		w.head = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		w.tail = s.prev
	} else {
		s.next.prev = s.prev
	}
	w.held -= int64(s.extra)
	if s.block != nil {
		w.held -= int64(len(s.block))
		putBlock(s.block)
	}
	*s = segment{}
	segments.Put(s)
}

// write copies p, over as many blocks as it takes, or into a segment of its own where it is large.
func write[T []byte | string](w *Writer, p T) {
	w.pending += int64(len(p))
	if len(p) > largeBulk {
		own := append([]byte(nil), p...)
		w.add(own[:len(own):len(own)], cap(own))
		return
	}
	for len(p) > 0 {
		s := w.room(1)
		n := min(len(p), cap(s.buf)-len(s.buf))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
	}
}

// Deferred is a length to be written once it is known, at the place where Defer was called. The zero value is of a muted
// writer and may be set without effect.
type Deferred struct{ hole *segment }

// Defer leaves room for the length of an aggregate. It must be set, once, before anything behind it can be sent.
func (w *Writer) Defer() Deferred {
	if w.muted {
		return Deferred{}
	}
	before := w.room(2 * headerSize)
	end := len(before.buf) + headerSize
	block := before.block
	before.block = nil
	hole := w.add(before.buf[len(before.buf):end], 0)
	hole.hole = true
	after := w.add(before.buf[end:end], 0)
	after.block = block
	return Deferred{hole}
}

// SetDeferredArray sets the length of an array of n elements.
func (w *Writer) SetDeferredArray(d Deferred, n int) { w.setDeferred(d, '*', n) }

// SetDeferredMap sets the length of a map of n pairs.
func (w *Writer) SetDeferredMap(d Deferred, n int) {
	if w.resp3 {
		w.setDeferred(d, '%', n)
	} else {
		w.setDeferred(d, '*', 2*n)
	}
}

// SetDeferredSet sets the length of a set of n members.
func (w *Writer) SetDeferredSet(d Deferred, n int) { w.setDeferred(d, w.kind('~'), n) }

// SetDeferredPush sets the length of a push of n elements.
func (w *Writer) SetDeferredPush(d Deferred, n int) { w.setDeferred(d, w.kind('>'), n) }

func (w *Writer) setDeferred(d Deferred, kind byte, n int) {
	hole := d.hole
	if hole == nil || !hole.hole {
		return
	}
	var space [headerSize]byte
	header := appendHeader(space[:0], kind, n)
	w.pending += int64(len(header))
	before, after := hole.prev, hole.next
	joined := hole
	if before != nil && len(after.buf) <= joinBytes {
		before.buf = append(append(before.buf, header...), after.buf...)
		joined = before
		w.remove(hole)
	} else {
		start := headerSize - len(header)
		copy(hole.buf[start:headerSize], header)
		hole.buf = hole.buf[start : headerSize+len(after.buf)]
		hole.hole = false
	}
	joined.block, after.block = after.block, nil
	w.remove(after)
}

// appendHeader appends a type byte, a number and \r\n.
func appendHeader(b []byte, kind byte, n int) []byte {
	start := len(b)
	b = redcon.AppendArray(b, n)
	b[start] = kind
	return b
}
