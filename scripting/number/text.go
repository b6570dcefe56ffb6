package number

import (
	"math"
	"strconv"
)

// luaPrecision is LUAI_NUMFFORMAT's.
const luaPrecision = 14

// exactBelow bounds the whole numbers that %.14g writes as they are.
const exactBelow = 1e14

// Append appends v as Lua's tostring writes it: %.14g.
func Append(dst []byte, v float64) []byte {
	if v > -exactBelow && v < exactBelow && v == math.Trunc(v) && (v != 0 || !math.Signbit(v)) {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return AppendG(dst, v, luaPrecision)
}

// Text is Append's text as a string.
func Text(v float64) string {
	var room [32]byte
	return string(Append(room[:0], v))
}

// AppendG appends v as C's %.*g writes it with the precision, of which 0 counts as 1.
func AppendG(dst []byte, v float64, precision int) []byte {
	return appendG(dst, v, precision, false)
}

// appendG is %.*g, or with keep %#.*g, which leaves zeros at the end.
func appendG(dst []byte, v float64, precision int, keep bool) []byte {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return appendSpecial(dst, v)
	}
	precision = max(1, precision)
	begin := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', precision-1, 64)
	mark := begin
	for dst[mark] != 'e' {
		mark++
	}
	exponent := 0
	for _, digit := range dst[mark+2:] {
		exponent = exponent*10 + int(digit-'0')
	}
	if dst[mark+1] == '-' {
		exponent = -exponent
	}
	if exponent >= -4 && exponent < precision {
		dst = strconv.AppendFloat(dst[:begin], v, 'f', precision-1-exponent, 64)
		if keep {
			return withPoint(dst, begin, len(dst))
		}
		return dst[:trimmed(dst, begin, len(dst))]
	}
	if keep {
		return withPoint(dst, begin, mark)
	}
	end := trimmed(dst, begin, mark)
	return append(dst[:end], dst[mark:]...)
}

// appendSpecial writes what is no finite number.
func appendSpecial(dst []byte, v float64) []byte {
	if math.Signbit(v) {
		dst = append(dst, '-')
	}
	if math.IsNaN(v) {
		return append(dst, "nan"...)
	}
	return append(dst, "inf"...)
}

// trimmed is where the digits dst[begin:end] end without zeros behind a point.
func trimmed(dst []byte, begin, end int) int {
	for i := begin; i < end; i++ {
		if dst[i] != '.' {
			continue
		}
		for dst[end-1] == '0' {
			end--
		}
		if dst[end-1] == '.' {
			end--
		}
		break
	}
	return end
}

// withPoint puts a point at end where the digits from begin on have none.
func withPoint(dst []byte, begin, end int) []byte {
	for _, c := range dst[begin:end] {
		if c == '.' {
			return dst
		}
	}
	dst = append(dst, 0)
	copy(dst[end+1:], dst[end:])
	dst[end] = '.'
	return dst
}
