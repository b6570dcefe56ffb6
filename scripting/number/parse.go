package number

import (
	"math"
	"strconv"
	"strings"
)

// Parse is Lua 5.1's reading of a number (luaO_str2d): what strtod takes, with space around it. As in C, the text ends at a zero byte.
func Parse(text string) (v float64, ok bool) {
	if end := strings.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	v, n := Prefix(text)
	if n == 0 {
		return 0, false
	}
	for _, c := range []byte(text[n:]) {
		if !isSpace(c) {
			return 0, false
		}
	}
	return v, true
}

// Prefix is strtod: the value of the longest beginning that is a number, and how many bytes that is; 0 where there is none.
func Prefix(text string) (v float64, n int) {
	begin := 0
	for begin < len(text) && isSpace(text[begin]) {
		begin++
	}
	i, negative := begin, false
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		negative = text[i] == '-'
		i++
	}
	v, used := magnitude(text[i:])
	if used == 0 {
		return 0, 0
	}
	if negative {
		v = math.Copysign(v, -1)
	}
	return v, i + used
}

// magnitude reads a number without a sign.
func magnitude(text string) (v float64, n int) {
	switch {
	case len(text) == 0:
		return 0, 0
	case hasPrefixFold(text, "infinity"):
		return math.Inf(1), len("infinity")
	case hasPrefixFold(text, "inf"):
		return math.Inf(1), len("inf")
	case hasPrefixFold(text, "nan"):
		return math.Float64frombits(0x7ff8000000000000), len("nan") + payload(text[len("nan"):])
	}
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		if v, n = hexadecimal(text); n > 0 {
			return v, n
		}
	}
	digits, i := digitsAndPoint(text, isDecimal)
	if digits == 0 {
		return 0, 0
	}
	i += exponent(text[i:], 'e')
	v, _ = strconv.ParseFloat(text[:i], 64) // out of range it is an infinity or 0, as strtod's
	return v, i
}

// hexadecimal reads 0x, digits and an exponent in powers of two.
func hexadecimal(text string) (v float64, n int) {
	digits, i := digitsAndPoint(text[2:], isHexadecimal)
	if digits == 0 {
		return 0, 0
	}
	i += 2
	end := i + exponent(text[i:], 'p')
	word := text[:end]
	if end == i {
		word += "p0"
	}
	v, _ = strconv.ParseFloat(word, 64)
	return v, end
}

// digitsAndPoint counts digits, and the bytes they take with at most one point.
func digitsAndPoint(text string, isDigit func(byte) bool) (digits, n int) {
	point := false
	for ; n < len(text); n++ {
		switch {
		case isDigit(text[n]):
			digits++
		case text[n] == '.' && !point:
			point = true
		default:
			return digits, n
		}
	}
	return digits, n
}

// exponent is the length of an exponent with the letter (in lower case), 0 where there is none.
func exponent(text string, letter byte) int {
	if len(text) == 0 || text[0]|0x20 != letter {
		return 0
	}
	i := 1
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	first := i
	for i < len(text) && isDecimal(text[i]) {
		i++
	}
	if i == first {
		return 0
	}
	return i
}

// payload is the length of what may stand behind nan: letters and digits in parentheses.
func payload(text string) int {
	if len(text) == 0 || text[0] != '(' {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == ')':
			return i + 1
		case !isDecimal(c) && c != '_' && (c|0x20 < 'a' || c|0x20 > 'z'):
			return 0
		}
	}
	return 0
}

// hasPrefixFold tells whether text begins with the prefix, which is in lower case.
func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDecimal(c byte) bool { return c >= '0' && c <= '9' }

func isHexadecimal(c byte) bool { return isDecimal(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
