package zset

import (
	"encoding/binary"
	"math"
)

// maxScoreBytes is the longest score as it lies.
const maxScoreBytes = 9

// The first bytes of scores: what they hold and what follows doc.go says.
const (
	hinted1    = 0x60 // see entry.go: no score begins with a byte from here
	hintedMore = 0x7f // to here
	whole14    = 0x80
	whole21    = 0xc0
	whole27    = 0xe0
	whole34    = 0xe8
	whole42    = 0xec
	negative8  = 0xf0
	whole56    = 0xf7
	leading8   = 0xf8
	maxInteger = 1 << 53
)

// appendScore appends a score's bytes: of two scores with the same 64 bits they are the same, of others they aren't.
func appendScore(dst []byte, score float64) []byte {
	n := int64(0)
	if -maxInteger <= score && score <= maxInteger {
		n = int64(score)
	}
	bits := math.Float64bits(score)
	switch {
	case math.Float64bits(float64(n)) != bits:
		// A fraction, an infinity, -0 or a large one.
		size := 8
		for ; size > 1 && byte(bits) == 0; size-- {
			bits >>= 8
		}
		return appendBytes(append(dst, leading8+byte(size-1)), bits, size)
	case n < 0:
		size := 1
		for n < -1<<(8*size) {
			size++
		}
		return appendBytes(append(dst, negative8+byte(size-1)), uint64(-1-n), size)
	case n < hinted1:
		return append(dst, byte(n))
	case n < 1<<14:
		return appendBytes(dst, whole14<<8|uint64(n), 2)
	case n < 1<<21:
		return appendBytes(dst, whole21<<16|uint64(n), 3)
	case n < 1<<27:
		return appendBytes(dst, whole27<<24|uint64(n), 4)
	case n < 1<<34:
		return appendBytes(dst, whole34<<32|uint64(n), 5)
	case n < 1<<42:
		return appendBytes(dst, whole42<<40|uint64(n), 6)
	}
	return appendBytes(dst, whole56<<56|uint64(n), 8)
}

// appendBytes appends the lowest size bytes of bits, the highest of them first.
func appendBytes(dst []byte, bits uint64, size int) []byte {
	var all [8]byte
	binary.BigEndian.PutUint64(all[:], bits)
	return append(dst, all[8-size:]...)
}

// scoreSize is the size of the score that begins with a byte.
func scoreSize(first byte) int {
	switch {
	case first < whole14:
		return 1
	case first < whole21:
		return 2
	case first < whole27:
		return 3
	case first < whole34:
		return 4
	case first < whole42:
		return 5
	case first < negative8:
		return 6
	case first < whole56:
		return 2 + int(first-negative8)
	case first == whole56:
		return 8
	}
	return 2 + int(first-leading8)
}

// readScore reads the score at the beginning of p and returns what follows it.
func readScore(p []byte) (score float64, rest []byte) {
	first := p[0]
	size := scoreSize(first)
	bits := uint64(0)
	for _, b := range p[1:size] {
		bits = bits<<8 | uint64(b)
	}
	rest = p[size:]
	switch {
	case first < whole14:
		return float64(first), rest
	case first < whole21:
		bits |= uint64(first-whole14) << 8
	case first < whole27:
		bits |= uint64(first-whole21) << 16
	case first < whole34:
		bits |= uint64(first-whole27) << 24
	case first < whole42:
		bits |= uint64(first-whole34) << 32
	case first < negative8:
		bits |= uint64(first-whole42) << 40
	case first < whole56:
		return -1 - float64(bits), rest
	case first >= leading8:
		return math.Float64frombits(bits << (8 * (9 - size))), rest
	}
	return float64(bits), rest
}

// orderOf is a number that has the order of scores: equal ones, 0 and -0 among them, have the same.
func orderOf(score float64) uint64 {
	bits := math.Float64bits(score)
	switch {
	case score == 0:
		return 1 << 63
	case bits>>63 != 0:
		return ^bits
	}
	return bits | 1<<63
}
