x = = 1
--
foo bar
--
return return
--
x = 
--
if x then
--
if x the
--
while true do
--
for i = 1 do end
--
for i do end
--
for 1 = 1, 2 do end
--
for i = 1, 2, 3, 4 do end
--
for a, b of c do end
--
repeat x() end
--
function end
--
function f( end
--
function f(a,) end
--
function f(1) end
--
function f(...,a) end
--
function a:b.c() end
--
function a.b:c:d() end
--
local function a.b() end
--
local = 1
--
local 1
--
local x y
--
return 1 2
--
break
--
while true do break x = 1 end
--
while true do break; end return 1
--
do break end
--
function f() break end
--
x = {1, 2
--
x = {1 2}
--
x = {[1] 2}
--
x = {[1 = 2}
--
x = {a = }
--
x = {,}
--
x = (1
--
x = (1
+ 2
--
f(
--
f(1,)
--
f(1
--
f
(1)
--
x = f
(1)
--
a.1 = 2
--
a. = 2
--
a: = 2
--
a:b = 2
--
a:b
--
a
--
1
--
"x"
--
(x)
--
(f()) = 1
--
f() = 1
--
a, f() = 1, 2
--
a, b
--
a + 1
--
x = "unfinished
--
x = 'unfinished
--
x = "unfinished
next line"
--
x = "bad \300 escape"
--
x = [[unfinished
--
x = [==[unfinished ]]
--
x = [=x
--
--[[ unfinished comment
--
x = [[ nested [[ string ]]
--
x = 1..2
--
x = 1.2.3
--
x = 0x
--
x = 0xg
--
x = 1e
--
x = 1e+
--
x = 3x
--
x = 1_000
--
x = .
--
x = ~1
--
x ~ 1
--
x = 1 !
--
x = @
--
x = $
--
x != 1
--
x += 1
--
x++
--
x = a && b
--
x = a || b
--
x = a ? b : c
--
x = not
--
x = #
--
x = -
--
x = ..
--
x = "a" .. 
--
x = 1 +
--
x = 1 + * 2
--
x = a b c
--
end
--
else
--
until x
--
if x then else else end
--
if x then elseif end
--
if x then end end
--
x = function() return 1
--
x = function() return 1 end end
--
return function(a b) end
--
function f() return ... end
--
return function() return ... end
--
local x = ... return x
--
goto x
--
::label::
--
local function
--
x = }
--
x = )
--
x = ]
--
x[1 = 2
--
x[] = 2
--
x.y.z
--
local a = {
  b = 1,
  c = 2
  d = 3
}
--
for k, v in pairs(t) do
  x = 1
--
function f()
  if x then
    y()
end
--
x = 'a' 'b'
--
x = "a" "b"
--
x = {} {}
--
and
--
x = and
--
return and
--
x = "\q" return
--
x = "tab	in string
--
x = 5 = 6
--
x =! 6
--
 x
--
=
--
,
--
return 1,
--
local x, = 1
--
local x = 1,
--
x, = 1
--
return 08, 1e5, 0xA, 3e-2, 3.e2
--
return 0x.8, 0x1p-1, 0xA.8
--
return 1 .. 2
--
return a.b.c.d.e.
--
while x end
--
for i = 1, 10 x() end
--
repeat until
--
return "a\0b" x
--
x = "a\0b
--
return nil.x
--
return 5.x
--
return "x":rep(2)
--
return {}.x
--
return function() end()
--
x = true false
--
nil = 1
--
local nil = 1
--
x.nil = 1
--
x:nil()
--
return #!
--
#!shebang
return 1
