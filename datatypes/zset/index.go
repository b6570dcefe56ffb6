package zset

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// The index of a tree leads from a member's hash to its score, by which the member is found in the tree. doc.go draws its keys:
//
//	| hash, its leading 40 bits | score | hint |
//
// Scan needs the other direction: which member does an entry stand for? It is among those with its score, and its hash tells which. Where
// these are many, the entry gives a hint: the first bytes of the member, so many that few others begin with them. They are as many as
// distinguish it from the members of the same score that lie about `crowd` before it and `crowd` behind it when it comes, or nearer, where its
// page of the tree ends: these have just been read, others would have to come from memory. Since members are in order, all others that begin
// like it lie between those two.
//
// More may come in between later. So whoever comes looks at the two beside it as well, whether each would be given a longer hint if it came
// now. How long those are that they have stands in the tree (entry.go), where it costs nothing to look. This doesn't give all of them all they
// should have at any time, but hints that are too short are met the sooner the more come in between.
//
// To have a hint that distinguishes a member from those that are longer and begin with it, members are taken to have a zero byte behind
// their end.

const (
	hashBytes = 5
	// hashMask are the bits of a hash that keys have: dict says what it needs.
	hashMask = math.MaxUint64 >> 24 << 24
	// crowd is how far the members lie from which a hint distinguishes one: about twice as many are gone through to find it, at about 10 ns
	// each.
	crowd = 64
	// maxHint bounds hints, which have a byte for their size: of members that are alike for longer all are gone through.
	maxHint = 255
)

func (t *Tree) hash(member []byte) uint64 { return maphash.Bytes(t.seed, member) & hashMask }

// hashOfKey is the hash that a key of the index begins with.
func hashOfKey(key []byte) uint64 {
	return uint64(binary.BigEndian.Uint32(key))<<32 | uint64(key[4])<<24
}

// appendKey appends a key of the index without a hint.
func appendKey(dst []byte, hash uint64, score float64) []byte {
	dst = append(binary.BigEndian.AppendUint32(dst, uint32(hash>>32)), byte(hash>>24))
	return appendScore(dst, score)
}

// appendHint appends the first size bytes of a member and the zero byte behind it.
func appendHint(dst, member []byte, size int) []byte {
	dst = append(dst, member[:min(size, len(member))]...)
	if size > len(member) {
		dst = append(dst, 0)
	}
	return dst
}

// leadsTo tells whether a member, with the zero byte behind it, begins with a hint.
func leadsTo(hint, member []byte) bool {
	if len(hint) <= len(member) {
		return bytes.HasPrefix(member, hint)
	}
	return len(hint) == len(member)+1 && hint[len(member)] == 0 && bytes.HasPrefix(hint, member)
}

// leastOf is the first in order of the members to which a hint leads; the others follow it.
func leastOf(hint []byte) []byte {
	if last := len(hint) - 1; last >= 0 && hint[last] == 0 {
		return hint[:last]
	}
	return hint
}

// common is the number of bytes with which both begin.
func common(a, b []byte) (size int) {
	for size < len(a) && size < len(b) && a[size] == b[size] {
		size++
	}
	return size
}

// hintPast is the size of a hint that distinguishes a member from two others, which are nil if there are none.
func hintPast(member, before, behind []byte) (size int) {
	for _, other := range [2][]byte{before, behind} {
		if other == nil {
			continue
		}
		size = max(size, min(common(member, other)+1, maxHint))
	}
	return size
}

// keyRoom is room for a key of the index.
type keyRoom [hashBytes + maxScoreBytes + maxHint + 1]byte

// newKey is a key for a member, laid out in room, that the index doesn't have: another member with the same hash and score has another one.
func (t *Tree) newKey(room *keyRoom, hash uint64, score float64, member []byte, hint int) []byte {
	start := appendKey(room[:0], hash, score)
	key := appendHint(start, member, hint)
	for hint <= len(member) && t.index.Find(hash, key).Found() {
		hint++
		key = appendHint(start, member, hint)
	}
	return key
}

// enter gives a member another score in the index, or adds it; at is what find has returned for it, and nothing was changed since.
func (t *Tree) enter(at *Place, score float64, member []byte, hint int) {
	var room keyRoom
	var key []byte
	if at.alone { // so that no other can have the same key
		key = appendHint(appendKey(room[:0], at.hash, score), member, hint)
	} else {
		key = t.newKey(&room, at.hash, score, member, hint)
	}
	if at.found {
		t.index.Rekey(t.linkAt(at, member), at.hash, key)
	} else {
		t.index.Put(dict.At{}, at.hash, key, 0, nil)
	}
}

