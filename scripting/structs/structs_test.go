package structs_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/luatest"
)

// numbers are texts of Lua for what is packed as a number.
var numbers = []string{
	"0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "65535", "0x7fffffff", "0xffffffff", "2^53", "-2^53", "2^62", "2^63", "-2^63", "2^63+2048", "2^64",
	"2^64-2048", "-2^64", "1e30", "-1e30", "1/0", "-1/0", "0/0", "-(0/0)", "0.5", "-0.5", "1.9", "-1.9", "1e-310", "1e39", "3.4e38", "'12'", "'0x10'", "'x'", "nil", "{}", "true",
}

var integerFormats = []string{"b", "B", "h", "H", "l", "L", "T", "i", "I", "i0", "I0", "i1", "i3", "I3", "i5", "i7", "i8", "I8", "i9", "I9", "i10", "i12", "i16", "I16", "i17", "i31", "i32", "I32"}

func TestNumbersAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, format := range append([]string{"f", "d"}, integerFormats...) {
		for _, number := range numbers {
			pair.CompareQuickly(t, fmt.Sprintf("return struct.pack('<%s>%s', %s, %s)", format, format, number, number))
		}
		for _, data := range []string{strings.Repeat("\xff", 64), strings.Repeat("\x80", 64), strings.Repeat("\x00\x7f\x80\x01\xfe", 13), strings.Repeat("\x00", 64)} {
			pair.CompareQuickly(t, fmt.Sprintf("return struct.unpack('<%s>%s', ARGV[1])", format, format), data)
			pair.CompareQuickly(t, fmt.Sprintf("return struct.unpack('!<x%s!2x>%s', ARGV[1])", format, format), data)
		}
		pair.CompareQuickly(t, fmt.Sprintf("return struct.size('%s'), struct.size('!x%s'), struct.size('!4x%s'), struct.size('!1x%s')", format, format, format, format))
	}
}

