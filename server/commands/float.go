package commands

import (
	"cmp"
	"math/big"
	"math/bits"
	"strconv"
)

// longDouble is a number as C's long double of x86-64 has it, the 80-bit format of the x87: Redis adds in it for INCRBYFLOAT and
// HINCRBYFLOAT, and what it prints shows every one of its 64 bits of precision. The value is mantissa * 2^exponent; the mantissa's highest bit is set
// unless the number is 0. Two things are left out because no reply can show them: numbers below the smallest normal one keep all of
// their bits here, and NaN can't be read nor stored.
type longDouble struct {
	mantissa uint64
	exponent int
	negative bool
	infinite bool
}

// Limits of the format: a finite number is below 2^topExponent, and what is not above 2^bottomExponent is rounded to 0.
const (
	topExponent    = 16384
	bottomExponent = -16446
)

func longDoubleOf(n int64) longDouble {
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	x := roundedTo64(magnitude, 0, false, 0)
	x.negative = n < 0
	return x
}

// roundedTo64 is (high:low + something below one of low if more is set) * 2^(exponent-64), rounded to the nearest number, ties to even.
func roundedTo64(high, low uint64, more bool, exponent int) longDouble {
	if high == 0 {
		high, low, exponent = low, 0, exponent-64
	}
	if high == 0 {
		return longDouble{}
	}
	shift := bits.LeadingZeros64(high)
	high, low, exponent = high<<shift|low>>(64-shift), low<<shift, exponent-shift
	const half = 1 << 63
	if low > half || low == half && (more || high&1 == 1) {
		if high++; high == 0 {
			high, exponent = half, exponent+1
		}
	}
	return longDouble{mantissa: high, exponent: exponent, infinite: exponent+64 > topExponent}
}

// add returns the sum; ok is false if it isn't finite.
func (x longDouble) add(y longDouble) (sum longDouble, ok bool) {
	switch {
	case x.infinite || y.infinite:
		return longDouble{}, false
	case x.mantissa == 0 && y.mantissa == 0:
		x.negative = x.negative && y.negative
		return x, true
	case x.mantissa == 0:
		return y, true
	case y.mantissa == 0:
		return x, true
	}
	if y.exponent > x.exponent || y.exponent == x.exponent && y.mantissa > x.mantissa {
		x, y = y, x
	}
	// y in units of x's: as much of it as lies within 128 bits, and whether there is more.
	high, low, more := shiftedRight(y.mantissa, x.exponent-y.exponent)
	exponent := x.exponent
	var carry uint64
	if x.negative == y.negative {
		high, carry = bits.Add64(x.mantissa, high, 0)
		if carry != 0 {
			more = more || low&1 == 1
			high, low, exponent = 1<<63|high>>1, high<<63|low>>1, exponent+1
		}
	} else {
		if more {
			carry = 1
		}
		low, carry = bits.Sub64(0, low, carry)
		high, _ = bits.Sub64(x.mantissa, high, carry)
	}
	sum = roundedTo64(high, low, more, exponent)
	sum.negative = x.negative && sum.mantissa != 0
	return sum, !sum.infinite
}

// shiftedRight is m:0 shifted right; more tells whether bits were lost.
func shiftedRight(m uint64, by int) (high, low uint64, more bool) {
	switch {
	case by < 64:
		return m >> by, m << (64 - by), false
	case by < 128:
		return 0, m >> (by - 64), m<<(128-by) != 0
	}
	return 0, 0, true
}

// cmp compares two numbers: negative, 0 or positive.
func (x longDouble) cmp(y longDouble) int {
	sign := x.sign()
	if sign != y.sign() || sign == 0 {
		return sign - y.sign()
	}
	order := 0
	switch {
	case x.infinite && y.infinite:
	case x.infinite:
		order = 1
	case y.infinite:
		order = -1
	default:
		if order = cmp.Compare(x.exponent, y.exponent); order == 0 {
			order = cmp.Compare(x.mantissa, y.mantissa)
		}
	}
	return order * sign
}

// sign is -1, 0 or 1.
func (x longDouble) sign() int {
	switch {
	case x.mantissa == 0 && !x.infinite:
		return 0
	case x.negative:
		return -1
	}
	return 1
}

// largestLongDouble is LDBL_MAX, or its negative.
func largestLongDouble(negative bool) longDouble {
	return longDouble{mantissa: 1<<64 - 1, exponent: topExponent - 64, negative: negative}
}

// big is the number as package big has it.
func (x longDouble) big() *big.Float {
	f := new(big.Float)
	if x.infinite {
		return f.SetInf(x.negative)
	}
	f.SetUint64(x.mantissa)
	f.SetMantExp(f, x.exponent)
	if x.negative {
		f.Neg(f)
	}
	return f
}

// longDoubleOfBig is a finite number of package big that has 64 bits.
func longDoubleOfBig(f *big.Float) longDouble {
	var mantissa big.Float
	exponent := f.MantExp(&mantissa)
	m, _ := mantissa.SetMantExp(&mantissa, 64).Abs(&mantissa).Uint64()
	return longDouble{mantissa: m, exponent: exponent - 64, infinite: exponent > topExponent}
}

const (
	// decimals is how many digits are printed behind the point.
	decimals         = 17
	decimalUnit      = 100_000_000_000_000_000 // 10^decimals
	longestFastShift = 127
)

// append appends the number as Redis prints it for people (ld2string with LD_STR_HUMAN): "%.17Lf" without zeros at the end, and without
// the sign of a zero.
func (x longDouble) append(dst []byte) []byte {
	start := len(dst)
	if x.negative {
		dst = append(dst, '-')
	}
	switch {
	case x.infinite:
		return append(dst, "inf"...)
	case x.exponent > 0:
		whole := new(big.Int).SetUint64(x.mantissa)
		return whole.Lsh(whole, uint(x.exponent)).Append(dst, 10)
	}
	whole, fraction := x.split()
	if whole == 0 && fraction == 0 {
		return append(dst[:start], '0')
	}
	dst = strconv.AppendUint(dst, whole, 10)
	if fraction == 0 {
		return dst
	}
	// The unit in front keeps the zeros before the first digit.
	digits := len(dst)
	dst = strconv.AppendUint(dst, decimalUnit+fraction, 10)
	dst[digits] = '.'
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// split is the whole part of a number that isn't above 2^64, and its fraction in units of 10^-17, rounded to the nearest, ties to even.
func (x longDouble) split() (whole, fraction uint64) {
	shift := -x.exponent
	rest := x.mantissa
	switch {
	case shift > longestFastShift:
		return 0, 0 // far below half a unit
	case shift < 64:
		whole = x.mantissa >> shift
		rest = x.mantissa - whole<<shift
	}
	high, low := bits.Mul64(rest, decimalUnit)
	// What is shifted out, with its highest bit in front.
	var out, outLow uint64
	switch {
	case shift == 0:
	case shift < 64:
		fraction, out = high<<(64-shift)|low>>shift, low<<(64-shift)
	default:
		fraction, out, outLow = high>>(shift-64), high<<(128-shift)|low>>(shift-64), low<<(128-shift)
	}
	const half = 1 << 63
	if out > half || out == half && (outLow != 0 || fraction&1 == 1) {
		fraction++
	}
	if fraction == decimalUnit {
		whole, fraction = whole+1, 0
	}
	return whole, fraction
}
