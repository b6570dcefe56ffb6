package packed

import "hash/maphash"

// Seen notes which items have come, so that most that come for the first time are known to. The zero value has seen none.
type Seen struct{ bits [1 << (seenBits - 6)]uint64 }

// seenBits is how many bits of an item's hash are noted: of a hundred items one in fifteen is mistaken for another.
const seenBits = 10

// Add notes an item and tells whether it may have come before; if not, it hasn't. A text must not read as an integer.
func (s *Seen) Add(seed maphash.Seed, it *Item) (maybe bool) {
	hash := uint64(it.n) * 0x9e3779b97f4a7c15
	if !it.isInt {
		hash = maphash.Bytes(seed, it.text)
	}
	hash >>= 64 - seenBits
	word, bit := &s.bits[hash>>6], uint64(1)<<(hash&63)
	maybe = *word&bit != 0
	*word |= bit
	return maybe
}
