package structs

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// packer is what pack has made so far, and which argument is the next.
type packer struct {
	format
	out      []byte
	argument int
	checked  int // up to how many bytes
}

// checkEvery is how many bytes are written without a look at the bounds.
const checkEvery = 1 << 18

func pack(L *lua.LState) int {
	p := packer{format: newFormat(L), argument: 2, checked: checkEvery}
	L.Push(lua.LNil) // as struct does, so that an argument that is missing is nil rather than none
	for p.text != "" {
		option, size := p.next()
		p.zeros(p.padding(uint64(len(p.out)), option, size))
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			p.integer(number.ToUint64(p.number64()), int(size))
		case 'x':
			p.out = append(p.out, 0)
		case 'f':
			p.integer(uint64(math.Float32bits(float32(p.number64()))), 4)
		case 'd':
			p.integer(lua51.Bits(p.number64()), 8)
		case 'c', 's':
			p.bytes(option, size)
		default:
			p.control(option)
		}
		if len(p.out) > p.checked {
			lua51.CheckLength(L, len(p.out))
			p.checked = len(p.out) + checkEvery
		}
	}
	L.Push(lua.LString(p.out))
	return 1
}

func (p *packer) number64() float64 {
	p.argument++
	return lua51.CheckNumber(p.L, p.argument-1)
}

func (p *packer) zeros(n uint64) {
	for range n {
		p.out = append(p.out, 0)
	}
}

// integer writes the low bytes of a number; those behind the eighth are zero, whatever its sign.
func (p *packer) integer(n uint64, size int) {
	var wide [maxIntegerBytes]byte
	if p.big {
		binary.BigEndian.PutUint64(wide[maxIntegerBytes-8:], n)
		p.out = append(p.out, wide[maxIntegerBytes-size:]...)
	} else {
		binary.LittleEndian.PutUint64(wide[:], n)
		p.out = append(p.out, wide[:size]...)
	}
}

// bytes writes a string or its beginning.
func (p *packer) bytes(option byte, size uint64) {
	s := lua51.CheckString(p.L, p.argument)
	p.argument++
	if size == 0 {
		size = uint64(len(s))
	}
	if uint64(len(s)) < size {
		lua51.ArgError(p.L, p.argument, "string too short") // struct names the argument behind
	}
	p.out = append(p.out, s[:size]...)
	if option == 's' {
		p.out = append(p.out, 0)
	}
}
