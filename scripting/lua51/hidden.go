package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// hidden names a function that the parser puts calls of into the tree. In the tree it is a string that begins with the parser's marker; in the
// compiled function's constants the function itself stands in its place.
type hidden byte

const (
	hiddenConcat hidden = 'a' + iota
	hiddenLength
	hiddenModulo
	hiddenPower
	hiddenBound
	hiddenAppend
	hiddenPass
	hiddenSized
	hiddenKnown // not one of ours: a name follows (Known)
)

// hiddenFunctions are shared by all states: they have no environment.
var hiddenFunctions = map[hidden]*lua.LFunction{
	hiddenConcat: {IsG: true, GFunction: concat},
	hiddenLength: {IsG: true, GFunction: length},
	hiddenModulo: {IsG: true, GFunction: func(L *lua.LState) int { return operated(L, '%') }},
	hiddenPower:  {IsG: true, GFunction: func(L *lua.LState) int { return operated(L, '^') }},
	hiddenBound:  {IsG: true, GFunction: bound},
	hiddenAppend: {IsG: true, GFunction: appendMany},
	hiddenSized:  {IsG: true, GFunction: sized},
	hiddenPass:   {IsG: true, GFunction: func(L *lua.LState) int { return L.GetTop() }},
}

// hidden is a call at a site.
func (p *parser) hidden(name hidden, site int, args ...ast.Expr) *ast.FuncCallExpr {
	marker := p.marker + string(name)
	p.constant(marker)
	if name != hiddenAppend && name != hiddenPass {
		for _, arg := range args {
			cutToOne(arg)
		}
	}
	fn := &ast.StringExpr{Value: marker}
	fn.SetLine(site)
	call := &ast.FuncCallExpr{Func: fn, Args: args, AdjustRet: true}
	call.SetLine(site)
	call.SetLastLine(site)
	return call
}

// isHidden tells whether a call is one of the hidden function.
func (p *parser) isHidden(call *ast.FuncCallExpr, name hidden) bool {
	fn, ok := call.Func.(*ast.StringExpr)
	return ok && fn.Value == p.marker+string(name)
}

// concat is a .. b .. c: from the right, as many strings and numbers at once as stand side by side.
func concat(L *lua.LState) int {
	values := make([]lua.LValue, L.GetTop())
	for i := range values {
		values[i] = L.Get(i + 1)
	}
	for len(values) > 1 {
		last := len(values) - 1
		if !isText(values[last]) || !isText(values[last-1]) {
			values[last-1] = concatObjects(L, values[last-1], values[last], last)
			values = values[:last]
			continue
		}
		first := last - 1
		for first > 0 && isText(values[first-1]) {
			first--
		}
		values[first] = lua.LString(joined(L, values[first:]))
		values = values[:first+1]
	}
	L.Push(values[0])
	return 1
}

func isText(v lua.LValue) bool {
	t := v.Type()
	return t == lua.LTString || t == lua.LTNumber
}

// joined is strings and numbers as one string.
func joined(L *lua.LState, values []lua.LValue) string {
	var room [8]string
	texts, bytes := room[:0], 0
	for _, v := range values {
		text, _ := textOf(v)
		texts = append(texts, text)
		bytes += len(text)
	}
	Of(L).checkedLength(L, float64(bytes))
	return strings.Join(texts, "")
}

// concatObjects is left .. right by a metamethod; position is right's among the operands.
func concatObjects(L *lua.LState, left, right lua.LValue, position int) lua.LValue {
	method := L.GetMetaField(left, "__concat")
	if method == lua.LNil {
		method = L.GetMetaField(right, "__concat")
	}
	if method == lua.LNil {
		culprit := left
		if isText(left) {
			culprit = right
		} else {
			position--
		}
		name := operand{}
		if p, ok := placeAt(L, 1); ok {
			name = p.site().operand(roleMany, position)
		}
		throw(L, "attempt to concatenate %s", name.describe(culprit.Type().String()))
	}
	return called(L, method, left, right)
}

// called calls a metamethod and gives its first result.
func called(L *lua.LState, method lua.LValue, args ...lua.LValue) lua.LValue {
	L.Push(method)
	for _, arg := range args {
		L.Push(arg)
	}
	call(L, len(args), 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}

// length is #: it asks no table for __len.
func length(L *lua.LState) int {
	v := L.Get(1)
	switch v := v.(type) {
	case lua.LString:
		L.Push(lua.LNumber(len(v)))
		return 1
	case *lua.LTable:
		L.Push(lua.LNumber(lengthOf(L, Contents(v))))
		return 1
	}
	if method := L.GetMetaField(v, "__len"); method != lua.LNil {
		L.Push(called(L, method, v, lua.LNil))
		return 1
	}
	name := operand{}
	if p, ok := placeAt(L, 1); ok {
		name = p.site().operand(roleMany, 0)
	}
	throw(L, "attempt to get length of %s", name.describe(v.Type().String()))
	return 0
}

// operated is an operation that the machine does otherwise than C: of numbers that are none, and of large ones.
func operated(L *lua.LState, operator byte) int {
	a, b := L.Get(1), L.Get(2)
	x, isNumber := a.(lua.LNumber)
	y, both := b.(lua.LNumber)
	if isNumber && both {
		L.Push(lua.LNumber(compute(operator, float64(x), float64(y))))
		return 1
	}
	L.Push(arithmetic(L, operator, a, b))
	return 1
}

// bound is a bound of for as a number.
func bound(L *lua.LState) int {
	v := L.Get(1)
	if text, ok := v.(lua.LString); ok {
		if parsed, ok := number.Parse(string(text)); ok {
			v = lua.LNumber(parsed)
		}
	}
	if v.Type() != lua.LTNumber {
		throw(L, "'for' %s must be a number", L.Get(2).String()+forSuffix[L.Get(2).String()])
	}
	L.Push(v)
	return 1
}

// forSuffix is what Lua says behind which bound.
var forSuffix = map[string]string{"initial": " value"}

// appendMany stores values in a table behind a place.
func appendMany(L *lua.LState) int {
	t := L.Get(1).(*lua.LTable)
	place := int(L.Get(2).(lua.LNumber))
	for i := 3; i <= L.GetTop(); i++ {
		t.RawSetInt(place+i-2, L.Get(i))
	}
	L.Push(t)
	return 1
}
