package lua51

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// baseFunctions are Lua's own globals that Debian's Redis leaves, but pairs and ipairs; getfenv, setfenv and newproxy were taken out for safety.
var baseFunctions = map[string]lua.LGFunction{
	"assert":         baseAssert,
	"collectgarbage": baseCollectGarbage,
	"error":          baseError,
	"gcinfo":         baseGCInfo,
	"getmetatable":   baseGetMetatable,
	"load":           baseLoad,
	"loadstring":     baseLoadString,
	"next":           baseNext,
	"pcall":          basePCall,
	"rawequal":       baseRawEqual,
	"rawget":         baseRawGet,
	"rawset":         baseRawSet,
	"select":         baseSelect,
	"setmetatable":   baseSetMetatable,
	"tonumber":       baseToNumber,
	"tostring":       baseToString,
	"type":           baseType,
	"unpack":         baseUnpack,
	"xpcall":         baseXPCall,
}

func (s *State) openBase() {
	for name, fn := range baseFunctions {
		s.Global(name, s.L.NewFunction(fn))
	}
	next, step := s.globals.RawGetString("next"), s.L.NewFunction(ipairsStep)
	s.Global("pairs", s.L.NewFunction(func(L *lua.LState) int {
		t := CheckTable(L, 1)
		L.Push(next)
		L.Push(t)
		L.Push(lua.LNil)
		return 3
	}))
	s.Global("ipairs", s.L.NewFunction(func(L *lua.LState) int {
		t := CheckTable(L, 1)
		L.Push(step)
		L.Push(t)
		L.Push(lua.LNumber(0))
		return 3
	}))
}

// library is a table of functions.
func library(L *lua.LState, functions map[string]lua.LGFunction) *lua.LTable {
	t := newTable()
	for name, fn := range functions {
		t.RawSetString(name, L.NewFunction(fn))
	}
	return t
}

func ipairsStep(L *lua.LState) int {
	i := CheckInt(L, 2) + 1
	t := Contents(CheckTable(L, 1))
	v := at(t, i)
	if v == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(v)
	return 2
}

func baseNext(L *lua.LState) int {
	key, v := following(Contents(CheckTable(L, 1)), L.Get(2))
	L.Push(key)
	if key == lua.LNil {
		return 1
	}
	L.Push(v)
	return 2
}

func baseAssert(L *lua.LState) int {
	if !lua.LVAsBool(CheckAny(L, 1)) {
		throw(L, "%s", OptString(L, 2, "assertion failed!"))
	}
	return L.GetTop()
}

func baseError(L *lua.LState) int {
	level := OptInt(L, 2, 1)
	v := L.Get(1)
	if text, ok := textOf(v); ok && level > 0 {
		v = lua.LString(where(L, level) + text)
	}
	throwValue(L, v)
	return 0
}

// basePCall is pcall as Redis has it: of an error that is a table with a field err, that field is given in its place, or, if it is no text,
// after it.
func basePCall(L *lua.LState) int {
	if L.GetTop() == 0 {
		L.Push(lua.LTrue) // what Redis takes for the function then
	}
	v, ok := threadOf(L).protected(L.GetTop() - 1)
	if ok {
		L.Insert(lua.LTrue, 1)
		return L.GetTop()
	}
	L.SetTop(0)
	L.Push(lua.LFalse)
	L.Push(v)
	if t, isTable := v.(*lua.LTable); isTable {
		field := L.GetField(t, "err")
		if isText(field) {
			L.Pop(1)
		}
		L.Push(field)
	}
	return L.GetTop()
}

// baseXPCall calls the handler when the stack is unwound, which a script can't tell without the library debug.
func baseXPCall(L *lua.LState) int {
	CheckAny(L, 2)
	handler := L.Get(2)
	L.SetTop(1)
	v, ok := threadOf(L).protected(0)
	if ok {
		L.Insert(lua.LTrue, 1)
		return L.GetTop()
	}
	L.Push(handler)
	L.Push(v)
	if _, ok = threadOf(L).protected(1); !ok {
		L.Push(lua.LFalse)
		L.Push(lua.LString("error in error handling"))
		return 2
	}
	if L.GetTop() == 0 {
		L.Push(lua.LNil)
	}
	L.SetTop(1)
	L.Insert(lua.LFalse, 1)
	return 2
}

func baseToString(L *lua.LState) int {
	L.Push(ToString(L, CheckAny(L, 1)))
	return 1
}

func baseType(L *lua.LState) int {
	L.Push(lua.LString(CheckAny(L, 1).Type().String()))
	return 1
}

func baseToNumber(L *lua.LState) int {
	base := OptInt(L, 2, 10)
	result := lua.LValue(lua.LNil)
	if base == 10 {
		if v, ok := ToNumber(CheckAny(L, 1)); ok {
			result = lua.LNumber(v)
		}
	} else {
		text := CheckString(L, 1)
		if base < 2 || base > 36 {
			ArgError(L, 2, "base out of range")
		}
		if v, ok := unsigned(cut(text), base); ok {
			result = lua.LNumber(v)
		}
	}
	L.Push(result)
	return 1
}

