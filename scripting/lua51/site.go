package lua51

import lua "github.com/yuin/gopher-lua"

// kind is how a value is named where it is used, in the words of Lua's errors.
type kind uint8

const (
	kindNone kind = iota
	kindLocal
	kindGlobal
	kindUpvalue
	kindField
	kindMethod
)

var kindNames = [...]string{"", "local", "global", "upvalue", "field", "method"}

// operand is what an error calls a value.
type operand struct {
	kind kind
	name string
}

// role is what stands at a site.
type role uint8

const (
	roleLine  role = iota // nothing that has names
	roleIndex             // operands: what is indexed
	roleCall              // operands: what is called, and of a method what it is looked up in
	roleArith             // operands: both, or one
	roleMany              // operands: of .. all, of # one
)

// site is a place in a chunk. The syntax tree has ^index of a site where gopher-lua expects a line: a negative number, so that the machine's
// messages show which lines are of this sort.
type site struct {
	line     int
	role     role
	tail     bool // a call that takes the place of its function
	operands []operand
}

// origin is what all functions of a chunk know of it.
type origin struct {
	name  string // as Compile was given it
	shown string // as errors show it
	sites []site
}

// originOf is the origin of a function of Lua, which is kept as the last of its constants; nil for one of Go.
func originOf(fn *lua.LFunction) *origin {
	if fn == nil || fn.Proto == nil || len(fn.Proto.Constants) == 0 {
		return nil
	}
	if data, ok := fn.Proto.Constants[len(fn.Proto.Constants)-1].(*lua.LUserData); ok {
		from, _ := data.Value.(*origin)
		return from
	}
	return nil
}

// place is where a function on the stack is.
type place struct {
	fn     *lua.LFunction
	origin *origin // nil in Go
	index  int     // of the site, -1 in Go
	tail   bool    // its caller is gone
}

// placeAt is what runs at a level of the stack: 0 is the function that runs, 1 what called it. Guards don't count, and what has called a
// borrowed thread lies below it.
func placeAt(L *lua.LState, level int) (place, bool) {
	for i := 0; ; i++ {
		p, ok := frameAt(L, i)
		if !ok {
			outer := threadOf(L).outer
			if outer == nil {
				return p, false
			}
			L, i = outer.L, -1
			continue
		}
		if p.fn == guard {
			continue
		}
		if level == 0 {
			return p, true
		}
		level--
	}
}

// frameAt is placeAt with guards, in one thread.
func frameAt(L *lua.LState, i int) (p place, ok bool) {
	frame, ok := L.GetStack(i)
	if !ok {
		return place{index: -1}, false
	}
	v, err := L.GetInfo("Slf", frame, lua.LNil)
	fn, isFunction := v.(*lua.LFunction)
	if err != nil || !isFunction {
		return place{index: -1}, false
	}
	p = place{fn: fn, origin: originOf(fn), index: -1, tail: frame.What == "tail"}
	if p.origin != nil && frame.CurrentLine < 0 && ^frame.CurrentLine < len(p.origin.sites) {
		p.index = ^frame.CurrentLine
	}
	return p, true
}

// callerAt is placeAt but for a caller that a tail call has replaced, of which the machine tells wrongly.
func callerAt(L *lua.LState, level int) (p place, ok bool) {
	if level > 1 {
		if below, ok := placeAt(L, level-1); ok && below.tail {
			return place{index: -1}, false
		}
	}
	return placeAt(L, level)
}

// site is what stands at the place, nil in Go.
func (p *place) site() *site {
	if p.origin == nil || p.index < 0 {
		return nil
	}
	return &p.origin.sites[p.index]
}

// line is the true line of the place, -1 in Go.
func (p *place) line() int {
	if s := p.site(); s != nil {
		return s.line
	}
	return -1
}

// operand is the i-th name at the site if its role is the one, and none otherwise.
func (s *site) operand(r role, i int) operand {
	if s == nil || s.role != r || i >= len(s.operands) {
		return operand{}
	}
	return s.operands[i]
}

// describe is luaG_typeerror's way to name a value of a type, for "attempt to index ...".
func (o operand) describe(typeName string) string {
	if o.kind == kindNone {
		return "a " + typeName + " value"
	}
	return kindNames[o.kind] + " '" + o.name + "' (a " + typeName + " value)"
}
