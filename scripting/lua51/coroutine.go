package lua51

import (
	"errors"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const yieldText = "attempt to yield across metamethod/C-call boundary"

// machineCoroutines are gopher-lua's own.
type machineCoroutines struct{ create, resume lua.LGFunction }

// openCoroutine makes the library of coroutines, on what gopher-lua's does.
func openCoroutine(L *lua.LState) *lua.LTable {
	lua.OpenCoroutine(L)
	theirs := L.Get(-1).(*lua.LTable)
	L.Pop(1)
	m := &machineCoroutines{
		create: theirs.RawGetString("create").(*lua.LFunction).GFunction,
		resume: theirs.RawGetString("resume").(*lua.LFunction).GFunction,
	}
	return library(L, map[string]lua.LGFunction{
		"create":  m.coCreate,
		"resume":  m.coResume,
		"running": coRunning,
		"status":  coStatus,
		"wrap":    m.coWrap,
		"yield":   coYield,
	})
}

// coCreate makes a thread with a small stack, and with a context of its own.
func (m *machineCoroutines) coCreate(L *lua.LState) int {
	if fn, ok := L.Get(1).(*lua.LFunction); !ok || fn.IsG {
		ArgError(L, 1, "Lua function expected")
	}
	s := Of(L)
	s.watch.made(L, coroutineDepth*frameBytes+threadSlots*slotBytes)
	options := L.Options
	L.Options.CallStackSize, L.Options.RegistrySize = coroutineDepth, threadSlots
	m.create(L)
	L.Options = options
	created := L.Get(-1).(*lua.LState)
	created.Options = options
	created.SetContext(&thread{s: s, L: created})
	return 1
}

// resumed resumes a thread with all arguments, and tells whether it went well; the values lie on the stack from first on.
func (m *machineCoroutines) resumed(L *lua.LState, co *lua.LState, count int) (first int, ok bool) {
	of := threadOf(L)
	if co == of.visible() || co.Dead || co.Parent != nil {
		L.Push(lua.LString("cannot resume " + status(L, co) + " coroutine"))
		return L.GetTop(), false
	}
	if of.depth >= goDepth {
		L.Push(lua.LString("C stack overflow"))
		return L.GetTop(), false
	}
	inner := threadOf(co)
	inner.depth, inner.calls = of.depth+1, 0
	if inner.left > 0 || of.s.watch.ended != nil {
		inner.left = 1 // the present run's watch
	}
	n := m.resume(L)
	first = L.GetTop() - n + 1
	if of.s.watch.ended != nil {
		throwValue(L, lua.LString(of.s.watch.ended.Error()))
	}
	if n == 0 {
		throwPlain(L, errLost.Error())
	}
	ok = lua.LVAsBool(L.Get(first))
	if text, isText := L.Get(first + 1).(lua.LString); !ok && isText && strings.HasPrefix(string(text), "runtime error: ") {
		of.s.spoiled = true // a panic of Go's, which the machine takes for an error
	}
	return first + 1, ok
}

var errLost = errors.New("coroutine lost")

func (m *machineCoroutines) coResume(L *lua.LState) int {
	co, isThread := L.Get(1).(*lua.LState)
	if !isThread {
		ArgError(L, 1, "coroutine expected")
	}
	first, ok := m.resumed(L, co, L.GetTop()-1)
	L.Insert(lua.LBool(ok), first)
	return L.GetTop() - first + 1
}

func (m *machineCoroutines) coWrap(L *lua.LState) int {
	m.coCreate(L)
	co := L.Get(-1).(*lua.LState)
	L.Push(L.NewFunction(func(L *lua.LState) int {
		L.Insert(co, 1)
		first, ok := m.resumed(L, co, L.GetTop()-1)
		if !ok {
			v := L.Get(first)
			if text, isString := v.(lua.LString); isString {
				v = lua.LString(where(L, 1) + string(text))
			}
			throwValue(L, v)
		}
		return L.GetTop() - first + 1
	}))
	return 1
}

// coYield leaves a coroutine, but not from within a call that Go has made for it.
func coYield(L *lua.LState) int {
	caller, _ := placeAt(L, 1)
	if L.Parent == nil || threadOf(L).calls > 0 || inMetamethod(L) || caller.site().tail { // the machine can't go on behind a tail call
		throwPlain(L, yieldText)
	}
	return -1
}

// inMetamethod tells whether some function on the stack was called by no call in Lua: by a metamethod, or as the iterator of a loop.
func inMetamethod(L *lua.LState) bool {
	for level := 1; ; level++ {
		p, ok := placeAt(L, level)
		if !ok {
			return false
		}
		if s := p.site(); s == nil || s.role != roleCall {
			return true
		}
	}
}

func coRunning(L *lua.LState) int {
	if running := threadOf(L).visible(); running != Of(L).L {
		L.Push(running)
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

func coStatus(L *lua.LState) int {
	co, isThread := L.Get(1).(*lua.LState)
	if !isThread {
		ArgError(L, 1, "coroutine expected")
	}
	L.Push(lua.LString(status(L, co)))
	return 1
}

func status(L, co *lua.LState) string {
	switch {
	case co == threadOf(L).visible():
		return "running"
	case co.Dead:
		return "dead"
	case co.Parent != nil || co == Of(L).L:
		return "normal"
	}
	return "suspended"
}
