package rdb

import (
	"encoding/binary"
	"math/bits"
)

// The checksum is CRC-64 with Jones's polynomial, reflected, beginning with 0 and inverted nowhere, so that it is linear:
//
//	crc(A B) = crc(A) * x^(8 len(B)) + crc(B)
//
// Bit 63 of a checksum is the coefficient of x^0. Eight bytes are taken at a time, by a table for each ("slicing by 8").
const polynomial = 0x95ac9329ac4bc9b5

var crcTables = makeCRCTables()

func makeCRCTables() [8][256]uint64 {
	var tables [8][256]uint64
	for i := range 256 {
		crc := uint64(i)
		for range 8 {
			crc = timesX(crc)
		}
		tables[0][i] = crc
	}
	for i := range 256 {
		crc := tables[0][i]
		for slice := 1; slice < 8; slice++ {
			crc = tables[0][byte(crc)] ^ crc>>8
			tables[slice][i] = crc
		}
	}
	return tables
}

// timesX is crc * x, modulo the polynomial.
func timesX(crc uint64) uint64 { return crc>>1 ^ polynomial&-(crc&1) }

// Long pieces are cut into lanes, whose checksums are made side by side and put together: by itself each step waits for the one before it.
const (
	laneBits = 12
	lane     = 1 << laneBits
)

// checksum goes on with a checksum over more bytes.
func checksum(crc uint64, p []byte) uint64 {
	for ; len(p) >= 3*lane; p = p[3*lane:] {
		second, third := uint64(0), uint64(0)
		for i := 0; i < lane; i += 8 {
			crc = eight(crc ^ binary.LittleEndian.Uint64(p[i:]))
			second = eight(second ^ binary.LittleEndian.Uint64(p[lane+i:]))
			third = eight(third ^ binary.LittleEndian.Uint64(p[2*lane+i:]))
		}
		over := powers[laneBits+3] // x^(8 lane)
		crc = multiply(over, multiply(over, crc)^second) ^ third
	}
	for ; len(p) >= 8; p = p[8:] {
		crc = eight(crc ^ binary.LittleEndian.Uint64(p))
	}
	for _, b := range p {
		crc = crcTables[0][byte(crc)^b] ^ crc>>8
	}
	return crc
}

// eight takes eight bytes that were added to a checksum.
func eight(crc uint64) uint64 {
	t := &crcTables
	return t[7][byte(crc)] ^ t[6][byte(crc>>8)] ^ t[5][byte(crc>>16)] ^ t[4][byte(crc>>24)] ^
		t[3][byte(crc>>32)] ^ t[2][byte(crc>>40)] ^ t[1][byte(crc>>48)] ^ t[0][byte(crc>>56)]
}

// powers[k] is x^(2^k).
var powers = makePowers()

func makePowers() *[64]uint64 {
	var table [64]uint64
	table[0] = 1 << 62
	for k := 1; k < len(table); k++ {
		table[k] = multiply(table[k-1], table[k-1])
	}
	return &table
}

// multiply is a * b, modulo the polynomial: 64 steps at most.
func multiply(a, b uint64) uint64 {
	var product uint64
	for ; a != 0; a <<= 1 {
		product ^= b & -(a >> 63)
		b = timesX(b)
	}
	return product
}

// joinChecksums is the checksum of bytes whose parts have these two, the second part being so many bytes. It costs a multiplication for
// each bit set in the size: a microsecond.
func joinChecksums(first, second uint64, secondBytes int) uint64 {
	for size := uint64(secondBytes); size != 0; size &= size - 1 {
		first = multiply(powers[bits.TrailingZeros64(size)+3], first)
	}
	return first ^ second
}
