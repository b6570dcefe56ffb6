package dict

import (
	"encoding/binary"
	"math/bits"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Places in a page's header, and its size.
const (
	atMade      = 0
	atCount     = 8
	atHeap      = 10
	atDepth     = 12
	atPacked    = 13
	headerBytes = 16
)

const (
	// maxEntries bounds a page of tiny entries, so that few fingerprints are alike.
	maxEntries = 128
	// maxEntryBytes is the largest entry that lies in its page.
	maxEntryBytes = 256
	// maxInlineKey is the longest key of an entry that lies in its page.
	maxInlineKey = 125
	// slotBytes is what an entry takes beside itself: fingerprint and offset.
	slotBytes = 3
)

// Marks in the second byte of an entry.
const (
	markTree     = 0x80
	markStubTree = 0xfe
	markStub     = 0xff
)

const (
	stubBytes     = 4
	stubTreeBytes = 6
)

// Places in a block, and the size of its header.
const (
	atBlockKey     = 8
	atBlockPayload = 12
	blockHeader    = 16
)

var little = binary.LittleEndian

func u16(b []byte) int       { return int(little.Uint16(b)) }
func putU16(b []byte, n int) { little.PutUint16(b, uint16(n)) }

// leaf is a page as bytes, and what is read and written in it.
type leaf []byte

func (p leaf) made() uint64 { return little.Uint64(p[atMade:]) }
func (p leaf) count() int   { return u16(p[atCount:]) }
func (p leaf) depth() int   { return int(p[atDepth]) }

// heap is how many bytes its entries take.
func (p leaf) heap() int { return u16(p[atHeap:]) }

// windowBytes is how many fingerprints a search looks at before it looks at all of them, and the least that a page has room for.
const windowBytes = 16

// eights rounds the fingerprints' number up.
func eights(count int) int { return max((count+7)&^7, windowBytes) }

// need is the size of a page with so many entries of so many bytes in all.
func need(count, heap int) int { return headerBytes + eights(count) + 2*count + heap }

// offsetAt is where the offset of entry i stands, with so many entries.
func offsetAt(count, i int) int { return headerBytes + eights(count) + 2*i }

// start is where entry i begins.
func (p leaf) start(i int) int { return len(p) - u16(p[offsetAt(p.count(), i):]) }

// total is the size of the entry that begins at start.
func (p leaf) total(start int) int { return int(p[start]) + 1 }

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// find returns the number of key's entry and where it begins, or a number below 0.
//
// Fingerprints are in rising order, so that one lies about where its value says. Two words around that place, compared without a branch an
// entry, hold it and its neighbours in nearly every case; if they don't, the search goes through all.
func (p leaf) find(refs *references, fingerprint byte, key []byte) (index, start int) {
	count := p.count()
	slots := p[headerBytes:]
	room := eights(count)
	from := min(max(int(fingerprint)*count>>8-windowBytes/2, 0), room-windowBytes)
	window := slots[from : from+windowBytes]
	pattern := uint64(fingerprint) * everyByte
	low, high := marks(little.Uint64(window), pattern), marks(little.Uint64(window[8:]), pattern)
	for ; low != 0; low &= low - 1 {
		i := from + bits.TrailingZeros64(low)>>3
		if i < count {
			if start = len(p) - u16(slots[room+2*i:]); p.hasKey(refs, start, key) {
				return i, start
			}
		}
	}
	for ; high != 0; high &= high - 1 {
		i := from + 8 + bits.TrailingZeros64(high)>>3
		if i < count {
			if start = len(p) - u16(slots[room+2*i:]); p.hasKey(refs, start, key) {
				return i, start
			}
		}
	}
	if (from == 0 || window[0] < fingerprint) && (from+windowBytes >= count || window[windowBytes-1] > fingerprint) {
		return -1, 0
	}
	return p.findAnywhere(refs, fingerprint, key)
}

// marks has the highest bit of each byte set in which word and pattern agree. It may mark a byte above such a one too: the key decides.
func marks(word, pattern uint64) uint64 {
	word ^= pattern
	return (word - everyByte) &^ word & highBits
}

// findAnywhere is find where the fingerprints aren't spread evenly.
func (p leaf) findAnywhere(refs *references, fingerprint byte, key []byte) (index, start int) {
	count := p.count()
	for i := p.rank(fingerprint); i < count && p[headerBytes+i] == fingerprint; i++ {
		if start = p.start(i); p.hasKey(refs, start, key) {
			return i, start
		}
	}
	return -1, 0
}

// rank is how many fingerprints are smaller. They are in rising order, so that the place lies about where the value says.
func (p leaf) rank(fingerprint byte) int {
	count := p.count()
	prints := p[headerBytes : headerBytes+count]
	i := int(fingerprint) * count >> 8
	for i > 0 && prints[i-1] >= fingerprint {
		i--
	}
	for i < count && prints[i] < fingerprint {
		i++
	}
	return i
}

// hasKey tells whether the entry that begins at start has that key.
func (p leaf) hasKey(refs *references, start int, key []byte) bool {
	mark := p[start+1]
	if mark >= markStubTree {
		return string(blockKey(refs.blocks[u16(p[start+2:])])) == string(key)
	}
	length := int(mark &^ markTree)
	return length == len(key) && string(p[start+2:start+2+length]) == string(key)
}

// item is entry i in full.
func (p leaf) item(refs *references, i int) Item { return p.itemAt(refs, p.start(i)) }

// itemAt is the entry that begins at start.
func (p leaf) itemAt(refs *references, start int) (it Item) {
	end := start + p.total(start)
	switch mark := p[start+1]; {
	case mark == markStub, mark == markStubTree:
		block := refs.blocks[u16(p[start+2:])]
		it.Key, it.Payload = blockKey(block), blockPayload(block)
		if mark == markStubTree {
			it.Tree = refs.trees[u16(p[start+4:])]
		}
	case mark&markTree != 0:
		key := start + 2 + int(mark&^markTree)
		it.Key, it.Payload, it.Tree = p[start+2:key:key], p[key:end-2:end-2], refs.trees[u16(p[end-2:])]
	default:
		key := start + 2 + int(mark)
		it.Key, it.Payload = p[start+2:key:key], p[key:end:end]
	}
	return it
}

// key is the key of entry i.
func (p leaf) key(refs *references, i int) []byte {
	start := p.start(i)
	mark := p[start+1]
	if mark >= markStubTree {
		return blockKey(refs.blocks[u16(p[start+2:])])
	}
	return p[start+2 : start+2+int(mark&^markTree)]
}

// numbers are the places in which the entry that begins at start names its block and its tree; 0 if it has none.
func (p leaf) numbers(start int) (block, tree int) {
	switch mark := p[start+1]; {
	case mark == markStub:
		return start + 2, 0
	case mark == markStubTree:
		return start + 2, start + 4
	case mark&markTree != 0:
		return 0, start + p.total(start) - 2
	}
	return 0, 0
}

// resize gives entry i another size, keeping its first bytes; the page has room. Returns where the entry begins now.
func (p leaf) resize(i, total int) int {
	count, heap, start := p.count(), p.heap(), p.start(i)
	old := p.total(start)
	grow := total - old
	if grow == 0 {
		return start
	}
	low := len(p) - heap
	if grow > 0 {
		copy(p[low-grow:], p[low:start+old])
	} else {
		copy(p[low-grow:start-grow+total], p[low:start+total])
	}
	p.shift(count, len(p)-start, grow)
	putU16(p[atHeap:], heap+grow)
	p[start-grow] = byte(total - 1)
	return start - grow
}

const (
	everyWord = 0x0001000100010001
	highWords = 0x8000800080008000
)

// shift adds to the offsets of those entries that lie at distance or beyond, four at a time.
func (p leaf) shift(count, distance, by int) {
	offsets := p[offsetAt(count, 0):offsetAt(count, count)]
	if len(p) <= page.MaxBytes {
		// No offset uses its highest bit, so that it can tell the outcome of a comparison; none of them overflows into the next.
		least, more, less := uint64(distance)*everyWord, uint64(max(by, 0)), uint64(max(-by, 0))
		for ; len(offsets) >= 8; offsets = offsets[8:] {
			four := little.Uint64(offsets)
			beyond := (four | highWords - least) >> 15 & everyWord
			little.PutUint64(offsets, four+beyond*more-beyond*less)
		}
	}
	for ; len(offsets) >= 2; offsets = offsets[2:] {
		if d := u16(offsets); d >= distance {
			putU16(offsets, d+by)
		}
	}
}

// add makes room for an entry of so many bytes; the page has it. Returns the entry's number and where it begins.
func (p leaf) add(fingerprint byte, total int) (i, start int) {
	count, heap := p.count(), p.heap()+total
	i = count
	if count > 0 && p[headerBytes+count-1] > fingerprint {
		i = p.rank(fingerprint)
	}
	before, after := headerBytes+eights(count), headerBytes+eights(count+1)
	copy(p[after+2*i+2:], p[before+2*i:before+2*count])
	copy(p[after:], p[before:before+2*i])
	copy(p[headerBytes+i+1:], p[headerBytes+i:headerBytes+count])
	p[headerBytes+i] = fingerprint
	putU16(p[after+2*i:], heap)
	putU16(p[atCount:], count+1)
	putU16(p[atHeap:], heap)
	start = len(p) - heap
	p[start] = byte(total - 1)
	return i, start
}

// remove takes entry i out.
func (p leaf) remove(i int) {
	count, heap, start := p.count(), p.heap(), p.start(i)
	total, low := p.total(start), len(p)-heap
	copy(p[low+total:], p[low:start])
	p.shift(count, len(p)-start+1, -total)
	before, after := headerBytes+eights(count), headerBytes+eights(count-1)
	copy(p[headerBytes+i:], p[headerBytes+i+1:headerBytes+count])
	copy(p[after:], p[before:before+2*i])
	copy(p[after+2*i:], p[before+2*i+2:before+2*count])
	putU16(p[atCount:], count-1)
	putU16(p[atHeap:], heap-total)
}

// copyTo makes to, a piece of memory that is large enough, a page like p.
func (p leaf) copyTo(to leaf, made uint64) {
	count, heap := p.count(), p.heap()
	copy(to, p[:offsetAt(count, count)])
	copy(to[len(to)-heap:], p[len(p)-heap:])
	little.PutUint64(to[atMade:], made)
	to[atPacked] = 0
}

// packed tells whether the page lies in a slab.
func (p leaf) packed() bool { return p[atPacked] != 0 }

// begin makes p an empty page.
func (p leaf) begin(made uint64, depth int) {
	clear(p[:headerBytes])
	little.PutUint64(p[atMade:], made)
	p[atDepth] = byte(depth)
}

func blockMade(block []byte) uint64 { return little.Uint64(block) }

func blockKey(block []byte) []byte {
	end := blockHeader + int(little.Uint32(block[atBlockKey:]))
	return block[blockHeader:end:end]
}

func blockPayload(block []byte) []byte {
	key := blockHeader + int(little.Uint32(block[atBlockKey:]))
	end := key + int(little.Uint32(block[atBlockPayload:]))
	return block[key:end:end]
}

// blockNeed is the size of a block as it lies.
func blockNeed(block []byte) int {
	return blockHeader + int(little.Uint32(block[atBlockKey:])) + int(little.Uint32(block[atBlockPayload:]))
}

// makeBlock makes a block with a key and room for a payload.
func makeBlock(space *page.Space, key []byte, payload int) []byte {
	block := space.Alloc(blockHeader + len(key) + payload)
	little.PutUint64(block, space.Now())
	little.PutUint32(block[atBlockKey:], uint32(len(key)))
	little.PutUint32(block[atBlockPayload:], uint32(payload))
	copy(block[blockHeader:], key)
	return block
}
