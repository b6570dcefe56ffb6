package rdb

import (
	"encoding/binary"
	"math"
)

// A ziplist, which Redis wrote before version 7, is
//
//	u32 bytes of all, u32 offset of the last entry, u16 entries (65535: count them) | entry ... | 0xff
//
//	entry     u8, or 0xfe u32             the length of the entry before
//	          00llllll, bytes             a text of up to 63 bytes
//	          01llllll u8, bytes          a text of up to 16383 bytes, the length in network byte order
//	          10...... u32, bytes         a longer text, likewise
//	          0xc0 i16, 0xd0 i32, 0xe0 i64, 0xf0 i24, 0xfe i8
//	          0xf1 ... 0xfd               an integer from 0 to 12
const (
	ziplistHead    = 10
	ziplistUnknown = math.MaxUint16
	ziplistLong    = 0xfe
	packedEnd      = 0xff // of ziplists and zipmaps
)

var (
	errZiplistHead  = brokenPacked("a ziplist whose length isn't what it says")
	errZiplistEntry = brokenPacked("a ziplist with an entry of no known form, or that reaches beyond its end")
	errZiplistBack  = brokenPacked("a ziplist with an entry that has another length than the next one says")
	errZiplistCount = brokenPacked("a ziplist with another number of entries, or another last one, than it says")
)

// ziplistCount is how many entries a ziplist says it has, 0 if it doesn't.
func ziplistCount(p []byte) int { return announcedCount(p, ziplistHead) }

// eachOfZiplist hands on the entries of a ziplist, and checks all of it.
func eachOfZiplist(p []byte, yield func(Element) error) error {
	if len(p) <= ziplistHead || uint64(binary.LittleEndian.Uint32(p)) != uint64(len(p)) || p[len(p)-1] != packedEnd {
		return errZiplistHead
	}
	tail, announced := uint64(binary.LittleEndian.Uint32(p[4:])), int(binary.LittleEndian.Uint16(p[8:]))
	if tail > uint64(len(p)-1) {
		return errZiplistHead
	}
	entries := p[ziplistHead : len(p)-1]
	at, before, last, count := 0, 0, 0, 0
	for ; at < len(entries); count++ {
		said, head, ok := ziplistBefore(entries[at:])
		if !ok {
			return errZiplistEntry
		}
		if said != uint64(before) {
			return errZiplistBack
		}
		e, size, ok := ziplistElement(entries[at+head:])
		if !ok {
			return errZiplistEntry
		}
		if err := yield(e); err != nil {
			return err
		}
		last, before = at, head+size
		at += before
	}
	if announced != ziplistUnknown && announced != count || count > 0 && tail != uint64(ziplistHead+last) {
		return errZiplistCount
	}
	return nil
}

// ziplistBefore reads the length of the entry before.
func ziplistBefore(p []byte) (n uint64, size int, ok bool) {
	switch {
	case p[0] < ziplistLong:
		return uint64(p[0]), 1, true
	case p[0] == packedEnd || len(p) < 5:
		return 0, 0, false
	}
	return uint64(binary.LittleEndian.Uint32(p[1:])), 5, true
}

func ziplistElement(p []byte) (e Element, size int, ok bool) {
	if len(p) == 0 {
		return e, 0, false
	}
	switch first := p[0]; {
	case first < 0x40:
		return listpackText(p, 1, uint64(first))
	case first < 0x80:
		if len(p) < 2 {
			return e, 0, false
		}
		return listpackText(p, 2, uint64(first&0x3f)<<8|uint64(p[1]))
	case first < 0xc0:
		if len(p) < 5 {
			return e, 0, false
		}
		return listpackText(p, 5, uint64(binary.BigEndian.Uint32(p[1:])))
	case first > 0xf0 && first < ziplistLong:
		return IntElement(int64(first - 0xf1)), 1, true
	}
	switch p[0] {
	case 0xc0:
		size = 3
	case 0xd0:
		size = 5
	case 0xe0:
		size = 9
	case 0xf0:
		size = 4
	case 0xfe:
		size = 2
	default:
		return e, 0, false
	}
	if len(p) < size {
		return e, 0, false
	}
	return IntElement(littleInt(p[1:size])), size, true
}

// A zipmap, which Redis wrote before version 2.6 for small hashes, is
//
//	u8 fields (254 and more: count them) | field ... | 0xff
//
//	field     length, bytes | length, u8 unused, bytes, unused bytes
//	length    u8, or 0xfe u32
const zipmapUnknown = 0xfe

var errZipmap = brokenPacked("a zipmap with a field that reaches beyond its end, or another number of fields than it says, or none")

// eachOfZipmap hands on fields and values in turn, and checks everything.
func eachOfZipmap(p []byte, yield func(Element) error) error {
	if len(p) < 2 || p[len(p)-1] != packedEnd {
		return errZipmap
	}
	rest, count := p[1:len(p)-1], 0
	for ; len(rest) > 0; count++ {
		field, size, ok := zipmapText(rest, 0)
		if !ok {
			return errZipmap
		}
		rest = rest[size:]
		value, size, ok := zipmapText(rest, 1)
		if !ok {
			return errZipmap
		}
		rest = rest[size:]
		if err := yield(field); err != nil {
			return err
		}
		if err := yield(value); err != nil {
			return err
		}
	}
	if count == 0 || p[0] != zipmapUnknown && int(p[0]) != count {
		return errZipmap
	}
	return nil
}

// zipmapText reads a text that may be followed by unused bytes, whose number stands before it.
func zipmapText(p []byte, unused int) (e Element, size int, ok bool) {
	if len(p) == 0 || p[0] == packedEnd {
		return e, 0, false
	}
	n, head := uint64(p[0]), 1
	if p[0] == ziplistLong {
		if len(p) < 5 {
			return e, 0, false
		}
		n, head = uint64(binary.LittleEndian.Uint32(p[1:])), 5
	}
	free := 0
	if unused > 0 {
		if len(p) <= head {
			return e, 0, false
		}
		free = int(p[head])
		head++
	}
	e, size, ok = listpackText(p, head, n)
	if !ok || free > len(p)-size {
		return e, 0, false
	}
	return e, size + free, true
}
