package page

// maxListedWords is the largest number of words that has a free list: more come only where hashes crowd.
const maxListedWords = 256

const wordBytes = 4

// RoundUpWords is how many words AllocWords gives for n.
func RoundUpWords(n int) int { return RoundUp(n*wordBytes) / wordBytes }

// AllocWords returns a piece of RoundUpWords(n) words of 32 bits, for what is used by atomics and can't be bytes of a page therefore. What it
// holds is undefined.
func (s *Space) AllocWords(n int) []uint32 {
	n = RoundUpWords(n)
	if n < len(s.freeWords) {
		if list := s.freeWords[n]; len(list) > 0 {
			piece := list[len(list)-1]
			list[len(list)-1] = nil
			s.freeWords[n] = list[:len(list)-1]
			s.freeBytes -= int64(n * wordBytes)
			return piece
		}
	}
	return make([]uint32, n)
}

// FreeWords takes back what AllocWords gave and nobody uses any more. What doesn't fit in the free lists is left to the collector.
func (s *Space) FreeWords(piece []uint32) {
	n := len(piece)
	if n > maxListedWords || s.freeBytes+int64(n*wordBytes) > max(s.limitBytes, minFreeBytes) {
		return
	}
	if n != RoundUpWords(n) {
		panic("page: freed what AllocWords did not give")
	}
	if s.freeWords == nil {
		s.freeWords = make([][][]uint32, maxListedWords+1)
	}
	s.freeWords[n] = append(s.freeWords[n], piece)
	s.freeBytes += int64(n * wordBytes)
}
