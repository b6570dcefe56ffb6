package zset

import (
	"bytes"
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Form is a sorted set. The zero value is the empty one.
type Form struct {
	// Packed is a small one, as its bytes lie in its key's entry; it belongs to the store.
	Packed []byte
	// Tree is a large one. At most one of the two is in use.
	Tree *Tree
}

// Len is the number of members. O(1).
func (f *Form) Len() int {
	if f.Tree != nil {
		return f.Tree.members.Len()
	}
	count, _ := packed.Split(f.Packed)
	return count
}

// Place is where a member was found, or the knowledge that there is none of that name. It is good until the next change of the set.
type Place struct {
	// Score is the member's.
	Score float64
	found bool
	// offset is where its pair begins in a piece, rank how many come before it there.
	offset, rank int
	// spot is where the member lies in a tree, hash its own.
	spot counted.Spot
	hash uint64
	// alone is set if the index has no other entry with this hash, not even one left over; link is the member's own then, if it was found.
	alone bool
	link  dict.At
}

// Found tells whether there is such a member.
func (at *Place) Found() bool { return at.found }

// Find looks a member up. O(log n).
func (f *Form) Find(member []byte) Place {
	if f.Tree != nil {
		return f.Tree.find(member)
	}
	it := packed.ParseItem(member)
	return findPair(f.Packed, &it)
}

// FindItem is Find for what another collection has handed out, or the same.
func (f *Form) FindItem(it *packed.Item) Place {
	if f.Tree != nil {
		var digits [packed.MaxDigits]byte
		return f.Tree.find(it.TextIn(digits[:0]))
	}
	whole := it.Whole()
	return findPair(f.Packed, &whole)
}

// Rank is the number of members before one that was found. O(log n).
func (f *Form) Rank(at *Place) int {
	if f.Tree != nil {
		return f.Tree.members.Index(&at.spot)
	}
	return at.rank
}

// Score is a member's score; false if there is no such member. O(log n).
func (f *Form) Score(member []byte) (score float64, found bool) {
	at := f.Find(member)
	return at.Score, at.found
}

// mustHave panics unless [from, to) lies in the set.
func (f *Form) mustHave(from, to int) {
	if n := f.Len(); from < 0 || from > to || to > n {
		panic(fmt.Sprintf("zset: members [%d, %d) of %d", from, to, n))
	}
}

// At is the member of a rank, from 0 to Len()-1, and its score. O(log n).
func (f *Form) At(rank int) (member packed.Item, score float64) {
	f.mustHave(rank, rank+1)
	if f.Tree != nil {
		score, text := readEntry(f.Tree.members.At(rank))
		return packed.TextItem(text), score
	}
	_, items := packed.Split(f.Packed)
	p := readPair(skipPairs(items, rank))
	return p.member, p.score
}

// Range yields the members of ranks [from, to) with their scores, in rising order, until yield returns false. O(log n), and O(1) a member;
// nothing is allocated.
func (f *Form) Range(from, to int, yield func(member packed.Item, score float64) bool) {
	f.mustHave(from, to)
	if f.Tree != nil {
		for rank, entry := range f.Tree.members.Ascend(from) {
			if rank == to {
				return
			}
			if score, text := readEntry(entry); !yield(packed.TextItem(text), score) {
				return
			}
		}
		return
	}
	_, items := packed.Split(f.Packed)
	rest := skipPairs(items, from)
	for range to - from {
		p := readPair(rest)
		if !yield(p.member, p.score) {
			return
		}
		rest = rest[p.size:]
	}
}

// RangeBack is Range from the last of the ranks to the first.
func (f *Form) RangeBack(from, to int, yield func(member packed.Item, score float64) bool) {
	f.mustHave(from, to)
	if f.Tree != nil {
		for rank, entry := range f.Tree.members.Descend(to - 1) {
			if rank < from {
				return
			}
			if score, text := readEntry(entry); !yield(packed.TextItem(text), score) {
				return
			}
		}
		return
	}
	var table [maxPairs]uint16
	_, items := packed.Split(f.Packed)
	at := 0
	for i := range to {
		table[i] = uint16(at)
		at += pairSize(items[at:])
	}
	for i := to - 1; i >= from; i-- {
		if p := readPair(items[table[i]:]); !yield(p.member, p.score) {
			return
		}
	}
}

// Each yields all members, as Range does.
func (f *Form) Each(yield func(member packed.Item, score float64) bool) { f.Range(0, f.Len(), yield) }

// FirstFrom is the rank of the first member whose score is at least this, Len() if there is none. O(log n).
func (f *Form) FirstFrom(score float64) int {
	if f.Tree != nil {
		return f.Tree.search(&target{score: score})
	}
	return f.pairsBefore(func(p pair) bool { return p.score < score })
}

// FirstAbove is the rank of the first member whose score is larger than this, Len() if there is none. O(log n).
func (f *Form) FirstAbove(score float64) int {
	if f.Tree != nil {
		return f.Tree.searchAbove(score)
	}
	return f.pairsBefore(func(p pair) bool { return p.score <= score })
}

// FirstFromMember is the rank of the first member that is not before this one at this score, whether or not there is such a member: whose
// score is larger, or the same and its bytes not smaller. Len() if there is none. O(log n). Where all scores are alike, this is the order of
// members that the commands by lexicographic range are about.
func (f *Form) FirstFromMember(score float64, member []byte) int {
	if f.Tree != nil {
		return f.Tree.search(&target{score: score, member: member})
	}
	return f.pairsBefore(func(p pair) bool { return p.compare(score, member) < 0 })
}

// FirstAboveMember is FirstFromMember, but for this very member, which doesn't count.
func (f *Form) FirstAboveMember(score float64, member []byte) int {
	if f.Tree != nil {
		g := target{score: score, member: member}
		rank := f.Tree.search(&g)
		if g.met {
			rank++
		}
		return rank
	}
	return f.pairsBefore(func(p pair) bool { return p.compare(score, member) <= 0 })
}

// Scan yields members from a cursor on until there were about count of them, and returns the cursor from which to go on, 0 at the end, which
// is where it begins too. A piece comes as a whole, whatever the cursor. A member that is there from the first call to the last is yielded
// at least once, even if its score changes in between; a tree's order is that of hashes. O(count log n). count is at least 1.
func (f *Form) Scan(cursor uint64, count int, yield func(member packed.Item, score float64)) (next uint64) {
	if f.Tree != nil {
		return f.Tree.scan(cursor, count, yield)
	}
	f.Each(func(member packed.Item, score float64) bool {
		yield(member, score)
		return true
	})
	return 0
}

// compareItem compares an item with a text by their bytes.
func compareItem(it *packed.Item, text []byte) int {
	var digits [packed.MaxDigits]byte
	return bytes.Compare(it.TextIn(digits[:0]), text)
}
