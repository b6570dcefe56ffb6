package packed

import (
	"bytes"
	"math"
)

// TextItem is an item whose text lies somewhere else than in a piece, whatever it reads as.
func TextItem(text []byte) Item { return Item{text: text} }

// SetText makes the item a text.
func (it *Item) SetText(text []byte) { it.text, it.n, it.isInt = text, 0, false }

// IntItem is an integer that lies somewhere else.
func IntItem(n int64) Item { return Item{n: n, isInt: true} }

// ParseItem is the item of a text, an integer if it reads as one.
func ParseItem(text []byte) Item {
	if n, ok := ParseInt(text); ok {
		return IntItem(n)
	}
	return TextItem(text)
}

// MaxDigits is the length of the longest integer as text.
const MaxDigits = 20

// TextIn is the item as text, in its own bytes or, for an integer, in digits, which is empty and has room for MaxDigits.
func (it *Item) TextIn(digits []byte) []byte {
	if it.isInt {
		return it.AppendTo(digits)
	}
	return it.text
}

// Whole is the item, an integer if it reads as one.
func (it *Item) Whole() Item {
	if it.isInt || len(it.text) == 0 || it.text[0] > '9' {
		return *it // what begins with a letter is most of what there is
	}
	return ParseItem(it.text)
}

// Size is how many bytes the item takes as it lies in a piece. A text must not read as an integer.
func (it *Item) Size() int {
	switch n := len(it.text); {
	case it.isInt && 0 <= it.n && it.n <= smallIntTo:
		return 1
	case it.isInt:
		return 1 + intBytes(it.n)
	case n <= stringMax:
		return 1 + n
	case n <= 0xffff:
		return 3 + n
	default:
		return 5 + n
	}
}

// AppendBytes appends the item's bytes as they lie in a piece. A text must not read as an integer.
func (it *Item) AppendBytes(dst []byte) []byte {
	if it.isInt {
		return AppendInt(dst, it.n)
	}
	return AppendText(dst, it.text)
}

// MaxHead is how long a head is at most.
const MaxHead = 9

// AppendHead appends the item's bytes but for its text, which follows them in a piece: all of an integer, what comes before a string.
// A text must not read as an integer.
func (it *Item) AppendHead(dst []byte) []byte {
	if it.isInt {
		return AppendInt(dst, it.n)
	}
	return appendTextHead(dst, len(it.text))
}

// FindItem is Find for an item whose bytes nobody has made: nothing is allocated. A text must not read as an integer.
func FindItem(items []byte, it *Item, step int) (offset, index int) {
	var room [MaxHead]byte
	head := it.AppendHead(room[:0])
	for at := 0; at < len(items); {
		if items[at] == head[0] && bytes.HasPrefix(items[at:], head) && bytes.HasPrefix(items[at+len(head):], it.text) {
			return at, index
		}
		for range step {
			at += Size(items[at:])
			index++
		}
	}
	return -1, -1
}

// ParseInt reads a decimal integer as strictly as Redis 7.0's string2ll: no blanks, no plus sign, no leading zero, no "-0", within 64 bits.
// Such a string prints as it was read, so that the store keeps it as an integer.
func ParseInt(word []byte) (int64, bool) {
	digits, negative := word, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' {
		return 0, len(word) == 1
	}
	var n uint64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	switch {
	case !negative && n <= math.MaxInt64:
		return int64(n), true
	case negative && n <= 1<<63:
		return -int64(n), true
	}
	return 0, false
}
