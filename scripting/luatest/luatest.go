// Package luatest runs bodies of Lua functions in gopher-lua, with the libraries of this module, and in redis-server, and compares what they
// return or raise. Values are compared by a text that tells everything of them but the order of a table's keys.
package luatest

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/bitop"
	"github.com/cinnabar-db/cinnabar/scripting/cjson"
	"github.com/cinnabar-db/cinnabar/scripting/cmsgpack"
	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
	"github.com/cinnabar-db/cinnabar/scripting/structs"
	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// chunk is what Redis calls the text of a script.
const chunk = "@user_script"

// State is a Lua state with the four libraries.
type State struct {
	*lua51.State
	results []lua.LValue // of the last call
}

// Libraries are what Redis gives to scripts, by the names that scripts know.
var Libraries = map[string]lua51.Library{"cjson": cjson.Open, "cmsgpack": cmsgpack.Open, "struct": structs.Open, "bit": bitop.Open}

// NewState makes a state that ends with the test.
func NewState(t testing.TB, options lua51.Options) *State {
	t.Helper()
	s := &State{State: lua51.New(options)}
	t.Cleanup(s.Close)
	for name, open := range Libraries {
		s.Open(name, open)
	}
	s.Global("collect", s.L.NewFunction(s.collect))
	return s
}

// collect keeps its arguments.
func (s *State) collect(L *lua.LState) int {
	s.results = nil
	for i := 1; i <= L.GetTop(); i++ {
		s.results = append(s.results, L.Get(i))
	}
	return 0
}

// Eval runs a function's body and tells what it returned or raised.
func (s *State) Eval(body string, arguments ...string) string {
	argv := s.L.CreateTable(len(arguments), 0)
	for i, argument := range arguments {
		argv.RawSetInt(i+1, lua.LString(argument))
	}
	s.Global("ARGV", argv)
	compiled, err := lua51.Compile(chunk, []byte("collect((function()\n"+body+"\nend)())"))
	if err != nil {
		return err.Error()
	}
	return describeAll(s.run(s.Load(compiled)))
}

// Function is a function of one of the libraries.
func (s *State) Function(library, name string) *lua.LFunction {
	table := lua51.Contents(s.Globals()).RawGetString(library).(*lua.LTable)
	return lua51.Contents(table).RawGetString(name).(*lua.LFunction)
}

// Call calls a function and tells what it returned or raised.
func (s *State) Call(fn *lua.LFunction, arguments ...lua.LValue) string {
	return describeAll(s.Values(fn, arguments...))
}

// Values calls a function and gives what it returned.
func (s *State) Values(fn *lua.LFunction, arguments ...lua.LValue) ([]lua.LValue, error) {
	return s.run(s.L.NewFunction(func(L *lua.LState) int {
		L.Push(fn)
		for _, argument := range arguments {
			L.Push(argument)
		}
		L.Call(len(arguments), lua.MultRet)
		return s.collect(L)
	}))
}

// run runs a function that collects results.
func (s *State) run(fn *lua.LFunction) ([]lua.LValue, error) {
	if _, err := s.Run(fn, nil); err != nil {
		return nil, err
	}
	return s.results, nil
}

func describeAll(values []lua.LValue, err error) string {
	var failure *lua51.Error
	if errors.As(err, &failure) {
		return "error " + Describe(failure.Value)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = Describe(v)
	}
	return strings.Join(texts, ";")
}

// Describe is a text of a value that is the same on both sides.
func Describe(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LNumber:
		return "n" + string(number.AppendG(nil, float64(v), 17))
	case lua.LString:
		return "s" + strconv.Itoa(len(v)) + ":" + string(v)
	case *lua.LUserData:
		if v == cjson.Null {
			return "null"
		}
	case *lua.LTable:
		return describeTable(v)
	case lua.LBool, *lua.LNilType:
		return v.String()
	}
	return v.Type().String()
}

func describeTable(t *lua.LTable) string {
	var keys []string
	values := map[string]string{}
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		name := hex.EncodeToString([]byte(Describe(key)))
		keys = append(keys, name)
		values[name] = Describe(v)
	}
	slices.Sort(keys)
	for i, name := range keys {
		text, _ := hex.DecodeString(name)
		keys[i] = string(text) + "=" + values[name]
	}
	return "{" + strings.Join(keys, ",") + "}"
}

// prelude is Describe in Lua, and Call's text. It is one line, so that the body's first line is the second.
const prelude = `local function hex(s) return (string.gsub(s, '.', function(c) return string.format('%02x', string.byte(c)) end)) end ` +
	`local describe ` +
	`local function describeTable(t) local keys, texts, values = {}, {}, {} ` +
	`for k, v in pairs(t) do local text = describe(k) local name = hex(text) keys[#keys+1] = name texts[name] = text values[name] = describe(v) end ` +
	`table.sort(keys) for i, name in ipairs(keys) do keys[i] = texts[name] .. '=' .. values[name] end ` +
	`return '{' .. table.concat(keys, ',') .. '}' end ` +
	`describe = function(v) local t = type(v) ` +
	`if t == 'number' then return 'n' .. string.format('%.17g', v) end ` +
	`if t == 'string' then return 's' .. #v .. ':' .. v end ` +
	`if t == 'userdata' and v == cjson.null then return 'null' end ` +
	`if t == 'table' then return describeTable(v) end ` +
	`if t == 'boolean' or t == 'nil' then return tostring(v) end ` +
	`return t end ` +
	`local function results(ok, ...) if not ok then return 'error ' .. describe((...)) end ` +
	`local values, texts = {...}, {} for i = 1, select('#', ...) do texts[i] = describe(values[i]) end return table.concat(texts, ';') end ` +
	"local function run()\n"

// Pair is a state of ours and a redis-server.
type Pair struct {
	ours  *State
	redis *wire.Conn
}

// StartPair starts redis-server; both end with the test.
func StartPair(t testing.TB) *Pair {
	t.Helper()
	return &Pair{ours: NewState(t, lua51.Options{}), redis: peer.StartRedis(t).Dial(t)}
}

// Compare runs a function's body on both sides. What it leaves in the libraries' settings is gone before the next.
func (p *Pair) Compare(t testing.TB, body string, arguments ...string) {
	t.Helper()
	p.compare(t, NewState(t, lua51.Options{}), body, arguments)
	reply, err := p.redis.Do("SCRIPT", "FLUSH")
	require.NoError(t, err)
	require.Equal(t, "OK", reply.Text)
}

// CompareQuickly is Compare for bodies that change no settings.
func (p *Pair) CompareQuickly(t testing.TB, body string, arguments ...string) {
	t.Helper()
	p.compare(t, p.ours, body, arguments)
}

func (p *Pair) compare(t testing.TB, ours *State, body string, arguments []string) {
	t.Helper()
	words := append([]string{"EVAL", prelude + body + "\nend return results(pcall(run))", "0"}, arguments...)
	reply, err := p.redis.Do(words...)
	require.NoError(t, err)
	if got, want := ours.Eval(body, arguments...), reply.Text; got != want {
		t.Errorf("%s\narguments %.2000q\nours  %.2000q\nredis %.2000q", body, arguments, got, want)
	}
}
