package scripting

import (
	"bytes"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// Fields of tables that stand for replies.
const (
	fieldStatus    = "ok"
	fieldMap       = "map"
	fieldSet       = "set"
	fieldDouble    = "double"
	fieldBigNumber = "big_number"
	fieldVerbatim  = "verbatim_string"
	fieldString    = "string"
	fieldFormat    = "format"
)

// parser makes values of Lua of a reply of one of the server's own commands, which is well-formed:
//
//	integer, bulk          number, string
//	null ($-1, *-1)        false
//	null of RESP3          nil
//	status, error          {ok=...}, {err=..., ignore_error_stats_update=true}
//	array                  an array
//	boolean                boolean
//	map, set               {map={key=value}}, {set={member=true}}
//	double, big number     {double=...}, {big_number=...}
//	verbatim string        {verbatim_string={format=..., string=...}}
type parser struct {
	state *lua.LState
	bytes []byte
}

// small are the numbers from 0 on as values of Lua, which needn't be made then.
var small = func() (values [1 << 10]lua.LValue) {
	for i := range values {
		values[i] = lua.LNumber(i)
	}
	return values
}()

// next is the next value, which is cut off.
func (p *parser) next() lua.LValue {
	kind, line := p.line()
	switch kind {
	case ':':
		n, _ := strconv.ParseInt(string(line), 10, 64)
		if n >= 0 && n < int64(len(small)) {
			return small[n]
		}
		return lua.LNumber(n)
	case '$':
		n, _ := strconv.Atoi(string(line))
		if n < 0 {
			return lua.LFalse
		}
		return lua.LString(p.take(n))
	case '+':
		return p.table(fieldStatus, lua.LString(line))
	case '-':
		table := errorTable(p.state, "-"+string(line))
		table.RawSetString(fieldCounted, lua.LTrue)
		return table
	case '*':
		n, _ := strconv.Atoi(string(line))
		if n < 0 {
			return lua.LFalse
		}
		return p.array(n)
	default:
		return p.newer(kind, line)
	}
}

// newer is next for what RESP3 alone has.
func (p *parser) newer(kind byte, line []byte) lua.LValue {
	n, _ := strconv.Atoi(string(line))
	switch kind {
	case '_':
		return lua.LNil
	case '#':
		return lua.LBool(string(line) == "t")
	case ',':
		d, _ := strconv.ParseFloat(string(line), 64)
		return p.table(fieldDouble, lua.LNumber(d))
	case '(':
		return p.table(fieldBigNumber, lua.LString(line))
	case '=':
		text := p.take(n)
		verbatim := p.state.CreateTable(0, 2)
		verbatim.RawSetString(fieldString, lua.LString(text[4:]))
		verbatim.RawSetString(fieldFormat, lua.LString(text[:3]))
		return p.table(fieldVerbatim, verbatim)
	case '%':
		pairs := p.state.CreateTable(0, n)
		for range n {
			key := p.next()
			if value := p.next(); key != lua.LNil {
				pairs.RawSet(key, value)
			}
		}
		return p.table(fieldMap, pairs)
	case '~':
		members := p.state.CreateTable(0, n)
		for range n {
			members.RawSet(p.next(), lua.LTrue)
		}
		return p.table(fieldSet, members)
	case '|':
		for range 2 * n {
			p.next()
		}
		return p.next()
	}
	panic("a reply of a command begins with " + strconv.QuoteRune(rune(kind)))
}

func (p *parser) array(n int) lua.LValue {
	table := p.state.CreateTable(n, 0)
	for i := range n {
		table.RawSetInt(i+1, p.next())
	}
	return table
}

// line cuts a line off, which begins with the kind of what follows.
func (p *parser) line() (kind byte, line []byte) {
	end := bytes.IndexByte(p.bytes, '\r')
	kind, line = p.bytes[0], p.bytes[1:end]
	p.bytes = p.bytes[end+2:]
	return kind, line
}

// take cuts n bytes off and the end of the line behind them.
func (p *parser) take(n int) []byte {
	text := p.bytes[:n]
	p.bytes = p.bytes[n+2:]
	return text
}

func (p *parser) table(field string, value lua.LValue) *lua.LTable {
	table := p.state.CreateTable(0, 1)
	table.RawSetString(field, value)
	return table
}
