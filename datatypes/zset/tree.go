package zset

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Tree is a large sorted set. It is changed through its Form.
type Tree struct {
	// madeAt is the header's own making.
	madeAt uint64
	seed   maphash.Seed
	// members are entries of a score and a member each, in order.
	members counted.Tree
	// index leads from members to scores: index.go.
	index *dict.Dict
	// leftovers are what is still in the index though no longer among the members, leftoverBytes what they take: leftover.go.
	leftovers     []leftover
	leftoverBytes int64
}

// headerBytes is what a tree takes beside its pages on a 64-bit machine: Tree and dict.Dict.
const headerBytes = 120 + 352

func newTree(ed *Edit) *Tree {
	return &Tree{
		madeAt:  ed.Space.Now(),
		seed:    ed.Seed,
		members: counted.New(ed.Space, orderOfEntry),
		index:   dict.New(ed.Space, hashOfKey),
	}
}

// Bytes is what the tree takes, without what is free in its pages. O(1).
func (t *Tree) Bytes() int64 {
	return headerBytes + t.members.Bytes() + t.index.Size().Live + t.leftoverBytes
}

// AllocatedBytes is what all that lies in. O(1).
func (t *Tree) AllocatedBytes() int64 {
	allocated := headerBytes + t.members.AllocatedBytes() + t.index.Size().Allocated
	for i := range t.leftovers {
		allocated += t.leftovers[i].entries.AllocatedBytes()
	}
	return allocated
}

// Own returns a tree that may be changed: t, or a copy of its header if an open view sees it. The caller puts it in t's place.
func (t *Tree) Own(space *page.Space) *Tree {
	if t.madeAt > space.Bar() {
		return t
	}
	mine := *t
	mine.madeAt, mine.index, mine.leftovers = space.Now(), t.index.View(), slices.Clone(t.leftovers)
	return &mine
}

// Share returns a second tree with the same members; both may change from then on. O(1): what is common is copied as it changes. t must be
// owned.
func (t *Tree) Share(space *page.Space) *Tree {
	other := *t
	other.members, other.index = t.members.Share(), t.index.Share()
	other.leftovers = slices.Clone(t.leftovers)
	for i := range t.leftovers {
		other.leftovers[i].entries = t.leftovers[i].entries.Share()
	}
	other.madeAt = space.Now()
	return &other
}

// Approach reads what finding these members will read of the index, for all of them together (dict.Touch); hashes is room for as many. The pages to
// which it leads aren't read ahead: finding out which they are costs what it gains.
func (t *Tree) Approach(members [][]byte, hashes []uint64) byte {
	for i, member := range members {
		hashes[i] = t.hash(member)
	}
	return t.index.Approach(hashes[:len(members)])
}

// Adopt makes the tree, made in a space apart, part of another (page.NewSpaceApart). O(1).
func (t *Tree) Adopt(space *page.Space) {
	t.members.Adopt(space)
	t.index.Adopt(space)
	for i := range t.leftovers {
		t.leftovers[i].entries.Adopt(space)
	}
}

// inMembers marks the positions of Repack that lie among the members.
const inMembers = 1 << 62

// Repack moves about so many pages side by side (page.Space.Pack) from a position on, and returns the position from which to go on, 0 at
// the end. t need not be owned: what a view sees stays where it is.
func (t *Tree) Repack(from uint64, pages int) (next uint64) {
	if from&inMembers == 0 {
		if next = t.index.Repack(from, pages); next != 0 {
			return next
		}
		return inMembers
	}
	at := min(int(from&^inMembers), t.members.Len())
	if at = t.members.Repack(at, pages); at != 0 {
		return inMembers | uint64(at)
	}
	return 0
}

// target is a score and a member that are looked for.
type target struct {
	score  float64
	member []byte
	// met tells that they were found, with exactly that score; tied that others were seen with the same, which they are if there are any
	// right beside it.
	met, tied bool
	exact     float64
}

// before tells whether an entry comes before the target.
func (g *target) before(entry []byte) bool {
	score, member := readEntry(entry)
	if score != g.score {
		return score < g.score
	}
	order := bytes.Compare(member, g.member)
	if order == 0 {
		g.met, g.exact = true, score
	} else {
		g.tied = true
	}
	return order < 0
}

// search is the rank of the first member that is not before the target. Whatever lies on either side of it there has been compared with it.
func (t *Tree) search(g *target) int { return t.members.Search(orderOf(g.score), g.before) }

// seek is search for the place itself.
func (t *Tree) seek(s *counted.Spot, g *target) { t.members.Seek(s, orderOf(g.score), g.before) }

// searchAbove is the rank of the first member with a larger score.
func (t *Tree) searchAbove(score float64) int {
	// A target right behind those of this score, with which only the last page has to be searched however many of them there are.
	return t.members.Search(orderOf(score)+1, func(entry []byte) bool {
		s, _ := readEntry(entry)
		return s <= score
	})
}

// find looks a member up.
func (t *Tree) find(member []byte) (at Place) {
	at.hash, at.alone = t.hash(member), true // until another entry turns up
	t.index.CandidatesAt(at.hash, hashMask, func(link dict.At) bool {
		if at.found {
			at.alone = false
			return false
		}
		score, hint := readScore(link.Item().Key[hashBytes:])
		if leadsTo(hint, member) {
			g := target{score: score, member: member}
			t.seek(&at.spot, &g)
			at.found = g.met
			at.Score, at.link = g.exact, link
		}
		at.alone = at.alone && at.found
		return true
	})
	if at.found {
		t.members.Land(&at.spot)
	}
	return at
}

// put gives a member a score in an owned tree; at is what find has just returned for it. It has another score if it is there.
func (t *Tree) put(at *Place, member []byte, score float64) {
	var spot counted.Spot
	g := target{score: score, member: member}
	t.seek(&spot, &g)
	hint, lacking := 0, crowded{}
	if g.tied {
		var room entryRoom
		hint, lacking = t.hints(&spot, score, member, room[:])
	}
	t.enter(at, score, member, hint)
	var room entryRoom
	entry := appendEntry(room[:0], hint, score, member)
	switch {
	case !at.found:
		t.members.InsertAt(&spot, entry)
	case spot.Adjoins(&at.spot):
		t.members.SetAt(&at.spot, entry)
	default:
		t.members.MoveAt(&at.spot, &spot, entry)
	}
	if lacking.hint > 0 {
		t.lengthen(&lacking)
	}
	t.tend(tendSteps)
}

// remove takes a member out of an owned tree; at is what find has just returned for it.
func (t *Tree) remove(at *Place, member []byte) {
	t.index.DeleteAt(t.linkAt(at, member), at.hash)
	t.members.DeleteAt(&at.spot)
	t.tend(tendSteps)
}

// cut takes the members of those ranks out of an owned tree.
func (t *Tree) cut(from, to int) {
	t.tend(tendSteps)
	if to-from >= wideRange && len(t.leftovers) < maxLeftovers {
		t.leave(from, to)
		return
	}
	for rank, entry := range t.members.Ascend(from) {
		if rank == to {
			break
		}
		score, member := readEntry(entry)
		t.unlink(t.hash(member), score, member)
	}
	t.members.DeleteRange(from, to)
}

// scan is Form.Scan.
func (t *Tree) scan(cursor uint64, count int, yield func(member packed.Item, score float64)) (next uint64) {
	return t.index.Scan(cursor, count, func(e dict.Item) { t.membersOf(e.Key, yield) })
}
