local a, b = 1, 2 a, b = b, a return a, b
--
local a, b, c = 1, 2, 3 a, b, c = c, a, b return a, b, c
--
local t, i = {1, 2, 3}, 1 i, t[i] = i + 1, 20 return i, t[1], t[2]
--
local t = {1, 2} t[1], t[2] = t[2], t[1] return t[1], t[2]
--
local function f(x) x = tostring(x) return x end return f(5)
--
local function f(x) x = (tostring(x)) return x end return f(5)
--
local function f(x) x = x .. "a" return x end return f("b")
--
local function f(x) x = #x return x end return f("bcd")
--
local function f(x) local y x, y = tostring(x), 2 return x, y end return f(5)
--
local function f(x) x = -x x = not x return x end return f(5)
--
local function f(a, b) b = a and b or a return b end return f(1, 2), f(nil, 2), f(1, nil), f(false, false)
--
local f = function(n) return type(f) end return pcall(f)
--
local function f(n) if n == 0 then return 1 end return n * f(n - 1) end return f(10)
--
local t = {} function t.a(x) return x end function t:b(x) return self == t, x end return t.a(1), t:b(2)
--
local t = {x = {y = {}}} function t.x.y.f(a) return a end function t.x.y:g(a) return self == t.x.y, a end return t.x.y.f(1), t.x.y:g(2)
--
local function f(...) return select('#', ...), ... end return f(), f(1, nil), (f(1, 2))
--
local function f(...) local a, b = ... return a, b end return f(1, 2, 3)
--
local function f(...) return {...}, #{...} end return #f(1, 2, 3)
--
local function f(...) return arg.n, arg[1] end return f('x', 'y')
--
local function f(a, ...) local g = function(...) return ... end return g(a, ...) end return f(1, 2, 3)
--
return ...
--
return select('#', ...)
--
local i = 0 while i < 10 do i = i + 1 if i == 5 then break end end return i
--
local i = 0 repeat local done = i >= 3 i = i + 1 until done return i
--
local s = 0 for i = 10, 1, -3 do s = s + i end return s
--
local s = 0 for i = 1, 3 do for j = 1, 3 do if j == 2 then break end s = s + i * j end end return s
--
local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end return fs[1](), fs[1](), fs[2](), fs[3]()
--
local fs = {} local i = 1 while i <= 3 do local j = i fs[i] = function() j = j + 10 return j end i = i + 1 end return fs[1](), fs[1](), fs[2](), fs[3]()
--
local fs = {} local i = 1 repeat local j = i fs[i] = function() return j end i = i + 1 until j >= 3 return fs[1](), fs[2](), fs[3]()
--
local f while true do if true then local x = 5 f = function() return x end break end end local y = 7 local z = 8 return f(), y, z
--
local f for i = 1, 3 do do local x = i * 10 f = function() return x end if i == 2 then break end end end local a, b, c, d, e, g = 1, 2, 3, 4, 5, 6 return f()
--
local f for i = 1, 3 do local x = i * 10 f = function() return x end if i == 2 then break end end local a, b, c, d, e, g = 1, 2, 3, 4, 5, 6 return f()
--
local x = 1 do local x = 2 end return x
--
local function counter() local n = 0 return function() n = n + 1 return n end end local a, b = counter(), counter() return a(), a(), b()
--
local x = 10 local function set(v) x = v end local function get() return x end set(20) return x, get()
--
local ok, e = pcall(function() local x = 1 local f = function() return x end error(f) end) local a, b, c = 5, 6, 7 return ok, e()
--
local f pcall(function() local x = 1 f = function() return x end error("e") end) local a, b, c, d = 5, 6, 7, 8 return f()
--
local f xpcall(function() local x = 1 f = function() return x end error("e") end, function() end) local a, b, c, d = 5, 6, 7, 8 return f()
--
return true and 1, false and 1, nil or 2, 1 or 2, nil and nil, false or nil, not nil, not 0, 1 and 2 and 3, nil or false or 3, (nil and 1) or 2
--
local a, b = nil, 5 local c = a or b local d = a and b local e = b and a or 9 return c, d, e
--
local t = {} local v = t.x and t.x.y or "none" return v
--
local x = 5 return x > 3 and x < 10, x == 5 or x == 6, not (x == 5), x ~= 5
--
local function f(x) if x and x > 5 or x == nil then return "a" elseif not x then return "b" else return "c" end end return f(6), f(nil), f(false), f(2)
--
local x = 3 local r = x > 2 and "big" or "small" return r, (x > 5 and "big") or "small"
--
if nil then return 1 elseif false then return 2 elseif 0 then return 3 end
--
local r = {} for i = 1, 20 do r[#r + 1] = i % 15 == 0 and 'fb' or i % 5 == 0 and 'b' or i % 3 == 0 and 'f' or i end return table.concat(r, ',')
--
return (function(...) return select('#', ...) end)(nil, nil, nil)
--
return 2^3^2, -2^2, 1 .. 2 .. 3, 2 * 3 + 4 * 5, 10 - 5 - 2, 100 / 10 / 2, not 1 == 2, #"abc" + 1, -3 + 5
--
return "a" < "b" == true, 1 + 1 == 2, "a" .. "b" == "ab", not nil == true, 1 .. 2 == "12"
--
return [[long
string]], [==[with ]] inside]==], [[
first newline dropped]]
--
return "a\
b", "tab\tnew\\n\065\10x", 'single "quotes"', "\z"
--
-- comment
return 1 --[[ block ]] + 2 --[==[ another
block ]==] + 3
--
local goto_ = 1 local goto = 2 return goto, goto_
--
local t = {[1] = "a", [2] = "b", n = 2, [3.5] = "c", ["k"] = "d", [true] = "e"} return t[1], t[2], t.n, t[3.5], t.k, t[true]
--
local t = {} t.a = {} t.a.b = {} t.a.b.c = 1 return t.a.b.c, t["a"]["b"]["c"]
--
local t = {f = function(self, x) return x * 2 end} return t:f(5), t.f(t, 6), t["f"](t, 7)
--
local s = "x" return s:rep(3), ("y"):rep(2), #s:rep(4)
--
local f = function(t) return t[1] end return f{5}, f{[1] = 6}
--
local f = function(s) return s .. "!" end return f"a", f'b', f[[c]]
--
local t = setmetatable({}, {__index = function(t, k) return function(self, x) return k .. x end end}) return t:foo(1), t.bar(nil, 2)
--
do return 1 end
--
;return 1
--
return 1;
--
local a <const> = 1
--
local function f() return 1, 2, 3 end local a, b, c, d = f() local e, g = (f()) return a, b, c, d, e, g
--
local function f() return 1, 2 end local t = {f(), f(), x = f()} return #t, t[1], t[2], t[3], t.x
--
local function f() end return f(), (f()), type(f())
--
local function f() end return type((f()))
--
local mt = {__index = function(_, k) return k end} local t = setmetatable({}, mt) local a, b, c = t.x, t[1], t[nil] return a, b, c
--
local t = {} for i = 1, 10 do t[i] = i end for i = 1, 10 do if t[i] % 2 == 0 then t[i] = nil end end local c = 0 for k, v in pairs(t) do c = c + 1 end return c
--
local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) local d, e = coroutine.yield(c * 2) return d + e end) local r = {} r[1] = select(2, coroutine.resume(co, 1, 2)) r[2] = select(2, coroutine.resume(co, 10)) r[3] = select(2, coroutine.resume(co, 3, 4)) return r[1], r[2], r[3], coroutine.status(co), coroutine.resume(co)
--
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return gen(), gen(), gen(), gen()
--
local gen = coroutine.wrap(function() for i = 1, 1 do coroutine.yield(i) end end) gen() gen() gen()
--
local gen = coroutine.wrap(function() error("in co") end) gen()
--
local gen = coroutine.wrap(function() error({1}) end) return pcall(gen)
--
local co = coroutine.create(function() error("in co") end) return coroutine.resume(co)
--
local co = coroutine.create(function() local x = nil; return x.y end) return coroutine.resume(co)
--
coroutine.yield(1)
--
return pcall(coroutine.yield, 1)
--
local co = coroutine.create(function() pcall(coroutine.yield, 1) end) return coroutine.resume(co)
--
local co = coroutine.create(function() return pcall(function() coroutine.yield(1) end) end) return coroutine.resume(co)
--
local co = coroutine.create(function() local t = setmetatable({}, {__index = function() coroutine.yield(1) end}) return t.x end) return coroutine.resume(co)
--
local co = coroutine.create(function() for x in function() coroutine.yield(1) end do end end) return coroutine.resume(co)
--
local co = coroutine.create(function() table.sort({3, 2, 1}, function(a, b) coroutine.yield() end) end) return coroutine.resume(co)
--
local co co = coroutine.create(function() return coroutine.resume(co) end) return coroutine.resume(co)
--
local co co = coroutine.create(function() return coroutine.status(co), coroutine.running() == co end) return coroutine.resume(co)
--
return coroutine.running()
--
return coroutine.status(5)
--
return coroutine.resume(5)
--
return coroutine.create(5)
--
return coroutine.create(string.rep)
--
local co1, co2 co1 = coroutine.create(function() return coroutine.resume(co2) end) co2 = coroutine.create(function() return coroutine.status(co1), coroutine.resume(co1) end) return coroutine.resume(co1)
--
local function f(n) return coroutine.wrap(function() if n == 0 then return 0 end return 1 + f(n - 1)() end) end return f(50)()
--
local d = 0 local function f() d = d + 1 local co = coroutine.create(f) local ok, e = coroutine.resume(co) return e end f() return d
--
local co = coroutine.wrap(function(...) local a = ... while true do a = coroutine.yield(a * 2) end end) return co(1), co(2), co(3)
--
local co = coroutine.wrap(function() return coroutine.yield(1) end) return co(), co(5)
--
local co = coroutine.create(function() coroutine.yield(1, nil, 3) end) return coroutine.resume(co)
--
local function producer() return coroutine.create(function() for _, v in ipairs({"a", "b"}) do coroutine.yield(v) end return nil end) end local p, out = producer(), {} while true do local _, v = coroutine.resume(p) if not v then break end out[#out + 1] = v end return table.concat(out)
--
local y = coroutine.yield local co = coroutine.wrap(function() return y(1) end) return co(), co(6)
--
local fs = {} for i = 1, 4 do local a = i if i > 1 then local b = a * 2 fs[#fs + 1] = function() a = a + 1 return a + b end if i == 3 then break end end end local p, q, r, s, t, u, v = 1, 1, 1, 1, 1, 1, 1 return fs[1](), fs[1](), fs[2](), #fs
--
local f for k, v in pairs({1, 2, 3}) do if k == 2 then local x = v * 5 f = function() return x end break end end local p, q, r, s, t, u, v = 1, 1, 1, 1, 1, 1, 1 return f()
--
local f, n = nil, 0 repeat n = n + 1 if n == 2 then local x = n * 5 f = function() return x end break end until n > 5 local p, q, r, s, t, u, v = 1, 1, 1, 1, 1, 1, 1 return f(), n
--
local f, n = nil, 0 local function g() n = n + 1 return n end while true do if g() == 2 then local x = n * 5 f = function() return x + g() end break end end local p, q, r, s, t, u, v = 1, 1, 1, 1, 1, 1, 1 return f(), n
--
local f = load(function() return nil end) return type(f)
--
local parts = {"return ", "1 + ", "2"} local i = 0 local f = load(function() i = i + 1 return parts[i] end) return f()
--
local n = 0 return load(function() n = n + 1 if n < 3 then return {} end end)
--
return load("return 1")
--
return loadstring("return 1")(), loadstring("x x", "=name"), loadstring("x x", "@file"), loadstring("x\ny z")
--
return loadstring("return ...")(7)
--
return select(2, loadstring("error('a')", "=chunk")) , pcall(loadstring("error('a')", "=chunk"))
--
return loadstring("\27Lua")
--
return loadstring()
--
local f = loadstring("local a = ... return function() a = a + 1 return a end") local g = f(10) return g(), g()
--
local n = 0 local function inc() n = n + 1 end pcall(error, "x") inc() return n
--
local n = 0 local function inc() n = n + 1 end pcall(function() local x = nil; x() end) inc() n = n + 10 inc() return n
--
local n = 0 local ok = pcall(function() n = 5 pcall(error, "x") n = n + 1 error("y") end) return n, ok
--
local a = 1 xpcall(function() a = 2 error("x") end, function() a = a + 10 end) a = a + 100 return a
--
local co = coroutine.create(function() local ok, e = pcall(error, "x") coroutine.yield(ok) local r = coroutine.running() return pcall(function() return coroutine.running() == r, coroutine.status(r) end) end) return coroutine.resume(co), select(2, coroutine.resume(co))
--
return load(function() error("in reader") end)
--
local co = coroutine.wrap(function() for i = 1, 3 do pcall(function() error(i) end) coroutine.yield(i) end end) return co(), co(), co()
--
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return pcall(gen), pcall(gen), pcall(gen), pcall(gen), pcall(gen)
--
local function lvl() error("msg", 2) end local function mid() lvl() end return pcall(mid)
--
return pcall(function() error("msg", 2) end)
--
return pcall(pcall), pcall(pcall, pcall), pcall(pcall, pcall, error)
--
return select('#', pcall(unpack, {}, 1, 5000))
--
local n = 0 for _ in pairs({1, 2, 3}) do n = n + 1 end for _ in pairs({1}) do break end for k in pairs({5, 6}) do do break end n = 100 end return n
--
local n = 0 for i, v in ipairs({1, 2, 3}) do if false then n = 100 end n = n + v end return n
--
local n = 0 for i, v in ipairs({1, 2, 3}) do while true do break end n = n + v end return n
--
local n = 0 for i, v in ipairs({1, 2, 3}) do repeat break until true n = n + v end return n
--
local n = 0 while n < 3 do if true then n = n + 1 end end return n
--
local n = 0 while true do if nil then n = 50 end n = n + 1 if n > 4 then break end end return n
--
local n = 0 while not (n > 3) and true do n = n + 1 end return n, true and n, nil and n, false or n, 1 and 2, not 1, not nil, (true and select('#', 1, 2))
--
local function f() return 1, 2 end return true and f()
--
local n = 0 repeat if false then n = 10 end n = n + 1 until n == 3 or false return n
--
local a = 1 local function f() return a end local b a = 2, f() b, a = f(), 5, f() local c = 7, f() return a, b, c
--
local t = {} local i = 5 t.x, i = i, 6 t.y, t.z = i, t.x return t.x, t.y, t.z, i
