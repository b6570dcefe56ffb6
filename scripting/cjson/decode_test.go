package cjson_test

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

// texts are right and wrong ones.
var texts = []string{
	"", " ", "\x00", "1\x00", "12\x00x", "\x001", "[1,\x002]", "\"a\x00b\"", "\ufeff1", "null", "true", "false", "nul", "tru", "fals", "nulls", "True", "NULL", " null ", "\t\n\r null\v", "\f1", "nil",
	"0", "-0", "1", "-1", "+1", "++1", "+", "-", "--1", "01", "-01", "00", "1.", "1.5", ".5", "-.5", "+.5", "1e5", "1E5", "1e+5", "1e-5", "1e", "1e+", "1ex", "1.e5", "1..2", "1.2.3", "0x10", "0X1f", "-0x10", "+0x10", "0x", "0xg", "0x1p4", "0x1.8p1", "0x.8", "0x.",
	"0x1p", "1e309", "-1e309", "1e-400", "5e-324", "2.5e-324", "1.7976931348623159e308", "123456789012345", "1234567890123456", "9007199254740993", "123456789012345678901234567890", "0.1", "0.30000000000000004", "1 2", "1,2", "1]", "1}",
	"inf", "Inf", "INF", "-inf", "+inf", "infinity", "-Infinity", "infinit", "infx", "nan", "NaN", "-nan", "+nan", "nan(123)", "nan(", "nan(a-b)", "nanx", "[nan,inf]", "i", "n", "N", "I", "f", "t", "in", "na",
	`""`, `"a"`, `"`, `"a`, `"\`, `"\"`, `"\x"`, `"\"\\\/\b\f\n\r\t"`, `"\u0041"`, `"\u00e9\u20ac"`, `"\u0000"`, `"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\ud83d"`, `"\ude00"`, `"\u12"`, `"\u12g4"`, `"\u`, `"\u1`,
	`"\u123`, `"\uffff"`, `"\ud800\udc00"`, `"\udbff\udfff"`, `"\ud83d\u`, `"\ud83d\ude0`, `"\U0041"`, `"\'"`, `'a'`, "\"\x01\n\t\x7f\xff\"", `"abc\u0041def\n"`, `"a"b`, `"a" "b"`,
	"[]", "[ ]", "[1]", "[1,2,3]", "[1,]", "[,1]", "[,]", "[1 2]", "[1", "[1,", "[", "]", "[[]]", "[[],[]]", "[null]", "[null,null,1]", "[1,null]", "[1}", "[1:2]", "[\"a\":1]", "[true,false,null]", "[1,\n2,\n\n x]", "[nul]",
	"{}", "{ }", `{"a":1}`, `{"a":1,"b":2}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":1`, `{"a":`, `{"a"`, `{`, `}`, `{"a":1]`, `{"a":1,"a":2}`, `{"a":1,"a":null}`, `{"":1}`, `{"1":1}`, `{null:1}`, `{"a":{"b":[1,{"c":{}}]}}`,
	`{"a":1}}`, `{"a":1}{`, `{"a\u0041\n":"\u0041"}`, `{"a":tru}`, `{"a\x":1}`, `{true:1}`, `{[]:1}`, `{"a",1}`, ":", ",", "!", "/", "// x\n1", "\x80", "\xff\xfe1", "[1,2,3", `{"a":[1,2,{"b":"c"}],"d":null}`,
}

var decodeBodies = []string{
	"return cjson.decode()", "return cjson.decode(nil)", "return cjson.decode({})", "return cjson.decode(12)", "return cjson.decode(0.1)", "return cjson.decode(1/0)", "return cjson.decode('1', '2')", "return cjson.decode(true)", "return pcall(cjson.decode)", "return pcall(cjson.decode, '')",
	"local f = cjson.decode return f('x')", "return cjson.decode(cjson.null)", "return #cjson.encode(cjson.decode(string.rep('[', 1000) .. string.rep(']', 1000)))", "return cjson.decode(string.rep('[', 1001) .. string.rep(']', 1001))",
	"return cjson.decode(string.rep('{\"a\":', 1000))", "return cjson.decode(string.rep('{\"a\":', 1001))", "return cjson.decode(string.rep('[', 100000))", "cjson.decode_max_depth(2) return cjson.decode('[[]]'), cjson.decode('[[],[],{}]'), pcall(cjson.decode, '[[[]]]')",
	"cjson.decode_max_depth(2) return cjson.decode('[{}, [1] ,{\"a\": [] }]')", "cjson.decode_max_depth(1) return pcall(cjson.decode, '{\"a\":  {}}')", "cjson.decode_max_depth(100000) return cjson.decode(string.rep('[', 100000))",
	"cjson.decode_max_depth(100000) return cjson.decode(string.rep('{\"a\":', 100000))", "cjson.decode_max_depth(100000) return cjson.decode(string.rep('[{\"a\":', 100000))", "cjson.decode_max_depth(100000) return cjson.decode(string.rep('{\"a\":[', 100000))",
	"cjson.decode_max_depth(100000) return type(cjson.decode(string.rep('[', 7997) .. string.rep(']', 7997)))", "return cjson.decode('[' .. string.rep('1,', 100000) .. '1]')[100001]", "return cjson.decode('\"' .. string.rep('\\\\n', 3000) .. '\"')",
	"local t = cjson.decode('[]') return #t, next(t)", "local t = cjson.decode('{\"a\":null}') return t.a == cjson.null, t.a == nil", "return cmsgpack.pack(cjson.decode('[-0, nan, -nan, +nan, inf, -inf, nan(12)]')[2])",
	"local t = cjson.decode('[1,2,3]') t[4] = 4 return #t, t", "return cjson.encode(cjson.decode('[-0, 0, 1.0, 1e2, 0x10]'))",
}

func TestDecodeAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, text := range texts {
		pair.CompareQuickly(t, "return cjson.decode(ARGV[1])", text)
		pair.CompareQuickly(t, "return pcall(cjson.decode, '[1, ' .. ARGV[1] .. ']')", text)
		pair.CompareQuickly(t, `return cjson.decode('{"key": ' .. ARGV[1] .. '}')`, text)
		pair.Compare(t, "cjson.decode_invalid_numbers(false) return cjson.decode(ARGV[1])", text)
	}
	for _, body := range decodeBodies {
		pair.Compare(t, body)
	}
}

// randomText appends JSON.
func randomText(random *rand.Rand, p []byte, depth int) []byte {
	if random.IntN(4) == 0 {
		p = append(p, " \t\n\r"[random.IntN(4)])
	}
	switch kind := random.IntN(10); {
	case kind < 3 && depth < 8:
		p = append(p, '[')
		for i := range random.IntN(5) {
			if i > 0 {
				p = append(p, ',')
			}
			p = randomText(random, p, depth+1)
		}
		return append(p, ']')
	case kind < 5 && depth < 8:
		p = append(p, '{')
		for i := range random.IntN(5) {
			if i > 0 {
				p = append(p, ',')
			}
			p = append(randomString(random, p), ':')
			p = randomText(random, p, depth+1)
		}
		return append(p, '}')
	case kind < 7:
		return fmt.Append(p, random.Int64()>>random.IntN(64))
	case kind < 8:
		return fmt.Appendf(p, "%.*g", 1+random.IntN(20), random.NormFloat64()*float64(int64(1)<<random.IntN(60)))
	case kind < 9:
		return randomString(random, p)
	}
	return append(p, []string{"true", "false", "null"}[random.IntN(3)]...)
}

func randomString(random *rand.Rand, p []byte) []byte {
	p = append(p, '"')
	for range random.IntN(8) {
		switch random.IntN(5) {
		case 0:
			p = fmt.Appendf(p, "\\u%04x", random.IntN(0xd800))
		case 1:
			p = fmt.Appendf(p, "\\u%04X\\u%04x", 0xd800+random.IntN(0x400), 0xdc00+random.IntN(0x400))
		case 2:
			p = append(p, '\\', `"\/bfnrt`[random.IntN(8)])
		default:
			p = append(p, byte(0x23+random.IntN(0x30)))
		}
	}
	return append(p, '"')
}

func TestRandomlyDecodedAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	random := rand.New(rand.NewPCG(9, 10))
	for range 3000 {
		text := randomText(random, nil, 0)
		pair.CompareQuickly(t, "return cjson.decode(ARGV[1])", string(text))
		for range 1 + random.IntN(3) {
			text[random.IntN(len(text))] = wrong[random.IntN(len(wrong))]
		}
		pair.CompareQuickly(t, "return cjson.decode(ARGV[1])", string(text))
	}
}

// wrong are the bytes that make a right text a wrong one.
const wrong = "[]{}\",:\\u01xe.-+tn \x00"

// Tables that take far more memory than their text end where the script has too much.
func TestDecodedTablesAreBounded(t *testing.T) {
	state := luatest.NewState(t, lua51.Options{MemoryBytes: 64 << 20})
	require.Equal(t, "error s17:not enough memory", state.Eval(`return cjson.decode(ARGV[1])`, "["+strings.Repeat("[],", 1<<21)+"[]]"))
	require.NotContains(t, state.Eval(`return cjson.decode(ARGV[1])`, "["+strings.Repeat("[],", 1000)+"[]]"), "error ")
}

func FuzzDecode(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Add(strings.Repeat(`[{"a":`, 2000))
	state := luatest.NewState(f, lua51.Options{})
	decode, encode := state.Function("cjson", "decode"), state.Function("cjson", "encode")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := state.Values(decode, lua.LString(text))
		if err != nil {
			require.NotContains(t, err.Error(), "runtime error")
			return
		}
		first, err := state.Values(encode, found...)
		if err != nil {
			require.Contains(t, err.Error(), "must not be NaN or Inf")
			return
		}
		again, err := state.Values(decode, first...)
		require.NoError(t, err)
		second, err := state.Values(encode, again...)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

// job is what a queue like BullMQ encodes.
const job = `{"name":"send","data":{"to":"someone@example.org","tries":3,"delay":1500.5,"tags":["a","b","c"]},"opts":{"attempts":5,"backoff":{"type":"exponential","delay":1000},"jobId":"1234567"},"timestamp":1700000000123,"ids":[1,2,3,4,5,6,7,8,9,10]}`

func BenchmarkDecode(b *testing.B) {
	state := luatest.NewState(b, lua51.Options{})
	decode, text := state.Function("cjson", "decode"), lua.LValue(lua.LString(job))
	b.SetBytes(int64(len(job)))
	b.ReportAllocs()
	for b.Loop() {
		state.L.Push(decode)
		state.L.Push(text)
		state.L.Call(1, 0)
	}
}

func BenchmarkEncode(b *testing.B) {
	state := luatest.NewState(b, lua51.Options{})
	found, err := state.Values(state.Function("cjson", "decode"), lua.LString(job))
	require.NoError(b, err)
	encode := state.Function("cjson", "encode")
	b.SetBytes(int64(len(job)))
	b.ReportAllocs()
	for b.Loop() {
		state.L.Push(encode)
		state.L.Push(found[0])
		state.L.Call(1, 0)
	}
}
