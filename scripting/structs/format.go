package structs

import (
	"fmt"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

const (
	maxIntegerBytes = 32
	defaultIntBytes = 4
	defaultAlign    = 8 // of ! without a number
)

// format is a format that is being read, and what its control options have set.
type format struct {
	L     *lua.LState
	text  string // what is left
	big   bool
	align uint64
}

func newFormat(L *lua.LState) format {
	text, _, _ := strings.Cut(lua51.CheckString(L, 1), "\x00") // where C ends it
	return format{L: L, text: text, align: 1}
}

// next takes an option and says how many bytes it is for; 0 for those that have none, or not yet.
func (f *format) next() (option byte, size uint64) {
	option, f.text = f.text[0], f.text[1:]
	switch option {
	case 'b', 'B', 'x':
		return option, 1
	case 'h', 'H':
		return option, 2
	case 'f':
		return option, 4
	case 'l', 'L', 'T', 'd':
		return option, 8
	case 'c':
		return option, f.number(1)
	case 'i', 'I':
		size = f.number(defaultIntBytes)
		if size > maxIntegerBytes {
			lua51.Throw(f.L, "integral size %d is larger than limit of %d", size, maxIntegerBytes)
		}
		return option, size
	}
	return option, 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number takes a number, if there is one.
func (f *format) number(otherwise uint64) uint64 {
	if f.text == "" || !isDigit(f.text[0]) {
		return otherwise
	}
	var n uint64
	for f.text != "" && isDigit(f.text[0]) {
		n = n*10 + uint64(f.text[0]-'0')
		if n > math.MaxInt32 {
			lua51.Throw(f.L, "integral size overflow")
		}
		f.text = f.text[1:]
	}
	return n
}

// padding is how many bytes lie before an option's at a place.
func (f *format) padding(at uint64, option byte, size uint64) uint64 {
	if size == 0 || option == 'c' {
		return 0
	}
	size = min(size, f.align)
	return (size - at&(size-1)) & (size - 1)
}

// control obeys an option that stands for no bytes.
func (f *format) control(option byte) {
	switch option {
	case ' ':
	case '>':
		f.big = true
	case '<':
		f.big = false
	case '!':
		align := f.number(defaultAlign)
		if align == 0 || align&(align-1) != 0 {
			lua51.Throw(f.L, "alignment %d is not a power of 2", align)
		}
		f.align = align
	default:
		lua51.ArgError(f.L, 1, fmt.Sprintf("invalid format option '%s'", []byte{option}))
	}
}

// Open makes the library's table.
func Open(L *lua.LState) *lua.LTable {
	return lua51.NewLibrary(L, []lua51.Function{{Name: "pack", Run: pack}, {Name: "unpack", Run: unpack}, {Name: "size", Run: size}})
}

func isAlphanumeric(c byte) bool {
	lower := c | 0x20
	return isDigit(c) || lower >= 'a' && lower <= 'z'
}

// size says how many bytes a format is for. Letters that mean nothing are for none.
func size(L *lua.LState) int {
	f := newFormat(L)
	var total uint64
	for f.text != "" {
		option, size := f.next()
		total += f.padding(total, option, size)
		if option == 's' {
			lua51.ArgError(L, 1, "option 's' has no fixed size")
		} else if option == 'c' && size == 0 {
			lua51.ArgError(L, 1, "option 'c0' has no fixed size")
		}
		if !isAlphanumeric(option) {
			f.control(option)
		}
		total += size
	}
	L.Push(lua.LNumber(int64(total)))
	return 1
}
