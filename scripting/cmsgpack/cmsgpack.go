package cmsgpack

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// The first bytes of values, by MessagePack's specification.
const (
	codeFixMap   = 0x80
	codeFixArray = 0x90
	codeFixText  = 0xa0
	codeNil      = 0xc0
	codeFalse    = 0xc2
	codeTrue     = 0xc3
	codeFloat    = 0xca
	codeDouble   = 0xcb
	codeUint8    = 0xcc
	codeUint16   = 0xcd
	codeUint32   = 0xce
	codeUint64   = 0xcf
	codeInt8     = 0xd0
	codeInt16    = 0xd1
	codeInt32    = 0xd2
	codeInt64    = 0xd3
	codeText8    = 0xd9
	codeText16   = 0xda
	codeText32   = 0xdb
	codeArray16  = 0xdc
	codeArray32  = 0xdd
	codeMap16    = 0xde
	codeMap32    = 0xdf
	codeNegative = 0xe0
)

// The largest counts and lengths that stand in the first byte.
const (
	mostFixText = 31
	mostFix     = 15
)

// library is memory that is used again.
type library struct {
	buffer []byte       // of the packer
	values []lua.LValue // of the unpacker
}

// keptBytes and keptValues are how much of its memory a library keeps for the next call.
const (
	keptBytes  = 1 << 20
	keptValues = 1 << 12
)

// Open makes the library's table.
func Open(L *lua.LState) *lua.LTable {
	c := &library{}
	t := lua51.NewLibrary(L, []lua51.Function{
		{Name: "pack", Run: c.pack},
		{Name: "unpack", Run: c.unpack},
		{Name: "unpack_one", Run: c.unpackOne},
		{Name: "unpack_limit", Run: c.unpackLimit},
	})
	t.RawSetString("_NAME", lua.LString("cmsgpack"))
	t.RawSetString("_VERSION", lua.LString("lua-cmsgpack 0.4.0"))
	t.RawSetString("_COPYRIGHT", lua.LString("Copyright (C) 2012, Salvatore Sanfilippo"))
	t.RawSetString("_DESCRIPTION", lua.LString("MessagePack C implementation for Lua"))
	return t
}
