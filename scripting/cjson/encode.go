package cjson

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// encoder writes one value.
type encoder struct {
	*library
	L       *lua.LState
	out     []byte
	checked int // up to how many bytes
}

func (c *library) encode(L *lua.LState) int {
	if L.GetTop() != 1 {
		lua51.ArgError(L, 1, "expected 1 argument")
	}
	e := encoder{library: c, L: L, out: c.buffer[:0], checked: checkEvery}
	e.value(L.Get(1), 0, 1)
	L.Push(lua.LString(e.out))
	if c.buffer = e.out[:0]; cap(c.buffer) > keptBytes {
		c.buffer = nil
	}
	return 1
}

func (e *encoder) refuse(typeName, reason string) {
	lua51.Throw(e.L, "Cannot serialise %s: %s", typeName, reason)
}

// value writes a value that lies in so many tables and has so many places of the stack below it, itself included.
func (e *encoder) value(v lua.LValue, depth int32, stack int) {
	switch v := v.(type) {
	case lua.LString:
		e.text(string(v))
	case lua.LNumber:
		e.number(float64(v))
	case lua.LBool:
		if v {
			e.out = append(e.out, "true"...)
		} else {
			e.out = append(e.out, "false"...)
		}
	case *lua.LTable:
		e.table(v, depth+1, stack)
	case *lua.LNilType:
		e.out = append(e.out, "null"...)
	default:
		if v != Null {
			e.refuse(v.Type().String(), "type not supported")
		}
		e.out = append(e.out, "null"...)
	}
	e.checkLength()
}

// checkEvery is how many bytes are written without a look at the bounds.
const checkEvery = 1 << 18

func (e *encoder) checkLength() {
	if len(e.out) > e.checked {
		lua51.CheckLength(e.L, len(e.out))
		e.checked = len(e.out) + checkEvery
	}
}

// encodeSlots is how much of the stack lua-cjson wants for a table.
const encodeSlots = 3

func (e *encoder) table(t *lua.LTable, depth int32, stack int) {
	t = lua51.Contents(t)
	if depth > e.encodeDepth || stack+encodeSlots > lua51.StackSlots {
		lua51.Throw(e.L, "Cannot serialise, excessive nesting (%d)", depth)
	}
	end, count := lua51.Sequence(t)
	if length := e.arrayLength(t, end, count); length > 0 {
		e.array(t, length, depth, stack)
	} else {
		e.object(t, end, depth, stack)
	}
}

// arrayLength is the largest index of what is written as an array; what isn't positive makes an object. The largest index is a C int, which has
// its ways with larger ones.
func (e *encoder) arrayLength(t *lua.LTable, end, count int) int {
	largest, items := int32(end), int32(count)
	key, _ := lua51.FirstBehind(t, end)
	for ; key != lua.LNil; key, _ = t.Next(key) {
		k, ok := key.(lua.LNumber)
		if v := float64(k); !ok || v < 1 || math.Floor(v) != v {
			return -1
		} else if v > float64(largest) {
			if largest = math.MinInt32; v <= math.MaxInt32 {
				largest = int32(v)
			}
		}
		items++
	}
	if e.sparseRatio > 0 && largest > items*e.sparseRatio && largest > e.sparseSafe {
		if !e.sparseConvert {
			e.refuse("table", "excessively sparse array")
		}
		return -1
	}
	return int(largest)
}

func (e *encoder) array(t *lua.LTable, length int, depth int32, stack int) {
	e.out = append(e.out, '[')
	for i := 1; i <= length; i++ {
		if i > 1 {
			e.out = append(e.out, ',')
		}
		e.value(lua51.Index(t, i), depth, stack+1)
	}
	e.out = append(e.out, ']')
}

func (e *encoder) object(t *lua.LTable, end int, depth int32, stack int) {
	e.out = append(e.out, '{')
	begin := len(e.out)
	for i := 1; i <= end; i++ {
		if v := t.RawGetInt(i); v != lua.LNil {
			e.member(begin, lua.LNumber(i))
			e.value(v, depth, stack+2)
		}
	}
	for key, v := lua51.FirstBehind(t, end); key != lua.LNil; key, v = t.Next(key) {
		e.member(begin, key)
		e.value(v, depth, stack+2)
	}
	e.out = append(e.out, '}')
}

// member writes the key of an object's member. The first one stands where the object begins.
func (e *encoder) member(begin int, key lua.LValue) {
	if len(e.out) > begin {
		e.out = append(e.out, ',')
	}
	switch key := key.(type) {
	case lua.LString:
		e.text(string(key))
	case lua.LNumber:
		e.out = append(e.out, '"')
		e.number(float64(key))
		e.out = append(e.out, '"')
	default:
		e.refuse(key.Type().String(), "table key must be a number or string")
	}
	e.out = append(e.out, ':')
}

func (e *encoder) number(v float64) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		switch {
		case e.encodeInvalid == invalidRefused:
			e.refuse("number", "must not be NaN or Inf")
		case e.encodeInvalid == invalidAsNull:
			e.out = append(e.out, "null"...)
			return
		case math.IsNaN(v):
			e.out = append(e.out, "nan"...)
			return
		}
	}
	if e.precision == defaultPrecision {
		e.out = number.Append(e.out, v)
	} else {
		e.out = number.AppendG(e.out, v, int(e.precision))
	}
}

// escapes are what stands for a byte that may not stand for itself.
var escapes = func() (table [256]string) {
	for c := range 0x20 {
		table[c] = fmt.Sprintf("\\u%04x", c)
	}
	for c, text := range map[byte]string{'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '/': `\/`, '\\': `\\`, 0x7f: `\u007f`} {
		table[c] = text
	}
	return table
}()

func (e *encoder) text(s string) {
	e.out = append(e.out, '"')
	from := 0
	for i := range len(s) {
		if escape := escapes[s[i]]; escape != "" {
			e.out = append(append(e.out, s[from:i]...), escape...)
			from = i + 1
			e.checkLength()
		}
	}
	e.out = append(append(e.out, s[from:]...), '"')
}
