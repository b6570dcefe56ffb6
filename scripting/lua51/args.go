package lua51

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// ArgError raises luaL_argerror's error of the n-th argument of the running function.
func ArgError(L *lua.LState, n int, detail string) {
	throwPlain(L, where(L, 1)+argumentText(L, n, detail))
}

// argumentText names the running function as its caller does.
func argumentText(L *lua.LState, n int, detail string) string {
	name := "?"
	if p, ok := placeAt(L, 1); ok {
		if o := p.site().operand(roleCall, 0); o.kind != kindNone {
			name = o.name
			if o.kind == kindMethod {
				if n--; n == 0 {
					return fmt.Sprintf("calling '%s' on bad self (%s)", name, detail)
				}
			}
		}
	}
	return fmt.Sprintf("bad argument #%d to '%s' (%s)", n, name, detail)
}

// TypeError raises luaL_typerror's error: the n-th argument isn't what was expected.
func TypeError(L *lua.LState, n int, expected string) {
	ArgError(L, n, expected+" expected, got "+typeAt(L, n))
}

// typeAt is the name of an argument's type.
func typeAt(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

// ToNumber is what v is as a number: itself, or a string that strtod takes.
func ToNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return number.Parse(string(v))
	}
	return 0, false
}

// textOf is the text of a string or of a number, as lua_tolstring has it.
func textOf(v lua.LValue) (string, bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return number.Text(float64(v)), true
	}
	return "", false
}

// CheckAny is luaL_checkany.
func CheckAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		ArgError(L, n, "value expected")
	}
	return L.Get(n)
}

// CheckNumber is luaL_checknumber.
func CheckNumber(L *lua.LState, n int) float64 {
	v, ok := ToNumber(L.Get(n))
	if !ok {
		TypeError(L, n, "number")
	}
	return v
}

// CheckInteger is luaL_checkinteger: cut towards zero, and as the x86-64 has what doesn't fit.
func CheckInteger(L *lua.LState, n int) int64 { return number.ToInt64(CheckNumber(L, n)) }

// CheckInt is luaL_checkint: the low 32 bits of CheckInteger.
func CheckInt(L *lua.LState, n int) int { return int(int32(CheckInteger(L, n))) }

// OptInteger is luaL_optinteger.
func OptInteger(L *lua.LState, n int, otherwise int64) int64 {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return CheckInteger(L, n)
}

// OptInt is luaL_optint.
func OptInt(L *lua.LState, n, otherwise int) int {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return CheckInt(L, n)
}

// CheckString is luaL_checklstring: numbers are strings, too.
func CheckString(L *lua.LState, n int) string {
	text, ok := textOf(L.Get(n))
	if !ok {
		TypeError(L, n, "string")
	}
	return text
}

// OptString is luaL_optlstring.
func OptString(L *lua.LState, n int, otherwise string) string {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return CheckString(L, n)
}

// CheckTable is luaL_checktype of a table.
func CheckTable(L *lua.LState, n int) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		TypeError(L, n, "table")
	}
	return t
}

// CheckFunction is luaL_checktype of a function.
func CheckFunction(L *lua.LState, n int) *lua.LFunction {
	fn, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		TypeError(L, n, "function")
	}
	return fn
}

// ToString is Lua's tostring, which asks __tostring; that may give something other than a string.
func ToString(L *lua.LState, v lua.LValue) lua.LValue {
	if method := L.GetMetaField(v, "__tostring"); method != lua.LNil && v.Type() != lua.LTString {
		L.Push(method)
		L.Push(v)
		call(L, 1, 1)
		result := L.Get(-1)
		L.Pop(1)
		return result
	}
	if text, ok := textOf(v); ok {
		return lua.LString(text)
	}
	if v == NullPointer {
		return lua.LString("userdata: (nil)")
	}
	return lua.LString(v.String())
}
