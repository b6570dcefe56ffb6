package dict

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// PositionBits is how many bits a position in the order of hashes has: a float64 holds it, as clients in Lua and JavaScript need.
const PositionBits = 53

func position(hash uint64) uint64 { return hash >> (64 - PositionBits) }

// Scan yields the entries from a position on until there were count of them, and returns the position from which to go on, 0 at the end.
// Entries that share a position come together, so that there may be a few more. An entry that is there from the first call to the last is
// yielded exactly once, whatever comes and goes meanwhile. O(count), and the hashes of a page. count is at least 1.
func (d *Dict) Scan(from uint64, count int, yield func(Item)) (next uint64) {
	if from >= 1<<PositionBits || d.root == nil {
		return 0
	}
	var room [maxEntries]scanned
	// Pages divided beyond the position's bits stand in one position several together: hash tells them apart, last keeps them together.
	last, hash := uint64(noPosition), from<<(64-PositionBits)
	for {
		s, end := d.slotFrom(hash)
		found := room[:0]
		for i := range s.page.count() {
			if at := position(d.hash(s.page.key(s.refs, i))); at >= from {
				found = append(found, scanned{at, i})
			}
		}
		slices.SortFunc(found, func(a, b scanned) int { return cmp.Compare(a.position, b.position) })
		for _, f := range found {
			if count <= 0 && f.position != last {
				return f.position
			}
			yield(s.page.item(s.refs, f.index))
			last = f.position
			count--
		}
		if end == 0 {
			return 0
		}
		hash, from = end, position(end)
		if count <= 0 && from != last {
			return from
		}
	}
}

// noPosition is larger than any.
const noPosition = 1 << PositionBits

type scanned struct {
	position uint64
	index    int
}

// slotFrom is the slot that a hash leads to, and the first hash beyond its page, 0 after the last.
func (d *Dict) slotFrom(hash uint64) (s *slot, end uint64) {
	s, width := d.slotWidth(hash)
	return s, (hash>>width + 1) << width
}

// slotWidth is the slot that a hash leads to, and how many of the last bits of hashes its page doesn't tell apart.
func (d *Dict) slotWidth(hash uint64) (s *slot, width uint) {
	dir, rest, base := d.root, hash, uint(0)
	for {
		i := int(rest >> (64 - dir.bits))
		if sub := dir.sub(i); sub != nil {
			dir, rest, base = sub, rest<<maxBits, base+maxBits
			continue
		}
		s = &dir.slots[i]
		return s, 64 - (base + uint(s.page.depth()))
	}
}

// Range yields every entry in the order of pages until yield returns false.
func (d *Dict) Range(yield func(Item) bool) {
	if d.root != nil {
		d.root.each(func(s *slot) bool {
			for i := range s.page.count() {
				if !yield(s.page.item(s.refs, i)) {
					return false
				}
			}
			return true
		})
	}
}

// each yields the slot of each page once.
func (dir *directory) each(yield func(*slot) bool) bool {
	for i := 0; i < len(dir.slots); {
		if sub := dir.sub(i); sub != nil {
			if !sub.each(yield) {
				return false
			}
			i++
			continue
		}
		if !yield(&dir.slots[i]) {
			return false
		}
		_, i = dir.span(i)
	}
	return true
}

// Owners yields the entries that own trees in about so many pages from a position on, and returns the position from which to go on, 0 at the
// end. Pages without trees are passed over at a glance.
func (d *Dict) Owners(from uint64, pages int, yield func(Item)) (next uint64) {
	return d.tour(from, pages, func(hash uint64) {
		s := d.slotOf(hash)
		if s.refs == nil || len(s.refs.trees) == 0 {
			return
		}
		for i := range s.page.count() {
			if it := s.page.item(s.refs, i); it.Tree != nil {
				yield(it)
			}
		}
	})
}

// Candidates yields the entries whose hashes agree with hash in the bits of mask, until yield returns false. mask must have all leading
// bits as far as pages are divided (40 do for a million million entries), and the fingerprint's.
func (d *Dict) Candidates(hash, mask uint64, yield func(Item) bool) {
	d.CandidatesAt(hash, mask, func(at At) bool { return yield(at.Item()) })
}

// CandidatesAt is Candidates, but tells where the entries are.
func (d *Dict) CandidatesAt(hash, mask uint64, yield func(At) bool) {
	dir, i := d.lead(hash)
	if dir == nil {
		return
	}
	s, print := &dir.slots[i], fingerprint(hash)
	p := s.page
	for k, count := p.rank(print), p.count(); k < count && p[headerBytes+k] == print; k++ {
		if d.hash(p.key(s.refs, k))&mask == hash&mask && !yield(At{dir, i, k, p.start(k)}) {
			return
		}
	}
}

// maxDraws is how many pages Random draws before it walks them all.
const maxDraws = 1 << 12

// Random draws an entry, each with the same probability; false if there is none. Expected O(1) with an even
// hash: maxEntries times 2 to the power of the deepest page's bits by Len draws, which was 1 to 5 with entries of 50 bytes, 40 with 250, and
// 120 after most of those were deleted. With a hash that isn't even, maxDraws and a walk over the pages.
//
// A page is drawn with a probability of 2 to the power of minus the bits that its entries share, and refused often enough that each entry
// of any page has the same: that of the deepest page's, by the entries that a page may have at most. Only pages that can't split have more.
func (d *Dict) Random(random *rand.Rand) (Item, bool) {
	if d.count == 0 {
		return Item{}, false
	}
	deepest := len(d.depths) - 1
	for d.depths[deepest] == 0 {
		deepest--
	}
	if deepest == 0 || deepest == 64 {
		return d.nth(random.IntN(d.count)), true
	}
	for range maxDraws {
		hash := random.Uint64()
		dir, rest, base := d.root, hash, 0
		i := int(rest >> (64 - dir.bits))
		for sub := dir.sub(i); sub != nil; sub = dir.sub(i) {
			dir, rest, base = sub, rest<<maxBits, base+maxBits
			i = int(rest >> (64 - dir.bits))
		}
		s := &dir.slots[i]
		// Of 2^(deepest-depth) parts of the page as wide as the deepest page one is drawn, and of that one of maxEntries places.
		if random.Uint64N(1<<(deepest-base-s.page.depth())) != 0 {
			continue
		}
		if place := random.IntN(maxEntries); place < s.page.count() {
			return s.page.item(s.refs, place), true
		}
	}
	return d.nth(random.IntN(d.count)), true
}

// nth is the entry of that number in the order of pages; there is one. O(pages).
func (d *Dict) nth(n int) (it Item) {
	d.root.each(func(s *slot) bool {
		if n < s.page.count() {
			it = s.page.item(s.refs, n)
			return false
		}
		n -= s.page.count()
		return true
	})
	return it
}
