package expiry

import "slices"

const (
	// minPiece and maxPiece are the smallest and the largest size of a piece.
	minPiece, maxPiece = 16, 4096
	// secondPiece is the size at which a further piece begins, as long as there are fewer than manyPieces below it, so that little of a
	// bucket is unused.
	secondPiece, manyPieces = 512, 4
	// maxFreeBytes bounds the free lists of an index.
	maxFreeBytes = 64 << 10
)

// sizes are those of pieces, all of them sizes that Go's allocator has.
var sizes = [...]int{minPiece, 32, 48, 64, 96, 128, 192, 256, 384, secondPiece, 768, 1024, 1536, 2048, 3072, maxPiece}

// piece is memory for hashes.
type piece struct {
	data []byte
	// next is the piece below it in its bucket, or behind it in its free list.
	next *piece
}

// pieceBytes is what a piece takes beside its data.
const pieceBytes = 32

// pieces is the memory of an index.
type pieces struct {
	// lists are free pieces by size; freeBytes is their sum.
	lists     [len(sizes)]*piece
	freeBytes int64
	// bytes is the sum of all pieces, free or not.
	bytes int64
}

// piecesBytes is what pieces itself takes.
const piecesBytes = 8*len(sizes) + 16

// alloc returns a piece of the smallest size from size on; what is in it is undefined.
func (ps *pieces) alloc(size int) *piece {
	class, _ := slices.BinarySearch(sizes[:], size)
	if p := ps.lists[class]; p != nil {
		ps.lists[class], p.next = p.next, nil
		ps.freeBytes -= p.bytes()
		return p
	}
	p := &piece{data: make([]byte, sizes[class])}
	ps.bytes += p.bytes()
	return p
}

// free takes back what alloc gave.
func (ps *pieces) free(p *piece) {
	if ps.freeBytes+p.bytes() > maxFreeBytes {
		ps.bytes -= p.bytes()
		return
	}
	class, _ := slices.BinarySearch(sizes[:], len(p.data))
	p.next = ps.lists[class]
	ps.lists[class] = p
	ps.freeBytes += p.bytes()
}

func (p *piece) bytes() int64 { return int64(pieceBytes + len(p.data)) }
