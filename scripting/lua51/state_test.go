package lua51

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"
)

// run runs a script in a state.
func run(t testing.TB, s *State, script string, interrupted func() error) (lua.LValue, error) {
	t.Helper()
	chunk, err := Compile("@user_script", []byte(script))
	require.NoError(t, err, script)
	return s.Run(s.Load(chunk), interrupted)
}

// newState is one that the test closes.
func newState(t testing.TB, options Options) *State {
	s := New(options)
	t.Cleanup(s.Close)
	return s
}

func TestRunGivesTheFirstResult(t *testing.T) {
	s := newState(t, Options{})
	v, err := run(t, s, "return 1, 2", nil)
	require.NoError(t, err)
	require.Equal(t, lua.LNumber(1), v)
	v, err = run(t, s, "", nil)
	require.NoError(t, err)
	require.Equal(t, lua.LNil, v)
	chunk, err := Compile("@user_script", []byte("local a, b = ... return a .. b"))
	require.NoError(t, err)
	v, err = s.Run(s.Load(chunk), nil, lua.LString("x"), lua.LNumber(1e15))
	require.NoError(t, err)
	require.Equal(t, lua.LString("x1e+15"), v)
}

func TestErrorsTellTheirPlace(t *testing.T) {
	s := newState(t, Options{})
	_, err := run(t, s, "local x\n\nreturn x.y", nil)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "user_script:3: attempt to index local 'x' (a nil value)", e.Message)
	require.Equal(t, "@user_script", e.Source)
	require.Equal(t, 3, e.Line)
	require.NoError(t, e.Unwrap())

	_, err = run(t, s, "pcall(error, 'other')\n\nerror({err = 'ERR mine', code = 5})", nil)
	require.ErrorAs(t, err, &e)
	require.Equal(t, "ERR mine", e.Message)
	require.Equal(t, 3, e.Line)
	require.Equal(t, lua.LNumber(5), e.Value.(*lua.LTable).RawGetString("code"))

	_, err = run(t, s, "error()", nil)
	require.ErrorAs(t, err, &e)
	require.Equal(t, lua.LNil, e.Value)
}

// interruptAfter is an end after so many questions.
func interruptAfter(questions int, err error) func() error {
	return func() error {
		if questions--; questions < 0 {
			return err
		}
		return nil
	}
}

func TestAnEndCantBeCaught(t *testing.T) {
	killed := errors.New("Script killed by user with SCRIPT KILL...")
	for name, script := range map[string]string{
		"loop":      "while true do end",
		"pcall":     "while true do pcall(function() while true do end end) end",
		"xpcall":    "while true do xpcall(function() while true do end end, function() while true do end end) end",
		"coroutine": "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
		"wrap":      "local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end",
		"gsub":      "while true do pcall(string.gsub, 'x', 'x', function() while true do end end) end",
		"sort":      "while true do pcall(table.sort, {1, 2, 3}, function() while true do end end) end",
		"index":     "local t = setmetatable({}, {__index = function() while true do end end}) while true do pcall(function() return t.x end) end",
		"pattern":   "return string.find(string.rep('a', 40), string.rep('a-', 40) .. 'b')",
		"balance":   "return string.find(string.rep('(', 300000), '%b()')",
		"concat":    "local t = {} for i = 1, 100 do t[i] = '' end return table.concat(t, string.rep('a', 2000000))",
		"load":      "load(function() while true do end end)",
		"recursion": "local function f() while true do pcall(f) end end f()",
		"tostring":  "tostring(setmetatable({}, {__tostring = function() while true do end end}))",
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(t, Options{})
			began := time.Now()
			_, err := run(t, s, script, interruptAfter(20, killed))
			require.ErrorIs(t, err, killed)
			require.Contains(t, err.Error(), killed.Error())
			require.Less(t, time.Since(began), 20*time.Second, "some took over a minute once")
			v, err := run(t, s, "return 5", nil)
			require.NoError(t, err)
			require.Equal(t, lua.LNumber(5), v)
			require.False(t, s.Spoiled())
		})
	}
}

