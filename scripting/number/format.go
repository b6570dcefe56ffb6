package number

import (
	"bytes"
	"math"
	"strconv"
)

// Spec is one conversion of printf, without its letter.
type Spec struct {
	Minus, Plus, Space, Alternate, Zero bool

	Width     int
	Precision int // -1 where none was given
}

// ToInt64 is C's cast of a double to a long on the x86-64: what doesn't fit is the smallest.
func ToInt64(v float64) int64 {
	if v >= -1<<63 && v < 1<<63 {
		return int64(v)
	}
	return math.MinInt64
}

// ToUint64 is C's cast of a double to an unsigned long as gcc makes it on the x86-64.
func ToUint64(v float64) uint64 {
	if v >= 1<<63 {
		return uint64(ToInt64(v-1<<63)) ^ 1<<63
	}
	return uint64(ToInt64(v))
}

// AppendInt is %d.
func (s *Spec) AppendInt(dst []byte, v int64) []byte {
	var room [24]byte
	digits := strconv.AppendUint(room[:0], magnitudeOf(v), 10)
	return s.appendInteger(dst, s.sign(v < 0), digits)
}

func magnitudeOf(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// AppendUint is %u, %o, %x or %X, by the letter.
func (s *Spec) AppendUint(dst []byte, v uint64, letter byte) []byte {
	var room [24]byte
	prefix := ""
	var digits []byte
	switch letter {
	case 'o':
		digits = strconv.AppendUint(room[:0], v, 8)
		if s.Alternate && v != 0 && len(digits) >= s.Precision {
			prefix = "0"
		}
		if s.Alternate && v == 0 && s.Precision == 0 {
			return s.pad(dst, "", []byte("0"), false)
		}
	case 'x', 'X':
		digits = strconv.AppendUint(room[:0], v, 16)
		if s.Alternate && v != 0 {
			prefix = "0x"
		}
		if letter == 'X' {
			digits = bytes.ToUpper(digits)
			if prefix != "" {
				prefix = "0X"
			}
		}
	default:
		digits = strconv.AppendUint(room[:0], v, 10)
	}
	return s.appendInteger(dst, prefix, digits)
}

// appendInteger writes digits, with zeros before them for the precision.
func (s *Spec) appendInteger(dst []byte, prefix string, digits []byte) []byte {
	if s.Precision == 0 && len(digits) == 1 && digits[0] == '0' {
		digits = digits[:0]
	}
	if missing := s.Precision - len(digits); missing > 0 {
		digits = append(bytes.Repeat([]byte{'0'}, missing), digits...)
	}
	return s.pad(dst, prefix, digits, s.Precision < 0)
}

// AppendFloat is %e, %E, %f, %g or %G, by the letter.
func (s *Spec) AppendFloat(dst []byte, v float64, letter byte) []byte {
	var room [400]byte
	precision := s.Precision
	if precision < 0 {
		precision = 6
	}
	finite := !math.IsInf(v, 0) && !math.IsNaN(v)
	digits := room[:0]
	switch positive := math.Copysign(v, 1); {
	case !finite:
		digits = appendSpecial(digits, positive)
	case letter|0x20 == 'g':
		digits = appendG(digits, positive, precision, s.Alternate)
	default:
		digits = strconv.AppendFloat(digits, positive, letter|0x20, precision, 64)
		if s.Alternate && precision == 0 {
			end := bytes.IndexByte(digits, 'e')
			if end < 0 {
				end = len(digits)
			}
			digits = withPoint(digits, 0, end)
		}
	}
	if letter >= 'A' && letter <= 'Z' {
		digits = bytes.ToUpper(digits)
	}
	return s.pad(dst, s.sign(math.Signbit(v)), digits, finite)
}

// AppendString is %s of a text that C would see whole.
func (s *Spec) AppendString(dst []byte, text string) []byte {
	if s.Precision >= 0 && s.Precision < len(text) {
		text = text[:s.Precision]
	}
	return s.pad(dst, "", []byte(text), false)
}

// AppendChar is %c.
func (s *Spec) AppendChar(dst []byte, c byte) []byte { return s.pad(dst, "", []byte{c}, false) }

// sign is what stands before a number's digits.
func (s *Spec) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case s.Plus:
		return "+"
	case s.Space:
		return " "
	}
	return ""
}

// pad writes prefix and text in the width; zeros may fill it between the two where they are allowed and asked for.
func (s *Spec) pad(dst []byte, prefix string, text []byte, zeros bool) []byte {
	missing := max(0, s.Width-len(prefix)-len(text))
	zeros = zeros && s.Zero && !s.Minus
	if !s.Minus && !zeros {
		dst = appendRepeated(dst, ' ', missing)
	}
	dst = append(dst, prefix...)
	if zeros {
		dst = appendRepeated(dst, '0', missing)
	}
	dst = append(dst, text...)
	if s.Minus {
		dst = appendRepeated(dst, ' ', missing)
	}
	return dst
}

func appendRepeated(dst []byte, c byte, count int) []byte {
	for range count {
		dst = append(dst, c)
	}
	return dst
}
