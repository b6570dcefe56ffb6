package scripting

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/bitop"
	"github.com/cinnabar-db/cinnabar/scripting/cjson"
	"github.com/cinnabar-db/cinnabar/scripting/cmsgpack"
	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/structs"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// chunkName is what error texts call every script, as in Redis.
const chunkName = "@user_script"

// Options are what a machine needs to know of the server.
type Options struct {
	// Version is redis.REDIS_VERSION: "7.0.15".
	Version string
	// Log is redis.log.
	Log func(level LogLevel, text string)
	// Lua bounds what scripts may have.
	Lua lua51.Options
}

// Machine is a Lua state with the libraries and redis.* in it. Scripts of EVAL have one, libraries of functions another. It belongs to whoever has
// the exclusive section, like all of this package.
//
// The functions of redis.* that need a run (call, setresp, ...) raise an error where none goes on: while a library is loaded.
type Machine struct {
	options Options
	// more adds to redis.* what this machine has besides.
	more  func(m *Machine, redis *lua.LTable)
	state *lua51.State
	life  int
	// run is what goes on, nil mostly.
	run  *Run
	call callRoom
}

// Run is one run of a script or function.
type Run struct {
	Host Host
	// Function is what is called, Name what error texts and the log call it: the SHA-1 of a script, the name of a function.
	Function *lua.LFunction
	Name     string
	// Globals: KEYS and ARGV are globals, as of EVAL, instead of two arguments.
	Globals    bool
	Keys, Args [][]byte
	// Reply takes the answer.
	Reply *resp.Writer
	// protocol is what redis.setresp has set, ended why the host has ended the run, nil mostly.
	protocol int
	ended    error
}

// NewMachine makes one. more adds functions to redis.*, with Function; it may be nil. It is called for each life (Renew).
func NewMachine(options Options, more func(m *Machine, redis *lua.LTable)) *Machine {
	m := &Machine{options: options, more: more}
	m.Renew()
	return m
}

// Renew throws the Lua state away and makes another: a new life. Functions that were loaded into the old one must be loaded anew.
func (m *Machine) Renew() {
	m.life++
	m.state = lua51.New(m.options.Lua)
	m.state.Owner = m
	m.openLibraries()
	m.state.Open("redis", m.openRedis)
}

// State is the Lua state of the life that goes on.
func (m *Machine) State() *lua51.State { return m.state }

// Life numbers the Lua states that there were.
func (m *Machine) Life() int { return m.life }

// Bytes is about the memory that the Lua state takes; what a library of functions keeps in it isn't known.
func (m *Machine) Bytes() int64 { return stateBytes }

// stateBytes is about what lies in a fresh state, without the room of its stacks.
const stateBytes = 90 << 10

// Function puts a function into a table.
func (m *Machine) Function(table *lua.LTable, name string, do lua.LGFunction) {
	table.RawSetString(name, m.state.L.NewFunction(do))
}

// Run runs a function, and replies with what it returns or with its error.
func (m *Machine) Run(r *Run) {
	m.run, r.protocol = r, 2
	keys, args := m.array(r.Keys), m.array(r.Args)
	var value lua.LValue
	var raised error
	if r.Globals {
		m.state.Global("KEYS", keys)
		m.state.Global("ARGV", args)
		value, raised = m.state.Run(r.Function, m.interrupted)
	} else {
		value, raised = m.state.Run(r.Function, m.interrupted, keys, args)
	}
	m.run = nil
	if raised != nil {
		m.replyFailure(r, raised)
	} else {
		replier := replier{run: r, w: r.Reply, protocol: r.protocol}
		replier.whole(value)
	}
	m.call.release()
	if m.state.Spoiled() {
		m.Renew()
	}
}

// interrupted is asked by the Lua state every few thousand instructions; once it has told an error the state runs nothing more of this run.
func (m *Machine) interrupted() error {
	if r := m.run; r != nil && r.ended == nil {
		r.ended = r.Host.Interrupted()
		return r.ended
	} else if r != nil {
		return r.ended
	}
	return nil
}

// array is a table of words.
func (m *Machine) array(words [][]byte) *lua.LTable {
	table := m.state.L.CreateTable(len(words), 0)
	for i, word := range words {
		table.RawSetInt(i+1, lua.LString(word))
	}
	return table
}

// openLibraries gives the state the libraries that Redis gives to scripts.
func (m *Machine) openLibraries() {
	m.state.Open("cjson", cjson.Open)
	m.state.Open("cmsgpack", cmsgpack.Open)
	m.state.Open("struct", structs.Open)
	m.state.Open("bit", bitop.Open)
}