// A script that ends while it goes round an empty loop is where Lua 5.1 says it is.
func TestWhereAnEmptyLoopEnds(t *testing.T) {
	killed := errors.New("killed")
	for script, line := range map[string]int{
		"while true do end":                                1,
		"\n\nwhile true do\n\nend\n":                       3,
		"\nlocal x = 1 while\nx do end":                    3,
		"\nfor i = 1, 1e15\ndo\nend":                       2,
		"local function f()\nwhile true do\nend\nend\nf()": 2,
		"repeat\nuntil\nfalse":                             3,
	} {
		_, err := run(t, newState(t, Options{}), script, interruptAfter(3, killed))
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, line, e.Line, script)
		require.NotEmpty(t, e.Source, script)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	for name, script := range map[string]string{
		"table":      "local t, i = {}, 1 while true do t[i] = {i} i = i + 1 end",
		"array":      "local t, i = {}, 1 while true do t[i] = i + 0.5 i = i + 1 end",
		"keys":       "local t, i = {}, 1 while true do t['k' .. i] = true i = i + 1 end",
		"sparse":     "local t = {} while true do local x = {} x[60000] = 1 t[#t + 1] = x end",
		"strings":    "local t = {} while true do t[#t + 1] = string.rep('x', 1000000) .. #t end",
		"caught":     "local t = {} while true do pcall(function() while true do t[#t + 1] = string.rep('x', 1000000) .. #t end end) end",
		"closures":   "local t = {} while true do t[#t + 1] = function() return t end end",
		"coroutines": "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
		"started":    "local t = {} while true do local c = coroutine.create(function() coroutine.yield() end) coroutine.resume(c) t[#t + 1] = c end",
		"chunks":     "local t = {} while true do t[#t + 1] = loadstring('return ' .. #t) end",
		"upvalues":   "local f = function() end while true do local g = f f = function() return g end end",
		"gmatch":     "local t = {} while true do t[#t + 1] = string.gmatch(string.rep('x', 100000) .. #t, 'x') end",
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(t, Options{MemoryBytes: 24 << 20})
			runtime.GC() // garbage of other tests would widen the bound
			_, err := run(t, s, script, nil)
			require.ErrorIs(t, err, ErrMemory)
		})
	}
}

func TestStringsAreBounded(t *testing.T) {
	for _, script := range []string{
		"return string.rep('x', 1e9)",
		"return string.rep('xxxxxxxxxx', 2147483647)",
		"local s = 'x' while true do s = s .. s end",
		"local s = 'x' while true do s = s:gsub('x', 'xx') end",
		"local s = 'x' while true do s = table.concat({s, s}) end",
		"local s = string.rep('x', 1000) while true do s = string.format('%s%s', s, s) end",
		"local t = {} for i = 1, 100 do t[i] = string.rep('x', 100000) end return table.concat(t)",
		"local s = string.rep('x', 500000) return load(function() return s end)",
	} {
		s := newState(t, Options{StringBytes: 1 << 20})
		v, err := run(t, s, script, nil)
		require.EqualError(t, err, "not enough memory", script)
		require.Nil(t, v)
		require.NotErrorIs(t, err, ErrMemory)
	}
}

