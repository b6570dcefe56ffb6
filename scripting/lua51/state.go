package lua51

import (
	"errors"
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// Bounds that a State has where Options says nothing.
const (
	defaultStringBytes = 512 << 20
	defaultMemoryBytes = 1 << 30
)

// Bounds of Lua 5.1 (luaconf.h), and of what the machine reserves.
const (
	callDepth      = 20000   // LUAI_MAXCALLS
	goDepth        = 200     // LUAI_MAXCCALLS: calls of Lua from Go within each other
	stackSlots     = 8000    // LUAI_MAXCSTACK: values that one function of the libraries may have on the stack
	registrySlots  = 4096    // values on the stack at first
	registryMost   = 1 << 19 // and at last
	registryGrowth = 1 << 14
	coroutineDepth = 1000    // calls within each other in a coroutine
	arrayMost      = 1 << 18 // keys up to which the machine has arrays
)

// init bounds what one store to a table can allocate: below MaxArrayIndex the machine fills a table's array up to the key.
func init() { lua.MaxArrayIndex = arrayMost }

// Options are a State's bounds. The zero value of each is its default.
type Options struct {
	StringBytes int          // the longest string; 512 MiB
	MemoryBytes int64        // by how much Go's heap may grow during a run; 1 GiB
	HostBytes   func() int64 // what the host holds for others; what it grows by during a run isn't counted as the script's
	Random      *Random      // what math.random draws from; one of its own
}

// State runs scripts, one at a time.
type State struct {
	L *lua.LState

	options Options
	globals *lua.LTable         // the contents of _G
	seen    *lua.LTable         // _G as scripts see it
	strings *lua.LTable         // the metatable of strings, as scripts see it
	holed   map[*lua.LTable]int // sizes of tables that this run has constructed with nils

	threads
	watch   watch
	raised  Error // the last error raised in this run
	escaped any   // a panic of the host's

	whole bool // what is raised needs no mending
	// Owner is the host's own, for functions that are shared by states.
	Owner any

	loading bool // no run of a script: math.random is refused
	spoiled bool
}

// threads are those that a state runs on.
type threads struct {
	main     *thread
	kept     [keptThreads]*thread // to borrow
	borrowed int
}

// Library makes a table of functions.
type Library func(L *lua.LState) *lua.LTable

// ErrMemory is the end of a script that made the heap grow by more than Options.MemoryBytes.
var ErrMemory = errors.New("not enough memory")

// Error is what a script ended with.
type Error struct {
	Value   lua.LValue // what was raised; a string in most cases
	Message string     // Value as a text
	Source  string     // the name, as Compile was given it, of the chunk in which it was raised; "" for one that wasn't raised in Lua
	Line    int

	cause error
}

func (e *Error) Error() string { return e.Message }

// Unwrap is the error by which the script was told to end, nil for one that ended by itself.
func (e *Error) Unwrap() error { return e.cause }

// New makes a state with the globals of Redis, but those of redis, cjson, cmsgpack, struct and bit. It takes about 2 MiB.
func New(options Options) *State {
	if options.StringBytes <= 0 {
		options.StringBytes = defaultStringBytes
	}
	if options.MemoryBytes <= 0 {
		options.MemoryBytes = defaultMemoryBytes
	}
	if options.Random == nil {
		options.Random = NewRandom()
	}
	s := &State{options: options, holed: map[*lua.LTable]int{}}
	s.L = lua.NewState(lua.Options{
		CallStackSize:    callDepth,
		RegistrySize:     registrySlots,
		RegistryMaxSize:  registryMost,
		RegistryGrowStep: registryGrowth,
		SkipOpenLibs:     true,
	})
	s.main = &thread{s: s, L: s.L}
	s.watch.init(&s.options)
	s.L.SetContext(s.main)
	s.openGlobals()
	return s
}

// openGlobals makes the table of globals and what Lua's own libraries put there.
func (s *State) openGlobals() {
	s.globals = newTable()
	s.globals.Metatable = tableOf("__index", s.L.NewFunction(nonexistent))
	s.seen = newTable()
	protect(s.L, s.seen, s.globals)
	s.L.G.Global, s.L.Env = s.seen, s.seen
	s.Global("_G", s.seen)
	s.Global("_VERSION", lua.LString("Lua 5.1"))
	s.openBase()
	s.Open("coroutine", openCoroutine)
	s.Open("string", openString)
	s.Open("table", openTable)
	s.Open("math", openMath)
	s.openBasics()
}

// Open makes a library's table read-only, and a global of that name. What lib itself does to globals is lost.
func (s *State) Open(name string, lib Library) {
	s.L.G.Global = newTable()
	t := lib(s.L)
	s.L.G.Global = s.seen
	s.Readonly(t)
	s.Global(name, t)
}

// Global sets a global; scripts can't. lua.LNil removes it.
func (s *State) Global(name string, v lua.LValue) { s.globals.RawSetString(name, v) }

// Globals is the table _G as scripts see it.
func (s *State) Globals() *lua.LTable { return s.seen }

// Load makes a function of a chunk, with the globals for its environment.
func (s *State) Load(c *Chunk) *lua.LFunction { return s.LoadIn(c, s.seen) }

// LoadIn is Load with an environment of its own, which the functions in the chunk have, too.
func (s *State) LoadIn(c *Chunk, env *lua.LTable) *lua.LFunction {
	fn := s.L.NewFunctionFromProto(c.proto)
	fn.Env = env
	return fn
}

// Loading says whether what runs now is no script but the body of a library, which may not draw random numbers.
func (s *State) Loading(on bool) { s.loading = on }

// Spoiled tells that Go's own panic has ended something within the machine: a State to be thrown away, once the run is over.
func (s *State) Spoiled() bool { return s.spoiled }

// Close frees what the machine holds.
func (s *State) Close() { s.L.Close() }

// Run calls fn and gives its first result. An error is an *Error. interrupted, if not nil, is asked every few thousand instructions; what it
// returns ends the script, however that catches errors.
func (s *State) Run(fn *lua.LFunction, interrupted func() error, args ...lua.LValue) (lua.LValue, error) {
	s.watch.begin(interrupted)
	s.raised, s.escaped = Error{}, nil
	clear(s.holed)
	s.main.depth, s.main.left, s.borrowed = 1, pauseEvery, 0
	s.L.SetTop(0)
	s.L.Push(guard)
	s.L.Push(fn)
	for _, arg := range args {
		s.L.Push(arg)
	}
	err := s.L.PCall(len(args)+1, 1, nil)
	s.watch.interrupted = nil
	if s.escaped != nil {
		s.L.SetTop(0)
		panic(s.escaped)
	}
	if err != nil {
		s.L.SetTop(0)
		return nil, s.ended(err)
	}
	result := s.L.Get(-1)
	s.L.SetTop(0)
	return result, nil
}

// ended is the error of a run.
func (s *State) ended(err error) *Error {
	var raised *lua.ApiError
	e := &Error{Value: lua.LNil, cause: s.watch.ended}
	if errors.As(err, &raised) {
		e.Value = s.caught(raised)
	}
	if e.Value == s.raised.Value {
		e.Source, e.Line = s.raised.Source, s.raised.Line
	}
	e.Message = messageOf(e.Value)
	return e
}

// messageOf is what an error's value says.
func messageOf(v lua.LValue) string {
	switch v := v.(type) {
	case *lua.LTable:
		if text, ok := textOf(v.RawGetString("err")); ok {
			return text
		}
	default:
		if text, ok := textOf(v); ok {
			return text
		}
	}
	return fmt.Sprintf("(error object is a %s value)", v.Type())
}

// End ends the script of the current run with err, of which pcall won't know: the next instruction raises it.
func (s *State) End(err error) {
	s.watch.end(err)
	s.main.left = 0
}

// Host runs what the host does for a script. A panic in it ends the script and leaves Run, as if no Lua were between the two.
func (s *State) Host(L *lua.LState, work func()) {
	defer func() {
		if v := recover(); v != nil {
			if _, ours := v.(*lua.ApiError); ours {
				panic(v)
			}
			s.escaped = v
			s.End(errors.New("internal error"))
			throwPlain(L, "internal error")
		}
	}()
	work()
}

// Of is the State that L belongs to, L being a coroutine's, too.
func Of(L *lua.LState) *State { return threadOf(L).s }

// checkedLength is a length in bytes as the machine can have it; beyond Options.StringBytes it raises an error in L.
func (s *State) checkedLength(L *lua.LState, bytes float64) int {
	if bytes > float64(s.options.StringBytes) || bytes > math.MaxInt32*4 {
		throwPlain(L, ErrMemory.Error())
	}
	s.watch.made(L, int(bytes))
	return int(bytes)
}

func newTable() *lua.LTable { return &lua.LTable{Metatable: lua.LNil} }

// tableOf is a table with one field.
func tableOf(key string, v lua.LValue) *lua.LTable {
	t := newTable()
	t.RawSetString(key, v)
	return t
}
