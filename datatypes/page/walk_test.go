package page

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// pagesOf are pages of that many bits: what dictionaries with that many keys have.
func pagesOf(bits uint) func(uint64) uint { return func(uint64) uint { return 64 - bits } }

const (
	noPosition = 1 << (64 - positionShift)
	sixteenth  = noPosition / 16
)

// walkAll goes through a course of sixteen pages and returns those that were to be read, by their numbers.
func walkAll(c *Course) (read []int) {
	for hash := c.from << positionShift; ; {
		claim := c.Claim(hash, pagesOf(4))
		if claim.Read {
			read = append(read, int(claim.Begin>>60))
			if claim.Whole {
				c.Pass(&claim)
			}
		}
		if claim.Last {
			c.End()
			return read
		}
		hash = claim.End
	}
}

// A walk passes what it has read, page by page, and not the pages that lie in another's part too.
func TestCourses(t *testing.T) {
	var s Space
	p := s.Walk(s.Open(), 2)
	passed := func(tree int) (numbers []int) {
		for n := range uint64(16) {
			if p.passed(tree, n<<60) && p.passed(tree, n<<60|(1<<60-1)) {
				numbers = append(numbers, int(n))
			}
		}
		return numbers
	}
	require.Equal(t, []int{2, 3, 4, 5}, walkAll(p.Course(1, 2*sixteenth+1, 5*sixteenth+1)))
	require.Equal(t, []int{3, 4}, passed(1))
	require.Equal(t, []int{0, 1, 2}, walkAll(p.Course(1, 0, 2*sixteenth+1)))
	require.Equal(t, []int{0, 1, 3, 4}, passed(1))
	require.Equal(t, []int{8, 9, 10, 11, 12, 13, 14, 15}, walkAll(p.Course(1, 8*sixteenth, noPosition)))
	require.Equal(t, []int{5, 6, 7}, walkAll(p.Course(1, 5*sixteenth+1, 8*sixteenth)))
	require.Equal(t, []int{0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, passed(1))
	p.Course(1, 0, 0).End()
	require.Empty(t, passed(0))
	p.roads[1].begin(noPosition)
	require.Len(t, *p.roads[1].stretches.Load(), 4, "what lies side by side is one")
}

// The bar at a place is the newest view that has not passed it.
func TestLeafBar(t *testing.T) {
	var s Space
	oldest, first := s.Open(), s.Open()
	p := s.Walk(first, 1)
	second := s.Open()
	q := s.Walk(second, 1)
	at := func(hash uint64) uint64 {
		s.Enter(0, hash)
		defer s.Leave()
		return s.LeafBar()
	}
	require.Equal(t, second, at(1<<60))
	walkAll(q.Course(0, 0, 2*sixteenth))
	require.Equal(t, first, at(1<<60))
	require.Equal(t, second, at(2<<60))
	require.Equal(t, second, s.LeafBar(), "outside of any edit")
	walkAll(p.Course(0, 0, 4*sixteenth))
	require.Equal(t, oldest, at(1<<60))
	require.Equal(t, second, at(3<<60))
	require.Equal(t, oldest, s.FirmBar())
	s.Close(oldest)
	require.Zero(t, at(1<<60))
	require.Zero(t, s.FirmBar())
	s.Close(second)
	require.Zero(t, at(3<<60))
	require.Equal(t, first, at(4<<60))
	s.Close(first)
	require.Zero(t, at(4<<60))
	require.Nil(t, s.walked.Load())
}

// What was displaced is read first, once, and its memory used again.
func TestDisplacedFirst(t *testing.T) {
	var s Space
	pieces := [4][]byte{s.Alloc(1024), s.Alloc(1024), s.Alloc(1024), s.Alloc(1024)}
	made := s.Now()
	view := s.Open()
	p := s.Walk(view, 1)
	c := p.Course(0, 0, noPosition)
	claim := c.Claim(0, pagesOf(4))
	require.True(t, claim.Read && claim.Whole && !claim.Last)
	for n, piece := range pieces {
		s.Enter(0, uint64(n)<<60|12345)
		s.RetirePage(piece, made, nil, 4)
		s.Leave()
	}
	require.Equal(t, int64(4096), s.DisplacedBytes())
	c.Pass(&claim)
	first, second := c.Next(), c.Next()
	require.Equal(t, []*Exile{p.limbo[3], p.limbo[2]}, []*Exile{first, second})
	c.Done(first)
	s.Sweep(0)
	require.Equal(t, int64(3*1024), s.DisplacedBytes())
	require.Equal(t, int64(1024), s.FreeBytes())
	claim = c.Claim(1<<60, pagesOf(4))
	require.True(t, claim.Read, "it has not come to its turn in the queue")
	c.Pass(&claim)
	require.Nil(t, c.Next(), "page 1 was read in order, 0 too")
	never := func(uint64) uint { panic("looked at") }
	claim = c.Claim(2<<60, never)
	require.Equal(t, Claim{Begin: 2 << 60, End: 3 << 60, Whole: true}, claim)
	claim = c.Claim(3<<60, never)
	require.False(t, claim.Read)
	s.Sweep(10)
	require.Equal(t, int64(1024), s.DisplacedBytes(), "one is still being read")
	require.False(t, p.passed(0, 2<<60))
	c.Done(second)
	s.Sweep(0)
	require.Zero(t, s.DisplacedBytes())
	require.Empty(t, p.limbo)
	s.Close(view)
}

// The writer doesn't wait for a walk: what he can't put into its queue waits for the next time.
func TestWriterDoesNotWait(t *testing.T) {
	var s Space
	piece := s.Alloc(100)
	made := s.Now()
	view := s.Open()
	p := s.Walk(view, 1)
	s.Enter(0, 5<<60)
	p.roads[0].mu.Lock()
	s.RetirePage(piece, made, nil, 4)
	p.roads[0].mu.Unlock()
	s.Leave()
	c := p.Course(0, 0, noPosition)
	require.Nil(t, c.Next())
	s.Sweep(1)
	require.NotNil(t, c.Next())
	s.Close(view)
}

// Pieces of slabs are used again for what fits into them exactly; and what a view has left in the free lists goes when it is closed.
func TestRemnants(t *testing.T) {
	var s Space
	packed, plain := s.Pack(3001), make([][]byte, 1000)
	for i := range plain {
		plain[i] = s.Alloc(4096)
	}
	made := s.Now()
	view := s.Open()
	p := s.Walk(view, 1)
	s.Enter(0, 0)
	s.Unpack(len(packed))
	s.RetirePage(packed, made, nil, 4)
	for _, piece := range plain {
		s.Retire(piece, made, 0)
	}
	s.Leave()
	walkAll(p.Course(0, 0, noPosition))
	s.Sweep(5000)
	require.Nil(t, s.Refit(2900))
	again := s.Refit(3007)
	require.Len(t, again, 3007)
	require.Same(t, &packed[0], &again[0])
	require.Nil(t, s.Refit(3007))
	require.Equal(t, int64(1000*4096), s.FreeBytes())
	s.Limit(0)
	require.Equal(t, int64(1000*4096), s.FreeBytes())
	s.Close(view)
	s.Limit(0)
	require.Equal(t, int64(minFreeBytes), s.FreeBytes())
}