// TestRecursionIsBounded would end the process where it fails: Go's stack has a limit that can't be recovered from.
func TestRecursionIsBounded(t *testing.T) {
	for name, script := range map[string]string{
		"function":  "local function f() return 1 + f() end return f()",
		"pcall":     "local function f() return pcall(f) end error(f())",
		"xpcall":    "local function f() return xpcall(f, f) end error(f())",
		"handler":   "local function h(e) return xpcall(error, h) end error(xpcall(error, h))",
		"index":     "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
		"newindex":  "local t = setmetatable({}, {}) getmetatable(t).__newindex = function(t, k, v) t[k] = v end t.x = 1",
		"add":       "local t = setmetatable({}, {}) getmetatable(t).__add = function(a, b) return a + b end return t + 1",
		"concat":    "local t = setmetatable({}, {}) getmetatable(t).__concat = function(a, b) return a .. b end return t .. 1",
		"modulo":    "local t = setmetatable({}, {}) getmetatable(t).__mod = function(a, b) return a % b end return t % 1",
		"unm":       "local t = setmetatable({}, {}) getmetatable(t).__unm = function(a) return -a end return -t",
		"eq":        "local m = {} local a, b = setmetatable({}, m), setmetatable({}, m) m.__eq = function() return a == b end return error(a == b)",
		"lt":        "local m = {} local a, b = setmetatable({}, m), setmetatable({}, m) m.__lt = function() return a < b end return a < b",
		"call":      "local t = setmetatable({}, {}) getmetatable(t).__call = function(t) return 1 + t() end return t()",
		"chain":     "local t = setmetatable({}, {}) getmetatable(t).__call = t return t()",
		"tostring":  "local t = setmetatable({}, {}) getmetatable(t).__tostring = function(t) return tostring(t) end return tostring(t)",
		"gsub":      "local function f(x) return (string.gsub(x, x, f)) end return f('x')",
		"sort":      "local function f() table.sort({1, 2}, f) end return f()",
		"foreach":   "local function f() table.foreach({1}, f) end return f()",
		"load":      "local function f() error(select(2, load(f))) end return f()",
		"wrap":      "local function f() return coroutine.wrap(f)() end return f()",
		"resume":    "local function f() return coroutine.resume(coroutine.create(f)) end error(select(2, f()))",
		"in thread": "return coroutine.wrap(function() local function f() return 1 + f() end return f() end)()",
		"mixed":     "local d, f = 0 local t = setmetatable({}, {__index = function(t, k) d = d + 1 if d % 4000 == 0 then return f() end return t[k] end}) f = function() return (select(2, pcall(function() return t.x end))) end error(f())",
		"mixed 2":   "local d, f = 0 local t = setmetatable({}, {__index = function(t, k) d = d + 1 if d % 200 == 0 then return f() end return t[k] end}) f = function() return (select(2, pcall(function() return t.x end))) end error(f())",
		"mixed 3":   "local d, f = 0 local t = setmetatable({}, {__index = function(t, k) d = d + 1 if d % 900 == 0 then return f() end return t[k] end}) f = function() return (select(2, coroutine.resume(coroutine.create(function() return t.x end)))) end error(f())",
		"arguments": "local function f(...) return f(1, ...) + 1 end return f()",
		"iterator":  "local function f() for x in f do end end f()",
		"parens":    "error(select(2, loadstring('return ' .. string.rep('(', 1000000))))",
		"additions": "error(select(2, loadstring('return 1' .. string.rep('+ 1', 1000000))))",
		"calls":     "error(select(2, loadstring('return f' .. string.rep('()', 1000000))))",
		"fields":    "error(select(2, loadstring('return f' .. string.rep('.f', 1000000))))",
		"indexes":   "error(select(2, loadstring('return f' .. string.rep('[1]', 1000000))))",
		"ands":      "error(select(2, loadstring('return a' .. string.rep(' and a', 1000000))))",
		"elseifs":   "error(select(2, loadstring('if a then ' .. string.rep(' elseif a then ', 1000000))))",
		"unaries":   "error(select(2, loadstring('return ' .. string.rep('-', 999999, ' ') .. string.rep('not ', 1000000) .. '1')))",
		"functions": "error(select(2, loadstring(string.rep('function f() ', 100000))))",
		"many":      "error(select(2, loadstring(string.rep('f=function() end ', 10000))))",
		"constants": "local t = {} for i = 1, 20000 do t[i] = 'x=' .. i .. ' ' end error(select(2, loadstring(table.concat(t))))",
		"values":    "error(select(2, loadstring('return {' .. string.rep('1,', 100000) .. '}')))",
		"args":      "error(select(2, loadstring('return f(' .. string.rep('1,', 1000) .. '1)')))",
		"repeats":   "error(select(2, loadstring(string.rep('repeat until true ', 100000))))",
		"long body": "error(select(2, loadstring('local x while true do ' .. string.rep('x=x ', 150000) .. ' end')))",
		"pattern":   "return string.find(string.rep('a', 300000), string.rep('a?', 300000))",
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(t, Options{})
			_, err := run(t, s, script, nil)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "internal error")
			require.False(t, s.Spoiled())
			v, err := run(t, s, "local function f(n) if n == 0 then return 'ok' end return (f(n - 1)) end return f(100)", nil)
			require.NoError(t, err)
			require.Equal(t, lua.LString("ok"), v)
		})
	}
}

