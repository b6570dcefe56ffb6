package commands

import (
	"bytes"
	"cmp"
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
		if !w.looked(len(sources)) {
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
			return w.looked(1)
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
		if !w.looked(len(sources)) {
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
		return w.looked(1)
	})
	gone := math.NaN() // which no score is
	left := len(t.members)
	for i := range others {
		others[i].each(func(it packed.Item, _ float64) bool {
			if at := t.find(&it); at >= 0 && !math.IsNaN(t.members[at].score) {
				t.members[at].score = gone
				left--
			}
			return left > 0 && w.looked(1)
		})
	}
	w.found = slices.DeleteFunc(t.members, func(m scoredMember) bool { return math.IsNaN(m.score) })
}

// sort puts the result in the order of sorted sets.
func (w *scoredWork) sort() {
	slices.SortFunc(w.found, func(a, b scoredMember) int {
		switch {
		case !w.looked(1):
			return 0 // in whatever order, so that it is over soon
		case a.score != b.score:
			return cmp.Compare(a.score, b.score)
		}
		var digitsA, digitsB [packed.MaxDigits]byte
		return bytes.Compare(a.item.TextIn(digitsA[:0]), b.item.TextIn(digitsB[:0]))
	})
}
