local x return x.y
--
return a.b
--
local t = {} return t.x.y
--
local t = {} return t[1].y
--
local t = {} t.x.y = 1
--
local t = {} t.x.y.z = 1
--
local x = 5 x.y = 1
--
local x = true return x.y
--
local s = "x" s.y = 1
--
local f = function() end return f.x
--
local function f() local u = g end return f()
--
local up local function f() return up.x end return f()
--
local up local function f() return up() end return f()
--
local up local function f() return up + 1 end return f()
--
local up local function f() return 'a' .. up end return f()
--
local x x()
--
local t = {} t.x()
--
local t = {} t:x()
--
local t = {} t.a.b.c()
--
local t = {x = 5} t.x()
--
local t = {} t[1]()
--
local t = {} t()
--
local x x:y()
--
local t = {} t.a:b()
--
("x")()
--
(5)()
--
(nil)()
--
local x = 5 return x()
--
local t = {} return t.x()
--
local t = {} return t:x()
--
string.nothing()
--
return 1 + nil
--
local x return x + 1
--
local x return 1 + x
--
local t = {} return t.x * 2
--
local t = {} return 2 - t.x.y
--
return {} + 1
--
local t = {} return t + 1
--
local t = {} return 1 + t
--
return "x" + 1
--
local s = "abc" return s + 1
--
local s = "abc" return 1 + s
--
return -{}
--
local x return -x
--
local x return -x.y
--
return -"abc"
--
return 5 % {}
--
local x return x % 2
--
local x return 2 % x
--
return #5
--
local x return #x
--
local t = {} return #t.x
--
return #nil
--
return 1 < "2"
--
return nil < 1
--
return {} < {}
--
return nil < nil
--
return true < false
--
return {} <= 1
--
return "a" >= 1
--
local a, b return a > b
--
return (function() end) < (function() end)
--
local t1, t2 = setmetatable({}, {__lt = function() return true end}), setmetatable({}, {__lt = function() return true end}) return t1 < t2
--
error("msg")
--
error("msg", 0)
--
error("msg", 2)
--
error("msg", 3)
--
error()
--
error(nil)
--
error({1})
--
error(42)
--
error(42, 0)
--
error(true)
--
local function f() error("deep") end
local function g()
  f()
end
g()
--
local function f() error("deep", 2) end
local function g()
  f()
end
g()
--
local function f() return error("tail") end return f()
--
local function f() error("tail2", 2) end local function g() return f() end g()
--
assert(false)
--
assert(nil, "my message")
--
assert(false, {})
--
return assert(1, 2, 3)
--
assert()
--
return pcall(error, "x")
--
return pcall(error, "x", 1)
--
return pcall(error)
--
return pcall(nil)
--
return pcall(5)
--
return pcall({})
--
return pcall()
--
return pcall(function() local x = nil; x.y = 1 end)
--
return pcall(pcall, error, "x")
--
return pcall(string.rep)
--
return pcall(string.rep, "x", "y")
--
return pcall(string.format, "%d", "x")
--
return pcall(function(...) return select('#', ...), ... end, 1, nil, 3)
--
return pcall(error, {err = "table err"})
--
return pcall(error, {err = 5})
--
return pcall(error, {err = {}})
--
return xpcall(function() error("x") end, function(m) return "handled: " .. m end)
--
return xpcall(function() return 1, 2 end, function(m) return m end)
--
return xpcall(error, function(m) return "h:" .. tostring(m) end)
--
return xpcall(function() error("x") end, nil)
--
return xpcall(function() end)
--
return xpcall(function() error({err="x"}) end, function(m) return m end)
--
return select('#', pcall(function() return end))
--
local ok, e = pcall(function() error(setmetatable({}, {__tostring = function() return "obj" end})) end) return ok, tostring(e)
--
local f f = function() local x = 1; f2() end
f()
--
local
x
=
nil
return
x.
y
--
return string.rep("x", 3,
  4), ({}).x.y
--
local t = {}
t
.a
.b()
--
x = 1
--
y()
--
return undefinedvar
--
undefinedvar.x = 1
--
_G.x = 1
--
return _G.nothing
--
rawset(_G, "x", 1)
--
string.x = 1
--
string.format = nil
--
math.pi = 3
--
table.insert(string, 1)
--
table.sort(math)
--
setmetatable(_G, {})
--
setmetatable(string, {})
--
setmetatable(_G, nil)
--
_G[1] = 2
--
return _G[1]
--
return _G[{}]
--
local ok, e = pcall(function() x = 1 end) return ok, e
--
local ok, e = pcall(rawset, _G, "x", 1) return ok, e
--
getmetatable(_G).__index = nil
--
return type(getmetatable(_G)), type(getmetatable(_G).__index), getmetatable(string)
--
function foo() end
--
local string = string string.foo = 1
--
KEYS = 1
--
pcall = nil
--
return string.rep == ("").rep, _G._G == _G, _G.string == string, type(_G)
--
return _VERSION
--
local n = 0 for k in pairs(_G) do n = n + 1 end return n > 20
--
local t = {} for k in pairs(string) do t[#t+1] = k end table.sort(t) return table.concat(t, ",")
--
local t = {} for k in pairs(table) do t[#t+1] = k end table.sort(t) return table.concat(t, ",")
--
local t = {} for k in pairs(math) do t[#t+1] = k end table.sort(t) return table.concat(t, ",")
--
local t = {} for k in pairs(coroutine) do t[#t+1] = k end table.sort(t) return table.concat(t, ",")
--
local t = {} for k in pairs(_G) do if k ~= 'redis' and k ~= 'cjson' and k ~= 'bit' and k ~= 'cmsgpack' and k ~= 'struct' and k ~= 'KEYS' and k ~= 'ARGV' and k ~= '__redis__err__handler' then t[#t+1] = k end end table.sort(t) return table.concat(t, ",")
--
return collectgarbage("step") ~= nil, type(collectgarbage("count")), collectgarbage("collect"), collectgarbage("stop"), collectgarbage("restart")
--
collectgarbage("bad")
--
return type(gcinfo())
--
return type(newproxy()), type(newproxy(true)), type(getmetatable(newproxy(true))), getmetatable(newproxy())
--
newproxy({})
--
newproxy().x = 1
--
return newproxy().x
--
local p = newproxy(true) getmetatable(p).__index = function(_, k) return k end getmetatable(p).__len = function() return 7 end getmetatable(p).__call = function() return 'called' end return p.foo, #p, p()