// bodies are what is said once.
var bodies = []string{
	"return struct.pack()", "return struct.pack(nil)", "return struct.pack({})", "return struct.pack('')", "return struct.pack(12)", "return struct.pack('i')",
	"return struct.pack('ii', 1)", "return struct.pack('i', nil)", "return struct.pack('s')", "return struct.pack('s', {})", "return struct.pack('s', 12.5)",
	"return struct.pack('s', 'a\\0b')", "return struct.pack('c0', 'a\\0b')", "return struct.pack('c5', 'abc')", "return struct.pack('c3', 'abcdef')", "return struct.pack('c', 'xy')",
	"return struct.pack('c3i', 'abc')", "return struct.pack('ic9', 1, 'abc')", "return struct.pack('z')", "return struct.pack('Q', 1)", "return struct.pack('i\\0z', 7)",
	"return struct.pack('i33', 1)", "return struct.pack('i99999999999', 1)", "return struct.pack('i2147483647', 1)", "return struct.pack('i2147483648', 1)",
	"return struct.pack('i21474836470', 1)", "return struct.pack('c2147483647', 'x')", "return struct.pack('c2147483648', 'x')", "return struct.pack('!3i', 1)", "return struct.pack('!0i', 1)",
	"return struct.pack('!16d!1x', 1)", "return struct.pack('!bd', 1, 2)", "return struct.pack('!bi3i5', 1, 2, 3)", "return struct.pack('!4bhbd', 1, 2, 3, 4)", "return struct.pack('!1073741824bi', 1, 2)",
	"return struct.pack('!2147483648bi', 1, 2)", "return struct.pack(' > i < i ', 1, 2)", "return struct.pack('\\255', 1)", "return struct.pack('xxx')", "return struct.pack('bxb', 1, 2)", "return struct.pack('b3', 1)",
	"return struct.pack('c0', '')", "return struct.pack('c0', 5)", "return struct.pack('f', '0.1')", "return struct.pack('i', 1, 2, 3)", "return struct.pack('>!4 b i2 i4 s c3', 1, 2, 3, 'ab', 'cde')",
	"return struct.unpack()", "return struct.unpack('i')", "return struct.unpack('i', nil)", "return struct.unpack('i', 'abc')", "return struct.unpack('i', 'abcd')", "return struct.unpack('i', 'abcdefgh', 5)",
	"return struct.unpack('i', 'abcdefgh', 6)", "return struct.unpack('i', 'abcd', 0)", "return struct.unpack('i', 'abcd', -1)", "return struct.unpack('', 'abcd', -5)", "return struct.unpack('', 'abcd', 99)",
	"return struct.unpack('', 'abcd', 3)", "return struct.unpack('x', 'abcd', 5)", "return struct.unpack(' ', 'abcd', 5)", "return struct.unpack(' ', 'abcd', 6)", "return struct.unpack('i', 'abcd', 'x')",
	"return struct.unpack('i', 'abcd', {})", "return struct.unpack('i', 'abcd', '1')", "return struct.unpack('i', 'abcd', 1.9)", "return struct.unpack('i', 'abcd', nil)", "return struct.unpack('i', 'abcd', 2^53)",
	"return struct.unpack('i', 'abcd', 1/0)", "return struct.unpack('!i', 'abcdefgh', 2^63)", "return struct.unpack('c0', 'abc')", "return struct.unpack('bc0', '\\3abc')", "return struct.unpack('bc0', '\\4abc')",
	"return struct.unpack('bc0', '\\255abc')", "return struct.unpack('c1c0', '2abc')", "return struct.unpack('c1c0', 'xabc')", "return struct.unpack('c2c0', ' 2abc')", "return struct.unpack('dc0', struct.pack('d', 0/0))",
	"return struct.unpack('dc0', struct.pack('d', 1/0))", "return struct.unpack('dc0', struct.pack('d', 1e19))", "return struct.unpack('dc0', struct.pack('dc0', 2.9, 'abc'))", "return struct.unpack('bbc0', '\\1\\0')",
	"return struct.unpack('s', 'abc')", "return struct.unpack('s', 'abc\\0def')", "return struct.unpack('ss', 'abc\\0def')", "return struct.unpack('ss', 'abc\\0def\\0')", "return struct.unpack('s', '')",
	"return struct.unpack('c3', 'abc')", "return struct.unpack('c4', 'abc')", "return struct.unpack('c2147483647', 'abc')", "return struct.unpack('c2147483648', 'abc')", "return struct.unpack('!', 'abc')",
	"return struct.unpack('!x!3', 'abc')", "return struct.unpack('z', 'abc')", "return struct.unpack('i33', 'abc')", "return struct.unpack('\\200', 'abc')", "return struct.unpack('bz', '')", "return struct.unpack(1, 'abc')",
	"return struct.unpack('f', struct.pack('f', 0.1))", "return struct.unpack('>d<d', struct.pack('>d<d', 0.1, -0.1))", "return struct.unpack('i', 12345)",
	"return #{struct.unpack(string.rep('b', 7996), string.rep('a', 8000))}", "return #{struct.unpack(string.rep('b', 7997), string.rep('a', 8000))}",
	"return struct.unpack(string.rep('b', 8100), string.rep('a', 8200))", "return struct.unpack(string.rep('b', 7996), string.rep('a', 8000), 1)",
	"return struct.size()", "return struct.size(nil)", "return struct.size('')", "return struct.size('s')", "return struct.size('c0')", "return struct.size('is')", "return struct.size('z')", "return struct.size('?')",
	"return struct.size('!8bi')", "return struct.size('!3')", "return struct.size('c2147483647c2147483647c2147483647')", "return struct.size('i33')", "return struct.size('i0')", "return struct.size('5')", "return struct.size('b5')",
	"return struct.size('\\255')", "return struct.size('i\\0?')", "return struct.size(55)", "return struct.size('bhilfdTLBHIx')", "return struct.size('!bhilfdTLBHIx')",
	"return pcall(struct.pack, 'i')", "return pcall(struct.unpack, 'z', '')", "return pcall(struct.size, 'i33')", "local f = struct.size return f('i33')",
	"local keys = {} for k in pairs(struct) do keys[#keys+1] = k end table.sort(keys) return keys",
}

func TestBodiesAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, body := range bodies {
		pair.CompareQuickly(t, body)
	}
}

// randomFormat is a format, with the text of arguments for it; most are right.
func randomFormat(random *rand.Rand) (format string, arguments []string) {
	var text strings.Builder
	for range 1 + random.IntN(8) {
		switch option := random.IntN(12); option {
		case 0:
			text.WriteByte("<> x"[random.IntN(4)])
		case 1:
			fmt.Fprintf(&text, "!%d", 1<<random.IntN(6))
		case 2:
			fmt.Fprintf(&text, "c%d", random.IntN(4))
			arguments = append(arguments, fmt.Sprintf("'%s'", strings.Repeat("q", random.IntN(8))))
		case 3:
			text.WriteByte('s')
			arguments = append(arguments, fmt.Sprintf("'%s'", strings.Repeat("r", random.IntN(8))))
		case 4:
			text.WriteByte("fd"[random.IntN(2)])
			arguments = append(arguments, fmt.Sprintf("%.17g", random.NormFloat64()*1e3))
		case 5:
			text.WriteByte("!z%i"[random.IntN(4)])
		default:
			text.WriteString(integerFormats[random.IntN(len(integerFormats))])
			arguments = append(arguments, fmt.Sprint(random.Int64()>>random.IntN(64)))
		}
	}
	return text.String(), arguments
}

func TestRandomlyAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	random := rand.New(rand.NewPCG(3, 4))
	for range 1500 {
		format, arguments := randomFormat(random)
		call := strings.Join(append([]string{"'" + format + "'"}, arguments...), ", ")
		data := make([]byte, random.IntN(80))
		for i := range data {
			data[i] = byte(random.Uint32()) >> (random.IntN(2) * 6)
		}
		pair.CompareQuickly(t, "return struct.pack("+call+")")
		pair.CompareQuickly(t, "return struct.unpack('"+format+"', struct.pack("+call+"))")
		pair.CompareQuickly(t, "return struct.unpack('"+format+"', ARGV[1], "+fmt.Sprint(1+random.IntN(4))+")", string(data))
		pair.CompareQuickly(t, "return struct.size('"+format+"')")
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("<!4 b i3 >h s c0 d", "\x01\x02\x03\x04abc\x00\xff\xff\xff\xff\x00\x00\x00\x00", 1)
	f.Add("bc0i32!x", strings.Repeat("\x03", 50), 2)
	f.Add("c2147483647", "", -1)
	state := luatest.NewState(f, lua51.Options{})
	size, unpack := state.Function("struct", "size"), state.Function("struct", "unpack")
	f.Fuzz(func(t *testing.T, format, data string, at int) {
		require.NotContains(t, state.Call(unpack, lua.LString(format), lua.LString(data), lua.LNumber(at)), "runtime error")
		require.NotContains(t, state.Call(size, lua.LString(format)), "runtime error")
		got := state.Eval(`
			local ok, size = pcall(struct.size, ARGV[1])
			if not ok or #ARGV[2] < size then return end
			local values = {struct.unpack(ARGV[1], ARGV[2])}
			local text = struct.pack(ARGV[1], unpack(values))
			return #text - size, values[#values] - 1 - size`, format, data)
		if got != "" && !strings.HasPrefix(got, "error ") {
			require.Equal(t, "n0;n0", got)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	state := luatest.NewState(b, lua51.Options{})
	fn, format, text := state.Function("struct", "pack"), lua.LString(">I4hd c0"), lua.LString("some text")
	var n lua.LValue = lua.LNumber(1234.5)
	b.ReportAllocs()
	for b.Loop() {
		for _, v := range []lua.LValue{fn, format, n, n, n, text} {
			state.L.Push(v)
		}
		state.L.Call(5, 0)
	}
}
