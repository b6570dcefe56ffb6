package cjson

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// Null is cjson.null.
var Null = lua51.NullPointer

// invalid says what becomes of inf and nan.
type invalid int

const (
	invalidRefused invalid = iota
	invalidWritten
	invalidAsNull
)

// library is a table of the library: its settings, and memory it uses again.
type library struct {
	sparseConvert bool  // excessively sparse arrays become objects
	sparseRatio   int32 // 0: no array is excessively sparse; else the largest index may be so many times the count
	sparseSafe    int32 // up to this index nothing is sparse
	encodeDepth   int32
	encodeInvalid invalid
	precision     int32
	keepBuffer    bool // without a meaning here, but scripts may ask
	decodeInvalid bool
	decodeDepth   int32

	buffer []byte   // of the encoder
	keys   []string // of the decoder, and:
	values []lua.LValue
}

// defaultPrecision is how many digits numbers have, and the most that may be asked for.
const defaultPrecision = 14

// keptBytes and keptValues are how much of its memory a library keeps for the next call.
const (
	keptBytes  = 1 << 20
	keptValues = 1 << 12
)

// Open makes the library's table.
func Open(L *lua.LState) *lua.LTable {
	c := &library{
		sparseRatio: 2,
		sparseSafe:  10,
		encodeDepth: 1000,
		precision:   defaultPrecision,
		keepBuffer:  true,

		decodeInvalid: true,
		decodeDepth:   1000,
	}
	t := lua51.NewLibrary(L, []lua51.Function{
		{Name: "encode", Run: c.encode},
		{Name: "decode", Run: c.decode},
		{Name: "encode_sparse_array", Run: c.setSparseArray},
		{Name: "encode_max_depth", Run: c.setEncodeDepth},
		{Name: "decode_max_depth", Run: c.setDecodeDepth},
		{Name: "encode_number_precision", Run: c.setPrecision},
		{Name: "encode_keep_buffer", Run: c.setKeepBuffer},
		{Name: "encode_invalid_numbers", Run: c.setEncodeInvalid},
		{Name: "decode_invalid_numbers", Run: c.setDecodeInvalid},
		{Name: "new", Run: another},
	})
	t.RawSetString("null", Null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

func another(L *lua.LState) int {
	L.Push(Open(L))
	return 1
}

// atMost refuses further arguments of a function that sets something.
func atMost(L *lua.LState, n int) {
	if L.GetTop() > n {
		lua51.ArgError(L, n+1, "found too many arguments")
	}
}

// setInteger changes a setting to argument n, if there is one.
func setInteger(L *lua.LState, n int, setting *int32, least, most int32) {
	if L.Get(n) == lua.LNil {
		return
	}
	value := int32(lua51.CheckInteger(L, n)) // C's int keeps the low 32 bits
	if value < least || value > most {
		lua51.ArgError(L, 1, fmt.Sprintf("expected integer between %d and %d", least, most))
	}
	*setting = value
}

// onOff are the texts that stand for false and true.
var onOff = []string{"off", "on"}

// setBoolean changes a setting to argument n, if there is one.
func setBoolean(L *lua.LState, n int, setting *bool) {
	switch v := L.Get(n).(type) {
	case *lua.LNilType:
	case lua.LBool:
		*setting = bool(v)
	default:
		*setting = lua51.CheckOption(L, n, onOff) == 1
	}
}

// returns gives values to Lua.
func returns(L *lua.LState, values ...lua.LValue) int {
	for _, v := range values {
		L.Push(v)
	}
	return len(values)
}

func (c *library) setSparseArray(L *lua.LState) int {
	atMost(L, 3)
	setBoolean(L, 1, &c.sparseConvert)
	setInteger(L, 2, &c.sparseRatio, 0, math.MaxInt32)
	setInteger(L, 3, &c.sparseSafe, 0, math.MaxInt32)
	return returns(L, lua.LBool(c.sparseConvert), lua.LNumber(c.sparseRatio), lua.LNumber(c.sparseSafe))
}

func (c *library) setEncodeDepth(L *lua.LState) int {
	atMost(L, 1)
	setInteger(L, 1, &c.encodeDepth, 1, math.MaxInt32)
	return returns(L, lua.LNumber(c.encodeDepth))
}

func (c *library) setDecodeDepth(L *lua.LState) int {
	atMost(L, 1)
	setInteger(L, 1, &c.decodeDepth, 1, math.MaxInt32)
	return returns(L, lua.LNumber(c.decodeDepth))
}

func (c *library) setPrecision(L *lua.LState) int {
	atMost(L, 1)
	setInteger(L, 1, &c.precision, 1, defaultPrecision)
	return returns(L, lua.LNumber(c.precision))
}

func (c *library) setKeepBuffer(L *lua.LState) int {
	atMost(L, 1)
	setBoolean(L, 1, &c.keepBuffer)
	return returns(L, lua.LBool(c.keepBuffer))
}

func (c *library) setDecodeInvalid(L *lua.LState) int {
	atMost(L, 1)
	setBoolean(L, 1, &c.decodeInvalid)
	return returns(L, lua.LBool(c.decodeInvalid))
}

// invalidOptions are the texts of what becomes of inf and nan, by number.
var invalidOptions = []string{"off", "on", "null"}

func (c *library) setEncodeInvalid(L *lua.LState) int {
	atMost(L, 1)
	switch v := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LBool:
		c.encodeInvalid = invalidRefused
		if v {
			c.encodeInvalid = invalidWritten
		}
	default:
		c.encodeInvalid = invalid(lua51.CheckOption(L, 1, invalidOptions))
	}
	if c.encodeInvalid == invalidAsNull {
		return returns(L, lua.LString(invalidOptions[invalidAsNull]))
	}
	return returns(L, lua.LBool(c.encodeInvalid == invalidWritten))
}