func TestPanicsOfTheHostLeaveRun(t *testing.T) {
	s := newState(t, Options{})
	s.Global("host", s.L.NewFunction(func(L *lua.LState) int {
		s.Host(L, func() { panic("of the host") })
		return 0
	}))
	require.PanicsWithValue(t, "of the host", func() { _, _ = run(t, s, "while true do pcall(host) end", nil) })
	s.Global("host", s.L.NewFunction(func(L *lua.LState) int {
		s.Host(L, func() { throw(L, "of Lua") })
		return 0
	}))
	_, err := run(t, s, "host()", nil)
	require.EqualError(t, err, "user_script:1: of Lua")
}

func TestPanicsOfLibrariesAreErrors(t *testing.T) {
	s := newState(t, Options{})
	s.Global("broken", s.L.NewFunction(func(*lua.LState) int { panic("broken") }))
	_, err := run(t, s, "broken()", nil)
	require.EqualError(t, err, "internal error: broken")
	require.True(t, s.Spoiled())
}

func TestEnvironments(t *testing.T) {
	s := newState(t, Options{})
	env := newTable()
	env.RawSetString("own", lua.LString("mine"))
	env.Metatable = tableOf("__index", s.Globals())
	chunk, err := Compile("@user_function", []byte("local function f() return own .. type(string) end return f()"))
	require.NoError(t, err)
	v, err := s.Run(s.LoadIn(chunk, env), nil)
	require.NoError(t, err)
	require.Equal(t, lua.LString("minetable"), v)
}

func TestReadonlyTables(t *testing.T) {
	s := newState(t, Options{})
	inner := tableOf("x", lua.LNumber(1))
	outer := tableOf("inner", inner)
	outer.Append(lua.LString("first"))
	s.Readonly(outer)
	s.Global("outer", outer)
	v, err := run(t, s, "return outer.inner.x .. outer[1] .. #outer .. tostring(next(outer.inner)) .. tostring(rawget(outer, 1))", nil)
	require.NoError(t, err)
	require.Equal(t, lua.LString("1first1xfirst"), v)
	for _, script := range []string{"outer.y = 1", "outer.inner = 1", "outer.inner.x = 2", "outer[1] = 1", "outer[2] = 2"} {
		_, err = run(t, s, script, nil)
		require.EqualError(t, err, "user_script:1: Attempt to modify a readonly table", script)
	}
	require.Equal(t, inner, Contents(outer).RawGetString("inner"))
}

func TestRandomNumbersAreRedis(t *testing.T) {
	s := newState(t, Options{})
	v, err := run(t, s, "return tostring(math.random()) .. ' ' .. math.random(1000000)", nil)
	require.NoError(t, err)
	require.Equal(t, lua.LString("0.39646477363839 840486"), v) // of a redis-server just started
	s.Loading(true)
	_, err = run(t, s, "return math.random()", nil)
	require.EqualError(t, err, "user_script:1: math.random can only be called inside a script invocation")
}
