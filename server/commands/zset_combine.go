package commands

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// scoredSource is one of what is combined: a sorted set, or a set, whose members have the score 1.
type scoredSource struct {
	plain  set.Form
	scored zset.Form
	isSet  bool
	weight float64
}

// sourceOf is what a key holds that was found to be a source, or nothing.
func sourceOf(e *datatypes.Entry) scoredSource {
	if e.Kind() == datatypes.KindSet {
		return scoredSource{plain: e.Set(), isSet: true, weight: 1}
	}
	return scoredSource{scored: e.SortedSet(), weight: 1}
}

// count is the number of members.
func (s *scoredSource) count() int {
	if s.isSet {
		return s.plain.Len()
	}
	return s.scored.Len()
}

// score is a member's; false if there is no such member.
func (s *scoredSource) score(it *packed.Item) (score float64, found bool) {
	if s.isSet {
		return 1, s.plain.HasItem(it)
	}
	at := s.scored.FindItem(it)
	return at.Score, at.Found()
}

// each yields every member with its score until yield returns false.
func (s *scoredSource) each(yield func(it packed.Item, score float64) bool) {
	if s.isSet {
		s.plain.Each(func(it packed.Item) bool { return yield(it, 1) })
		return
	}
	s.scored.Each(yield)
}

// byCount orders sources, the smallest first.
func byCount(a, b scoredSource) int { return cmp.Compare(a.count(), b.count()) }

// allScored is how many members sources have together, those of one that is named twice twice.
func allScored(sources []scoredSource) (count int) {
	for i := range sources {
		count += sources[i].count()
	}
	return count
}

// interScoredLooks is how many look-ups an intersection takes at most.
func interScoredLooks(sources []scoredSource) int {
	fewest := sources[0].count()
	for i := range sources {
		fewest = min(fewest, sources[i].count())
	}
	return fewest * len(sources)
}

// diffScoredLooks is how many look-ups a difference takes at most.
func diffScoredLooks(sources []scoredSource) int {
	byLooking, byTaking := diffCosts(sources)
	return min(byLooking, byTaking)
}

// diffCosts is what a difference takes by looking the first source's members up in the others, and by taking the others' members out of a
// copy of the first.
func diffCosts(sources []scoredSource) (byLooking, byTaking int) {
	first := sources[0].count()
	if first == 0 {
		return 0, 0
	}
	return first * len(sources), allScored(sources)
}

// aggregation makes one of two scores that a member has in different sources.
type aggregation func(target, value float64) float64

// addScore is AGGREGATE SUM. What is no number, infinities against each other, counts as 0.
func addScore(target, value float64) float64 { return numberOrZero(target + value) }

// lowerScore is AGGREGATE MIN; a value that is no number doesn't count.
func lowerScore(target, value float64) float64 {
	if value < target {
		return value
	}
	return target
}

// higherScore is AGGREGATE MAX, like lowerScore.
func higherScore(target, value float64) float64 {
	if value > target {
		return value
	}
	return target
}

func numberOrZero(score float64) float64 {
	if math.IsNaN(score) {
		return 0
	}
	return score
}

// scoredMember is a member of a result. Its bytes belong to the source from which it comes.
type scoredMember struct {
	item  packed.Item
	score float64
}

// scoredWork combines sources, whose order it may change. What comes out is in found, each member once, in no particular order until sort
// puts it in order.
//
// Unions and intersections go through their sources from the smallest to the largest, as Redis does: sums of floats and of infinities
// depend on it. A union, and a difference of many sources, keep what has come in a table, where finding a member takes a fifth of the time
// that it takes in a large sorted set.
type scoredWork struct {
	pace
	aggregate aggregation
	// counting has members counted only, up to limit unless that is 0.
	counting bool
	limit    int64
	count    int64
	found    []scoredMember
	// ended is set when the work has been left unfinished, since nobody will read of it.
	ended bool
}

// step counts look-ups and tells whether to go on.
func (w *scoredWork) step(looks int) bool {
	if !w.ended {
		w.ended = !w.looked(looks)
	}
	return !w.ended
}

// take adds a member to the result and tells whether more are wanted.
func (w *scoredWork) take(it *packed.Item, score float64) (more bool) {
	w.count++
	if !w.counting {
		w.found = append(w.found, scoredMember{*it, score})
	}
	return w.count != w.limit
}

// inter goes through the smallest source and looks its members up in the others, the smallest of them first.
func (w *scoredWork) inter(sources []scoredSource) {
	slices.SortStableFunc(sources, byCount)
	first, others := &sources[0], sources[1:]
	first.each(func(it packed.Item, score float64) bool {
		if !w.step(len(sources)) {
			return false
		}
		score = numberOrZero(first.weight * score)
		for i := range others {
			value, found := others[i].score(&it)
			if !found {
				return true
			}
			// As in Redis a product that is no number goes into the sum, and makes it 0, unlike in a union.
			score = w.aggregate(score, others[i].weight*value)
		}
		return w.take(&it, score)
	})
}

