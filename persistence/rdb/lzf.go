package rdb

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// LZF, as Marc Lehmann's liblzf lays it out, is a sequence of
//
//	000lllll, l+1 bytes                  these bytes
//	llloooooo oooooooo    l = 1..6       the l+2 bytes that stand o+1 bytes before
//	111ooooo llllllll oooooooo           the l+9 bytes that stand o+1 bytes before
const (
	lzfHashBits   = 13
	lzfMaxLiteral = 32
	lzfMaxOffset  = 1 << 13
	lzfMaxMatch   = 264
	lzfMinMatch   = 3
	lzfExpansion  = lzfMaxMatch / 3 // bytes out of one in, at most
	lzfHurry      = 6               // after each 64 bytes without a match one more byte is skipped
)

// lzf compresses. It remembers where it saw three bytes last, by their hash. Positions are counted on from call to call, so that those
// of former inputs are too old rather than wrong, and nothing is cleared.
type lzf struct {
	seen  [1 << lzfHashBits]uint32
	begin uint32 // the position of the input's first byte
}

// compress appends src in compressed form, if that is at most limit bytes long; what it appends otherwise means nothing. Bytes that don't
// compress are gone over ever faster.
func (z *lzf) compress(dst, src []byte, limit int) ([]byte, bool) {
	if z.begin == 0 || uint64(z.begin)+uint64(len(src)) > 1<<31 {
		clear(z.seen[:])
		z.begin = 1
	}
	begin, most := z.begin, len(dst)+limit
	z.begin += uint32(len(src))
	literals := 0 // src[literals:at] is not written yet
	for at := 0; at+lzfMinMatch < len(src); {
		three := uint32(src[at]) | uint32(src[at+1])<<8 | uint32(src[at+2])<<16
		slot := &z.seen[lzfHash(three)]
		before := *slot
		*slot = begin + uint32(at)
		offset := at - int(before-begin)
		if before < begin || offset > lzfMaxOffset || string(src[at-offset:at-offset+3]) != string(src[at:at+3]) {
			at += 1 + (at-literals)>>lzfHurry
			continue
		}
		length := lzfMinMatch + commonLen(src[at-offset+3:], src[at+3:min(len(src), at+lzfMaxMatch)])
		dst = appendMatch(appendLiterals(dst, src[literals:at]), offset-1, length-2)
		if len(dst) > most {
			return dst, false
		}
		at += length
		literals = at
		if at+1 < len(src) {
			last := uint32(src[at-1]) | uint32(src[at])<<8 | uint32(src[at+1])<<16
			z.seen[lzfHash(last)] = begin + uint32(at-1)
		}
	}
	dst = appendLiterals(dst, src[literals:])
	return dst, len(dst) <= most
}

func lzfHash(three uint32) uint32 { return three << 8 * 2654435761 >> (32 - lzfHashBits) }

// commonLen is how many bytes a and b begin with in common. a is not the shorter.
func commonLen(a, b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if differ := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); differ != 0 {
			return n + bits.TrailingZeros64(differ)/8
		}
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func appendLiterals(dst, literals []byte) []byte {
	for len(literals) > 0 {
		n := min(len(literals), lzfMaxLiteral)
		dst = append(append(dst, byte(n-1)), literals[:n]...)
		literals = literals[n:]
	}
	return dst
}

func appendMatch(dst []byte, offset, length int) []byte {
	if length < 7 {
		return append(dst, byte(offset>>8|length<<5), byte(offset))
	}
	return append(dst, byte(offset>>8|7<<5), byte(length-7), byte(offset))
}

var (
	errLZFCut    = errors.New("the compressed string is cut short")
	errLZFLength = errors.New("the compressed string has another length than announced")
	errLZFOffset = errors.New("the compressed string refers to before its beginning")
)

// lzfExpand fills dst with what src is compressed from; it must be of just that length.
func lzfExpand(dst, src []byte) error {
	out := 0
	for in := 0; in < len(src); {
		control := int(src[in])
		in++
		if control < lzfMaxLiteral {
			n := control + 1
			switch {
			case n > len(src)-in:
				return errLZFCut
			case n > len(dst)-out:
				return errLZFLength
			}
			copy(dst[out:], src[in:in+n])
			in, out = in+n, out+n
			continue
		}
		length, more := control>>5+2, 1
		if length == 9 {
			more = 2
		}
		if more > len(src)-in {
			return errLZFCut
		}
		if more == 2 {
			length += int(src[in])
		}
		offset := control&31<<8 + int(src[in+more-1]) + 1
		in += more
		switch {
		case offset > out:
			return errLZFOffset
		case length > len(dst)-out:
			return errLZFLength
		}
		for from, end := out-offset, out+length; out < end; { // what was copied is copied again where the two overlap
			out += copy(dst[out:end], dst[from:out])
		}
	}
	if out != len(dst) {
		return errLZFLength
	}
	return nil
}
