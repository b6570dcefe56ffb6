package page

import (
	"slices"
)

// MaxBytes is the largest size of a page; the next of Go's size classes would waste more than it holds.
const MaxBytes = 4096

// maxListed is the largest size that has a free list.
const maxListed = 32 << 10

// classes are Go's size classes up to maxListed in rising order, as the runtime itself tells them.
var classes = sizeClasses()

func sizeClasses() (sizes []int) {
	for n := 1; n <= maxListed; {
		size := cap(slices.Grow([]byte(nil), n))
		sizes = append(sizes, size)
		n = size + 1
	}
	return sizes
}

// byEights holds the number of the smallest class for so many times eight bytes; no class lies in between.
var byEights = classesByEights()

func classesByEights() (numbers [maxListed/8 + 1]uint8) {
	for i := range numbers {
		number, _ := slices.BinarySearch(classes, 8*i)
		numbers[i] = uint8(number)
	}
	return numbers
}

// classOf is the number of the smallest class that holds n bytes, at most maxListed.
func classOf(n int) int { return int(byEights[(n+7)/8]) }

// RoundUp is the size of the piece that Alloc gives for n bytes: up to 32 KiB one of Go's size classes, beyond a multiple of 8 KiB.
func RoundUp(n int) int {
	if n > maxListed {
		return (n + 8191) &^ 8191
	}
	return classes[classOf(n)]
}

// Space is the memory of one store: its clock and its free lists. The zero value is ready.
type Space struct {
	Clock
	// free are pieces that nobody can see, by class.
	free [][][]byte
	// freeWords are the same for AllocWords, by the number of words.
	freeWords [][][]uint32
	// freeBytes is their sum; limitBytes bounds it.
	freeBytes, limitBytes int64
	// slab is what is left of the slab that Pack cuts from; dead is what was given up of slabs since the last BeginPacking.
	slab []byte
	dead int64
	// remnants are pieces of slabs that nobody sees, by their room in units of packAlign.
	remnants [][][]byte
	// displaced is what was copied since a view was last opened with none open before it: views alone see it.
	displaced int64
	// at is where the edit under way takes place.
	at spot
}

// NewSpaceApart returns a space for trees that are made beside a store, on any goroutine, while the view of that moment is open, and become
// the store's own later (Adopt): to the store they are as old as the view, which is before anybody can see them.
func NewSpaceApart(moment uint64) *Space { return &Space{Clock: Clock{now: moment - 1}} }

// minFreeBytes is what the free lists may always hold.
const minFreeBytes = 1 << 20

// Alloc returns a piece of RoundUp(n) bytes, from the free list of its size if that has one. What it holds is undefined.
func (s *Space) Alloc(n int) []byte {
	if n > maxListed {
		return make([]byte, RoundUp(n))
	}
	i := classOf(n)
	if i < len(s.free) {
		if list := s.free[i]; len(list) > 0 {
			piece := list[len(list)-1]
			list[len(list)-1] = nil
			s.free[i] = list[:len(list)-1]
			s.freeBytes -= int64(len(piece))
			return piece
		}
	}
	return make([]byte, classes[i])
}

// Free takes back a piece that Alloc gave and that nobody can see any more: neither the store nor an open view, nor a tree that shares
// nodes with another. What doesn't fit in the free lists is left to the collector.
func (s *Space) Free(piece []byte) {
	size := len(piece)
	if size > maxListed || s.freeBytes+int64(size) > max(s.limitBytes, minFreeBytes) {
		return
	}
	s.list(piece)
}

// list puts a piece into the free list of its size.
func (s *Space) list(piece []byte) {
	size := len(piece)
	i := classOf(size)
	if classes[i] != size {
		panic("page: freed what Alloc did not give")
	}
	if s.free == nil {
		s.free = make([][][]byte, len(classes))
	}
	s.free[i] = append(s.free[i], piece)
	s.freeBytes += int64(size)
}

const (
	// slabBytes is the size of a slab: some forty pages, so that its end, where the next page didn't fit, is about a hundredth of it.
	slabBytes = 128 << 10
	// packAlign is what packed pieces are aligned to: a line of the processor's cache.
	packAlign = 64
)

// BeginPacking begins a round of packing: whatever was packed before will be packed anew.
func (s *Space) BeginPacking() {
	s.slab, s.dead = nil, 0
	s.dropRemnants()
}

// Pack returns a piece of n bytes, at most 128 KiB, that lies right behind the one before it. Alloc's pieces come from spans of their own
// size, and when a tree grows its pages leave one size for the next, nearly all at the same time, and many half-empty spans behind. Pieces
// side by side in slabs waste nothing, but can't be used again one by one: a slab is the collector's when all of its pieces are gone.
func (s *Space) Pack(n int) []byte {
	if n > len(s.slab) {
		s.slab = make([]byte, slabBytes)
	}
	room := min((n+packAlign-1)&^(packAlign-1), len(s.slab))
	piece := s.slab[:n:room]
	s.slab = s.slab[room:]
	return piece
}

// Unpack notes that a piece from Pack is no longer used.
func (s *Space) Unpack(size int) { s.dead += int64(size) }

// DeadBytes is what has been given up of slabs since the last BeginPacking.
func (s *Space) DeadBytes() int64 { return s.dead }

// Open begins a view, as Clock.Open does, and counts anew what views alone see if it is the only one.
func (s *Space) Open() uint64 {
	at, alone := s.Clock.begin()
	if alone {
		s.displaced = 0
	}
	return at
}

// Displace notes that size bytes left the store but not the views that see them.
func (s *Space) Displace(size int) {
	if s.Bar() != 0 {
		s.displaced += int64(size)
	}
}

// DisplacedBytes is about what open views alone hold: what was copied since they were opened and not passed.
func (s *Space) DisplacedBytes() int64 {
	if s.Bar() == 0 {
		return 0
	}
	return s.displaced
}

// FreeBytes is what the free lists hold.
func (s *Space) FreeBytes() int64 { return s.freeBytes }

// Limit sets how much the free lists may hold from now on; less than 1 MiB counts as 1 MiB. What a walked view has left in them beyond that
// goes when no such view is open.
func (s *Space) Limit(bytes int64) {
	s.limitBytes = bytes
	if s.walked.Load() == nil {
		s.shorten()
	}
}

// shorten leaves pieces to the collector until the free lists hold no more than they may, the largest first.
func (s *Space) shorten() {
	s.dropRemnants()
	for i := len(s.free) - 1; i >= 0; i-- {
		for list := s.free[i]; len(list) > 0 && s.freeBytes > max(s.limitBytes, minFreeBytes); list = s.free[i] {
			list[len(list)-1] = nil
			s.free[i] = list[:len(list)-1]
			s.freeBytes -= int64(classes[i])
		}
	}
}

// Trim empties the free lists for the collector.
func (s *Space) Trim() {
	s.free, s.freeWords, s.freeBytes = nil, nil, 0
	s.remnants = nil
}