// union goes through all sources.
func (w *scoredWork) union(sources []scoredSource) {
	slices.SortStableFunc(sources, byCount)
	t := newMemberTable(sources[len(sources)-1].count())
	for i := range sources {
		source := &sources[i]
		source.each(func(it packed.Item, score float64) bool {
			score = numberOrZero(source.weight * score)
			at, added := t.add(&it)
			if m := &t.members[at]; added {
				m.score = score
			} else {
				m.score = w.aggregate(m.score, score)
			}
			return w.step(1)
		})
	}
	w.found = t.members
}

// diff takes what the others have out of the first source, in the cheaper of two ways.
func (w *scoredWork) diff(sources []scoredSource) {
	first, others := &sources[0], sources[1:]
	if byLooking, byTaking := diffCosts(sources); byTaking < byLooking {
		w.takeOut(first, others)
		return
	}
	slices.SortFunc(others, func(a, b scoredSource) int { return byCount(b, a) })
	first.each(func(it packed.Item, score float64) bool {
		if !w.step(len(sources)) {
			return false
		}
		for i := range others {
			if _, found := others[i].score(&it); found {
				return true
			}
		}
		return w.take(&it, score)
	})
}

// takeOut is diff by a copy of the first source, from which the members of the others are taken.
func (w *scoredWork) takeOut(first *scoredSource, others []scoredSource) {
	t := newMemberTable(first.count())
	first.each(func(it packed.Item, score float64) bool {
		at, _ := t.add(&it)
		t.members[at].score = score
		return w.step(1)
	})
	gone := math.NaN() // which no score is
	left := len(t.members)
	for i := range others {
		others[i].each(func(it packed.Item, _ float64) bool {
			if at := t.find(&it); at >= 0 && !math.IsNaN(t.members[at].score) {
				t.members[at].score = gone
				left--
			}
			return left > 0 && w.step(1)
		})
	}
	w.found = slices.DeleteFunc(t.members, func(m scoredMember) bool { return math.IsNaN(m.score) })
}

// sort puts the result in the order of sorted sets.
func (w *scoredWork) sort() {
	slices.SortFunc(w.found, func(a, b scoredMember) int {
		switch {
		case !w.step(1):
			return 0 // in whatever order, so that it is over soon
		case a.score != b.score:
			return cmp.Compare(a.score, b.score)
		}
		var digitsA, digitsB [maxDigits]byte
		return bytes.Compare(memberText(&a.item, digitsA[:0]), memberText(&b.item, digitsB[:0]))
	})
}

// memberTable holds members, each once, and finds them by their text.
type memberTable struct {
	members []scoredMember
	// slots are each 0, or the upper half of a member's hash above its index plus 1. A power of two of them, at least half of them 0, so
	// that there are fewer than 2^32 members.
	slots []uint64
	seed  maphash.Seed
}

// fewSlots is how many slots a table has at least.
const fewSlots = 16

// newMemberTable makes one for so many members or more.
func newMemberTable(count int) *memberTable {
	slots := fewSlots
	for slots < 2*count {
		slots *= 2
	}
	return &memberTable{members: make([]scoredMember, 0, count), slots: make([]uint64, slots), seed: maphash.MakeSeed()}
}

// look finds the slot of a text, and in it the member's index plus 1, 0 if there is none.
func (t *memberTable) look(text []byte) (slot int, hash uint64, index uint32) {
	hash = maphash.Bytes(t.seed, text)
	mask := len(t.slots) - 1
	var digits [maxDigits]byte
	for slot = int(hash) & mask; t.slots[slot] != 0; slot = (slot + 1) & mask {
		if index = uint32(t.slots[slot]); t.slots[slot]>>32 == hash>>32 && bytes.Equal(memberText(&t.members[index-1].item, digits[:0]), text) {
			return slot, hash, index
		}
	}
	return slot, hash, 0
}

// find is a member's index, -1 if it isn't there.
func (t *memberTable) find(it *packed.Item) (at int) {
	var digits [maxDigits]byte
	_, _, index := t.look(memberText(it, digits[:0]))
	return int(index) - 1
}

// add is the index of a member, which is added with the score 0 if it isn't there.
func (t *memberTable) add(it *packed.Item) (at int, added bool) {
	var digits [maxDigits]byte
	text := memberText(it, digits[:0])
	slot, hash, index := t.look(text)
	if index != 0 {
		return int(index) - 1, false
	}
	if 2*(len(t.members)+1) > len(t.slots) {
		t.grow()
		slot, hash, _ = t.look(text)
	}
	t.members = append(t.members, scoredMember{item: *it})
	t.slots[slot] = hash>>32<<32 | uint64(len(t.members))
	return len(t.members) - 1, true
}

// grow doubles the slots.
func (t *memberTable) grow() {
	t.slots = make([]uint64, 2*len(t.slots))
	var digits [maxDigits]byte
	for i := range t.members {
		slot, hash, _ := t.look(memberText(&t.members[i].item, digits[:0]))
		t.slots[slot] = hash>>32<<32 | uint64(i+1)
	}
}
