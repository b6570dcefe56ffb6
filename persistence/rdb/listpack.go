package rdb

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A listpack is
//
//	u32 bytes of all, u16 elements (65535: count them) | element ... | 0xff
//
//	element   0xxxxxxx                    an integer from 0 to 127
//	          10llllll, bytes             a text of up to 63 bytes
//	          110xxxxx u8                 an integer of 13 bits
//	          1110llll u8, bytes          a text of up to 4095 bytes
//	          0xf0 u32, bytes             a longer text
//	          0xf1 i16, 0xf2 i24, 0xf3 i32, 0xf4 i64
//
// each followed by its length so far, in groups of seven bits from the highest on, all but the first with their top bit set, so that it is
// read backwards.
const (
	listpackHead    = 6
	listpackEnd     = 0xff
	listpackUnknown = math.MaxUint16
	maxBacklen      = 5
)

var (
	errListpackHead  = brokenPacked("a listpack whose length isn't what it says")
	errListpackEntry = brokenPacked("a listpack with an element of no known form, or that reaches beyond its end")
	errListpackBack  = brokenPacked("a listpack with an element that has two lengths")
	errListpackCount = brokenPacked("a listpack with another number of elements than it says")
)

// listpackCount is how many elements a listpack says it has, 0 if it doesn't.
func listpackCount(p []byte) int { return announcedCount(p, listpackHead) }

// announcedCount is what the last two bytes of a head say, of a listpack or a ziplist: how many elements follow, 0 if it isn't known.
func announcedCount(p []byte, head int) int {
	if len(p) < head {
		return 0
	}
	if n := binary.LittleEndian.Uint16(p[head-2:]); n != listpackUnknown {
		return int(n)
	}
	return 0
}

// eachOfListpack hands on the elements of a listpack, and checks all of it.
func eachOfListpack(p []byte, yield func(Element) error) error {
	l, err := openListpack(p)
	for err == nil && len(l.rest) > 0 {
		var e Element
		if err = l.next(&e); err == nil {
			err = yield(e)
		}
	}
	if err != nil {
		return err
	}
	return l.end()
}

// listpack is one that is being read: openListpack, next as long as there is a rest, end.
type listpack struct {
	rest             []byte
	announced, count int
}

func openListpack(p []byte) (l listpack, err error) {
	if len(p) <= listpackHead || uint64(binary.LittleEndian.Uint32(p)) != uint64(len(p)) || p[len(p)-1] != listpackEnd {
		return l, errListpackHead
	}
	return listpack{rest: p[listpackHead : len(p)-1], announced: int(binary.LittleEndian.Uint16(p[4:]))}, nil
}

// next reads an element; there is one.
func (l *listpack) next(e *Element) error {
	p := l.rest
	if first := p[0]; first&0xc0 == 0x80 { // a short text, as most are
		if size := 1 + int(first&0x3f); size < len(p) && int(p[size]) == size {
			*e = Element{text: p[1:size:size]}
			l.rest, l.count = p[size+1:], l.count+1
			return nil
		}
	}
	var size int
	var ok bool
	if *e, size, ok = listpackElement(p); !ok {
		return errListpackEntry
	}
	back, ok := backlen(p[size:], size)
	if !ok {
		return errListpackBack
	}
	l.rest, l.count = p[size+back:], l.count+1
	return nil
}

// end checks the number of elements that were read.
func (l *listpack) end() error {
	if l.announced != listpackUnknown && l.announced != l.count {
		return errListpackCount
	}
	return nil
}

// backlen tells how long the length is that p begins with, if it is that of an element of so many bytes.
func backlen(p []byte, size int) (n int, ok bool) {
	if size < 1<<7 {
		return 1, len(p) > 0 && int(p[0]) == size
	}
	var room [maxBacklen]byte
	back := appendBacklen(room[:0], size)
	return len(back), bytes.HasPrefix(p, back)
}

