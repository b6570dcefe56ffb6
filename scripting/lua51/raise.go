package lua51

import (
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// where is luaL_where: "name:line: " of a level of the stack, "" where that is a function of Go.
func where(L *lua.LState, level int) string {
	p, ok := callerAt(L, level)
	if !ok || p.site() == nil {
		return ""
	}
	return p.origin.shown + ":" + strconv.Itoa(p.line()) + ": "
}

// throw is luaL_error: an error at the line of what called the running function.
func throw(L *lua.LState, format string, values ...any) {
	throwPlain(L, where(L, 1)+fmt.Sprintf(format, values...))
}

// throwPlain raises a text as it is.
func throwPlain(L *lua.LState, text string) { throwValue(L, lua.LString(text)) }

// throwValue raises a value as it is.
func throwValue(L *lua.LState, v lua.LValue) {
	threadOf(L).s.whole = true
	L.Error(v, 0)
}

// raise is LState.Panic while a script runs: each error passes here before the stack is unwound.
func raise(L *lua.LState) {
	value := L.Get(-1)
	s := threadOf(L).s
	if text, ok := value.(lua.LString); ok && !s.whole {
		value = lua.LString(mended(L, string(text)))
	}
	s.whole = false
	s.raised = Error{Value: value}
	p, ok := placeAt(L, 0)
	if ok && p.origin == nil { // error itself, or redis.call
		p, ok = placeAt(L, 1)
	}
	switch {
	case ok && p.site() != nil:
		s.raised.Source, s.raised.Line = p.origin.name, p.line()
	case ok:
		s.raised.Source, s.raised.Line = "=[C]", -1
	}
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: value, StackTrace: "-"}) // without one the machine makes one
}

// caught is the value of an error that has come out of the machine.
func (s *State) caught(err *lua.ApiError) lua.LValue {
	if err.Type != lua.ApiErrorPanic {
		return err.Object
	}
	s.spoiled = true
	return lua.LString("internal error: " + err.Object.String())
}

// mended is a message with a true line in place of a site's number, and, where the machine has raised it, Lua's words.
func mended(L *lua.LState, text string) string {
	running, ok := frameAt(L, 0)
	p := running
	for i := 1; ok && p.origin == nil; i++ {
		p, ok = frameAt(L, i)
	}
	if !ok { // the machine has found no line, and left the space behind it
		return libraryWords(L, strings.TrimPrefix(text, " "))
	}
	message, found := strings.CutPrefix(text, p.origin.shown+":"+strconv.Itoa(^p.index)+": ")
	if !found || p.index < 0 {
		return text
	}
	if running.origin != nil {
		return p.origin.shown + ":" + strconv.Itoa(p.line()) + ": " + machineWords(p.site(), message)
	}
	return where(L, 1) + libraryWords(L, message)
}

// machineWords says in Lua's words what the machine says in its own.
func machineWords(s *site, message string) string {
	switch {
	case strings.HasPrefix(message, "attempt to index a non-table object("):
		typeName, _, _ := strings.Cut(message[len("attempt to index a non-table object("):], ")")
		return "attempt to index " + s.indexed().describe(typeName)
	case message == "attempt to call a non-function object":
		return "attempt to call " + s.operand(roleCall, 0).describe("table")
	case strings.HasPrefix(message, "cannot perform "):
		_, types, _ := strings.Cut(message, " between ")
		left, right, _ := strings.Cut(types, " and ")
		if left == "number" || left == "string" {
			return "attempt to perform arithmetic on " + s.operand(roleArith, 1).describe(right)
		}
		return "attempt to perform arithmetic on " + s.operand(roleArith, 0).describe(left)
	case message == "__unm undefined":
		return "attempt to perform arithmetic on " + s.operand(roleArith, 0).describe("table")
	case strings.HasPrefix(message, "attempt to compare "):
		left, right, _ := strings.Cut(message[len("attempt to compare "):], " with ")
		if left == right {
			return "attempt to compare two " + left + " values"
		}
	case message == "too many recursions in gettable":
		return "loop in gettable"
	case message == "too many recursions in settable":
		return "loop in settable"
	case message == "registry overflow":
		return "stack overflow"
	}
	return message
}

// indexed is what is looked up in at a site: of a method call that is the object.
func (s *site) indexed() operand {
	if s != nil && s.role == roleCall {
		return s.operand(roleCall, 1)
	}
	return s.operand(roleIndex, 0)
}

// libraryWords mends what gopher-lua's own checks of arguments say.
func libraryWords(L *lua.LState, message string) string {
	rest, found := strings.CutPrefix(message, "bad argument #")
	if !found {
		if message == "attempt to call a non-function object" {
			return "attempt to call a table value"
		}
		return message
	}
	number, rest, _ := strings.Cut(rest, " to ")
	_, detail, found := strings.Cut(rest, " (")
	n, err := strconv.Atoi(number)
	if err != nil || !found {
		return message
	}
	return argumentText(L, n, strings.TrimSuffix(detail, ")"))
}

// guard calls its first argument with the others, with errors passing raise. It is what PCall is given.
var guard = &lua.LFunction{IsG: true}

func init() { // raise asks whether a function is guard
	guard.GFunction = func(L *lua.LState) int {
		L.Panic = raise
		L.Call(L.GetTop()-1, lua.MultRet)
		return L.GetTop()
	}
}

// call calls the function below nargs arguments on the stack, which its results take the place of.
func (t *thread) call(nargs, results int) {
	if t.depth >= goDepth {
		throwPlain(t.L, "C stack overflow")
	}
	t.depth++
	t.calls++
	t.L.Call(nargs, results)
	t.depth--
	t.calls--
}

// call is thread.call for functions of the libraries; an error leaves the counts to whoever catches it.
func call(L *lua.LState, nargs, results int) { threadOf(L).call(nargs, results) }
