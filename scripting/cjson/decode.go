package cjson

import (
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// decoder reads one text.
type decoder struct {
	L              *lua.LState
	token          token
	text           string // up to the first zero byte, which ends it in C
	at             int    // the next byte
	depth          int32
	maxDepth       int32
	stack          int // how much of the stack lua-cjson has in use
	invalidNumbers bool
	keys           []string     // of the objects that are being read
	values         []lua.LValue // of these and of arrays
	made           int          // bytes of memory, about, since the last look at the bounds
	unescaped      []byte
}

func (c *library) decode(L *lua.LState) int {
	if L.GetTop() != 1 {
		lua51.ArgError(L, 1, "expected 1 argument")
	}
	text := lua51.CheckString(L, 1)
	if len(text) >= 2 && (text[0] == 0 || text[1] == 0) {
		lua51.Throw(L, "JSON parser does not support UTF-16 or UTF-32")
	}
	text, _, _ = strings.Cut(text, "\x00")
	d := decoder{L: L, text: text, maxDepth: c.decodeDepth, invalidNumbers: c.decodeInvalid, stack: 1, keys: c.keys, values: c.values}
	c.keys, c.values = nil, nil
	d.next()
	v := d.value()
	d.next()
	d.want(tokenEnd, "the end")
	if cap(d.keys)+cap(d.values) <= keptValues {
		c.keys, c.values = d.keys, d.values
	}
	L.Push(v)
	return 1
}

// want raises an error if the last token isn't of a kind.
func (d *decoder) want(kind tokenKind, expected string) {
	if d.token.kind != kind {
		d.fail(expected)
	}
}

func (d *decoder) fail(expected string) {
	found := d.token.problem
	if d.token.kind != tokenError {
		found = tokenNames[d.token.kind]
	}
	lua51.Throw(d.L, "Expected %s but found %s at character %d", expected, found, d.token.at+1)
}

// value is the value that begins with the last token.
func (d *decoder) value() lua.LValue {
	switch d.token.kind {
	case tokenString:
		return lua.LString(d.token.text)
	case tokenNumber:
		return lua51.Number(d.token.number)
	case tokenBoolean:
		return lua.LBool(d.token.number != 0)
	case tokenNull:
		return Null
	case tokenObject:
		return d.object()
	case tokenArray:
		return d.array()
	}
	d.fail("value")
	return nil
}

// descend goes into an array or object, which wants some of the stack.
func (d *decoder) descend(slots int) {
	d.depth++
	if d.depth > d.maxDepth || d.stack+slots > lua51.StackSlots {
		lua51.Throw(d.L, "Found too many nested data structures (%d) at character %d", d.depth, d.at)
	}
}

// Places of the stack that lua-cjson asks for, and those in use while a value is read.
const (
	arraySlots, arrayHolds   = 2, 1
	objectSlots, objectHolds = 3, 2
)

// About what is made for a value with its key (places on the stacks and in a table, what they point to) and for a table.
const (
	valueBytes = 80
	tableBytes = 150
)

// keep puts a value on the stack.
func (d *decoder) keep(v lua.LValue) {
	d.values = append(d.values, v)
	if d.made += valueBytes; d.made > checkEvery {
		lua51.Made(d.L, d.made)
		d.made = 0
	}
}

// array reads the values onto a stack, so that the table is made with their number known.
func (d *decoder) array() lua.LValue {
	d.descend(arraySlots)
	d.stack += arrayHolds
	begin := len(d.values)
	if d.next(); d.token.kind != tokenArrayEnd {
		for {
			d.keep(d.value())
			if d.next(); d.token.kind == tokenArrayEnd {
				break
			}
			d.want(tokenComma, "comma or array end")
			d.next()
		}
	}
	values := d.values[begin:]
	t := d.L.CreateTable(len(values), 0)
	for i, v := range values {
		t.RawSetInt(i+1, v)
	}
	d.ascend(begin, arrayHolds)
	return t
}

// object reads keys and values onto a stack of each.
func (d *decoder) object() lua.LValue {
	d.descend(objectSlots)
	d.stack += objectHolds
	begin, beginKeys := len(d.values), len(d.keys)
	if d.next(); d.token.kind != tokenObjectEnd {
		for {
			d.want(tokenString, "object key string")
			d.keys = append(d.keys, d.token.text)
			d.next()
			d.want(tokenColon, "colon")
			d.next()
			d.keep(d.value())
			if d.next(); d.token.kind == tokenObjectEnd {
				break
			}
			d.want(tokenComma, "comma or object end")
			d.next()
		}
	}
	keys := d.keys[beginKeys:]
	t := d.L.CreateTable(0, len(keys))
	for i, v := range d.values[begin:] {
		t.RawSetString(keys[i], v)
	}
	clear(keys)
	d.keys = d.keys[:beginKeys]
	d.ascend(begin, objectHolds)
	return t
}

// ascend leaves an array or object.
func (d *decoder) ascend(begin, holds int) {
	clear(d.values[begin:])
	d.values = d.values[:begin]
	d.stack -= holds
	d.made += tableBytes
	d.depth--
}

// string reads what follows a quotation mark. What has no escapes is a part of the text.
func (d *decoder) string() {
	d.at++
	begin := d.at
	for ; d.at < len(d.text); d.at++ {
		switch d.text[d.at] {
		case '"':
			d.token.kind, d.token.text = tokenString, d.text[begin:d.at]
			d.at++
			return
		case '\\':
			d.escapedString(begin)
			return
		}
	}
	d.problem("unexpected end of string")
}

// escapedString reads on at the first escape of a string that begins at a place.
func (d *decoder) escapedString(begin int) {
	d.unescaped = append(d.unescaped[:0], d.text[begin:d.at]...)
	for d.at < len(d.text) {
		switch c := d.text[d.at]; c {
		case '"':
			d.token.kind, d.token.text = tokenString, string(d.unescaped)
			d.at++
			return
		case '\\':
			if !d.escape() {
				return
			}
		default:
			d.unescaped = append(d.unescaped, c)
			d.at++
		}
	}
	d.problem("unexpected end of string")
}

// escape reads one escape; false says that there was a problem.
func (d *decoder) escape() bool {
	c := d.byteAt(d.at + 1)
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 't':
		c = '\t'
	case 'n':
		c = '\n'
	case 'f':
		c = '\f'
	case 'r':
		c = '\r'
	case 'u':
		return d.unicode()
	default:
		d.problem("invalid escape code")
		return false
	}
	d.unescaped = append(d.unescaped, c)
	d.at += 2
	return true
}

