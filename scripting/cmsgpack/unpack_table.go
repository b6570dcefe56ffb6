package cmsgpack

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// About what is made for a value (a place on the stack and in a table, what it points to), for a table, and for an index without a value:
// gopher-lua keeps indexes below lua.MaxArrayIndex in an array, however large the first is.
const (
	valueBytes = 48
	tableBytes = 150
	holeBytes  = 16
)

// took counts memory, so that unpacking ends where the run has too much.
func (u *unpacker) took(bytes int) {
	if u.made += bytes; u.made > checkEvery {
		lua51.Made(u.L, u.made)
		u.made = 0
	}
}

// keep puts a value on the stack.
func (u *unpacker) keep(v lua.LValue) {
	u.values = append(u.values, v)
	u.took(valueBytes)
}

// array reads the values onto a stack, so that the table is made with their number known. A count that is too large costs nothing.
func (u *unpacker) array(count uint64) lua.LValue {
	u.stack++
	lua51.CheckStack(u.L, u.stack, 1, "in function mp_decode_to_lua_array")
	u.stack++
	begin := len(u.values)
	for ; count > 0; count-- {
		u.keep(u.value())
	}
	values := u.values[begin:]
	for len(values) > 0 && values[len(values)-1] == lua.LNil {
		values = values[:len(values)-1] // else each look at the table's length would search
	}
	t := u.L.CreateTable(len(values), 0)
	for i, v := range values {
		t.RawSetInt(i+1, v)
	}
	u.leave(begin)
	return t
}

// table reads keys and values in turn onto a stack.
func (u *unpacker) table(count uint64) lua.LValue {
	u.stack++
	begin := len(u.values)
	for ; count > 0; count-- {
		key := u.value()
		u.stack++
		v := u.value()
		u.stack--
		u.checkKey(key)
		u.keep(key)
		u.keep(v)
	}
	u.stack++
	t := u.fill(u.values[begin:])
	u.leave(begin)
	return t
}

// leave gives back what a table had in use.
func (u *unpacker) leave(begin int) {
	clear(u.values[begin:])
	u.values = u.values[:begin]
	u.stack -= 2
	u.took(tableBytes)
}

func (u *unpacker) checkKey(key lua.LValue) {
	switch key := key.(type) {
	case *lua.LNilType:
		lua51.ThrowPlain(u.L, "table index is nil")
	case lua.LNumber:
		if math.IsNaN(float64(key)) {
			lua51.ThrowPlain(u.L, "table index is NaN")
		}
	}
}

// fill makes a table of keys and values in turn.
func (u *unpacker) fill(pairs []lua.LValue) lua.LValue {
	texts := 0
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].Type() == lua.LTString {
			texts++
		}
	}
	t := u.L.CreateTable(0, texts)
	length := 0 // of the table's array
	for i := 0; i < len(pairs); i += 2 {
		key, v := pairs[i], pairs[i+1]
		n, ok := key.(lua.LNumber)
		switch {
		case !ok || n < 1 || n >= lua.LNumber(lua.MaxArrayIndex) || n != lua.LNumber(math.Trunc(float64(n))):
			t.RawSetH(key, v)
		case v != lua.LNil || int(n) <= length:
			t.RawSetInt(int(n), v)
			u.took(holeBytes * max(0, int(n)-length))
			length = max(length, int(n))
		}
	}
	return t
}
