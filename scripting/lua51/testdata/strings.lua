return ("x"):rep(3), ("abc"):upper(), ("ABC"):lower(), ("abc"):len(), ("abc"):reverse(), #"abc", ("\195\132"):lower() == "\195\132"
--
return ("abc"):sub(2), ("abc"):sub(-2), ("abc"):sub(2,2), ("abc"):sub(0), ("abc"):sub(5), ("abc"):sub(-10, 2), ("abc"):sub(1,-2), ("abc"):sub(3,1)
--
return ("abc"):byte(), ("abc"):byte(2), ("abc"):byte(-1), ("abc"):byte(10), ("abc"):byte(1,3), ("abc"):byte(0)
--
return ("abc"):byte(1,-1)
--
return string.char(), string.char(72, 105), string.char(0,255) == "\0\255"
--
return string.char(256)
--
return string.char(-1)
--
return string.char("65", 66.9)
--
return ("x"):rep(0), ("x"):rep(-1), ("ab"):rep("2"), ("x"):rep(2.9)
--
return string.rep()
--
return string.rep("x")
--
return ("x"):rep({})
--
return ("x").rep({}, 1)
--
return ("x"):bad()
--
return ("x").y
--
local s = "x" return s.y.z
--
return ("hello world"):find("wor"), ("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""), ("hello"):find("", 10), ("hello"):find("", 6)
--
return ("hello"):find("l", 4), ("hello"):find("l", -2), ("hello"):find("l", 10), ("a.b"):find(".", 1, true), ("a.b"):find("%."), ("a+b"):find("+", 1, true)
--
return ("hello"):find("(l)(l)"), ("hello"):find("()ll()"), ("hello"):find("^h"), ("hello"):find("^e"), ("hello"):find("o$"), ("hello"):find("l$")
--
return ("key = value"):match("^(%w+)%s*=%s*(%w+)$")
--
return ("2024-01-15"):match("(%d+)-(%d+)-(%d+)")
--
return ("abc123"):match("%a+"), ("abc123"):match("%d+"), ("abc123"):match("%d-"), ("abc123"):match("x*"), ("abc"):match("b?c"), ("abc"):match(".-c"), ("abc"):match("(a*(.)%w(%s*))")
--
return ("THE (quick) fox"):find("%((%a+)%)"), ("x"):match("()"), ("abc"):match("()b()")
--
return ("THE (quick) fox"):gsub("%f[%a]%a+", "W"), ("[[x]]"):gsub("%b[]", "-"), ("a(b(c)d)e"):match("%b()")
--
return ("hello world"):gsub("o", "0"), ("hello"):gsub("", "-"), ("hello"):gsub("l", "L", 1), ("abc"):gsub("%w", "%0%0"), ("abc def"):gsub("(%w+) (%w+)", "%2 %1")
--
return ("hello"):gsub("l", {l = "L"}), ("hello"):gsub("(h)(e)", {h = "H"}), ("hello"):gsub(".", {h = 1, e = false}), ("hello"):gsub("l+", function(s) return "<" .. s .. ">" end)
--
return ("hello"):gsub("(h)(e)", function(a, b) return b .. a end), ("abc"):gsub("%w", function() end), ("abc"):gsub("%w", function() return false end), ("abc"):gsub("()", "%1")
--
return ("abc"):gsub("%w", function() return {} end)
--
return ("abc"):gsub("%w", true)
--
return ("abc"):gsub("%w", "%2")
--
return ("abc"):gsub("(", "x")
--
return ("abc"):gsub(")", "x")
--
return ("abc"):gsub("%", "x")
--
return ("abc"):gsub("[a", "x")
--
return ("abc"):gsub("[", "x")
--
return ("abc"):gsub("[^", "x")
--
return ("abc"):gsub("[%", "x")
--
return ("abc"):find("%f")
--
return ("abc"):find("%b")
--
return ("abc"):find("%bx")
--
return ("abc"):find("%1")
--
return ("abcabc"):find("(abc)%1"), ("abab"):match("(a)(b)%1%2")
--
return ("abc"):find("(a"), 1
--
return ("abc"):gsub("a", "%"), 1
--
return ("abc"):gsub("a", "%x"), ("a%b"):gsub("%%", "%%%%")
--
return ("abc]"):match("[]]"), ("abc"):match("[a-c]+"), ("a-c"):match("[a%-c]+"), ("a-"):match("[a-]+"), ("^"):match("[%^]"), ("xyz"):match("[^x]+"), ("]"):match("[^]]")
--
local t = {} for w in ("one two three"):gmatch("%a+") do t[#t+1] = w end return table.concat(t, ",")
--
local t = {} for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do t[#t+1] = k .. v end return table.concat(t, ",")
--
local t = {} for p in ("abc"):gmatch("()") do t[#t+1] = p end return table.concat(t, ",")
--
local t = {} for p in ("^a^a"):gmatch("^a") do t[#t+1] = p end return table.concat(t, ",")
--
return ("a\0b"):find("\0"), ("a\0b"):find("%z"), #"a\0b", ("a\0b\0c"):gsub("%z", "-"), ("a\0b"):match("a(.)b") == "\0"
--
return ("a\0b"):find("\0b", 1, true), ("a\0b"):find("b\0x"), ("x\0y"):rep(2) == "x\0yx\0y"
--
return ("x y\tz\n"):gsub("%s", "_"), ("a.b,c!"):gsub("%p", ""), ("\1\2a"):gsub("%c", "."), ("aBc"):gsub("%u", "-"), ("aBc"):gsub("%l", "-"), ("aBc1"):gsub("%U", "-")
--
return ("0xAF"):gsub("%x", "h"), ("a_1-b"):gsub("%W", ""), ("\200\201a"):gsub("%a", "-"), ("\200"):find("%W")
--
return string.gfind == string.gmatch
--
return string.len(12345), (12345):len()
--
local n = 12345 return n:len()
--
return string.sub("hello", 2.7, 3.2), ("hello"):sub("2", "3")
--
return string.find("abc", "b", nil, true), string.find("a.c", ".", 2, 1)
--
return tostring(nil), tostring(true), tostring("x"), tostring(12)
--
return tostring()
--
return tostring(setmetatable({}, {__tostring = function() return "custom" end})), tostring(setmetatable({}, {__tostring = function() return 42 end}))
--
return #string.format("%s", setmetatable({}, {__tostring = function() return "custom" end}))
--
return "a" .. 1 .. 2.5 .. true
--
return "a" .. nil
--
return 1 .. {}
--
local x return "a" .. x
--
local t = {} return "a" .. t.x
--
local t = {} return t.x .. "a"
--
local t = setmetatable({}, {__concat = function(a, b) return "cat" end}) return t .. 1, 1 .. t, t .. t, "a" .. "b" .. t .. "c" .. "d"
--
local t = setmetatable({}, {__concat = function(a, b) return (type(a) == 'table' and 'T' or a) .. '+' .. (type(b) == 'table' and 'T' or b) end}) return "a" .. "b" .. t .. "c" .. "d", t .. "x" .. "y" .. t
--
return ("%d"):format(3), ("%s %s"):format("a", "b")
--
return string.reverse(""), string.upper(""), string.byte("")
--
return ("abc"):find("b", 1.5), ("abc"):find("b", "2")
--
return string.dump(5)
--
return ("x"):rep(1, "sep")
--
return (" trim "):match("^%s*(.-)%s*$") .. "|"
--
return ("abc"):gsub("b", "%%"), ("abc"):gsub("", "")
--
return ("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x"), ("abc"):gsub("c$", "x"), ("abc"):gsub("$", "x")
--
return string.gsub("abc", "b", "x", 0), string.gsub("abc", ".", "x", -1), string.gsub("hello", "l", "x", "1")
--
return ("f(a,b)"):match("%((.-)%)"), ("[test]"):match("%[(.*)%]"), ("a,b,,c"):gsub(",", ";")
--
return ("x"):match("(((((((((((((((((((((((((((((((((x)))))))))))))))))))))))))))))))))")
