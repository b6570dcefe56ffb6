package counted

import (
	"encoding/binary"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Places in a page's header, and its size.
const (
	atMade      = 0
	atCount     = 8
	atFirst     = 10
	atEnd       = 12
	atDistances = 14
	atNumbers   = atDistances + 2*guides
	headerBytes = atNumbers + guides
)

// packedBit in the count marks a page that lies in a slab.
const packedBit = 1 << 15

const (
	// softEntries is the number of entries from which a page splits when it is full, though a larger piece would hold more: finding an
	// entry goes through half of them.
	softEntries = 128
	// maxEntries is what a page may hold of entries that came to be short.
	maxEntries = 2 * softEntries
	// maxEntryBytes is the longest entry that lies in its page.
	maxEntryBytes = 254
	// stubMark stands in the place of a length: the entry lies in a block.
	stubMark  = 255
	stubBytes = 3
	// blockHeader is the made-at clock of a block.
	blockHeader = 8
)

var little = binary.LittleEndian

func u16(b []byte) int       { return int(little.Uint16(b)) }
func putU16(b []byte, n int) { little.PutUint16(b, uint16(n)) }

// leaf is a page as bytes, and what is read and written in it.
type leaf []byte

func (p leaf) made() uint64 { return little.Uint64(p[atMade:]) }
func (p leaf) count() int   { return u16(p[atCount:]) &^ packedBit }
func (p leaf) packed() bool { return u16(p[atCount:])&packedBit != 0 }

// first is where the entries begin, end is where they end.
func (p leaf) first() int { return u16(p[atFirst:]) }
func (p leaf) end() int   { return u16(p[atEnd:]) }

// need is the size that holds what is in the page.
func (p leaf) need() int { return headerBytes + p.end() - p.first() }

// begin writes the header of a page that doesn't lie in a slab.
func (p leaf) begin(made uint64, count, first, end int) {
	little.PutUint64(p[atMade:], made)
	putU16(p[atCount:], count)
	p.eraseGuide()
	p.bound(first, end)
}

// bound says where the entries lie.
func (p leaf) bound(first, end int) {
	putU16(p[atFirst:], first)
	putU16(p[atEnd:], end)
}

// addCount changes the number of entries.
func (p leaf) addCount(more int) { putU16(p[atCount:], u16(p[atCount:])+more) }

// size is what the entry that begins at a position takes in the page.
func (p leaf) size(at int) int {
	if n := int(p[at]); n != stubMark {
		return n + 1
	}
	return stubBytes
}

// skip is the position so many entries behind the one that begins at a position.
func (p leaf) skip(at, entries int) int {
	for ; entries > 0; entries-- {
		n := int(p[at]) + 1
		if n > stubMark {
			n = stubBytes
		}
		at += n
	}
	return at
}

// offset is where entry i begins; for i = count it is the end.
func (p leaf) offset(i int) int {
	if i == p.count() {
		return p.end()
	}
	number, distance := p.near(i)
	return p.skip(p.first()+distance, i-number)
}

// offsets fills a table with the positions of all entries, and returns as much of it as there are.
func (p leaf) offsets(table *[maxEntries]uint16) []uint16 {
	count, at := p.count(), p.first()
	for i := range count {
		table[i] = uint16(at)
		at = p.skip(at, 1)
	}
	return table[:count]
}

// slot is a page and the blocks that its stubs lead to; refs is nil if there are none.
type slot struct {
	page leaf
	refs *references
}

// entry is the one that begins at a position.
func (s slot) entry(at int) []byte {
	n := int(s.page[at])
	if n == stubMark {
		block := s.refs.blocks[u16(s.page[at+1:])]
		return block[blockHeader:len(block):len(block)]
	}
	at++
	return s.page[at : at+n : at+n]
}

// references hold the blocks of a page by the numbers that stand in its stubs.
type references struct {
	// blocks are as long as what is in them, their capacity is what was allocated.
	blocks [][]byte
	// holes counts the numbers that nothing stands for any more; their blocks are nil.
	holes int
}

// add gives a block a number that no other had since the table was made: holes go when they are more than half of it (tidy).
func (r *references) add(block []byte) int {
	if len(r.blocks) == cap(r.blocks) {
		grown := make([][]byte, len(r.blocks), len(r.blocks)+max(1, len(r.blocks)/4))
		copy(grown, r.blocks)
		r.blocks = grown
	}
	r.blocks = append(r.blocks, block)
	return len(r.blocks) - 1
}

// bytes is what the table takes, allocated what it lies in.
func (r *references) bytes() (live, allocated int64) {
	if r == nil {
		return 0, 0
	}
	return int64(referencesBytes + len(r.blocks)*sliceBytes), int64(referencesBytes + cap(r.blocks)*sliceBytes)
}

// gather numbers the blocks of the entries between two positions of a page anew: they are added to a table, which is made if need be, and
// returned. from is the table with the old numbers.
func (r *references) gather(p leaf, first, end int, from *references) *references {
	if from == nil {
		return r
	}
	for at := first; at < end; at += p.size(at) {
		if p[at] != stubMark {
			continue
		}
		if r == nil {
			r = &references{}
		}
		putU16(p[at+1:], r.add(from.blocks[u16(p[at+1:])]))
	}
	return r
}

// sizeOf is what an entry of so many bytes takes in a page.
func sizeOf(length int) int {
	if length > maxEntryBytes {
		return stubBytes
	}
	return length + 1
}

// tooLarge tells whether a piece is so much larger than what it holds that a smaller one should take its place.
func tooLarge(piece, size int) bool { return piece > size+size/4 && page.RoundUp(size+size/4) < piece }

// open moves the bytes of a page so that its entries begin at first, and so many bytes are open in place of those between two positions.
func (p leaf) open(first, from, to, size int) {
	begin, end := p.first(), p.end()
	middle := first + from - begin + size
	// Whatever moves forward goes from the back.
	if first < begin {
		copy(p[first:], p[begin:from])
	}
	if middle != to {
		copy(p[middle:], p[to:end])
	}
	if first > begin {
		copy(p[first:], p[begin:from])
	}
	p.bound(first, middle+end-to)
}

// beginFor is where the entries of a page should begin so that its bytes between two positions can become so many, for which the page has
// room: the shorter side moves, if there is room on it.
func (p leaf) beginFor(from, to, size int) int {
	before, behind := from-p.first(), p.end()-to
	more := size - (to - from)
	free := p.first() - headerBytes
	freeBehind := len(p) - p.end()
	switch {
	case before < behind && free >= more:
		return p.first() - more
	case before > 0 && freeBehind >= more:
		return p.first()
	case behind > 0 && before > 0 && free >= more:
		return p.first() - more
	}
	// At an end that has no room, half of what is free comes there, so that the next ones find some.
	return headerBytes + (free+freeBehind-more)/2
}
