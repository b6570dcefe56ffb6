package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// strFormat is string.format: C's printf of one value at a time, in the conversions that Lua 5.1 has.
func strFormat(L *lua.LState) int {
	format := CheckString(L, 1)
	s := Of(L)
	var out []byte
	arg := 1
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			i = len(format)
		}
		s.checkedLength(L, float64(len(out)+i))
		out = append(out, format[:i]...)
		if i == len(format) {
			break
		}
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			out, format = append(out, '%'), format[1:]
			continue
		}
		if arg++; arg > L.GetTop() {
			ArgError(L, arg, "no value")
		}
		spec, n := scanSpec(L, format)
		letter := byte(0)
		if n < len(format) {
			letter = format[n]
		}
		format = format[min(len(format), n+1):]
		out = appendConverted(L, out, &spec, letter, arg)
		s.checkedLength(L, float64(len(out)))
	}
	L.Push(lua.LString(out))
	return 1
}

const formatFlags = "-+ #0"

// scanSpec reads flags, width and precision, of two digits at most, and tells how many bytes they are.
func scanSpec(L *lua.LState, format string) (number.Spec, int) {
	spec := number.Spec{Precision: -1}
	n := 0
	for ; n < len(format) && strings.IndexByte(formatFlags, format[n]) >= 0; n++ {
		switch format[n] {
		case '-':
			spec.Minus = true
		case '+':
			spec.Plus = true
		case ' ':
			spec.Space = true
		case '#':
			spec.Alternate = true
		case '0':
			spec.Zero = true
		}
	}
	if n > len(formatFlags) {
		throw(L, "invalid format (repeated flags)")
	}
	spec.Width, n = twoDigits(format, n)
	if n < len(format) && format[n] == '.' {
		spec.Precision, n = twoDigits(format, n+1)
	}
	if n < len(format) && isDigit(int(format[n])) {
		throw(L, "invalid format (width or precision too long)")
	}
	return spec, n
}

func twoDigits(format string, n int) (value, end int) {
	for end = n; end < n+2 && end < len(format) && isDigit(int(format[end])); end++ {
		value = value*10 + int(format[end]-'0')
	}
	return value, end
}

// longString is from how many bytes on a string without a precision is taken as it is.
const longString = 100

// appendConverted appends one value.
func appendConverted(L *lua.LState, out []byte, spec *number.Spec, letter byte, arg int) []byte {
	switch letter {
	case 'c':
		text := spec.AppendChar(nil, byte(number.ToInt64(CheckNumber(L, arg))))
		return append(out, cut(string(text))...)
	case 'd', 'i':
		return spec.AppendInt(out, number.ToInt64(CheckNumber(L, arg)))
	case 'o', 'u', 'x', 'X':
		return spec.AppendUint(out, number.ToUint64(CheckNumber(L, arg)), letter)
	case 'e', 'E', 'f', 'g', 'G':
		return spec.AppendFloat(out, CheckNumber(L, arg), letter)
	case 'q':
		return appendQuoted(out, CheckString(L, arg))
	case 's':
		text := CheckString(L, arg)
		if spec.Precision < 0 && len(text) >= longString {
			return append(out, text...)
		}
		return spec.AppendString(out, cut(text))
	}
	throw(L, "invalid option '%%%s' to 'format'", cut(string([]byte{letter})))
	return nil
}

// appendQuoted appends a string as Lua would read it.
func appendQuoted(out []byte, text string) []byte {
	out = append(out, '"')
	for _, c := range []byte(text) {
		switch c {
		case '"', '\\', '\n':
			out = append(out, '\\', c)
		case '\r':
			out = append(out, `\r`...)
		case 0:
			out = append(out, `\000`...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
