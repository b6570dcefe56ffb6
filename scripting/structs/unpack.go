package structs

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// unpacker is where unpack is in the data, and what it has found.
type unpacker struct {
	format
	data   string
	at     uint64
	values []lua.LValue
}

func unpack(L *lua.LState) int {
	u := unpacker{format: newFormat(L), data: lua51.CheckString(L, 2)}
	u.at = uint64(lua51.OptInteger(L, 3, 1))
	if u.at == 0 {
		lua51.ArgError(L, 3, "offset must be 1 or greater")
	}
	u.at-- // a negative offset is a large one, as in C
	arguments := L.GetTop()
	for u.text != "" {
		option, size := u.next()
		u.at += u.padding(u.at, option, size)
		u.check(size)
		lua51.CheckStack(L, arguments+len(u.values), 2, "too many results")
		u.at += u.option(option, size)
	}
	for _, v := range u.values {
		L.Push(v)
	}
	L.Push(lua.LNumber(int64(u.at + 1)))
	return len(u.values) + 1
}

// check raises an error if the data is too short.
func (u *unpacker) check(size uint64) {
	if all := uint64(len(u.data)); size > all || u.at > all-size {
		lua51.ArgError(u.L, 2, "data string too short")
	}
}

// option reads what an option stands for and says how many bytes it was.
func (u *unpacker) option(option byte, size uint64) uint64 {
	switch option {
	case 'b', 'h', 'l', 'i':
		u.found(lua.LNumber(signed(u.integer(int(size)), size)))
	case 'B', 'H', 'L', 'T', 'I':
		u.found(lua.LNumber(u.integer(int(size))))
	case 'x':
	case 'f':
		u.found(lua.LNumber(math.Float32frombits(uint32(u.integer(4)))))
	case 'd':
		u.found(lua.LNumber(math.Float64frombits(u.integer(8))))
	case 'c':
		if size == 0 {
			size = u.previous()
			u.check(size)
		}
		u.found(lua.LString(u.data[u.at : u.at+size]))
	case 's':
		end := strings.IndexByte(u.data[u.at:], 0)
		if end < 0 {
			lua51.Throw(u.L, "unfinished string in data")
		}
		u.found(lua.LString(u.data[u.at : u.at+uint64(end)]))
		size = uint64(end) + 1
	default:
		u.control(option)
	}
	return size
}

func (u *unpacker) found(v lua.LValue) { u.values = append(u.values, v) }

// previous takes back the result before, which is the size of the next.
func (u *unpacker) previous() uint64 {
	last := len(u.values) - 1
	if last >= 0 {
		if v, ok := lua51.ToNumber(u.values[last]); ok {
			u.values = u.values[:last]
			return number.ToUint64(v)
		}
	}
	lua51.Throw(u.L, "format 'c0' needs a previous size")
	return 0
}

// integer is the number that some bytes of the data are; of more than eight the lowest eight count.
func (u *unpacker) integer(size int) (n uint64) {
	bytes := u.data[u.at : u.at+uint64(size)]
	for i := range size {
		if u.big {
			n = n<<8 | uint64(bytes[i])
		} else {
			n = n<<8 | uint64(bytes[size-1-i])
		}
	}
	return n
}

// signed extends the sign. struct shifts by the number of bits less one, whatever that is, and a processor looks at the low six bits of it alone:
// with more than eight bytes some other bit is taken for the sign.
func signed(n, size uint64) int64 {
	mask := ^uint64(0) << ((size*8 - 1) & 63)
	if n&mask != 0 {
		n |= mask
	}
	return int64(n)
}
