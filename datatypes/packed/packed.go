package packed

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
)

// MaxBytes is the size up to which collections are kept packed.
const MaxBytes = 3584

// The leading bytes of items.
const (
	stringMax  = 0xbf
	intTag     = 0xc0
	string16   = 0xc8
	string32   = 0xc9
	smallInt   = 0xca
	smallIntTo = 0xff - smallInt
)

// Item is one item. Its bytes belong to the piece that it lies in.
type Item struct {
	text  []byte
	n     int64
	isInt bool
}

// Int is the item's value if it is an integer.
func (it *Item) Int() (n int64, ok bool) { return it.n, it.isInt }

// Text is the item's bytes if it is a string, nil for an integer.
func (it *Item) Text() []byte { return it.text }

// Len is the length of the item as text.
func (it *Item) Len() int {
	if !it.isInt {
		return len(it.text)
	}
	var digits [20]byte
	return len(strconv.AppendInt(digits[:0], it.n, 10))
}

// AppendTo appends the item as text.
func (it *Item) AppendTo(dst []byte) []byte {
	if it.isInt {
		return strconv.AppendInt(dst, it.n, 10)
	}
	return append(dst, it.text...)
}

// AppendItem appends the bytes of an item whose text is given: an integer if parse says so.
func AppendItem(dst, text []byte, parse func([]byte) (int64, bool)) []byte {
	if len(text) <= 20 {
		if n, ok := parse(text); ok {
			return AppendInt(dst, n)
		}
	}
	return AppendText(dst, text)
}

// AppendText appends the bytes of an item that is a string, whatever it reads as.
func AppendText(dst, text []byte) []byte { return append(appendTextHead(dst, len(text)), text...) }

// appendTextHead appends what comes before a string of so many bytes.
func appendTextHead(dst []byte, size int) []byte {
	switch {
	case size <= stringMax:
		return append(dst, byte(size))
	case size <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(dst, string16), uint16(size))
	}
	return binary.LittleEndian.AppendUint32(append(dst, string32), uint32(size))
}

// AppendInt appends the bytes of an item that is an integer.
func AppendInt(dst []byte, n int64) []byte {
	if 0 <= n && n <= smallIntTo {
		return append(dst, smallInt+byte(n))
	}
	size := intBytes(n)
	dst = append(dst, intTag+byte(size-1))
	for range size {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst
}

// intBytes is the least number of bytes that hold n.
func intBytes(n int64) int {
	return bits.Len64(uint64(n^n>>63))/8 + 1 // a bit more than the number's, for its sign
}

// Size is the number of bytes of the item at the beginning of items.
func Size(items []byte) int {
	switch tag := items[0]; {
	case tag <= stringMax:
		return 1 + int(tag)
	case tag < string16:
		return 2 + int(tag-intTag)
	case tag == string16:
		return 3 + int(binary.LittleEndian.Uint16(items[1:]))
	case tag == string32:
		return 5 + int(binary.LittleEndian.Uint32(items[1:]))
	}
	return 1
}

// Read reads the item at the beginning of items and returns what follows it.
func Read(items []byte) (it Item, rest []byte) {
	size := Size(items)
	switch tag := items[0]; {
	case tag <= stringMax:
		it.text = items[1:size:size]
	case tag < string16:
		it.isInt = true
		for i := size - 1; i > 0; i-- {
			it.n = it.n<<8 | int64(items[i])
		}
		shift := 64 - 8*(size-1)
		it.n = it.n << shift >> shift
	case tag == string16:
		it.text = items[3:size:size]
	case tag == string32:
		it.text = items[5:size:size]
	default:
		it.isInt, it.n = true, int64(tag-smallInt)
	}
	return it, items[size:]
}

// Split takes a piece apart: the number of its items, and the items. An empty piece has none.
func Split(piece []byte) (count int, items []byte) {
	if len(piece) == 0 {
		return 0, nil
	}
	n, size := binary.Uvarint(piece)
	return int(n), piece[size:]
}

// AppendCount begins a piece of count items, which are to be appended behind it.
func AppendCount(dst []byte, count int) []byte { return binary.AppendUvarint(dst, uint64(count)) }

// Skip returns what follows n items.
func Skip(items []byte, n int) []byte {
	for range n {
		items = items[Size(items):]
	}
	return items
}

// Find looks for an item among every step-th, beginning with the first: item is its bytes as AppendItem makes them. It returns where it
// begins, and which it is, counted in items; -1 if it isn't there.
func Find(items, item []byte, step int) (offset, index int) {
	for at := 0; at < len(items); {
		if items[at] == item[0] && bytes.HasPrefix(items[at:], item) {
			return at, index
		}
		for range step {
			at += Size(items[at:])
			index++
		}
	}
	return -1, -1
}

// AppendSpliced appends a piece in which `removed` bytes at an offset of items, which are so many items, have given place to others.
// count is the number of items of the old piece, more what the number changes by.
func AppendSpliced(dst []byte, count, more int, items []byte, offset, removed int, inserted ...[]byte) []byte {
	dst = AppendCount(dst, count+more)
	dst = append(dst, items[:offset]...)
	for _, bytes := range inserted {
		dst = append(dst, bytes...)
	}
	return append(dst, items[offset+removed:]...)
}
