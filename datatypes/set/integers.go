package set

import "encoding/binary"

// integersMark is what the first byte of a piece of integers has beside their width.
const integersMark = 0xf0

// maxIntegers is how many members a piece of integers has at most.
const maxIntegers = 512

// integers is a piece of integers as bytes.
type integers []byte

var little = binary.LittleEndian

// width is the size of a member, 1 in an empty piece.
func (p integers) width() int {
	if len(p) == 0 {
		return 1
	}
	return int(p[0] - integersMark)
}

func (p integers) count() int { return (len(p) - 1) / p.width() }

// at is member i.
func (p integers) at(i int) int64 {
	switch p.width() {
	case 1:
		return int64(int8(p[1+i]))
	case 2:
		return int64(int16(little.Uint16(p[1+2*i:])))
	case 4:
		return int64(int32(little.Uint32(p[1+4*i:])))
	}
	return int64(little.Uint64(p[1+8*i:]))
}

// search is the number of the first member that isn't less than n, and whether it is n.
func (p integers) search(n int64) (i int, found bool) {
	if len(p) == 0 {
		return 0, false
	}
	low, high := 0, p.count()
	for low < high {
		middle := int(uint(low+high) / 2)
		switch m := p.at(middle); {
		case m == n:
			return middle, true
		case m < n:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, false
}

// widthOf is the least width that holds n.
func widthOf(n int64) int {
	switch {
	case n == int64(int8(n)):
		return 1
	case n == int64(int16(n)):
		return 2
	case n == int64(int32(n)):
		return 4
	}
	return 8
}

// appendMember appends a member of that width.
func appendMember(dst []byte, n int64, width int) []byte {
	switch width {
	case 1:
		return append(dst, byte(n))
	case 2:
		return little.AppendUint16(dst, uint16(n))
	case 4:
		return little.AppendUint32(dst, uint32(n))
	}
	return little.AppendUint64(dst, uint64(n))
}

// appendWith appends the piece with n as member i, all as wide as n needs.
func (p integers) appendWith(dst []byte, i int, n int64) []byte {
	width := max(p.width(), widthOf(n))
	dst = append(dst, integersMark+byte(width))
	if len(p) == 0 {
		return appendMember(dst, n, width)
	}
	if width == p.width() {
		at := 1 + i*width
		dst = append(dst, p[1:at]...)
		dst = appendMember(dst, n, width)
		return append(dst, p[at:]...)
	}
	count := p.count()
	for j := range i {
		dst = appendMember(dst, p.at(j), width)
	}
	dst = appendMember(dst, n, width)
	for j := i; j < count; j++ {
		dst = appendMember(dst, p.at(j), width)
	}
	return dst
}

// appendWithout appends the piece without member i; it has others.
func (p integers) appendWithout(dst []byte, i int) []byte {
	at := 1 + i*p.width()
	dst = append(dst, p[:at]...)
	return append(dst, p[at+p.width():]...)
}

// appendSorted appends a piece of integers in rising order, of which there is at least one.
func appendSorted(dst []byte, members []int64) []byte {
	width := max(widthOf(members[0]), widthOf(members[len(members)-1]))
	dst = append(dst, integersMark+byte(width))
	for _, n := range members {
		dst = appendMember(dst, n, width)
	}
	return dst
}
