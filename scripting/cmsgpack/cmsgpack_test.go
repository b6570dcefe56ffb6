package cmsgpack_test

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

// values are texts of Lua for values whose order of keys leaves no choice.
var values = []string{
	"nil", "true", "false", "0", "1", "127", "128", "255", "256", "65535", "65536", "2^32-1", "2^32", "2^53", "2^62", "2^63", "2^63-1024", "2^64", "-1", "-32", "-33", "-128", "-129", "-32768",
	"-32769", "-2147483648", "-2147483649", "-2^53", "-2^63", "-2^64", "0.5", "-0.5", "0.1", "-0.1", "1e-50", "1e300", "3.4e38", "3.5e38", "1/0", "-1/0", "0/0", "-(0/0)", "1e15", "123456789012345678",
	"''", "'a'", "string.rep('x', 31)", "string.rep('x', 32)", "string.rep('x', 255)", "string.rep('x', 256)", "string.rep('x', 65535)", "string.rep('x', 65536)", "'a\\0b\\255'",
	"{}", "{1,2,3}", "{1,nil,3}", "{nil,2}", "{nil,nil}", "{[1]=1,[2]=2}", "{[2]=2}", "{[0]=1}", "{[-1]=1}", "{[1.5]=1}", "{[2^31]=1}", "{[2^53]=1}", "{[1/0]=1}", "{['1']=1}", "{a=1}", "{a={b={c={}}}}",
	"{[true]=1}", "{[false]=0}", "{[{}]={}}", "{[{1}]={2}}", "{[tostring]=tostring}", "{{},{{}},{{{}}}}", "tostring", "cjson.null", "{cjson.null, tostring, 1}", "{a=cjson.null}", "setmetatable({}, {__index={1,2}})",
	"setmetatable({1,2}, {__len=function() return 9 end})", "(function() local t = {} for i = 1, 15 do t[i] = i end return t end)()", "(function() local t = {} for i = 1, 16 do t[i] = i end return t end)()",
	"(function() local t = {1,2,3,4} t[4] = nil return t end)()",
	"(function() local t = {1,2,3,4} t[2] = nil return t end)()",
}

// nested makes a table in so many others.
const nested = "local function nested(n) local t = {} for i = 1, n do t = {t} end return t end local function named(n) local t = {} for i = 1, n do t = {k=t} end return t end " +
	"local function keyed(n) local t = {} for i = 1, n do t = {[t]=i} end return t end "

