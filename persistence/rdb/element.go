package rdb

import (
	"math"
	"strconv"
)

// Element is what a collection consists of, a field's value or a whole string: a text or an integer. An integer stands for its decimal text.
type Element struct {
	text  []byte
	n     int64
	isInt bool
	own   bool
}

// TextElement is a text, whatever it reads as. It is borrowed.
func TextElement(text []byte) Element { return Element{text: text} }

// IntElement is an integer.
func IntElement(n int64) Element { return Element{n: n, isInt: true} }

// Int is the element as an integer, if it came as one.
func (e *Element) Int() (n int64, ok bool) { return e.n, e.isInt }

// Text is the element's text, if it isn't an integer; borrowed from whoever handed the element out.
func (e *Element) Text() []byte { return e.text }

// Own tells that nobody else holds the text, so that who was handed it may keep it.
func (e *Element) Own() bool { return e.own }

// whole is the element as an integer, if it is one or reads as one.
func (e *Element) whole() (int64, bool) {
	if e.isInt {
		return e.n, true
	}
	return parseInt(e.text)
}

// Len is the text's length, for an integer that of its digits.
func (e *Element) Len() int {
	if e.isInt {
		return digitsOf(e.n)
	}
	return len(e.text)
}

// AppendTo appends the element as text.
func (e *Element) AppendTo(dst []byte) []byte {
	if e.isInt {
		return strconv.AppendInt(dst, e.n, 10)
	}
	return append(dst, e.text...)
}

func digitsOf(n int64) int {
	count, rest := 1, uint64(n)
	if n < 0 {
		count, rest = 2, -rest
	}
	for ; rest >= 10; rest /= 10 {
		count++
	}
	return count
}

// maxDigits is the length of the longest integer as text.
const maxDigits = 20

// parseInt reads a decimal integer as strictly as Redis does before it writes one: nothing but what prints the same again.
func parseInt(text []byte) (int64, bool) {
	digits, negative := text, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	switch {
	case len(digits) == 0 || len(digits) >= maxDigits:
		return 0, false
	case digits[0] == '0':
		return 0, len(text) == 1
	}
	var n uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0') // 19 digits fit 64 bits
	}
	if negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n <= math.MaxInt64
}

// parseScore reads a score as C's scanf("%lg") does: blanks before it and anything after it don't count, what is too large is infinite.
// False: there is no number, or it is none (NaN). Hexadecimal floats, which no Redis ever wrote, are none either.
func parseScore(text []byte) (float64, bool) {
	for len(text) > 0 && (text[0] == ' ' || text[0] >= '\t' && text[0] <= '\r') {
		text = text[1:]
	}
	number := text[:numberLen(text)]
	score, err := strconv.ParseFloat(string(number), 64)
	if err != nil && !math.IsInf(score, 0) || math.IsNaN(score) {
		return 0, false
	}
	return score, true
}

// numberLen is how many bytes at the front are a decimal number or a word for infinity.
func numberLen(text []byte) int {
	at := 0
	if at < len(text) && (text[at] == '+' || text[at] == '-') {
		at++
	}
	if n := infinityLen(text[at:]); n > 0 {
		return at + n
	}
	whole := digitsLen(text[at:])
	at += whole
	if at < len(text) && text[at] == '.' {
		fraction := digitsLen(text[at+1:])
		if whole+fraction > 0 {
			at += 1 + fraction
		}
		whole += fraction
	}
	if whole == 0 {
		return 0
	}
	if at < len(text) && text[at]|0x20 == 'e' {
		sign := at + 1
		if sign < len(text) && (text[sign] == '+' || text[sign] == '-') {
			sign++
		}
		if n := digitsLen(text[sign:]); n > 0 {
			at = sign + n
		}
	}
	return at
}

func digitsLen(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

func infinityLen(text []byte) int {
	const word = "infinity"
	n := 0
	for n < len(text) && n < len(word) && text[n]|0x20 == word[n] {
		n++
	}
	switch {
	case n == len(word):
		return n
	case n >= 3:
		return 3
	}
	return 0
}

// scoreElement is a score as it lies in a listpack: an integer where it is one, else digits enough to be read back bit by bit.
func scoreElement(score float64, room []byte) Element {
	const safe = 1 << 62
	whole := int64(0)
	if score > -safe && score < safe {
		whole = int64(score)
	}
	if float64(whole) == score && (whole != 0 || !math.Signbit(score)) {
		return IntElement(whole)
	}
	switch {
	case math.IsInf(score, 1):
		return TextElement(append(room, "inf"...))
	case math.IsInf(score, -1):
		return TextElement(append(room, "-inf"...))
	}
	return TextElement(strconv.AppendFloat(room, score, 'g', 17, 64))
}
