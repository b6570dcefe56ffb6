return 1, 1/3, 1e15, 1e14, 123456789012345, 1e100, -1e15, 0.1, 1/0, -1/0, 100, 1e14 .. '', 2^53, 2^63
--
return 0/0
--
return -(0/0)
--
return 10 .. 20, 1.5 .. '', '' .. 1/3
--
return "10"+1, "0x10"+0, "1e1"*1, " 5 "-1, "10"/"4", -"2", "2"^"3", "7"%"4", 7 % "4"
--
return 0010, 08, 0x10, 0xfF, 3e2, .5, 5., 1e-3, 0x1p4, 1E5
--
return tonumber("10"), tonumber("0x1F"), tonumber("  12  "), tonumber("1e1"), tonumber("12a"), tonumber(""), tonumber(" "), tonumber("1_000"), tonumber("0b1"), tonumber("inf"), tonumber("nan"), tonumber("1e400")
--
return tonumber("ff", 16), tonumber("zz", 36), tonumber("8", 8), tonumber("-10", 2), tonumber("1e1", 10), tonumber("0x1f", 16), tonumber(10, 16), tonumber("99999999999999999999999", 10), tonumber("fffffffffffffffffff", 16)
--
return tonumber("10", 1)
--
return tonumber()
--
return tonumber({}), tonumber(nil), tonumber(true)
--
return 5 % 3, -5 % 3, 5 % -3, -5 % -3, 5.3 % 0.1, 5 % math.huge, -5 % math.huge, 1e300 % 3, 5.5 % 2
--
local z = 0 return 5 % z
--
return 2^0.5, 10^15, 2^-1, (-8)^(1/3), -2^2
--
return math.floor(-3.5), math.ceil(-3.5), math.abs(-3), math.max(1,5,3), math.min(4,2,8), math.sqrt(16), math.pi, math.huge, -math.huge
--
return math.fmod(5,3), math.fmod(-5,3), math.modf(3.7), math.modf(-3.7), math.modf(1/0), math.frexp(10), math.ldexp(0.5, 4), math.mod(7,4)
--
return math.fmod(5,0)
--
return math.sqrt(-1), math.log(-1), math.acos(2), math.log(0), math.log10(1000), math.exp(1), math.sin(1), math.cos(1), math.tan(1)
--
return math.deg(math.pi), math.rad(180), math.atan2(1,1), math.pow(2,10), math.cosh(1), math.sinh(1), math.tanh(1), math.asin(1), math.atan(1)
--
return math.max()
--
return math.floor("x")
--
return math.floor("3.7")
--
for i = "1", "3" do if i ~= 1 and i ~= 2 and i ~= 3 then return i end end return 'ok'
--
for i = "x", 3 do end
--
for i = 1, {} do end
--
for i = 1, 2, "y" do end
--
local n = 0 for i = 1, 0.5 do n = n + 1 end for i = 1, 2, 0.25 do n = n + 1 end for i = 3, 1, -1 do n = n + 1 end return n
--
return 1e15 + 0.5, 1e16, 123456.789e3, 1e-5, 12345678901234567890
--
return tostring(1e15), tostring(-0.0), tostring(2^31), tostring(1e21), 1e5
--
return 1 < 2, 1 <= 1, 1 == 1.0, "1" == 1, "a" < "b", "a\0b" < "a\0c", "" < "a", "Z" < "a"
--
return 3 == 3.0000000000000001, 0.1 + 0.2 == 0.3, 1/0 == math.huge
--
return 9007199254740993, 0xffffffffffffffff, 0xfffffffffffffffffff
