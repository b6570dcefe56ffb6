package rope

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// ChunkBytes is the size of a chunk, and the length from which a string is worth a rope.
const ChunkBytes = 64 << 10

// nodeChunks is how many chunks a node holds.
const nodeChunks = 256

// Rope is a long string. Changing methods need a rope that Own has returned under the same hold of the store.
type Rope struct {
	// madeAt is the header's own making, sharedAt when its nodes were last shared.
	madeAt, sharedAt uint64
	size             int
	live             int64
	nodes            []*node
}

type node struct {
	madeAt uint64
	chunks []chunk
}

// chunk holds bytes; made at 0, they are not its own.
type chunk struct {
	madeAt uint64
	bytes  []byte
}

// Sizes of these structures on a 64-bit machine; a test compares them with the compiler's.
const (
	ropeBytes = 56
	nodeBytes = 32
	chunkRef  = 32
)

// zeros is what has never been written. Nothing changes it: a chunk made at 0 is older than any bar.
var zeros [ChunkBytes]byte

// New makes an empty rope.
func New(space *page.Space) *Rope { return &Rope{madeAt: space.Now(), live: ropeBytes} }

// Adopt makes a rope of a value, which it keeps: nobody else may change it from then on. O(chunks).
func Adopt(space *page.Space, value []byte) *Rope {
	r := New(space)
	for from := 0; from < len(value); from += ChunkBytes {
		to := min(from+ChunkBytes, len(value))
		r.add(space, chunk{space.Now(), value[from:to:to]})
	}
	r.size = len(value)
	r.live += int64(len(value))
	return r
}

// Len is the string's length in bytes.
func (r *Rope) Len() int { return r.size }

// Bytes is what the rope takes: what was written, and its nodes. O(1).
func (r *Rope) Bytes() int64 { return r.live }

// AllocatedBytes is the same: what is free in its last chunk is not counted. O(1).
func (r *Rope) AllocatedBytes() int64 { return r.live }

// Own returns a rope that may be changed: r, or a copy of its header if an open view sees it. The caller puts it in r's place.
func (r *Rope) Own(space *page.Space) *Rope {
	if r.madeAt > space.Bar() {
		return r
	}
	mine := *r
	mine.madeAt, mine.nodes = space.Now(), slices.Clone(r.nodes)
	return &mine
}

// Share returns a second rope with the same bytes; both may change from then on. O(nodes): what is common is copied as it changes.
// r must be owned.
func (r *Rope) Share(space *page.Space) *Rope {
	r.sharedAt = space.Mark()
	other := *r
	other.madeAt, other.nodes = space.Now(), slices.Clone(r.nodes)
	return &other
}

// limit is the moment up to which nodes are another's too, leafLimit the same for chunks, at the place of the edit (page.Space.Enter).
func (r *Rope) limit(space *page.Space) uint64     { return max(space.Bar(), r.sharedAt) }
func (r *Rope) leafLimit(space *page.Space) uint64 { return max(space.LeafBar(), r.sharedAt) }

// node returns the node of that index to be changed.
func (r *Rope) node(space *page.Space, index int) *node {
	n := r.nodes[index]
	if n.madeAt <= r.limit(space) {
		n = &node{space.Now(), append(make([]chunk, 0, nodeChunks), n.chunks...)}
		r.nodes[index] = n
	}
	return n
}

// add appends a chunk.
func (r *Rope) add(space *page.Space, c chunk) {
	last := len(r.nodes) - 1
	if last < 0 || len(r.nodes[last].chunks) == nodeChunks {
		r.nodes = append(r.nodes, &node{madeAt: space.Now()})
		r.live += nodeBytes + 8
		last++
	}
	n := r.node(space, last)
	n.chunks = append(n.chunks, c)
	r.live += chunkRef
}

// Append adds bytes at the end.
func (r *Rope) Append(space *page.Space, p []byte) {
	for len(p) > 0 {
		if r.size%ChunkBytes == 0 {
			r.add(space, chunk{madeAt: space.Now()})
		}
		c := r.chunk(space, r.size, min(ChunkBytes, r.size%ChunkBytes+len(p)))
		n := copy(c.bytes[r.size%ChunkBytes:], p)
		p, r.size = p[n:], r.size+n
	}
}

// chunk returns the chunk of that position to be changed, with so many bytes at least.
func (r *Rope) chunk(space *page.Space, position, size int) *chunk {
	number := position / ChunkBytes
	n := r.node(space, number/nodeChunks)
	c := &n.chunks[number%nodeChunks]
	had := len(c.bytes)
	if c.written() {
		r.live -= int64(had)
	}
	size = max(size, had)
	switch {
	case c.madeAt <= r.leafLimit(space):
		space.Displace(had)
		*c = chunk{space.Now(), append(make([]byte, 0, size), c.bytes...)[:size]}
	case size > cap(c.bytes):
		c.bytes = append(make([]byte, 0, min(ChunkBytes, max(size, 2*had))), c.bytes...)[:size]
	default:
		c.bytes = c.bytes[:size]
		clear(c.bytes[had:])
	}
	r.live += int64(size)
	return c
}

// written tells whether the chunk's bytes are memory of their own.
func (c *chunk) written() bool { return len(c.bytes) > 0 && &c.bytes[0] != &zeros[0] }

// Grow makes the string at least that long, with zeros at the end. O(chunks).
func (r *Rope) Grow(space *page.Space, size int) {
	if rest := min(size, (r.size+ChunkBytes-1)/ChunkBytes*ChunkBytes) - r.size; rest > 0 {
		r.chunk(space, r.size, r.size%ChunkBytes+rest)
		r.size += rest
	}
	for r.size < size {
		n := min(ChunkBytes, size-r.size)
		r.add(space, chunk{0, zeros[:n:n]})
		r.size += n
	}
}

// WriteAt writes p at a position, growing the string if need be.
func (r *Rope) WriteAt(space *page.Space, position int, p []byte) {
	r.Grow(space, position)
	for len(p) > 0 && position < r.size {
		c := r.chunk(space, position, 0)
		n := copy(c.bytes[position%ChunkBytes:], p)
		p, position = p[n:], position+n
	}
	r.Append(space, p)
}

// Range yields the bytes from one position up to another in pieces until yield returns false. They are the rope's, for reading.
func (r *Rope) Range(from, to int, yield func([]byte) bool) {
	for to = min(to, r.size); from < to; {
		number := from / ChunkBytes
		start := number * ChunkBytes
		piece := r.nodes[number/nodeChunks].chunks[number%nodeChunks].bytes
		if !yield(piece[from-start : min(len(piece), to-start)]) {
			return
		}
		from = start + ChunkBytes
	}
}