// bodies are what is said once.
var bodies = []string{
	"local t = {} for i = 1, 65535 do t[i] = 1 end local text = cmsgpack.pack(t) return text, #cmsgpack.unpack(text)", "local t = {} for i = 1, 65536 do t[i] = 1 end local text = cmsgpack.pack(t) return text, #cmsgpack.unpack(text)",
	"local t = {} for i = 1, 70000 do t[i] = i end local text = cmsgpack.pack(t) local u = cmsgpack.unpack(text) return #text, #u, u[65535], u[65536], u[70000], u[70001], #cjson.encode(u), #cjson.decode(cjson.encode(u))",
	"local t = {} for i = 1, 70000 do t['k' .. i] = i end local text = cmsgpack.pack(t) return #text, cmsgpack.unpack(text).k69999", "return cmsgpack.pack()", "return cmsgpack.pack(1, 'a', {}, nil)", "return cmsgpack.pack(nil, nil)", "local p = cmsgpack.pack return p()", "return pcall(cmsgpack.pack)",
	nested + "return cmsgpack.pack(nested(15))", nested + "return cmsgpack.pack(nested(16))", nested + "return cmsgpack.pack(nested(17))", nested + "return cmsgpack.pack(named(14), named(15), named(16), named(17))",
	nested + "return cmsgpack.pack(keyed(15), keyed(16), keyed(17))", "local t = {} t[1] = t return cmsgpack.pack(t)", "local t = {} t.x = t return cmsgpack.pack(t)", nested + "return cmsgpack.unpack(cmsgpack.pack(keyed(17)))",
	"return #cmsgpack.pack(unpack({}, 1, 4000))", "return cmsgpack.pack(unpack({}, 1, 4001))", "local t = {} for i = 1, 4000 do t[i] = {{}} end return cmsgpack.pack(unpack(t))",
	"local t = {} for i = 1, 3999 do t[i] = i == 3999 and {a=1} or 1 end return #cmsgpack.pack(unpack(t))", nested + "local t = {} for i = 1, 3990 do t[i] = i == 3990 and nested(9) or 1 end return #cmsgpack.pack(unpack(t))",
	nested + "local t = {} for i = 1, 3990 do t[i] = i == 3990 and nested(17) or 1 end return #cmsgpack.pack(unpack(t))", nested + "local t = {} for i = 1, 3990 do t[i] = i == 3990 and named(9) or 1 end return #cmsgpack.pack(unpack(t))",
	nested + "local t = {} for i = 1, 3990 do t[i] = i == 3990 and keyed(9) or 1 end return #cmsgpack.pack(unpack(t))",
	"return cmsgpack.unpack()", "return cmsgpack.unpack(nil)", "return cmsgpack.unpack({})", "return cmsgpack.unpack('')", "return cmsgpack.unpack(5)", "return cmsgpack.unpack(12.5)", "return cmsgpack.unpack('\\1\\2\\3', 'more')",
	"return cmsgpack.unpack_one()", "return cmsgpack.unpack_one('')", "return cmsgpack.unpack_one('\\1\\2')", "return cmsgpack.unpack_one('\\1\\2', 1)", "return cmsgpack.unpack_one('\\1\\2', 2)", "return cmsgpack.unpack_one('\\1\\2', 3)",
	"return cmsgpack.unpack_one('\\1\\2', -1)", "return cmsgpack.unpack_one('\\1\\2', 0)", "return cmsgpack.unpack_one('\\1\\2', nil)", "return cmsgpack.unpack_one('\\1\\2', '1')", "return cmsgpack.unpack_one('\\1\\2', 'x')",
	"return cmsgpack.unpack_one('\\1\\2', {})", "return cmsgpack.unpack_one('\\1\\2', 1.9)", "return cmsgpack.unpack_one('\\1\\2', 2^32)", "return cmsgpack.unpack_one('\\1\\2', 2^63)", "return cmsgpack.unpack_one('\\1\\2', 1/0)",
	"return cmsgpack.unpack_one('\\1\\2', 1, 2, 3)", "return cmsgpack.unpack_limit()", "return cmsgpack.unpack_limit('\\1')", "return cmsgpack.unpack_limit(nil, 1)", "return cmsgpack.unpack_limit('\\1\\2\\3', 0)",
	"return cmsgpack.unpack_limit('\\1\\2\\3', 0, 0)", "return cmsgpack.unpack_limit('\\1\\2\\3', 0, 1)", "return cmsgpack.unpack_limit('\\1\\2\\3', 1)", "return cmsgpack.unpack_limit('\\1\\2\\3', 2)", "return cmsgpack.unpack_limit('\\1\\2\\3', 3)",
	"return cmsgpack.unpack_limit('\\1\\2\\3', 4)", "return cmsgpack.unpack_limit('\\1\\2\\3', 2, 1)", "return cmsgpack.unpack_limit('\\1\\2\\3', 2, 3)", "return cmsgpack.unpack_limit('\\1\\2\\3', -1)", "return cmsgpack.unpack_limit('\\1\\2\\3', -1, 9)",
	"return cmsgpack.unpack_limit('\\1\\2\\3', 1, 9)", "return cmsgpack.unpack_limit('\\1\\2\\3', 1, -9)", "return cmsgpack.unpack_limit('\\1\\2\\3', 2^40)", "return cmsgpack.unpack_limit('\\1\\2\\3', '1', '1')", "return cmsgpack.unpack_limit('\\1\\2\\3', {})",
	"return pcall(cmsgpack.unpack, '\\193')", "return cmsgpack:unpack()", "return cmsgpack:unpack_one('a')", "return cmsgpack:unpack_limit()", "return cmsgpack.pack(cmsgpack.unpack)", "return #cmsgpack.pack(cmsgpack)", "return pcall(cmsgpack.unpack_limit, 'a')", "return pcall(cmsgpack.unpack_one)",
	"return select('#', cmsgpack.unpack(string.rep('\\1', 7999)))", "return select('#', cmsgpack.unpack(string.rep('\\1', 8000)))", "return select('#', cmsgpack.unpack(string.rep('\\1', 7990), 1, 2, 3))",
	"return select('#', cmsgpack.unpack(string.rep('\\1', 7998), 1, 2, 3))", "return select('#', cmsgpack.unpack_limit(string.rep('\\1', 9000), 7998))", "return select('#', cmsgpack.unpack_limit(string.rep('\\1', 9000), 7999))",
	"return select('#', cmsgpack.unpack_limit(string.rep('\\1', 9000), 8000))", "local t, n = cmsgpack.unpack(string.rep('\\145', 3998) .. '\\1'), 0 while type(t) == 'table' do t = t[1] n = n + 1 end return n",
	"return type(cmsgpack.unpack(string.rep('\\145', 3999) .. '\\1'))", "return type(cmsgpack.unpack(string.rep('\\145', 4000) .. '\\1'))", "return type(cmsgpack.unpack(string.rep('\\145', 4000) .. '\\144'))",
	"return type(cmsgpack.unpack(string.rep('\\145', 3999) .. '\\144'))", "return type(cmsgpack.unpack(string.rep('\\145', 3998) .. '\\144'))", "return type(cmsgpack.unpack(string.rep('\\145', 100000)))",
	"return type(cmsgpack.unpack(string.rep('\\145', 3998)))", "return type(cmsgpack.unpack(string.rep('\\145', 4500)))", "return type(cmsgpack.unpack(string.rep('\\129', 7998)))", "return type(cmsgpack.unpack(string.rep('\\129', 7999)))",
	"return type(cmsgpack.unpack(string.rep('\\129', 8000)))", "return type(cmsgpack.unpack(string.rep('\\129\\1', 3999) .. '\\1'))", "return type(cmsgpack.unpack(string.rep('\\129\\1', 4000) .. '\\1'))", "return type(cmsgpack.unpack(string.rep('\\129\\1', 3998) .. '\\128'))",
	"return type(cmsgpack.unpack(string.rep('\\129\\1', 3999) .. '\\128'))", "return cmsgpack._NAME, cmsgpack._VERSION, cmsgpack._COPYRIGHT, cmsgpack._DESCRIPTION, cmsgpack.null",
	"local keys = {} for k in pairs(cmsgpack) do keys[#keys+1] = k end table.sort(keys) return keys",
}

func TestBodiesAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, value := range values {
		pair.CompareQuickly(t, "return cmsgpack.pack("+value+")")
		pair.CompareQuickly(t, "return cmsgpack.unpack(cmsgpack.pack("+value+", "+value+"))")
	}
	for _, body := range bodies {
		pair.CompareQuickly(t, body)
	}
}

// packed are bytes that no packer of ours makes, or that are wrong.
var packed = []string{
	"\xc1", "\xc4\x01a", "\xc5\x00\x01a", "\xc6\x00\x00\x00\x01a", "\xc7\x01\x01a", "\xc8", "\xc9", "\xd4\x01a", "\xd5", "\xd6", "\xd7", "\xd8", "\x91\xc1", "\x81\x01\xc1",
	"\xcc", "\xcc\xff", "\xcd\xff", "\xcd\xff\xff", "\xce\xff\xff\xff", "\xce\xff\xff\xff\xff", "\xcf\xff\xff\xff\xff\xff\xff\xff", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff",
	"\xcf\x80\x00\x00\x00\x00\x00\x00\x00", "\xcf\x00\x20\x00\x00\x00\x00\x00\x01", "\xd0\x80", "\xd0\x7f", "\xd1\xff\xff", "\xd1\x80\x00", "\xd1\x7f\xff", "\xd2\xff\xff\xff\xff", "\xd2\x80\x00\x00\x00", "\xd3\xff\xff\xff\xff\xff\xff\xff\xff",
	"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "\xca\x7f\xc0\x00\x00", "\xca\x7f\x80\x00\x00", "\xca\x3f\x80\x00", "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "\xcb\x80\x00\x00\x00\x00\x00\x00\x00", "\xa5abcd", "\xa5abcde", "\xd9\x05abcd",
	"\xd9\x05abcde", "\xd9", "\xda\x00\x05abcde", "\xda\x00", "\xda\xff\xffabc", "\xdb\x00\x00\x00\x01x", "\xdb\xff\xff\xff\xffx", "\xdb\x00\x00", "\xdc\x00\x02\x01\x02", "\xdc\x00\x02\x01", "\xdc\xff", "\xdd\x00\x00\x00\x01\x01",
	"\xdd\xff\xff\xff\xff", "\xdd\xff\xff\xff\xff\x01", "\xdd\x00", "\xde\x00\x01\x01\x02", "\xde\xff\xff", "\xde", "\xdf\x00\x00\x00\x01\x01\x02", "\xdf\xff\xff\xff\xff\x01\x02", "\xdf\x00", "\x82\x01\x02\x01\x03", "\x82\xa1a\x02\xa1a\xc0",
	"\x82\xa1a\xc0\xa1a\x02", "\x81\xc0\x01", "\x82\xc0\x01", "\x81\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x01", "\x81\xc0", "\x81\xc3\xc2", "\x81\x90\x90", "\x82\x03\x01\x01\x01", "\x83\x03\x01\x03\xc0\x01\x01", "\x93\xc0\xc0\xc0", "\x93\x01\xc0\x03",
	"\x93\xc0\xc0\x03", "\x92\x01\xc0", "\x81\x00\x01", "\x81\xff\x01", "\x81\xca\x3f\xc0\x00\x00\x01", "\x81\xca\x3f\x80\x00\x00\x01", "\x82\xce\x00\x01\x00\x00\x01\x01\x02", "\x81\xcf\x00\x00\x00\x01\x00\x00\x00\x00\x01",
	"\x01\xc1", "\x01\x91", "\x80\x90\xa0\xc0\xc2\xc3\x7f\xe0\xff", "\x82\xcb\x80\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02",
}

func TestUnpackAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, input := range packed {
		pair.CompareQuickly(t, "return cmsgpack.unpack(ARGV[1])", input)
		pair.CompareQuickly(t, "return cmsgpack.unpack_one(ARGV[1])", input)
		pair.CompareQuickly(t, "return cmsgpack.unpack_limit(ARGV[1], 2, 1)", input)
	}
}

// randomPacked appends a random value, now and then one that is wrong.
func randomPacked(random *rand.Rand, p []byte, depth int) []byte {
	raw := func(code byte, n int) []byte {
		p = append(p, code)
		for range n {
			p = append(p, byte(random.Uint32()))
		}
		return p
	}
	switch kind := random.IntN(14); {
	case kind < 3:
		return append(p, byte(random.IntN(128)))
	case kind < 6:
		code := byte(0xca + random.IntN(10))
		return raw(code, []int{4, 8, 1, 2, 4, 8, 1, 2, 4, 8}[code-0xca])
	case kind < 8:
		n := random.IntN(20)
		return append(append(p, 0xa0|byte(n)), strings.Repeat("z", n)...)
	case kind < 11 && depth < 8:
		n := random.IntN(5)
		p = append(p, []byte{0x90 | byte(n)}...)
		for range n {
			p = randomPacked(random, p, depth+1)
		}
		return p
	case kind < 13 && depth < 8:
		n := random.IntN(5)
		p = append(p, 0xde, 0, byte(n))
		for range n {
			p = append(p, 0xa3, byte(random.Uint32()), byte(random.Uint32()), 'k')
			p = randomPacked(random, p, depth+1)
		}
		return p
	case random.IntN(20) == 0:
		return raw(byte(random.Uint32()), random.IntN(4))
	}
	return append(p, []byte{0xc0, 0xc2, 0xc3, 0xff}[random.IntN(4)])
}

func TestRandomlyUnpackedAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	random := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		input := randomPacked(random, nil, 0)
		if random.IntN(3) == 0 {
			input = input[:random.IntN(len(input)+1)]
		}
		pair.CompareQuickly(t, "return cmsgpack.unpack(ARGV[1])", string(input))
		pair.CompareQuickly(t, "local v = cmsgpack.unpack(ARGV[1]) local text = cmsgpack.pack(v) return #text, cmsgpack.unpack(text)", string(input))
	}
}

