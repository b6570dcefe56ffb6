package cjson_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/luatest"
)

// values are texts of Lua for values whose order of keys leaves no choice.
var values = []string{
	"nil", "true", "false", "0", "1", "-1", "0.1", "1/3", "-1/3", "100", "1e14", "1e15", "123456789012345", "99999999999999", "99999999999999.5", "999999999999999", "2^53", "-2^53", "2^63", "1e100", "1e-5", "1e-4", "0.00012345",
	"1e-7", "1e300*1e10", "-1/0", "0/0", "-(0/0)", "5e-324", "1.7976931348623157e308", "1e21", "12345678.9", "0/-1",
	"''", "'a'", "'\"\\\\/'", "'\\b\\f\\n\\r\\t'", "'\\0\\1\\31\\127\\128\\255'", "string.rep('/', 100)", "'\\226\\130\\172'", "'</script>'",
	"{}", "{1}", "{1,2,3}", "{{}}", "{{},{}}", "{1,nil,3}", "{nil,nil,3}", "{nil}", "{[3]=3}", "{[10]=1}", "{[11]=1}", "{[11]=1,[1]=1,[2]=1,[3]=1,[4]=1}", "{[11]=1,[1]=1,[2]=1,[3]=1,[4]=1,[5]=1}", "{[12]=1,[1]=1,[2]=1,[3]=1,[4]=1,[5]=1}",
	"{[0]=1}", "{[-1]=1}", "{[1.5]=1}", "{[0.1]=1}", "{[1e15]=1}", "{[2^31-1]=1}", "{[2^31]=1}", "{[2^40]=1}", "{[2^53]=1}", "{[1/0]=1}", "{[-1/0]=1}", "{['1']=1}", "{['']=1}", "{['a/b']=1}", "{a={b={c={}}}}", "{[true]=1}", "{[false]=1}", "{[{}]=1}",
	"{[tostring]=1}", "{[cjson.null]=1}", "tostring", "{tostring}", "{a=tostring}", "cjson.null", "{cjson.null,cjson.null}", "{a=cjson.null}", "coroutine and {} or {}", "setmetatable({}, {__index={1,2}})", "setmetatable({1}, {__len=function() return 9 end})",
	"(function() local t = {1,2,3} t[3] = nil return t end)()", "(function() local t = {1,2,3} t[1] = nil t[2] = nil return t end)()", "(function() local t = {1,2,3} t[1] = nil t[2] = nil t[3] = nil return t end)()", "(function() local t = {a=1} t.a = nil return t end)()",
	"(function() local t = {a=1} t.a = nil t[1] = 1 return t end)()", "(function() local t = {} for i = 1, 300 do t[i] = i / 7 end return t end)()", "(function() local t = {} for i = 1, 100 do t[i * 2] = i end return t end)()",
	"(function() local t = {} for i = 1, 100 do t[i * 3] = i end return t end)()",
}

// nested makes a table in so many others.
const nested = "local function nested(n) local t = {} for i = 1, n do t = {t} end return t end local function named(n) local t = {} for i = 1, n do t = {k=t} end return t end "

