package zset

import (
	"bytes"
	"cmp"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// maxPairs is how many members a piece has at most: they are found by going through them.
const maxPairs = 128

// pair is a member and its score, and the bytes that both take in a piece.
type pair struct {
	member packed.Item
	score  float64
	size   int
}

// readPair reads the pair at the beginning of items.
func readPair(items []byte) (p pair) {
	member, rest := packed.Read(items)
	score, rest := readScore(rest)
	return pair{member, score, len(items) - len(rest)}
}

// pairSize is the size of the pair at the beginning of items.
func pairSize(items []byte) int {
	size := packed.Size(items)
	return size + scoreSize(items[size])
}

// skipPairs returns what follows n pairs.
func skipPairs(items []byte, n int) []byte {
	for range n {
		items = items[pairSize(items):]
	}
	return items
}

// compare compares the pair with another in the order of the set.
func (p *pair) compare(score float64, member []byte) int {
	if p.score != score {
		return cmp.Compare(p.score, score)
	}
	return compareItem(&p.member, member)
}

// findPair looks for a member in a piece; one that reads as an integer is one.
func findPair(piece []byte, it *packed.Item) (at Place) {
	_, items := packed.Split(piece)
	return findIn(items, it)
}

// findIn is findPair in the pairs of a piece.
func findIn(items []byte, it *packed.Item) (at Place) {
	var room [packed.MaxHead]byte
	head, text := it.AppendHead(room[:0]), it.Text()
	for offset, rank := 0, 0; offset < len(items); rank++ {
		rest := items[offset:]
		if rest[0] == head[0] && bytes.HasPrefix(rest, head) && bytes.HasPrefix(rest[len(head):], text) {
			score, _ := readScore(rest[len(head)+len(text):])
			return Place{Score: score, rank: rank, found: true, offset: offset}
		}
		offset += pairSize(rest)
	}
	return Place{}
}

// pairsBefore is how many pairs of a piece come before something; those that do come first.
func (f *Form) pairsBefore(before func(p pair) bool) (count int) {
	_, items := packed.Split(f.Packed)
	for len(items) > 0 {
		p := readPair(items)
		if !before(p) {
			break
		}
		items = items[p.size:]
		count++
	}
	return count
}

// appendPair appends a pair's bytes.
func appendPair(dst []byte, it *packed.Item, score float64) []byte {
	return appendScore(it.AppendBytes(dst), score)
}

// putPair gives an item that score in a piece, which may become a tree; at is what findPair has just returned for it.
func (f *Form) putPair(ed *Edit, at Place, it *packed.Item, score float64) {
	var digits [packed.MaxDigits]byte
	member := it.TextIn(digits[:0])
	count, items := packed.Split(f.Packed)
	if !at.found {
		count++
	}
	if count <= maxPairs && len(it.Text()) < packed.MaxBytes {
		// The old pair, if there is one, lies from `from` to `to`. The new one comes before it or behind it.
		from, to := 0, 0
		if at.found {
			from, to = at.offset, at.offset+pairSize(items[at.offset:])
		}
		place := placeFor(items, score, member)
		piece := packed.AppendCount(ed.Begin(), count)
		if place <= from {
			piece = appendPair(append(piece, items[:place]...), it, score)
			piece = append(append(piece, items[place:from]...), items[to:]...)
		} else {
			piece = append(append(piece, items[:from]...), items[to:place]...)
			piece = append(appendPair(piece, it, score), items[place:]...)
		}
		if len(piece) <= packed.MaxBytes {
			f.put(ed, piece)
			return
		}
		ed.Scratch = piece
	}
	f.grow(ed)
	found := f.Tree.find(member)
	f.Tree.put(&found, member, score)
}

// placeFor is where the first pair begins that comes behind a new one.
func placeFor(items []byte, score float64, member []byte) (place int) {
	for place < len(items) {
		p := readPair(items[place:])
		if p.compare(score, member) > 0 {
			break
		}
		place += p.size
	}
	return place
}

// cutPairs takes the pairs of those ranks out of a piece, of which some stay.
func (f *Form) cutPairs(ed *Edit, from, to int) {
	count, items := packed.Split(f.Packed)
	head := skipPairs(items, from)
	tail := skipPairs(head, to-from)
	piece := packed.AppendCount(ed.Begin(), count-(to-from))
	piece = append(piece, items[:len(items)-len(head)]...)
	f.put(ed, append(piece, tail...))
}
