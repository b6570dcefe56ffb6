package scripting

import (
	"errors"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// callRoom is where the words of redis.call are put together, call after call.
type callRoom struct {
	bytes []byte
	ends  []int
	words [][]byte
}

// keptCallBytes and keptCallWords are how much room is kept from one run to the next.
const (
	keptCallBytes = 64 << 10
	keptCallWords = 1 << 10
)

func (r *callRoom) release() {
	if cap(r.bytes) > keptCallBytes {
		r.bytes = nil
	}
	if cap(r.words) > keptCallWords {
		r.words, r.ends = nil, nil
	}
}

// take makes words of all arguments; they are valid until it is called again. problem is why it can't be done.
func (r *callRoom) take(L *lua.LState) (words [][]byte, problem string) {
	count := L.GetTop()
	if count == 0 {
		return nil, "Please specify at least one argument for this redis lib call"
	}
	r.bytes, r.ends, r.words = r.bytes[:0], r.ends[:0], r.words[:0]
	for i := 1; i <= count; i++ {
		switch value := L.Get(i).(type) {
		case lua.LString:
			r.bytes = append(r.bytes, value...)
		case lua.LNumber:
			r.bytes = appendExact(r.bytes, float64(value))
		default:
			return nil, "Lua redis lib command arguments must be strings or integers"
		}
		r.ends = append(r.ends, len(r.bytes))
	}
	start := 0
	for _, end := range r.ends {
		r.words = append(r.words, r.bytes[start:end:end])
		start = end
	}
	return r.words, ""
}

// exactDigits is how many digits tell all numbers apart; a whole number of no more than wholeMax has no exponent with them.
const (
	exactDigits = 17
	wholeMax    = 1e17
)

// appendExact appends a number as C's %.17g has it.
func appendExact(dst []byte, n float64) []byte {
	if whole := int64(n); n > -wholeMax && n < wholeMax && float64(whole) == n && (whole != 0 || 1/n > 0) {
		return strconv.AppendInt(dst, whole, 10)
	}
	return number.AppendG(dst, n, exactDigits)
}

// called are the functions that scripts call most, for all machines.
var called = lua51.Known{
	"redis.call":                   {IsG: true, GFunction: func(L *lua.LState) int { return machineOf(L).command(L, true, true) }},
	"redis.pcall":                  {IsG: true, GFunction: func(L *lua.LState) int { return machineOf(L).command(L, false, true) }},
	"redis.call" + lua51.Unheeded:  {IsG: true, GFunction: func(L *lua.LState) int { return machineOf(L).command(L, true, false) }},
	"redis.pcall" + lua51.Unheeded: {IsG: true, GFunction: func(L *lua.LState) int { return machineOf(L).command(L, false, false) }},
}

func machineOf(L *lua.LState) *Machine { return lua51.Of(L).Owner.(*Machine) }

// command is redis.call and redis.pcall: raises tells whether an error is raised, heeded whether anybody takes the result.
func (m *Machine) command(L *lua.LState, raises, heeded bool) int {
	run := m.running(L, "redis.call/pcall")
	words, problem := m.call.take(L)
	var value lua.LValue
	failed := problem != ""
	if failed {
		value = errorTable(L, problem)
	} else {
		p := parser{state: L, bytes: run.Host.Call(words)}
		if p.bytes == nil {
			return m.end(L)
		}
		if failed = p.bytes[0] == '-'; !failed && !heeded {
			return 0
		}
		value = p.next()
	}
	if failed && raises {
		L.Error(value, 0)
	}
	L.Push(value)
	return 1
}

// end ends the run that the host wants ended.
func (m *Machine) end(L *lua.LState) int {
	err := m.interrupted()
	if err == nil {
		err = errEnded
		m.run.ended = err
	}
	m.state.End(err)
	return raise(L, err.Error())
}

var errEnded = errors.New("the script was ended")
