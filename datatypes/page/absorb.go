package page

// NewSpaceBeside returns a space for what becomes a part of this one at once, on any goroutine, while nothing else changes and no view is
// opened: what is made in it is as old as what is made here.
func (s *Space) NewSpaceBeside() *Space { return &Space{Clock: Clock{now: s.now}} }

// Absorb takes over what another space has in its free lists, as far as there is room, and what it has counted.
func (s *Space) Absorb(other *Space) {
	s.dead += other.dead
	for _, list := range other.free {
		for _, piece := range list {
			s.Free(piece)
		}
	}
	for _, list := range other.freeWords {
		for _, piece := range list {
			s.FreeWords(piece)
		}
	}
	*other = Space{}
}
