package expiry

import "encoding/binary"

const (
	// hashBytes is what is kept of a hash, its leading bits; droppedBits is the rest. A dictionary of a thousand million keys finds one key
	// in a thousand by mistake.
	hashBytes   = 5
	droppedBits = 64 - 8*hashBytes
	// fullBytes is how much of a piece of the largest size is used.
	fullBytes = maxPiece / hashBytes * hashBytes
)

// bucket is a stack of hashes: in its top piece, below which all pieces are full.
type bucket struct {
	tick int64
	top  *piece
	// used counts the bytes of top that hold hashes, below the pieces under it.
	used, below uint32
}

// bucketBytes is what a bucket takes.
const bucketBytes = 24

// push adds a masked hash, unless it is the one that was added last.
func (b *bucket) push(hash uint64, pieces *pieces) bool {
	if b.top == nil {
		b.top = pieces.alloc(minPiece)
	}
	data := b.top.data
	if b.used > 0 && load(data[b.used-hashBytes:]) == hash {
		return false
	}
	if int(b.used)+hashBytes > len(data) {
		b.grow(pieces)
		data = b.top.data
	}
	store(data[b.used:b.used+hashBytes], hash)
	b.used += hashBytes
	return true
}

func load(place []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(place))<<droppedBits | uint64(place[4])<<(droppedBits+32)
}

func store(place []byte, hash uint64) {
	binary.LittleEndian.PutUint32(place, uint32(hash>>droppedBits))
	place[4] = byte(hash >> (droppedBits + 32))
}

// grow makes room above a top piece that is full: the next larger one in its place, or another one on it.
func (b *bucket) grow(pieces *pieces) {
	full := b.top
	if size := len(full.data); size < maxPiece {
		b.top = pieces.alloc(size + 1)
		copy(b.top.data, full.data)
		b.top.next = full.next
		pieces.free(full)
		return
	}
	b.below++
	size := maxPiece
	if b.below < manyPieces {
		size = secondPiece
	}
	b.top = pieces.alloc(size)
	b.top.next = full
	b.used = 0
}

// pop takes out the last hash. An empty bucket has no piece.
func (b *bucket) pop(pieces *pieces) uint64 {
	b.used -= hashBytes
	hash := load(b.top.data[b.used:])
	if b.used == 0 {
		empty := b.top
		b.top = empty.next
		pieces.free(empty)
		if b.top != nil {
			b.below--
			b.used = fullBytes
		}
	}
	return hash
}
