package zset

import "github.com/cinnabar-db/cinnabar/datatypes/counted"

// An entry of a tree is a score and a member; before them stands, where the member has a hint in the index, what size that was to have:
//
//	first byte     bytes behind it
//	0x60-0x7e      none               1 to 31
//	0x7f           1                  to 255
//	any other                         no size: the score begins here

// maxShortHint is the largest size that takes one byte.
const maxShortHint = hintedMore - hinted1

// appendEntry appends an entry.
func appendEntry(dst []byte, hint int, score float64, member []byte) []byte {
	switch {
	case hint > maxShortHint:
		dst = append(dst, hintedMore, byte(hint))
	case hint > 0:
		dst = append(dst, hinted1+byte(hint-1))
	}
	return append(appendScore(dst, score), member...)
}

// cutHint takes the size of the hint off an entry.
func cutHint(entry []byte) (hint int, rest []byte) {
	switch first := entry[0]; {
	case first < hinted1 || first > hintedMore:
		return 0, entry
	case first == hintedMore:
		return int(entry[1]), entry[2:]
	default:
		return int(first-hinted1) + 1, entry[1:]
	}
}

// readEntry reads an entry's score and its member.
func readEntry(entry []byte) (score float64, member []byte) {
	_, rest := cutHint(entry)
	return readScore(rest)
}

// orderOfEntry are the leading bits of an entry's order.
func orderOfEntry(entry []byte) uint64 {
	score, _ := readEntry(entry)
	return orderOf(score)
}

// entryRoom is room for an entry without allocating, if its member isn't long.
type entryRoom [256]byte

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

// memberOf is the member of an entry that has this score; nil if there is no entry, or it has another.
func memberOf(entry []byte, score float64) []byte {
	if entry == nil {
		return nil
	}
	if s, member := readEntry(entry); s == score {
		return member
	}
	return nil
}
