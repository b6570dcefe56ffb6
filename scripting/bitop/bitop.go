// Package bitop is Lua BitOp 1.0.2, as Redis 7.0.15 gives it to scripts under the name bit: operations on integers of 32 bits.
//
// Numbers are taken modulo 2^32, halves rounded to even; results are signed. Numbers beyond 2^51 give what the low bits of a double happen to be
// after 2^52+2^51 was added, as in the original.
package bitop

import (
	"math/bits"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// Open makes the library's table.
func Open(L *lua.LState) *lua.LTable {
	return lua51.NewLibrary(L, []lua51.Function{
		{Name: "tobit", Run: unary(func(a uint32) uint32 { return a })},
		{Name: "bnot", Run: unary(func(a uint32) uint32 { return ^a })},
		{Name: "band", Run: fold(func(a, b uint32) uint32 { return a & b })},
		{Name: "bor", Run: fold(func(a, b uint32) uint32 { return a | b })},
		{Name: "bxor", Run: fold(func(a, b uint32) uint32 { return a ^ b })},
		{Name: "lshift", Run: shift(func(a uint32, n int) uint32 { return a << n })},
		{Name: "rshift", Run: shift(func(a uint32, n int) uint32 { return a >> n })},
		{Name: "arshift", Run: shift(func(a uint32, n int) uint32 { return uint32(int32(a) >> n) })},
		{Name: "rol", Run: shift(func(a uint32, n int) uint32 { return bits.RotateLeft32(a, n) })},
		{Name: "ror", Run: shift(func(a uint32, n int) uint32 { return bits.RotateLeft32(a, -n) })},
		{Name: "bswap", Run: unary(bits.ReverseBytes32)},
		{Name: "tohex", Run: toHex},
	})
}

// magic, added to a number, leaves its integer in the low bits.
const magic = 1<<52 + 1<<51

func argument(L *lua.LState, n int) uint32 {
	return uint32(lua51.Bits(lua51.CheckNumber(L, n) + magic))
}

func result(L *lua.LState, n uint32) int {
	L.Push(lua.LNumber(int32(n)))
	return 1
}

func unary(operate func(a uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int { return result(L, operate(argument(L, 1))) }
}

// fold looks at the arguments from the last to the second, which decides whose error is told.
func fold(operate func(a, b uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int {
		a := argument(L, 1)
		for i := L.GetTop(); i > 1; i-- {
			a = operate(a, argument(L, i))
		}
		return result(L, a)
	}
}

func shift(operate func(a uint32, n int) uint32) lua.LGFunction {
	return func(L *lua.LState) int {
		a := argument(L, 1)
		return result(L, operate(a, int(argument(L, 2)&31)))
	}
}

const hexDigits = 8

// toHex writes as many of the low digits as the second argument says, in capitals where it is negative.
func toHex(L *lua.LState) int {
	n, digits, alphabet := argument(L, 1), int64(hexDigits), "0123456789abcdef"
	if L.GetTop() >= 2 {
		digits = int64(int32(argument(L, 2)))
	}
	if digits < 0 {
		digits, alphabet = -digits, "0123456789ABCDEF"
	}
	digits = min(digits, hexDigits)
	var text [hexDigits]byte
	for i := digits - 1; i >= 0; i-- {
		text[i] = alphabet[n&15]
		n >>= 4
	}
	L.Push(lua.LString(text[:digits]))
	return 1
}