func TestClaimedCountsCostNothing(t *testing.T) {
	state := luatest.NewState(t, lua51.Options{})
	got := state.Eval(`return cmsgpack.unpack(ARGV[1])`, strings.Repeat("\xdd\xff\xff\xff\xff", 3000))
	require.Equal(t, "error s38:user_script:2: Missing bytes in input.", got)
}

// Tables that take far more memory than the bytes they are made of end where the script has too much.
func TestUnpackedTablesAreBounded(t *testing.T) {
	state := luatest.NewState(t, lua51.Options{MemoryBytes: 64 << 20})
	wasteful := "\xdc\x40\x00" + strings.Repeat("\x81\xcd\xff\xf0\x01", 1<<14) // of 1 MiB each
	require.Equal(t, "error s17:not enough memory", state.Eval(`return cmsgpack.unpack(ARGV[1])`, wasteful))
	require.NotContains(t, state.Eval(`return cmsgpack.unpack(ARGV[1])`, wasteful[3:3+5*10]), "error ")
}

// A table that lies in itself many times has no end but the bound of strings.
func TestMadeStringsAreBounded(t *testing.T) {
	state := luatest.NewState(t, lua51.Options{StringBytes: 1 << 20})
	for _, body := range []string{
		`local t = string.rep('x', 1000) for i = 1, 12 do t = {t, t} end return #cmsgpack.pack(t)`,
		`local t = {} for i = 1, 12 do t = {t, t, t, t, t, t, t, t, t, t} end return #cmsgpack.pack(t)`,
	} {
		require.Equal(t, "error s17:not enough memory", state.Eval(body))
	}
	require.NotContains(t, state.Eval(`return cmsgpack.pack(string.rep('x', 1000000))`), "error ")
}

func FuzzUnpack(f *testing.F) {
	for _, input := range packed {
		f.Add(input)
	}
	f.Add(strings.Repeat("\x91", 5000))
	state := luatest.NewState(f, lua51.Options{})
	pack, unpack := state.Function("cmsgpack", "pack"), state.Function("cmsgpack", "unpack")
	f.Fuzz(func(t *testing.T, input string) {
		found, err := state.Values(unpack, lua.LString(input))
		if err != nil {
			require.NotContains(t, err.Error(), "runtime error")
			return
		}
		if len(found) == 0 || len(found) > 4000 || depth(found) > 16 { // what pack refuses or cuts off
			return
		}
		first := state.Call(pack, found...)
		again, err := state.Values(unpack, textOf(first))
		require.NoError(t, err)
		require.Equal(t, first, state.Call(pack, again...))
	})
}

// textOf is the string in a description.
func textOf(description string) lua.LString {
	_, text, _ := strings.Cut(description, ":")
	return lua.LString(text)
}

func depth(values []lua.LValue) int {
	deepest := 0
	for _, v := range values {
		if t, ok := v.(*lua.LTable); ok {
			for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
				deepest = max(deepest, depth([]lua.LValue{key, v}))
			}
			deepest++
		}
	}
	return deepest
}

// job is what a queue like BullMQ packs.
const job = `{name='send', data={to='someone@example.org', tries=3, delay=1500.5, tags={'a','b','c'}}, opts={attempts=5, backoff={type='exponential', delay=1000}, jobId='1234567'}, timestamp=1700000000123, ids={1,2,3,4,5,6,7,8,9,10}}`

func benchmark(b *testing.B, library, name, body string) {
	state := luatest.NewState(b, lua51.Options{})
	fn, err := state.L.LoadString("return " + body)
	require.NoError(b, err)
	found, err := state.Values(fn)
	require.NoError(b, err)
	run, v := state.Function(library, name), found[0]
	b.ReportAllocs()
	for b.Loop() {
		state.L.Push(run)
		state.L.Push(v)
		state.L.Call(1, 0)
	}
}

func BenchmarkPack(b *testing.B) { benchmark(b, "cmsgpack", "pack", job) }
func BenchmarkUnpack(b *testing.B) {
	benchmark(b, "cmsgpack", "unpack", fmt.Sprintf("cmsgpack.pack(%s)", job))
}
