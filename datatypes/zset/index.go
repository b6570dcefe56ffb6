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
// distinguish it from the members of the same score that lie `crowd` before it and `crowd` behind it when it comes. Since members are in
// order, all others that begin like it lie between those two.
//
// More may come in between later. So whoever comes looks at the hints of those two neighbours as well and lengthens them if the new member
// begins with them too. This doesn't give all of them all they should have at any time, but hints that are too short are met the sooner the
// more come in between.
//
// To have a hint that distinguishes a member from those that are longer and begin with it, members are taken to have a zero byte behind
// their end.

const (
	hashBytes = 5
	// hashMask are the bits of a hash that keys have: dict says what it needs.
	hashMask = math.MaxUint64 >> 24 << 24
	// crowd is how far the neighbours lie from which a hint distinguishes a member: twice as many are gone through to find it, at about 10 ns
	// each.
	crowd = 64
	// maxHint bounds hints: of members that are alike for longer all are gone through.
	maxHint = 1024
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

// hintSize is the size of a hint that distinguishes a member from another with which it has so many bytes in common.
func hintSize(common int) int { return min(common+1, maxHint) }

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

// link adds a member to the index.
func (t *Tree) link(hash uint64, score float64, member []byte, hint int) {
	var room keyRoom
	t.index.Put(dict.At{}, hash, t.newKey(&room, hash, score, member, hint), 0, nil)
}

// relink gives a member, for which the index has an entry, another score or hint there.
func (t *Tree) relink(at dict.At, hash uint64, score float64, member []byte, hint int) {
	var room keyRoom
	t.index.Rekey(at, hash, t.newKey(&room, hash, score, member, hint))
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

// distinguish is the size of the hint that a member needs which comes to a place where others with its score are. It lengthens those of
// the neighbours that it is to be distinguished from, if they need it.
func (t *Tree) distinguish(s *counted.Spot, score float64, member []byte) (hint int) {
	for _, by := range [2]int{-crowd, crowd} {
		if !t.members.Reaches(s, by, orderOf(score)) {
			continue
		}
		entry := t.members.Near(s, by)
		if entry == nil {
			continue
		}
		is, other := readScore(entry)
		if is != score {
			continue
		}
		common := 0
		for common < len(member) && common < len(other) && member[common] == other[common] {
			common++
		}
		size := hintSize(common)
		hint = max(hint, size)
		hash := t.hash(other)
		if at, has := t.linkOf(hash, is, other); len(has) < size {
			t.relink(at, hash, is, other, size)
		}
	}
	return hint
}

// membersOf yields the member that a key of the index leads to, and any others that have the same hash and to whom the key might lead.
func (t *Tree) membersOf(key []byte, yield func(member packed.Item, score float64)) {
	score, hint := readScore(key[hashBytes:])
	hash := hashOfKey(key)
	first := t.search(&target{score: score, member: leastOf(hint)})
	for _, entry := range t.members.Ascend(first) {
		s, member := readScore(entry)
		if s != score || !leadsTo(hint, member) {
			return
		}
		if t.hash(member) == hash {
			yield(packed.TextItem(member), s)
		}
	}
}
