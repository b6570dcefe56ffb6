package lua51

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// What libraries written in C ask of Lua beside their arguments (args.go), for those that Redis bundles.

// StackSlots is how many values a C function may have on its stack (LUAI_MAXCSTACK). What nests deeper, or returns more, is an error in Redis;
// libraries count what they would have there, which bounds recursion in Go, too.
const StackSlots = stackSlots

// NullPointer is the light userdata of a null pointer, which is equal to itself in all states.
var NullPointer lua.LValue = &lua.LUserData{Metatable: lua.LNil}

// Throw is luaL_error: an error at the line of what called the running function.
func Throw(L *lua.LState, format string, values ...any) { throw(L, format, values...) }

// ThrowPlain raises a text as it is.
func ThrowPlain(L *lua.LState, text string) { throwPlain(L, text) }

// CheckStack is luaL_checkstack: it raises an error where a C function had no room for more values beside those it has.
func CheckStack(L *lua.LState, has, more int, detail string) {
	if has+more > StackSlots {
		throw(L, "stack overflow (%s)", detail)
	}
}

// CheckOption is luaL_checkoption without a default: the index of the argument among the options.
func CheckOption(L *lua.LState, n int, options []string) int {
	name := CheckString(L, n)
	for i, option := range options {
		if option == name {
			return i
		}
	}
	ArgError(L, n, "invalid option '"+name+"'")
	return 0
}

// CheckLength is asked while a string is made that has so many bytes by now. It raises an error if no string may be so long, or if the run has
// too much memory.
func CheckLength(L *lua.LState, bytes int) { Of(L).checkedLength(L, float64(bytes)) }

// Made tells of memory that a function has taken, so that it ends where a run has too much. Each look at the heap is for some MiB.
func Made(L *lua.LState, bytes int) { Of(L).watch.made(L, bytes) }

// goNaN is what Go's math.NaN gives and no operation of a processor does.
const goNaN = 0x7FF8000000000001

// Bits are the bits of a number as a C program has them.
func Bits(v float64) uint64 {
	bits := math.Float64bits(v)
	if bits == goNaN {
		return 0xFFF8000000000000
	}
	return bits
}

// small are the numbers that Number need not allocate.
var small = func() (values [256]lua.LValue) {
	for i := range values {
		values[i] = lua.LNumber(i)
	}
	return values
}()

// Number is a number as a value. Small whole ones cost no allocation.
func Number(v float64) lua.LValue {
	if i := int(v); v > 0 && v < float64(len(small)) && float64(i) == v {
		return small[i]
	}
	return lua.LNumber(v)
}

// Function is a function of a library.
type Function struct {
	Name string
	Run  lua.LGFunction
}

// NewLibrary makes a library's table. The order of its keys is that of the functions.
func NewLibrary(L *lua.LState, functions []Function) *lua.LTable {
	t := L.CreateTable(0, len(functions))
	for _, f := range functions {
		t.RawSetString(f.Name, L.NewFunction(f.Run))
	}
	return t
}

// Sequence is the part of a table that gopher-lua keeps as an array: end is the last index with a value in it, count how many from 1 to end
// have one. It costs O(end).
func Sequence(t *lua.LTable) (end, count int) {
	end = t.MaxN()
	for i := 1; i <= end; i++ {
		if t.RawGetInt(i) != lua.LNil {
			count++
		}
	}
	return end, count
}

// FirstBehind is the first pair that is not in the sequence, whose end is given; Next of the table goes on from there. A key of nil says that
// there is none. The order is that in which the keys were first set, other than in Redis, where it is that of their hashes.
func FirstBehind(t *lua.LTable, end int) (key, value lua.LValue) {
	if end == 0 {
		return t.Next(lua.LNil)
	}
	return t.Next(lua.LNumber(end))
}

// Index is lua_rawgeti. What is in the sequence is found without a search.
func Index(t *lua.LTable, i int) lua.LValue {
	if i < lua.MaxArrayIndex {
		return t.RawGetInt(i)
	}
	return t.RawGet(lua.LNumber(i))
}
