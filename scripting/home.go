package scripting

import (
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// libraryChunk is what error texts call every library, as in Redis.
const libraryChunk = "@user_function"

// home is where libraries of functions live: a machine of their own, all in one Lua state. What a library's code has made (its locals) lasts
// from call to call.
//
// All functions have one environment, an empty table that can't be written to. What they find in it is looked up behind it: the globals of scripts
// while a function is called, and while a library's code is run a table with nothing but a small redis.* in it.
type home struct {
	options Options
	// machine is nil as long as there was no library.
	machine *Machine
	// loading is whose code runs, nil mostly.
	loading *Library
	// environment, names and atLoad are of the machine's life: names is the metatable that says where the environment's names are looked up,
	// atLoad where they are while a library is loaded.
	environment, names, atLoad *lua.LTable
}

// begin makes the machine, if there is none yet.
func (h *home) begin() {
	if h.machine == nil {
		h.machine = NewMachine(h.options, h.open)
	}
}

// open makes the tables of a life.
func (h *home) open(m *Machine, full *lua.LTable) {
	L := m.State().L
	redis := L.NewTable()
	for _, name := range []string{"log", "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM"} {
		redis.RawSetString(name, full.RawGetString(name))
	}
	m.Function(redis, "register_function", h.registerFunction)
	h.atLoad, h.environment, h.names = L.NewTable(), L.NewTable(), L.NewTable()
	h.atLoad.RawSetString("redis", redis)
	strict := lua51.Contents(m.State().Globals()).Metatable // an error for what isn't there
	redis.Metatable, h.atLoad.Metatable, h.environment.Metatable = strict, strict, h.names
	m.State().Readonly(h.atLoad)
	m.State().Readonly(h.environment)
	h.look(m.State().Globals())
}

// look says where names are looked up from now on: in the globals, but in atLoad while a library is loaded.
func (h *home) look(in *lua.LTable) { h.names.RawSetString("__index", in) }

// load implements runner.
func (h *home) load(l *Library, code []byte, interrupted func() error) error {
	h.begin()
	chunk, err := lua51.Compile(libraryChunk, code)
	if err != nil {
		return fmt.Errorf("Error compiling function: %w", err)
	}
	state := h.machine.State()
	function := state.LoadIn(chunk, h.environment)
	h.look(h.atLoad)
	h.loading, l.life = l, h.machine.Life()
	var ended error
	_, err = state.Run(function, func() error {
		if ended == nil {
			ended = interrupted()
		}
		return ended
	})
	h.loading = nil
	h.look(state.Globals())
	if state.Spoiled() {
		h.machine.Renew()
	}
	var raised *lua51.Error
	switch {
	case ended != nil:
		return errors.New(errRegistering + errorNoCode + ended.Error())
	case errors.As(err, &raised):
		return errors.New(errRegistering + raisedText(raised.Value))
	}
	return err
}

const errRegistering = "Error registering functions: "

// raisedText is what Redis says of an error that was raised while a library was loaded.
func raisedText(raised lua.LValue) string {
	switch raised := raised.(type) {
	case lua.LString, lua.LNumber:
		text, _ := appendText(nil, raised, false)
		return errorNoCode + untilZero(string(text))
	case *lua.LTable:
		if text := stringField(raised, fieldError); text != "" {
			return text
		}
	}
	return "(null)" // what C prints where there is no text
}

// Run calls a function of a library; r needs no Function, Name and Globals.
func (s *Libraries) Run(f *Function, r *Run) {
	h := s.home.(*home)
	if f.Library.life != h.machine.Life() {
		if err := h.again(f.Library, r.Host.Interrupted); err != nil {
			fail(r, errorNoCode+err.Error(), false)
			return
		}
	}
	r.Function, r.Name, r.Globals = f.body, f.Name, false
	h.machine.Run(r)
}

// again loads a library anew whose life is over: what its code had made is lost.
func (h *home) again(l *Library, interrupted func() error) error {
	_, run, err := parseLibrary(l.Code)
	if err != nil {
		return err
	}
	anew := &Library{Name: l.Name}
	if err := h.load(anew, run, interrupted); err != nil {
		return err
	}
	bodies := map[string]*lua.LFunction{}
	for _, f := range anew.Functions {
		bodies[f.Name] = f.body
	}
	for _, f := range l.Functions {
		if bodies[f.Name] == nil {
			return fmt.Errorf("Function %s is not registered any more", f.Name)
		}
	}
	for _, f := range l.Functions {
		f.body = bodies[f.Name]
	}
	l.life = anew.life
	return nil
}

// StateBytes is what is known of the memory that the Lua state takes.
func (s *Libraries) StateBytes() int64 {
	if h, ok := s.home.(*home); ok && h.machine != nil {
		return h.machine.Bytes()
	}
	return 0
}
