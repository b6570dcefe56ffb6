package set

import (
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Random draws a member, each with the same probability; the set has at least one. Expected O(1), see dict.Random.
func (f *Form) Random(random *rand.Rand) packed.Item {
	if f.Tree != nil {
		entry, _ := f.Tree.members.Random(random)
		return packed.TextItem(entry.Key)
	}
	i := random.IntN(f.Len())
	if f.isIntegers() {
		return packed.IntItem(integers(f.Packed).at(i))
	}
	_, items := packed.Split(f.Packed)
	it, _ := packed.Read(packed.Skip(items, i))
	return it
}

// Pop takes out a member that is drawn as Random draws it, and appends its text to dst.
func (f *Form) Pop(ed *Edit, random *rand.Rand, dst []byte) []byte {
	it := f.Random(random)
	from := len(dst)
	dst = it.AppendTo(dst)
	f.Remove(ed, dst[from:])
	return dst
}

// Sample yields count different members until yield returns false, all if there are fewer; each choice of members has the same probability,
// their order has not. O(count) in a tree where they are a third of the members or less, O(members) otherwise.
func (f *Form) Sample(random *rand.Rand, count int, yield func(it packed.Item) bool) {
	left := f.Len()
	if f.Tree != nil && count <= left/3 {
		seen := make(map[string]struct{}, count)
		for len(seen) < count {
			it := f.Random(random)
			if _, there := seen[string(it.Text())]; there {
				continue
			}
			seen[string(it.Text())] = struct{}{}
			if !yield(it) {
				return
			}
		}
		return
	}
	// Each member is taken with the probability that those still wanted have among those still to come.
	f.Each(func(it packed.Item) bool {
		if random.IntN(left) < count {
			count--
			if !yield(it) {
				return false
			}
		}
		left--
		return count > 0
	})
}
