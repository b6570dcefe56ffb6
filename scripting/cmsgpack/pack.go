package cmsgpack

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// maxNesting is how many tables a table may lie in; what lies deeper is nil.
const maxNesting = 16

// checkEvery is how many bytes are written without a look at the bounds.
const checkEvery = 1 << 18

// packer writes values one behind the other.
type packer struct {
	L       *lua.LState
	out     []byte
	checked int // up to how many bytes
}

func (c *library) pack(L *lua.LState) int {
	values := L.GetTop()
	if values == 0 {
		lua51.ArgError(L, 0, "MessagePack pack needs input.")
	}
	if 2*values > lua51.StackSlots {
		lua51.ArgError(L, 0, "Too many arguments for MessagePack pack.")
	}
	p := packer{L: L, out: c.buffer[:0], checked: checkEvery}
	for i := 1; i <= values; i++ {
		p.value(L.Get(i), 0, values+i) // on the stack are the arguments, what they were packed to, and a copy
	}
	L.Push(lua.LString(p.out))
	if c.buffer = p.out[:0]; cap(c.buffer) > keptBytes {
		c.buffer = nil
	}
	return 1
}

// value packs a value that lies in so many tables and has so many places of the stack below it, itself included.
func (p *packer) value(v lua.LValue, level, stack int) {
	switch v := v.(type) {
	case lua.LString:
		p.text(string(v))
	case lua.LNumber:
		p.number(float64(v))
	case lua.LBool:
		if v {
			p.out = append(p.out, codeTrue)
		} else {
			p.out = append(p.out, codeFalse)
		}
	case *lua.LTable:
		if level == maxNesting {
			p.out = append(p.out, codeNil)
		} else {
			p.table(v, level, stack)
		}
	default:
		p.out = append(p.out, codeNil)
	}
	if len(p.out) > p.checked {
		lua51.CheckLength(p.L, len(p.out))
		p.checked = len(p.out) + checkEvery
	}
}

func (p *packer) text(s string) {
	switch n := len(s); {
	case n <= mostFixText:
		p.out = append(p.out, codeFixText|byte(n))
	case n <= math.MaxUint8:
		p.out = append(p.out, codeText8, byte(n))
	default:
		p.count(codeText16, codeText32, n)
	}
	p.out = append(p.out, s...)
}

// count writes a count that does not fit the first byte.
func (p *packer) count(code16, code32 byte, n int) {
	if n <= math.MaxUint16 {
		p.out = binary.BigEndian.AppendUint16(append(p.out, code16), uint16(n))
	} else {
		p.out = binary.BigEndian.AppendUint32(append(p.out, code32), uint32(n))
	}
}

func (p *packer) number(v float64) {
	if n := number.ToInt64(v); float64(n) == v {
		p.integer(n)
		return
	}
	if f := float32(v); float64(f) == v {
		p.out = binary.BigEndian.AppendUint32(append(p.out, codeFloat), math.Float32bits(f))
	} else {
		p.out = binary.BigEndian.AppendUint64(append(p.out, codeDouble), lua51.Bits(v))
	}
}

func (p *packer) integer(n int64) {
	switch {
	case n >= 0 && n <= math.MaxInt8, n < 0 && n >= -32:
		p.out = append(p.out, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		p.out = append(p.out, codeUint8, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		p.out = binary.BigEndian.AppendUint16(append(p.out, codeUint16), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		p.out = binary.BigEndian.AppendUint32(append(p.out, codeUint32), uint32(n))
	case n >= 0:
		p.out = binary.BigEndian.AppendUint64(append(p.out, codeUint64), uint64(n))
	case n >= math.MinInt8:
		p.out = append(p.out, codeInt8, byte(n))
	case n >= math.MinInt16:
		p.out = binary.BigEndian.AppendUint16(append(p.out, codeInt16), uint16(n))
	case n >= math.MinInt32:
		p.out = binary.BigEndian.AppendUint32(append(p.out, codeInt32), uint32(n))
	default:
		p.out = binary.BigEndian.AppendUint64(append(p.out, codeInt64), uint64(n))
	}
}

// tableSlots is how much of the stack lua-cmsgpack wants to look at a table, and tableMapSlots to pack it as a map.
const (
	tableSlots    = 2
	tableMapSlots = 3
)

func (p *packer) table(t *lua.LTable, level, stack int) {
	t = lua51.Contents(t)
	lua51.CheckStack(p.L, stack, tableSlots, "in function table_is_an_array")
	end, count := lua51.Sequence(t)
	if length, ok := arrayLength(t, end, count); ok {
		if length <= mostFix {
			p.out = append(p.out, codeFixArray|byte(length))
		} else {
			p.count(codeArray16, codeArray32, length)
		}
		for i := 1; i <= length; i++ {
			p.value(lua51.Index(t, i), level+1, stack+1)
		}
		return
	}
	lua51.CheckStack(p.L, stack, tableMapSlots, "in function mp_encode_lua_table_as_map")
	p.pairs(t, end, level, stack)
}

// arrayLength tells whether a table's keys are 1 to a length.
func arrayLength(t *lua.LTable, end, count int) (length int, ok bool) {
	if count < end {
		return 0, false // a hole: what lies behind it makes the largest index only larger
	}
	key, _ := lua51.FirstBehind(t, end)
	for ; key != lua.LNil; key, _ = t.Next(key) {
		n, ok := key.(lua.LNumber)
		if !ok || n <= 0 || n > math.MaxInt32 || n != lua.LNumber(int32(n)) {
			return 0, false
		}
		end, count = max(end, int(n)), count+1
	}
	return end, end == count
}

// pairs packs a table as a map. The count stands before the pairs and is known after them, so that the table is gone through once; the few maps
// whose count needs more than a byte are moved.
func (p *packer) pairs(t *lua.LTable, end, level, stack int) {
	begin := len(p.out)
	p.out = append(p.out, codeFixMap)
	count := 0
	for i := 1; i <= end; i++ {
		if v := t.RawGetInt(i); v != lua.LNil {
			p.pair(lua.LNumber(i), v, level, stack)
			count++
		}
	}
	for key, v := lua51.FirstBehind(t, end); key != lua.LNil; key, v = t.Next(key) {
		p.pair(key, v, level, stack)
		count++
	}
	if count <= mostFix {
		p.out[begin] |= byte(count)
		return
	}
	packed := len(p.out)
	p.count(codeMap16, codeMap32, count)
	var header [5]byte
	size := copy(header[:], p.out[packed:])
	copy(p.out[begin+size:], p.out[begin+1:packed])
	p.out = p.out[:packed+size-1]
	copy(p.out[begin:], header[:size])
}

func (p *packer) pair(key, v lua.LValue, level, stack int) {
	p.value(key, level+1, stack+3)
	p.value(v, level+1, stack+2)
}
