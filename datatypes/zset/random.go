package zset

import (
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Random draws a member, each with the same probability; the set has at least one. O(log n).
func (f *Form) Random(random *rand.Rand) (member packed.Item, score float64) {
	return f.At(random.IntN(f.Len()))
}

// Sample yields count different members with their scores until yield returns false, all if there are fewer; each choice of members has the
// same probability, their order has not. O(count log n) in a tree where they are a third of the members or less, O(n) otherwise.
func (f *Form) Sample(random *rand.Rand, count int, yield func(member packed.Item, score float64) bool) {
	left := f.Len()
	if f.Tree != nil && count <= left/3 {
		seen := make(map[int]struct{}, count)
		for len(seen) < count {
			rank := random.IntN(left)
			if _, there := seen[rank]; there {
				continue
			}
			seen[rank] = struct{}{}
			if !yield(f.At(rank)) {
				return
			}
		}
		return
	}
	// Each member is taken with the probability that those still wanted have among those still to come.
	f.Each(func(member packed.Item, score float64) bool {
		if random.IntN(left) < count {
			count--
			if !yield(member, score) {
				return false
			}
		}
		left--
		return count > 0
	})
}
