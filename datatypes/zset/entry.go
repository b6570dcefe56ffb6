package zset

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