// linkOf is the entry of a member in the index, and its hint: of those that may be its own the longest. Whatever others have the same hash,
// each is then still led to by a key.
func (t *Tree) linkOf(hash uint64, score float64, member []byte) (at dict.At, hint []byte) {
	var room [hashBytes + maxScoreBytes]byte
	start := appendKey(room[:0], hash, score)
	t.index.CandidatesAt(hash, hashMask, func(a dict.At) bool {
		if rest, ok := bytes.CutPrefix(a.Item().Key, start); ok && leadsTo(rest, member) && (!at.Found() || len(rest) > len(hint)) {
			at, hint = a, rest
		}
		return true
	})
	return at, hint
}

// unlink takes a member out of the index.
func (t *Tree) unlink(hash uint64, score float64, member []byte) {
	at, _ := t.linkOf(hash, score, member)
	t.index.DeleteAt(at, hash)
}

// linkAt is linkOf for a member that find has found.
func (t *Tree) linkAt(at *Place, member []byte) dict.At {
	if at.alone {
		return at.link
	}
	link, _ := t.linkOf(at.hash, at.Score, member)
	return link
}

// crowded is a member whose hint is too short for the crowd around it.
type crowded struct {
	score  float64
	member []byte
	// hint is the size that it needs; 0 if there is no such member.
	hint int
}

// hints finds the size of the hint for a member that comes to a place with this score, and whether one of those that it meets there needs
// a longer one than it has; of that one the text is copied to room.
func (t *Tree) hints(s *counted.Spot, score float64, member, room []byte) (hint int, lacking crowded) {
	order := orderOf(score)
	entryLeft, entryRight := t.members.Around(s, crowd, order)
	if entryLeft == nil && entryRight == nil {
		return 0, lacking
	}
	left, right := memberOf(entryLeft, score), memberOf(entryRight, score)
	look := func(entry, text, left, right []byte) {
		has, rest := cutHint(entry)
		if needs := hintPast(text, left, right); needs > max(has, lacking.hint) {
			exact, _ := readScore(rest)
			lacking = crowded{exact, append(room[:0], text...), needs}
		}
	}
	entryBefore, entryBehind := t.members.Beside(s)
	before, behind := memberOf(entryBefore, score), memberOf(entryBehind, score)
	switch {
	case before != nil && behind != nil:
		look(entryBefore, before, unless(before, left), right)
		look(entryBehind, behind, left, unless(behind, right))
	case before != nil: // the last with its score: if they come in order, nobody else will look at those that lie on the page before
		if far := t.members.Near(s, -crowd, order); far != nil {
			left = memberOf(far, score)
			look(far, left, nil, member)
		}
	case behind != nil:
		if far := t.members.Near(s, crowd, order); far != nil {
			right = memberOf(far, score)
			look(far, right, member, nil)
		}
	}
	return hintPast(member, left, right), lacking
}

// unless is a member, or nil if it lies where another does.
func unless(other, member []byte) []byte {
	if member != nil && len(other) == len(member) && (len(other) == 0 || &other[0] == &member[0]) {
		return nil
	}
	return member
}

// lengthen gives a member the hint that it needs.
func (t *Tree) lengthen(c *crowded) {
	hash := t.hash(c.member)
	if link, has := t.linkOf(hash, c.score, c.member); len(has) < c.hint {
		var room keyRoom
		t.index.Rekey(link, hash, t.newKey(&room, hash, c.score, c.member, c.hint))
	}
	var spot counted.Spot
	t.seek(&spot, &target{score: c.score, member: c.member})
	t.members.Land(&spot)
	var room entryRoom
	t.members.SetAt(&spot, appendEntry(room[:0], c.hint, c.score, c.member))
}

// membersOf yields the member that a key of the index leads to, and any others that have the same hash and to whom the key might lead.
func (t *Tree) membersOf(key []byte, yield func(member packed.Item, score float64)) {
	score, hint := readScore(key[hashBytes:])
	hash := hashOfKey(key)
	first := t.search(&target{score: score, member: leastOf(hint)})
	for _, entry := range t.members.Ascend(first) {
		s, member := readEntry(entry)
		if s != score || !leadsTo(hint, member) {
			return
		}
		if t.hash(member) == hash {
			yield(packed.TextItem(member), s)
		}
	}
}