// unsigned is strtoul of a whole text with space around it.
func unsigned(text string, base int) (v uint64, ok bool) {
	text = strings.Trim(text, " \t\n\v\f\r")
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	if base == 16 && len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' && digitOf(text[2]) < 16 {
		text = text[2:]
	}
	overflow := false
	for i := range len(text) {
		digit := digitOf(text[i])
		if digit >= base {
			return 0, false
		}
		if v > (math.MaxUint64-uint64(digit))/uint64(base) {
			overflow = true
		}
		v = v*uint64(base) + uint64(digit)
	}
	switch {
	case overflow:
		v = math.MaxUint64
	case negative:
		v = -v
	}
	return v, len(text) > 0
}

// digitOf is the value of a digit in bases up to 36, and 36 of what is none.
func digitOf(c byte) int {
	switch {
	case isDigit(int(c)):
		return int(c - '0')
	case isLetter(int(c)):
		return int(c|0x20-'a') + 10
	}
	return 36
}

func baseSelect(L *lua.LState) int {
	count := L.GetTop()
	if text, ok := L.Get(1).(lua.LString); ok && strings.HasPrefix(string(text), "#") {
		L.Push(lua.LNumber(count - 1))
		return 1
	}
	i := CheckInt(L, 1)
	if i < 0 {
		i = count + i
	} else if i > count {
		i = count
	}
	if i < 1 {
		ArgError(L, 1, "index out of range")
	}
	return count - i
}

func baseUnpack(L *lua.LState) int {
	t := Contents(CheckTable(L, 1))
	first := OptInt(L, 2, 1)
	last := 0
	if L.Get(3) == lua.LNil {
		last = lengthOf(L, t)
	} else {
		last = CheckInt(L, 3)
	}
	if first > last {
		return 0
	}
	if count := last - first + 1; count+L.GetTop() > stackSlots {
		throw(L, "too many results to unpack")
	}
	for i := first; i <= last; i++ {
		L.Push(at(t, i))
	}
	return last - first + 1
}

func baseRawEqual(L *lua.LState) int {
	L.Push(lua.LBool(L.RawEqual(CheckAny(L, 1), CheckAny(L, 2))))
	return 1
}

func baseRawGet(L *lua.LState) int {
	t := Contents(CheckTable(L, 1))
	L.Push(t.RawGet(CheckAny(L, 2)))
	return 1
}

func baseRawSet(L *lua.LState) int {
	t := CheckTable(L, 1)
	CheckAny(L, 2)
	CheckAny(L, 3)
	store(L, writable(L, t), L.Get(2), L.Get(3))
	L.SetTop(1)
	return 1
}

func baseGetMetatable(L *lua.LState) int {
	v := CheckAny(L, 1)
	metatable := Of(L).metatableOf(v)
	L.Push(metatable)
	if t, ok := metatable.(*lua.LTable); ok {
		if field := Contents(t).RawGetString("__metatable"); field != lua.LNil {
			L.Push(field)
		}
	}
	return 1
}

// metatableOf is a value's metatable as scripts see it.
func (s *State) metatableOf(v lua.LValue) lua.LValue {
	switch v := v.(type) {
	case *lua.LTable:
		hidden := contents(v)
		if hidden == nil {
			if t, ok := v.Metatable.(*lua.LTable); ok {
				if seen := t.RawGetString(seenKey); seen != lua.LNil {
					return seen
				}
			}
			return v.Metatable
		}
		if t, ok := hidden.Metatable.(*lua.LTable); ok {
			return view(s.L, t)
		}
	case *lua.LUserData:
		return v.Metatable
	case lua.LString:
		return s.strings
	}
	return lua.LNil
}

func baseSetMetatable(L *lua.LState) int {
	t := CheckTable(L, 1)
	metatable := L.Get(2)
	if L.GetTop() < 2 || metatable != lua.LNil && metatable.Type() != lua.LTTable {
		ArgError(L, 2, "nil or table expected")
	}
	if old, ok := Of(L).metatableOf(t).(*lua.LTable); ok && Contents(old).RawGetString("__metatable") != lua.LNil {
		throw(L, "cannot change a protected metatable")
	}
	writable(L, t).Metatable = plainMetatable(metatable)
	L.SetTop(1)
	return 1
}

// seenKey is where a copy of a read-only metatable has the one that scripts see.
const seenKey = "\x00seen"

// plainMetatable is a metatable as the machine can use it: it looks for methods in the table itself, which if it is read-only is empty.
func plainMetatable(metatable lua.LValue) lua.LValue {
	t, ok := metatable.(*lua.LTable)
	if !ok || contents(t) == nil {
		return metatable
	}
	copied := tableOf(seenKey, t)
	contents(t).ForEach(func(key, v lua.LValue) { copied.RawSet(key, v) })
	return copied
}
