package rdb

import (
	"encoding/binary"
	"math"
)

// An intset is
//
//	u32 bytes of each (2, 4 or 8), u32 how many | integers in rising order, little-endian
const intsetHead = 8

var (
	errIntset      = brokenPacked("an intset whose length isn't what it says, or that is empty")
	errIntsetOrder = brokenPacked("an intset whose integers don't rise")
)

// eachOfIntset builds a set of an intset, and checks all of it.
func eachOfIntset(p []byte, b Builder) error {
	if len(p) < intsetHead {
		return errIntset
	}
	width, count := uint64(binary.LittleEndian.Uint32(p)), uint64(binary.LittleEndian.Uint32(p[4:]))
	if width != 2 && width != 4 && width != 8 || count == 0 || uint64(len(p)) != intsetHead+width*count {
		return errIntset
	}
	if err := b.Begin(KindSet, hint(count)); err != nil {
		return err
	}
	before := int64(math.MinInt64)
	for at := intsetHead; at < len(p); at += int(width) {
		n := littleInt(p[at : at+int(width)])
		if n <= before && at > intsetHead {
			return errIntsetOrder
		}
		if err := b.Item(IntElement(n)); err != nil {
			return err
		}
		before = n
	}
	return nil
}

// intsetWidth is how many bytes an integer takes in an intset.
func intsetWidth(n int64) int {
	switch {
	case n == int64(int16(n)):
		return 2
	case n == int64(int32(n)):
		return 4
	}
	return 8
}

// appendIntsetInt appends an integer in so many bytes.
func appendIntsetInt(dst []byte, n int64, width int) []byte {
	switch width {
	case 2:
		return binary.LittleEndian.AppendUint16(dst, uint16(n))
	case 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	return binary.LittleEndian.AppendUint64(dst, uint64(n))
}