// listpackElement is the element that p begins with, and how many bytes it takes without its length behind.
func listpackElement(p []byte) (e Element, size int, ok bool) {
	switch first := p[0]; {
	case first < 0x80:
		return IntElement(int64(first)), 1, true
	case first < 0xc0:
		return listpackText(p, 1, uint64(first&0x3f))
	case first < 0xe0:
		if len(p) < 2 {
			return e, 0, false
		}
		return IntElement(int64(int16(uint16(first)<<11|uint16(p[1])<<3) >> 3)), 2, true
	case first < 0xf0:
		if len(p) < 2 {
			return e, 0, false
		}
		return listpackText(p, 2, uint64(first&0xf)<<8|uint64(p[1]))
	case first == 0xf0:
		if len(p) < 5 {
			return e, 0, false
		}
		return listpackText(p, 5, uint64(binary.LittleEndian.Uint32(p[1:])))
	case first <= 0xf4:
		size := [...]int{3, 4, 5, 9}[first-0xf1]
		if len(p) < size {
			return e, 0, false
		}
		return IntElement(littleInt(p[1:size])), size, true
	}
	return e, 0, false
}

func listpackText(p []byte, head int, n uint64) (e Element, size int, ok bool) {
	if n > uint64(len(p)-head) {
		return e, 0, false
	}
	size = head + int(n)
	return TextElement(p[head:size:size]), size, true
}

// littleInt is a signed integer of 1 to 8 bytes, the lowest first.
func littleInt(p []byte) int64 {
	var n uint64
	for i, b := range p {
		n |= uint64(b) << (8 * i)
	}
	unused := 64 - 8*len(p)
	return int64(n<<unused) >> unused
}

// appendBacklen appends a length that is read backwards. As in Redis the largest of most sizes takes a byte more than it need.
func appendBacklen(dst []byte, size int) []byte {
	groups := maxBacklen
	switch {
	case size < 1<<7:
		groups = 1
	case size < 1<<14-1:
		groups = 2
	case size < 1<<21-1:
		groups = 3
	case size < 1<<28-1:
		groups = 4
	}
	for group := groups - 1; group >= 0; group-- {
		b := byte(size>>(7*group)) & 0x7f
		if group < groups-1 {
			b |= 0x80
		}
		dst = append(dst, b)
	}
	return dst
}

// beginListpack appends what a listpack begins with.
func beginListpack(dst []byte) []byte { return append(dst, 0, 0, 0, 0, 0, 0) }

// endListpack appends what a listpack, which begins at from, ends with.
func endListpack(dst []byte, from, count int) []byte {
	dst = append(dst, listpackEnd)
	binary.LittleEndian.PutUint32(dst[from:], uint32(len(dst)-from))
	binary.LittleEndian.PutUint16(dst[from+4:], uint16(min(count, listpackUnknown)))
	return dst
}

// appendElement appends an element of a listpack; a text that reads as an integer becomes one.
func appendElement(dst []byte, e *Element) []byte {
	if n, isInt := e.whole(); isInt {
		return appendListpackInt(dst, n)
	}
	from, n := len(dst), len(e.text)
	switch {
	case n < 1<<6:
		dst = append(dst, 0x80|byte(n))
	case n < 1<<12:
		dst = append(dst, 0xe0|byte(n>>8), byte(n))
	default:
		dst = binary.LittleEndian.AppendUint32(append(dst, 0xf0), uint32(n))
	}
	dst = append(dst, e.text...)
	return appendBacklen(dst, len(dst)-from)
}

func appendListpackInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0 && n < 1<<7:
		return append(dst, byte(n), 1)
	case n >= -1<<12 && n < 1<<12:
		return append(dst, 0xc0|byte(n>>8)&0x1f, byte(n), 2)
	case n >= -1<<15 && n < 1<<15:
		return append(dst, 0xf1, byte(n), byte(n>>8), 3)
	case n >= -1<<23 && n < 1<<23:
		return append(dst, 0xf2, byte(n), byte(n>>8), byte(n>>16), 4)
	case n >= -1<<31 && n < 1<<31:
		return append(binary.LittleEndian.AppendUint32(append(dst, 0xf3), uint32(n)), 5)
	}
	return append(binary.LittleEndian.AppendUint64(append(dst, 0xf4), uint64(n)), 9)
}

// listpackBytes is how long an element is in a listpack.
func listpackBytes(e *Element) int {
	var room [maxBacklen + 9]byte
	if n, isInt := e.whole(); isInt {
		return len(appendListpackInt(room[:0], n))
	}
	size := len(e.text)
	switch {
	case size < 1<<6:
		size++
	case size < 1<<12:
		size += 2
	default:
		size += 5
	}
	return size + len(appendBacklen(room[:0], size))
}