// unicodeBytes is the length of an escape of 16 bits: \uXXXX.
const unicodeBytes = 6

// unicode reads \uXXXX, or two of them that are a surrogate pair.
func (d *decoder) unicode() bool {
	code, bytes := d.hex4(d.at+2), unicodeBytes
	if code&0xF800 == 0xD800 {
		low := rune(-1)
		if d.byteAt(d.at+unicodeBytes) == '\\' && d.byteAt(d.at+unicodeBytes+1) == 'u' {
			low = d.hex4(d.at + unicodeBytes + 2)
		}
		if code&0x400 != 0 || low < 0 || low&0xFC00 != 0xDC00 {
			code = -1
		} else {
			code, bytes = (code&0x3FF<<10|low&0x3FF)+0x10000, 2*unicodeBytes
		}
	}
	if code < 0 {
		d.problem("invalid unicode escape code")
		return false
	}
	d.unescaped = utf8.AppendRune(d.unescaped, code)
	d.at += bytes
	return true
}

// hex4 is the number that four hexadecimal digits are, or -1.
func (d *decoder) hex4(at int) rune {
	code := rune(0)
	for i := range 4 {
		digit := hexDigit(d.byteAt(at + i))
		if digit < 0 {
			return -1
		}
		code = code<<4 | digit
	}
	return code
}

func hexDigit(c byte) rune {
	switch lower := c | 0x20; {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case lower >= 'a' && lower <= 'f':
		return rune(lower - 'a' + 10)
	}
	return -1
}

// byteAt is a byte of the text, 0 behind its end.
func (d *decoder) byteAt(at int) byte {
	if at < len(d.text) {
		return d.text[at]
	}
	return 0
}
