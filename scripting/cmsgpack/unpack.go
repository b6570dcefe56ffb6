package cmsgpack

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// unpacker reads values one behind the other.
type unpacker struct {
	L      *lua.LState
	input  string
	at     int
	stack  int          // how much of the stack lua-cmsgpack has in use
	values []lua.LValue // of the tables that are being read
	made   int          // bytes of memory, about, since the last look at the bounds
}

func (c *library) unpack(L *lua.LState) int {
	return c.unpackFull(L, L.GetTop(), 0, 0)
}

func (c *library) unpackOne(L *lua.LState) int {
	return c.unpackFull(L, 1, 1, lua51.OptInteger(L, 2, 0))
}

func (c *library) unpackLimit(L *lua.LState) int {
	limit := lua51.CheckInteger(L, 2)
	return c.unpackFull(L, 1, limit, lua51.OptInteger(L, 3, 0))
}

// unpackFull reads up to limit values from an offset on, all of them if both are zero. Unless it reads all, the offset of what follows comes first.
func (c *library) unpackFull(L *lua.LState, stack int, limit, offset int64) int {
	input := lua51.CheckString(L, 1)
	size := int64(len(input))
	if offset < 0 || limit < 0 {
		lua51.Throw(L, "Invalid request to unpack with offset of %d and limit of %d.", int32(offset), int32(size))
	}
	if offset > size {
		lua51.Throw(L, "Start offset %d greater than input length %d.", int32(offset), int32(size))
	}
	all := limit == 0 && offset == 0
	if all {
		limit = math.MaxInt32
	}
	u := unpacker{L: L, input: input, at: int(offset), stack: stack, values: c.values}
	c.values = nil
	for int64(len(u.values)) < limit && u.at < len(input) {
		u.values = append(u.values, u.value())
		u.stack++
	}
	if !all {
		lua51.CheckStack(L, u.stack, 1, "in function mp_unpack_full")
		next := -1
		if u.at < len(input) {
			next = u.at
		}
		L.Push(lua.LNumber(next))
	}
	results := len(u.values)
	for _, v := range u.values {
		L.Push(v)
	}
	if !all {
		results++
	}
	clear(u.values)
	if cap(u.values) <= keptValues {
		c.values = u.values[:0]
	}
	return results
}

const missingBytes = "Missing bytes in input."

// need raises an error if fewer bytes than these are left.
func (u *unpacker) need(bytes int) {
	if len(u.input)-u.at < bytes {
		lua51.Throw(u.L, missingBytes)
	}
}

// take takes an unsigned integer of so many bytes that follows the first byte, and the first byte.
func (u *unpacker) take(bytes int) uint64 {
	u.need(1 + bytes)
	var n uint64
	for i := range bytes {
		n = n<<8 | uint64(u.input[u.at+1+i])
	}
	u.at += 1 + bytes
	return n
}

func (u *unpacker) value() lua.LValue {
	u.need(1)
	lua51.CheckStack(u.L, u.stack, 1, "too many return values at once; use unpack_one or unpack_limit instead.")
	switch code := u.input[u.at]; {
	case code < codeFixMap:
		u.at++
		return lua51.Number(float64(code))
	case code < codeFixArray:
		u.at++
		return u.table(uint64(code & mostFix))
	case code < codeFixText:
		u.at++
		return u.array(uint64(code & mostFix))
	case code < codeNil:
		u.at++
		return u.text(uint64(code & mostFixText))
	case code >= codeNegative:
		u.at++
		return lua.LNumber(int8(code))
	default:
		return u.long(code)
	}
}

// long is a value whose first byte only says what it is.
func (u *unpacker) long(code byte) lua.LValue {
	switch code {
	case codeNil:
		u.at++
		return lua.LNil
	case codeFalse, codeTrue:
		u.at++
		return lua.LBool(code == codeTrue)
	case codeFloat:
		return lua.LNumber(math.Float32frombits(uint32(u.take(4))))
	case codeDouble:
		return lua.LNumber(math.Float64frombits(u.take(8)))
	case codeUint8, codeUint16, codeUint32, codeUint64:
		return lua51.Number(float64(int64(u.take(1 << (code - codeUint8)))))
	case codeInt8:
		return lua.LNumber(int8(u.take(1)))
	case codeInt16:
		return lua.LNumber(int16(u.take(2)))
	case codeInt32:
		return lua.LNumber(int32(u.take(4)))
	case codeInt64:
		return lua.LNumber(int64(u.take(8)))
	case codeText8, codeText16, codeText32:
		return u.text(u.take(1 << (code - codeText8)))
	case codeArray16, codeArray32:
		return u.array(u.take(2 << (code - codeArray16)))
	case codeMap16, codeMap32:
		return u.table(u.take(2 << (code - codeMap16)))
	}
	lua51.Throw(u.L, "Bad data format in input.")
	return nil
}

// text is a string of so many bytes, its header having been taken.
func (u *unpacker) text(length uint64) lua.LValue {
	if uint64(len(u.input)-u.at) < length {
		lua51.Throw(u.L, missingBytes)
	}
	begin := u.at
	u.at += int(length)
	return lua.LString(u.input[begin:u.at])
}