// bodies are what is said once.
var bodies = []string{
	"return cjson.encode()", "return cjson:encode()", "return cjson:encode(1)", "return cjson:encode_max_depth(1, 2)", "local t = {f=cjson.encode} return t.f(1, 2)", "return cjson.encode(cjson)", "return cjson.encode({bit})", "return cjson.encode(1, 2)", "return cjson.encode(nil)", "return cjson.encode(nil, nil)", "return pcall(cjson.encode)", "return pcall(cjson.encode, tostring)", "local f = cjson.encode f()", "local e = cjson.encode return e(tostring)",
	nested + "return #cjson.encode(nested(999))", nested + "return #cjson.encode(nested(1000))", nested + "return #cjson.encode(named(999))", nested + "return #cjson.encode(named(1000))", "local t = {} t[1] = t return cjson.encode(t)", "local t = {} t.x = t return cjson.encode(t)",
	nested + "cjson.encode_max_depth(1) return cjson.encode(nested(0)), cjson.encode(nested(1))", nested + "cjson.encode_max_depth(100000) return #cjson.encode(nested(7995)), #cjson.encode(nested(7996)), #cjson.encode(nested(7997))",
	nested + "cjson.encode_max_depth(100000) return #cjson.encode(nested(7997))", nested + "cjson.encode_max_depth(100000) return #cjson.encode(nested(7998))", nested + "cjson.encode_max_depth(100000) return #cjson.encode(named(3997))",
	nested + "cjson.encode_max_depth(100000) return #cjson.encode(named(3998))", nested + "cjson.encode_max_depth(100000) return #cjson.encode(named(3999))", nested + "cjson.encode_max_depth(2^31-1) return #cjson.encode(nested(9000))",
	"return cjson.encode_max_depth()", "return cjson.encode_max_depth(5)", "return cjson.encode_max_depth(0)", "return cjson.encode_max_depth(-1)", "return cjson.encode_max_depth(2^31-1)", "return cjson.encode_max_depth(2^31)", "return cjson.encode_max_depth(2^32+7)",
	"return cjson.encode_max_depth('12')", "return cjson.encode_max_depth('x')", "return cjson.encode_max_depth({})", "return cjson.encode_max_depth(1.9)", "return cjson.encode_max_depth(0.9)", "return cjson.encode_max_depth(1, 2)", "return cjson.encode_max_depth(nil)",
	"return cjson.encode_max_depth(nil, nil)", "return cjson.encode_max_depth(1/0)", "return cjson.encode_max_depth(0/0)", "return cjson.decode_max_depth()", "return cjson.decode_max_depth(7), cjson.decode_max_depth()", "return cjson.decode_max_depth(0)",
	"return pcall(cjson.decode_max_depth, 0)", "return cjson.encode_sparse_array()", "return cjson.encode_sparse_array(true)", "return cjson.encode_sparse_array('on', 5, 6)", "return cjson.encode_sparse_array('off', 0, 0)", "return cjson.encode_sparse_array('x')",
	"return cjson.encode_sparse_array({})", "return cjson.encode_sparse_array(1)", "return cjson.encode_sparse_array(nil, 3)", "return cjson.encode_sparse_array(nil, nil, 4)", "return cjson.encode_sparse_array(nil, {})", "return cjson.encode_sparse_array(nil, -1)",
	"return cjson.encode_sparse_array(nil, nil, 'z')", "return cjson.encode_sparse_array(nil, nil, -1)", "return cjson.encode_sparse_array(1, 2, 3, 4)", "pcall(cjson.encode_sparse_array, true, -1) return cjson.encode_sparse_array()",
	"cjson.encode_sparse_array(true) return cjson.encode({[100]=1})", "cjson.encode_sparse_array(true) return cjson.encode({[10]=1}), cjson.encode({[2^40]=1})", "cjson.encode_sparse_array(false, 0) return cjson.encode({[100]=1})",
	"cjson.encode_sparse_array(false, 1) return cjson.encode({[10]=1}), cjson.encode({1,2,3,4,5,6,7,8,9,10,11,12})", "cjson.encode_sparse_array(false, 1, 0) return cjson.encode({[2]=1})", "cjson.encode_sparse_array(false, 2, 100) return cjson.encode({[100]=1})",
	"cjson.encode_sparse_array(false, 2, 99) return cjson.encode({[100]=1})", "cjson.encode_sparse_array(false, 2^31-1, 0) return cjson.encode({[100]=1})", "return cjson.encode_number_precision()", "return cjson.encode_number_precision(0)",
	"return cjson.encode_number_precision(15)", "return cjson.encode_number_precision(14)", "cjson.encode_number_precision(3) return cjson.encode({1/3, 123456, 1, 1000, 0.5, 1e10})", "cjson.encode_number_precision(1) return cjson.encode({1/3, 123456, 9, 10, 0.25})",
	"cjson.encode_number_precision(5) return cjson.encode({99999, 100000, 999999, -99999, -100000, 99999.5})", "return cjson.encode_keep_buffer()", "return cjson.encode_keep_buffer(false), cjson.encode_keep_buffer()", "return cjson.encode_keep_buffer('off')",
	"return cjson.encode_keep_buffer('null')", "return cjson.encode_keep_buffer(1)", "return cjson.encode_keep_buffer(nil)", "cjson.encode_keep_buffer(false) return cjson.encode({1,2}), pcall(cjson.encode, {tostring})", "return cjson.encode_invalid_numbers()",
	"return cjson.encode_invalid_numbers(true)", "return cjson.encode_invalid_numbers(false)", "return cjson.encode_invalid_numbers('on')", "return cjson.encode_invalid_numbers('off')", "return cjson.encode_invalid_numbers('null'), cjson.encode_invalid_numbers()",
	"return cjson.encode_invalid_numbers('x')", "return cjson.encode_invalid_numbers({})", "return cjson.encode_invalid_numbers(1)", "return cjson.encode_invalid_numbers(1, 2)", "cjson.encode_invalid_numbers(true) return cjson.encode({0/0, -(0/0), 1/0, -1/0, [6]=1})",
	"cjson.encode_invalid_numbers('null') return cjson.encode({0/0, 1/0, -1/0, 1})", "cjson.encode_invalid_numbers('null') return cjson.encode({[1/0]=1})", "cjson.encode_invalid_numbers(true) return cjson.encode({[1/0]=1})", "return cjson.decode_invalid_numbers()",
	"return cjson.decode_invalid_numbers(false), cjson.decode_invalid_numbers('on')", "return cjson.decode_invalid_numbers('null')", "cjson.encode_number_precision(3) return cjson.encode({[1/3]=1})",
	"local c = cjson.new() c.encode_max_depth(1) return pcall(c.encode, {{}}), cjson.encode({{}})", "local c = cjson.new() return c == cjson, c.null == cjson.null, c.encode == cjson.encode, c._NAME, c._VERSION", "return cjson.new(1, 2) ~= nil",
	"return cjson.null == nil, cjson.null == cjson.null, type(cjson.null), cjson._NAME, cjson._VERSION, cjson.array_mt, cjson.empty_array", "return #cjson.encode(string.rep('a', 100000))", "return cjson.encode(string.rep('/\"\\1a', 10))",
	"local keys = {} for k in pairs(cjson) do keys[#keys+1] = k end table.sort(keys) return keys", "local keys = {} for k in pairs(cjson.new()) do keys[#keys+1] = k end table.sort(keys) return keys", "return getmetatable(cjson.null), tostring(cjson.null), string.format('%s', cjson.null)", "return cjson.null .. ''", "return #cjson.null", "return cjson.null.x", "return pcall(setmetatable, cjson.null, {})", "local t = {[cjson.null]=1} return t[cjson.new().null]",
}

func TestEncodeAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, value := range values {
		pair.CompareQuickly(t, "return cjson.encode("+value+")")
		pair.CompareQuickly(t, "return cjson.encode({x="+value+"}), cjson.encode({"+value+"})")
	}
	for _, body := range bodies {
		pair.Compare(t, body)
	}
}

// randomValue is a text of Lua. Where exact, the keys of its tables leave no choice of order, and some can't be encoded; elsewhere the order
// decides which error comes first.
func randomValue(random *rand.Rand, depth int, exact bool) string {
	largestKey, kinds := 12, 4
	if exact {
		largestKey, kinds = 14, 6
	}
	switch kind := random.IntN(12); {
	case kind < 4 && depth < 6:
		items := make([]string, random.IntN(5))
		for i := range items {
			items[i] = randomValue(random, depth+1, exact)
		}
		return "{" + strings.Join(items, ", ") + "}"
	case kind < 6 && depth < 6:
		members := make([]string, 1+random.IntN(4))
		if exact {
			members = members[:1]
		}
		for i := range members {
			key := fmt.Sprintf("%q", fmt.Sprint("k", i, random.IntN(100)))
			if random.IntN(5) == 0 {
				key = fmt.Sprint(random.IntN(largestKey) - 1)
			}
			members[i] = fmt.Sprintf("[%s] = %s", key, randomValue(random, depth+1, exact))
		}
		return "{" + strings.Join(members, ", ") + "}"
	case kind < 8:
		return fmt.Sprint(random.Int64() >> random.IntN(64))
	case kind < 9:
		return fmt.Sprintf("%.17g", random.NormFloat64()*float64(int64(1)<<random.IntN(60)))
	case kind < 11:
		var text strings.Builder
		for range random.IntN(10) {
			fmt.Fprintf(&text, "\\%03d", random.IntN(256))
		}
		return "'" + text.String() + "'"
	}
	return []string{"true", "false", "cjson.null", "nil", "1/0", "tostring"}[random.IntN(kinds)]
}

func TestRandomlyEncodedAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	random := rand.New(rand.NewPCG(7, 8))
	for range 1500 {
		pair.CompareQuickly(t, "return cjson.encode("+randomValue(random, 0, true)+")")
		pair.CompareQuickly(t, "local text = cjson.encode("+randomValue(random, 0, false)+") return #text, cjson.decode(text)")
	}
}

// A table that lies in itself many times has no end but the bound of strings.
func TestMadeStringsAreBounded(t *testing.T) {
	state := luatest.NewState(t, lua51.Options{StringBytes: 1 << 20})
	for _, body := range []string{
		`local t = string.rep('x', 1000) for i = 1, 12 do t = {t, t} end return #cjson.encode(t)`,
		`local t = {} for i = 1, 12 do t = {t, t, t, t, t, t, t, t, t, t} end return #cjson.encode(t)`,
		`return #cjson.encode(string.rep('\1', 200000))`,
	} {
		require.Equal(t, "error s17:not enough memory", state.Eval(body))
	}
	require.NotContains(t, state.Eval(`return cjson.encode(string.rep('x', 1000000))`), "error ")
}

func FuzzText(f *testing.F) {
	f.Add("a/b\"\\\x00\x7f\xff")
	state := luatest.NewState(f, lua51.Options{})
	f.Fuzz(func(t *testing.T, s string) {
		require.Equal(t, "true", state.Eval(`return cjson.decode(cjson.encode({[ARGV[1]] = ARGV[1]}))[ARGV[1]] == ARGV[1]`, s))
	})
}
