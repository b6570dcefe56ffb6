package page

import (
	"slices"
	"sync/atomic"
)

// Exile is a piece that has left the store and that one view alone still sees. It is of use again when the view has read it, or passed its
// place.
type Exile struct {
	Piece []byte
	// Table is what belongs to the piece, or nil.
	Table Table
	tree  int
	// hash is that of its place; of a page it is the first one, and width the number of bits that the others differ from it in.
	hash  uint64
	width uint
	// read is set when the page was read.
	read atomic.Bool
	// number is its place in the limbo, the writer's own; next is what was read before it and not taken back yet.
	number int
	next   *Exile
}

// Done says that a page that Next has returned was read for the last time.
func (c *Course) Done(x *Exile) {
	x.read.Store(true)
	for read := &c.passage.read; ; {
		x.next = read.Load()
		if read.CompareAndSwap(x.next, x) {
			return
		}
	}
}

// Table is what belongs to a piece beside its bytes: what holds its pointers.
type Table interface {
	// Forget lets go of whatever the table holds. Nobody reads it any more.
	Forget()
}

// Release takes back a piece, not from Pack, of a tree that was last shared at that moment. What nobody sees goes to the free lists; what only
// one view sees, which is being walked, follows when it was passed; the rest is the collector's.
func (s *Space) Release(piece []byte, made, sharedAt uint64) {
	if made > max(s.LeafBar(), sharedAt) {
		s.Free(piece)
		return
	}
	s.Retire(piece, made, sharedAt)
}

// Retire is Release for a piece that somebody sees; it may be from Pack.
func (s *Space) Retire(piece []byte, made, sharedAt uint64) {
	s.Displace(len(piece))
	if made > sharedAt {
		s.exile(&Exile{Piece: piece, hash: s.at.hash}, made)
	}
}

// RetirePage is Retire for a page of one of the store's main trees: all that has the first bits, so many, of the entered hash. A walk that has
// not come to it reads it first. table, nil if there is none, is let go with it.
func (s *Space) RetirePage(piece []byte, made uint64, table Table, bits uint) {
	s.Displace(len(piece))
	width := 64 - bits
	x := &Exile{Piece: piece, Table: table, hash: s.at.hash >> width << width, width: width}
	if p := s.exile(x, made); p != nil && width >= positionShift { // of smaller ones a walk can't tell whether it has read them
		p.waiting = append(p.waiting, x)
		p.flush()
	}
}

// exile leaves a piece to the one view that sees it, if it is one alone and walked, and returns its passage.
func (s *Space) exile(x *Exile, made uint64) *Passage {
	if !s.at.entered {
		return nil
	}
	p := s.onlyViewer(made)
	if p != nil {
		s.sweep(p, sweepSteps)
		x.tree, x.number = s.at.tree, len(p.limbo)
		p.limbo = append(p.limbo, x)
	}
	return p
}

// flush puts what waits into the queues, unless a walk is about to take something from there: then it waits for the next time.
func (p *Passage) flush() {
	p.waiting = slices.DeleteFunc(p.waiting, func(x *Exile) bool {
		r := &p.roads[x.tree]
		if !r.mu.TryLock() {
			return false
		}
		r.queue = append(r.queue, x)
		r.mu.Unlock()
		return true
	})
}

// onlyViewer is the passage of the one view that sees what was made at a moment, at the place that was entered; nil if there are several, or if
// it isn't walked.
func (s *Space) onlyViewer(made uint64) (only *Passage) {
	list := s.walked.Load()
	if list == nil {
		return nil
	}
	for _, v := range slices.Backward(*list) {
		switch {
		case v.at < made:
			return only
		case v.passage == nil:
			return nil
		case v.passage.passed(s.at.tree, s.at.hash):
		case only != nil:
			return nil
		default:
			only = v.passage
		}
	}
	return only
}

// sweepSteps is how many pieces are looked at for one that is added: each comes up again before their number has grown by a third.
const sweepSteps = 3

// sweep takes back the pages that were read, and looks at so many other pieces, in turn, for those whose places were passed.
func (s *Space) sweep(p *Passage, steps int) {
	for x := p.read.Swap(nil); x != nil; x = x.next {
		s.recall(p, x)
	}
	for ; steps > 0 && len(p.limbo) > 0; steps-- {
		p.swept = (p.swept + 1) % len(p.limbo)
		if x := p.limbo[p.swept]; p.passed(x.tree, x.hash) {
			s.recall(p, x)
		}
	}
}

// recall takes a piece out of the limbo, if it is still there.
func (s *Space) recall(p *Passage, x *Exile) {
	if x.Piece == nil {
		return
	}
	s.displaced -= int64(len(x.Piece))
	s.reuse(x.Piece)
	if x.Table != nil {
		x.Table.Forget()
	}
	x.Piece, x.Table = nil, nil
	last := len(p.limbo) - 1
	p.limbo[x.number] = p.limbo[last]
	p.limbo[x.number].number = x.number
	p.limbo[last] = nil
	p.limbo = p.limbo[:last]
}

// reuse puts a piece into the free lists, however full they are: the view refers to it as long as it is open, so that the collector can't
// have it.
func (s *Space) reuse(piece []byte) {
	switch {
	case len(piece) > maxListed:
	case classes[classOf(len(piece))] == len(piece):
		s.list(piece[:len(piece):len(piece)])
	case len(piece) <= MaxBytes: // from a slab
		i := cap(piece) / packAlign
		if s.remnants == nil {
			s.remnants = make([][][]byte, MaxBytes/packAlign+1)
		}
		s.remnants[i] = append(s.remnants[i], piece)
		s.freeBytes += int64(cap(piece))
	}
}

// Refit returns a piece of n bytes, as Pack does, that lies where another one lay which a walked view has passed; nil if there is none. It is
// for a page that lay in a slab too: what is as large as before fits.
func (s *Space) Refit(n int) []byte {
	i := (n + packAlign - 1) / packAlign
	if i >= len(s.remnants) || len(s.remnants[i]) == 0 {
		return nil
	}
	list := s.remnants[i]
	piece := list[len(list)-1]
	list[len(list)-1] = nil
	s.remnants[i] = list[:len(list)-1]
	s.freeBytes -= int64(cap(piece))
	s.dead -= int64(n)
	return piece[:n]
}

// dropRemnants leaves the pieces of slabs to the collector.
func (s *Space) dropRemnants() {
	for _, list := range s.remnants {
		for _, piece := range list {
			s.freeBytes -= int64(cap(piece))
		}
	}
	s.remnants = nil
}

// Sweep looks at so many pieces that only walked views see, and takes back those that they do not need any more.
func (s *Space) Sweep(steps int) {
	if list := s.walked.Load(); list != nil {
		for _, v := range *list {
			if v.passage != nil {
				v.passage.flush()
				s.sweep(v.passage, min(steps, len(v.passage.limbo)))
			}
		}
	}
}
