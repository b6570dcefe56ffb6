package hash

import (
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// rareLive is how many fields there are in a tree for one that isn't due from which on going through all of them is cheaper than drawing until
// one isn't due.
const rareLive = 32

// Random draws a field that isn't due, each with the same probability, and its value; false if there is none. Expected O(1) in a tree, see
// dict.Random; O(fields) if of more than 32 only one isn't due.
func (f *Form) Random(random *rand.Rand, nowMs int64) (field, value packed.Item, ok bool) {
	live := f.LiveLen(nowMs)
	if live == 0 {
		return field, value, false
	}
	if f.Tree != nil && f.Len()/live <= rareLive {
		for {
			entry, _ := f.Tree.fields.Random(random)
			if v, deadlineMs := readPayload(entry.Payload); !due(deadlineMs, nowMs) {
				return packed.TextItem(entry.Key), v, true
			}
		}
	}
	if f.Tree == nil && live == f.Len() {
		p := split(f.Packed)
		e, _ := p.read(packed.Skip(p.items, p.step*random.IntN(live)))
		return e.field, e.value, true
	}
	number := random.IntN(live)
	f.Each(nowMs, func(k, v packed.Item) bool {
		field, value = k, v
		number--
		return number >= 0
	})
	return field, value, true
}

// Sample yields count different fields that aren't due, with their values, until yield returns false, all if there are fewer; each choice of
// fields has the same probability, their order has not. O(count) in a tree where they are a third of the fields or less, O(fields) otherwise.
func (f *Form) Sample(random *rand.Rand, count int, nowMs int64, yield func(field, value packed.Item) bool) {
	left := f.LiveLen(nowMs)
	if f.Tree != nil && 0 < count && count <= left/3 && f.Len()/left <= rareLive {
		seen := make(map[string]struct{}, count)
		for len(seen) < count {
			field, value, _ := f.Random(random, nowMs)
			if _, there := seen[string(field.Text())]; there {
				continue
			}
			seen[string(field.Text())] = struct{}{}
			if !yield(field, value) {
				return
			}
		}
		return
	}
	// Each field is taken with the probability that those still wanted have among those still to come.
	f.Each(nowMs, func(field, value packed.Item) bool {
		if random.IntN(left) < count {
			count--
			if !yield(field, value) {
				return false
			}
		}
		left--
		return count > 0
	})
}
