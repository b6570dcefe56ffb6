package commands

import (
	"math"
	"math/big"
	"math/bits"
)

// longestFloat is one byte more than a word may have that is read as a floating-point number (MAX_LONG_DOUBLE_CHARS of Redis 7.0).
const longestFloat = 5 * 1024

// parseLongDouble reads a word as string2ld of Redis 7.0 does with C's strtold: a decimal or hexadecimal number or an infinity, with nothing
// before it or behind it. NaN, what overflows and what is rounded to 0 without being it are refused.
func parseLongDouble(word []byte) (x longDouble, ok bool) {
	if len(word) == 0 || len(word) >= longestFloat {
		return longDouble{}, false
	}
	rest, negative := word, word[0] == '-'
	if negative || word[0] == '+' {
		rest = rest[1:]
	}
	switch {
	case IsWord(rest, "INF"), IsWord(rest, "INFINITY"):
		x, ok = longDouble{infinite: true}, true
	case len(rest) > 1 && rest[0] == '0' && rest[1]|0x20 == 'x':
		x, ok = parseHex(rest[2:])
	default:
		x, ok = parseDecimal(rest)
	}
	x.negative = negative
	return x, ok
}

// parseExponent reads the exponent, behind its letter, that may end a number; what is beyond all limits is cut to something that still is.
func parseExponent(word []byte, letter byte) (exponent int, ok bool) {
	if len(word) == 0 {
		return 0, true
	}
	if word[0]|0x20 != letter {
		return 0, false
	}
	digits, sign := word[1:], 1
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		if digits[0] == '-' {
			sign = -1
		}
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	const enough = 1 << 20
	for _, d := range digits {
		if !isDigit(d) {
			return 0, false
		}
		exponent = min(exponent*10+int(d-'0'), enough)
	}
	return sign * exponent, true
}

// parseHex reads what follows 0x: hexadecimal digits with a point somewhere, then p and an exponent of 2 if need be.
func parseHex(word []byte) (longDouble, bool) {
	// high and low are the first 32 digits that count, more whether there is something behind them; exponent is that of high's lowest bit.
	var high, low uint64
	more, point, seen := false, false, 0
	counted, exponent := 0, 0
	for ; len(word) > 0; word = word[1:] {
		if word[0] == '.' && !point {
			point = true
			continue
		}
		digit, ok := hexValue(word[0])
		if !ok {
			break
		}
		seen++
		if point {
			exponent -= 4
		}
		switch {
		case counted == 0 && digit == 0:
			continue
		case counted < 16:
			high = high<<4 | uint64(digit)
		case counted < 32:
			low |= uint64(digit) << (60 - 4*(counted-16))
			exponent += 4
		default:
			more = more || digit != 0
			exponent += 4
		}
		counted++
	}
	power, ok := parseExponent(word, 'p')
	if !ok || seen == 0 {
		return longDouble{}, false
	}
	x := roundedTo64(high, low, more, exponent+power)
	if counted > 0 && tooSmall(x, more) || x.infinite {
		return longDouble{}, false
	}
	return x, true
}

// tooSmall tells whether a number that isn't 0 is rounded to 0; inexact is set if x was rounded down to what it is.
func tooSmall(x longDouble, inexact bool) bool {
	top := x.exponent + 64
	if top != bottomExponent+1 {
		return top <= bottomExponent
	}
	return x.mantissa == 1<<63 && !inexact
}

// decimal is a decimal number as it is written: digits that count, without a point, times 10^exponent.
type decimal struct {
	digits   []byte // with the point, if there is one, still among them
	count    int    // of the digits without zeros at the front
	exponent int
	// first is the value of the first 19 digits, which is all of it if count isn't above 19.
	first uint64
}

// fastDigits is how many decimal digits fit in 64 bits.
const fastDigits = 19

// parseDecimal reads digits with a point somewhere, then e and an exponent if need be.
func parseDecimal(word []byte) (longDouble, bool) {
	var d decimal
	end, seen, point := 0, 0, false
	for ; end < len(word); end++ {
		b := word[end]
		if b == '.' && !point {
			point = true
			continue
		}
		if !isDigit(b) {
			break
		}
		seen++
		if point {
			d.exponent--
		}
		if d.count > 0 || b != '0' {
			if d.count++; d.count <= fastDigits {
				d.first = d.first*10 + uint64(b-'0')
			}
		}
	}
	d.digits = word[:end]
	power, ok := parseExponent(word[end:], 'e')
	switch {
	case !ok || seen == 0:
		return longDouble{}, false
	case d.count == 0:
		return longDouble{}, true
	}
	d.exponent += power
	if d.count <= fastDigits && -fastDigits <= d.exponent && d.exponent <= fastDigits {
		return d.short(), true
	}
	return d.long()
}

// powerOfTen is 10^n for n up to fastDigits.
func powerOfTen(n int) uint64 {
	power := uint64(1)
	for range n {
		power *= 10
	}
	return power
}

// short is the nearest number where digits and power of ten fit in 64 bits.
func (d *decimal) short() longDouble {
	if d.exponent >= 0 {
		high, low := bits.Mul64(d.first, powerOfTen(d.exponent))
		return roundedTo64(high, low, false, 64)
	}
	// A quotient of 128 bits of the two, shifted so that their highest bits are set.
	divisor := powerOfTen(-d.exponent)
	up, down := bits.LeadingZeros64(d.first), bits.LeadingZeros64(divisor)
	first, divisor := d.first<<up, divisor<<down
	high, rest := bits.Div64(first>>1, first<<63, divisor)
	low, rest := bits.Div64(rest, 0, divisor)
	return roundedTo64(high, low, rest != 0, down-up-63)
}

// Powers of ten between which a number can lie: 10^4932 is below the largest, 10^-4951 is rounded to 0.
const (
	topPower    = 4933
	bottomPower = -4951
)

// long is the nearest number, computed exactly. ok is false if it is out of range.
func (d *decimal) long() (x longDouble, ok bool) {
	top := d.count + d.exponent // the number is below 10^top and not below 10^(top-1)
	if top > topPower || top <= bottomPower {
		return longDouble{}, false
	}
	digits := make([]byte, 0, len(d.digits))
	for _, b := range d.digits {
		if b != '.' {
			digits = append(digits, b)
		}
	}
	whole, _ := new(big.Int).SetString(string(digits), 10)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.exponent, -d.exponent))), nil)
	var f big.Float
	f.SetPrec(64)
	if d.exponent >= 0 {
		f.SetInt(whole.Mul(whole, power))
	} else {
		f.Quo(new(big.Float).SetInt(whole), new(big.Float).SetInt(power))
	}
	x = longDoubleOfBig(&f)
	return x, !x.infinite && !tooSmall(x, f.Acc() == big.Below)
}

func hexValue(b byte) (value byte, ok bool) {
	switch {
	case isDigit(b):
		return b - '0', true
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return b | 0x20 - 'a' + 10, true
	}
	return math.MaxUint8, false
}
