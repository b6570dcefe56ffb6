package lua51

import (
	"runtime/metrics"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func baseLoadString(L *lua.LState) int {
	text := CheckString(L, 1)
	return loaded(L, text, OptString(L, 2, text))
}

// baseLoad is load: it puts together what a function gives until that is nothing.
func baseLoad(L *lua.LState) int {
	reader := CheckFunction(L, 1)
	name := OptString(L, 2, "=(load)")
	var body strings.Builder
	for {
		L.SetTop(0)
		L.Push(reader)
		if v, ok := threadOf(L).protected(0); !ok {
			L.Push(lua.LNil)
			L.Push(v)
			return 2
		}
		v := L.Get(1)
		if v == lua.LNil {
			break
		}
		text, ok := textOf(v)
		if !ok {
			L.Push(lua.LNil)
			L.Push(lua.LString(where(L, 1) + "reader function must return a string"))
			return 2
		}
		if text == "" {
			break
		}
		Of(L).checkedLength(L, float64(body.Len()+len(text)))
		body.WriteString(text)
	}
	return loaded(L, body.String(), name)
}

// loaded gives the function that a chunk is, or nil and why it isn't one.
func loaded(L *lua.LState, body, name string) int {
	chunk, err := Compile(name, []byte(body))
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(Of(L).Load(chunk))
	return 1
}

// collectorAnswers are collectgarbage's answers where nothing is done: Go collects by itself.
var collectorAnswers = map[string]lua.LValue{
	"stop": lua.LNumber(0), "restart": lua.LNumber(0), "collect": lua.LNumber(0), "step": lua.LTrue,
	"setpause": lua.LNumber(200), "setstepmul": lua.LNumber(200),
}

func baseCollectGarbage(L *lua.LState) int {
	option := OptString(L, 1, "collect")
	OptInt(L, 2, 0)
	if option == "count" {
		L.Push(lua.LNumber(heapBytes() / 1024))
		return 1
	}
	answer, ok := collectorAnswers[option]
	if !ok {
		ArgError(L, 1, "invalid option '"+option+"'")
	}
	L.Push(answer)
	return 1
}

func baseGCInfo(L *lua.LState) int {
	L.Push(lua.LNumber(int(heapBytes() / 1024)))
	return 1
}

// heapBytes is Go's whole heap: which part of it is a script's isn't known.
func heapBytes() float64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}
