package lua51

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// operators are the metamethods of arithmetic, by operator.
var operators = map[byte]string{'+': "__add", '-': "__sub", '*': "__mul", '/': "__div", '%': "__mod", '^': "__pow"}

// openBasics gives metatables to the types that Lua has none for: the machine asks them where it would raise an error in words of its own, or take a
// string for a number in its own way. Only that of strings is seen by scripts, with nothing but its __index.
func (s *State) openBasics() {
	library := s.globals.RawGetString("string").(*lua.LTable)
	s.strings = view(s.L, tableOf("__index", library))
	for _, example := range []lua.LValue{lua.LNil, lua.LFalse, lua.LNumber(0), lua.LString(""), guard, s.L} {
		metatable := newTable()
		for operator, event := range operators {
			metatable.RawSetString(event, s.L.NewFunction(func(L *lua.LState) int {
				L.Push(arithmetic(L, operator, L.Get(1), L.Get(2)))
				return 1
			}))
		}
		metatable.RawSetString("__unm", s.L.NewFunction(negation))
		metatable.RawSetString("__index", s.L.NewFunction(noIndex))
		metatable.RawSetString("__newindex", s.L.NewFunction(noIndex))
		if example.Type() != lua.LTFunction {
			metatable.RawSetString("__call", s.L.NewFunction(noCall))
		}
		if example.Type() == lua.LTString {
			metatable.RawSetString("__index", contents(library))
		}
		s.L.SetMetatable(example, metatable)
	}
}

// noIndex is __index and __newindex of what can't be indexed.
func noIndex(L *lua.LState) int {
	name := operand{}
	if p, ok := placeAt(L, 1); ok && p.site() != nil {
		name = p.site().indexed()
	}
	throw(L, "attempt to index %s", name.describe(L.Get(1).Type().String()))
	return 0
}

// noCall is __call of what can't be called.
func noCall(L *lua.LState) int {
	name := operand{}
	if p, ok := placeAt(L, 1); ok {
		name = p.site().operand(roleCall, 0)
	}
	throw(L, "attempt to call %s", name.describe(L.Get(1).Type().String()))
	return 0
}

// negation is __unm of strings, and of what has no arithmetic.
func negation(L *lua.LState) int {
	v, ok := ToNumber(L.Get(1))
	if !ok {
		noArithmetic(L, L.Get(1), 0)
	}
	L.Push(lua.LNumber(-v))
	return 1
}

// arithmetic is an operation of which the operands aren't both numbers, or are but for the machine's way to do it.
func arithmetic(L *lua.LState, operator byte, a, b lua.LValue) lua.LValue {
	x, isNumber := ToNumber(a)
	y, both := ToNumber(b)
	if isNumber && both {
		return lua.LNumber(compute(operator, x, y))
	}
	for _, v := range []lua.LValue{a, b} {
		if v.Type() != lua.LTTable && v.Type() != lua.LTUserData {
			continue
		}
		if method := L.GetMetaField(v, operators[operator]); method != lua.LNil {
			return called(L, method, a, b)
		}
	}
	if !isNumber {
		noArithmetic(L, a, 0)
	}
	noArithmetic(L, b, 1)
	return lua.LNil
}

func compute(operator byte, x, y float64) float64 {
	switch operator {
	case '+':
		return x + y
	case '-':
		return x - y
	case '*':
		return x * y
	case '/':
		return x / y
	case '%':
		return x - float64(math.Floor(x/y)*y)
	}
	return power(x, y)
}

// noArithmetic raises the error of the operand at a position.
func noArithmetic(L *lua.LState, v lua.LValue, position int) {
	name := operand{}
	if p, ok := placeAt(L, 1); ok {
		name = p.site().operand(roleArith, position)
	}
	throw(L, "attempt to perform arithmetic on %s", name.describe(v.Type().String()))
}
