return table.concat({1, 2, 3}), table.concat({1, 2.5, "x"}, ","), table.concat({}, ","), table.concat({1,2,3}, ",", 2), table.concat({1,2,3}, ",", 2, 2), table.concat({1,2,3}, ",", 3, 2)
--
return table.concat({1, {}, 3})
--
return table.concat({1, nil, 3}, ",", 1, 3)
--
return table.concat({1}, ",", 1, 2)
--
return table.concat(5)
--
return table.concat({1e15, 1/3}, " ")
--
local t = {1,2,3} table.insert(t, 4) table.insert(t, 1, 0) return table.concat(t, ",")
--
local t = {} table.insert(t, 5, "x") return t[5]
--
table.insert({}, 1, 2, 3)
--
table.insert({})
--
table.insert(nil, 1)
--
local t = {1,2,3} return table.remove(t), table.remove(t, 1), table.concat(t, ","), #t
--
return table.remove({}), select('#', table.remove({})), table.remove({1,2,3}, 5), select('#', table.remove({1,2,3}, 7))
--
return table.getn({1,2,3}), table.maxn({1,2,[10]=3}), table.maxn({}), table.maxn({[1.5]=1})
--
table.setn({}, 1)
--
local t = {3,1,2} table.sort(t) return table.concat(t, ",")
--
local t = {3,1,2,5,4,9,8,7} table.sort(t, function(a,b) return a > b end) return table.concat(t, ",")
--
local t = {"b","a","C","10","9"} table.sort(t) return table.concat(t, ",")
--
local t = {} for i = 1, 50 do t[i] = {k = (i * 7) % 5, i = i} end table.sort(t, function(a, b) return a.k < b.k end) local o = {} for i = 1, 50 do o[i] = t[i].i end return table.concat(o, ",")
--
local t = {1,2,3,4,5} table.sort(t, function() return true end) return table.concat(t, ",")
--
local t = {} for i=1,20 do t[i] = 1 end table.sort(t, function() return true end)
--
local t = {1,"x"} table.sort(t)
--
local t = {{},{}} table.sort(t)
--
table.sort({1,2,3}, 5)
--
return unpack({1,2,3}), unpack({1,2,3}, 2), unpack({1,2,3}, 2, 3), unpack({}, 1, 2), select('#', unpack({}, 1, 3))
--
return select('#', unpack({}, 1, 7000))
--
return select('#', unpack({}, 1, 7990))
--
return unpack({}, 1, 8000)
--
return unpack({}, 1, 1e8)
--
return unpack()
--
return select(2, "a", "b", "c"), select(-1, "a", "b"), select('#'), select('#', nil, nil), select(5, 1)
--
return select(0)
--
return select(-5, 1)
--
return select({})
--
local t = {} t[1] = 1 t[2] = 2 t[4] = 4 return #t
--
return #{1,2,3}, #{n=1}, #{nil}, #{1,nil,3}, #{nil,nil,3}
--
local t = {1,2,3,nil} return #t
--
return next({}), next({5}), type(next), next({a=1})
--
local n = 0 for k, v in pairs({1,2,3,a=4,b=5}) do n = n + v end return n
--
local t = {} for i, v in ipairs({1,2,nil,4}) do t[#t+1] = v end return table.concat(t, ",")
--
for i, v in ipairs(nil) do end
--
for k in pairs() do end
--
local t = {a=1,b=2,c=3} for k in pairs(t) do t[k] = nil end return next(t)
--
local o = {} for k, v in next, {10, 20} do o[#o+1] = k .. v end return table.concat(o, ",")
--
local o = {} for k in next, {10, 20} do o[#o+1] = k end return table.concat(o, ",")
--
local o = {} local function it(s, c) if c < s then return c + 1, c * 2 end end for a, b in it, 3, 0 do o[#o+1] = a .. ':' .. b end return table.concat(o, ",")
--
local o = {} local function it(s, c) if c < s then return c + 1 end end local function g() return 3, 0 end for a in it, g() do o[#o+1] = a end return table.concat(o, ",")
--
local o = {} for a, b, c, d in (function(s, c) if not c then return 1, 2, 3 end end) do o[#o+1] = tostring(a) .. tostring(b) .. tostring(c) .. tostring(d) end return table.concat(o, ",")
--
for k in nil do end
--
for k in 5 do end
--
local t = {} for k in t do end
--
local t = {} t[nil] = 1
--
local t = {} t[0/0] = 1
--
local t = {} return t[nil], t[0/0]
--
rawset({}, nil, 1)
--
return rawget({a=1}, "a"), rawequal("a", "a"), rawequal({}, {}), rawequal(1, 1), rawset({}, "a", 1).a
--
return rawget(nil, 1)
--
return rawequal(1)
--
local t = setmetatable({}, {__index = function(t, k) return k .. "!" end}) return t.x, t[1]
--
local t = setmetatable({}, {__index = {a = 1}}) return t.a, t.b
--
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.x = 5 return t.x
--
local t = setmetatable({}, {__call = function(self, a) return a + 1 end}) return t(5)
--
local m = {__eq = function() return true end} local a, b = setmetatable({}, m), setmetatable({}, m) return a == b, a ~= b, rawequal(a, b)
--
local m = {__lt = function(a, b) return a.v < b.v end} local a, b = setmetatable({v=1}, m), setmetatable({v=2}, m) return a < b, a > b, a <= b, a >= b
--
local m = {__add = function(a, b) return "add" end, __unm = function() return "unm" end, __mod = function() return "mod" end, __len = function() return 42 end} local a = setmetatable({}, m) return a + 1, 1 + a, "x" + a, -a, a % 2, 2 % a, #a
--
return getmetatable({}), getmetatable("").__index == string, getmetatable(1), getmetatable(setmetatable({}, {__metatable = "locked"}))
--
setmetatable(setmetatable({}, {__metatable = 1}), {})
--
setmetatable({}, 5)
--
setmetatable({})
--
setmetatable(5, {})
--
local a = setmetatable({}, {}) a.__index = a local p = setmetatable({}, {}) local c = {} for i = 1, 99 do local n = setmetatable({}, {__index = c}) c = n end return c.x
--
local c = {} for i = 1, 101 do local n = setmetatable({}, {__index = c}) c = n end return c.x
--
local c = {} for i = 1, 101 do local n = setmetatable({}, {__newindex = c}) c = n end c.x = 1
--
local t = {} t.__index = t setmetatable(t, t) return t.x
--
local t = {10,20,30, x = 1, 40, [2] = 'b'} return #t, t[2], t.x, t[4]
--
local t = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50, a = 'x', b = 'y'} return #t, t[1], t[50], t.a, t.b
--
local function f() return 51, 52 end local t = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50, f()} return #t, t[1], t[50], t[51], t[52]
--
local function f() return 1, 2, 3 end return #{f()}, #{f(), f()}, #{(f())}, #{f(), 10}
--
local t = {f = function() return 1 end, ["x y"] = 2, [1+1] = 3; 4} return t.f(), t["x y"], t[2], t[1]
--
table.foreach({10}, function(k, v) if v == 10 then return "found" end end)
--
return table.foreach({10}, function(k, v) return k end), table.foreachi({5,6}, function(i, v) if v == 6 then return i end end)
--
local t = {} for i = 1, 270000 do t[i] = i end return #t, t[262143], t[262144], t[270000], select('#', unpack(t, 269990))
--
local t = {} for i = 1, 270000 do t[i] = i end for i = 270000, 1, -1 do t[i] = nil end return #t, next(t)
--
local t = {} for i = 1, 300 do t[#t + 1] = i end local s = 0 while #t > 0 do s = s + t[#t] t[#t] = nil end return s
--
local t = {1,2,3,4,5,x=1} local n = 0 for k, v in pairs(t) do t[k] = nil n = n + 1 + #t * 0 end return n
--
return rawget(_G, 'string') == string, rawget(string, 'format') == string.format, next(math) ~= nil
--
local t = {} t[5] = 1 return #t
--
local t = {1, nil, nil, 4, nil} return #t
--
local t = {} t[1] = 1 t[3] = 3 return #t
--
local t = {} t[1] = 1 t[2] = 2 t[4] = 4 t[5] = 5 return #t
--
local t = {} t[1] = 1 t[2] = 2 t[4] = 4 t[5] = 5 t[7] = 7 return #t
--
local t = {} for i = 1, 10 do t[i] = i end for i = 1, 8 do t[i] = nil end return #t
--
local t = {} for i = 1, 10 do t[i] = i end t[5] = nil return #t
--
local t = {1, 2, 3} t[2] = nil t[3] = nil return #t
--
local t = {n = 1, 1, 2, 3} t[#t] = nil return #t, t.n
--
local a, b = 1, nil local t = {a, b, a} return #t, #{b, a, b, a}, #{a, b}, #{b, b, b}, #{b, b, a, b, b}
--
local function f(...) return #{...}, select('#', ...) end return f(nil, nil, 3), f(1, nil, 3), f(nil)
--
local function f() return 1, nil, 3 end return #{f()}, #{f(), f()}, #{f(), nil}
--
local t = {} for i = 1, 20 do if i % 3 ~= 0 then t[i] = i end end return #t
--
local t = {} for i = 1, 20 do if i % 2 ~= 0 then t[i] = i end end return #t
--
local t = {} for i = 20, 1, -1 do t[i] = i end return #t
--
local t = {} for i = 1, 7 do t[i] = i end t[3] = nil table.insert(t, 'x') return #t, t[8]
--
local t = setmetatable({}, string) return getmetatable(t) == string, rawget(getmetatable(t), 'format') == string.format
--
getmetatable(setmetatable({}, string)).format = nil
--
rawset(getmetatable(setmetatable({}, string)), 'format', nil)
--
local t = setmetatable({}, {__index = string}) t.format = 1 return t.format, type(string.format), t.rep('x', 2)
--
local n = 0 for k, v in pairs(setmetatable({}, string)) do n = n + 1 end return n
--
local t = setmetatable({}, math) return pcall(function() return t.pi end)
