package scripting

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
)

// Scripts are the scripts of EVAL and SCRIPT LOAD by their SHA-1, and the machine that runs them. One that was compiled is kept until Flush.
type Scripts struct {
	machine *Machine
	bySHA   map[shaKey]*Script
	// byBody finds them by their text: quicker than making the digest of it.
	byBody map[string]*Script
	bytes  int64
}

// shaKey is a SHA-1 in hexadecimal digits, letters in lower case.
type shaKey [2 * sha1.Size]byte

// Script is a script that was compiled.
type Script struct {
	// SHA is its name.
	SHA   string
	Flags Flags
	body  string
	chunk *lua51.Chunk
	// function is the chunk loaded into the machine whose life is born.
	function *lua.LFunction
	life     int
}

// scriptBytes is about what a script takes beside its text: its instructions take a few times that, which isn't known.
const scriptBytes = 200

// NewScripts makes an empty cache and its machine.
func NewScripts(options Options) *Scripts {
	s := &Scripts{machine: NewMachine(options, addEvalFunctions)}
	s.Flush()
	return s
}

// addEvalFunctions adds what only scripts of EVAL have in redis.*: parts of the debugger, which there is none of, and a word of older releases.
func addEvalFunctions(m *Machine, redis *lua.LTable) {
	m.Function(redis, "breakpoint", func(L *lua.LState) int {
		L.Push(lua.LFalse)
		return 1
	})
	m.Function(redis, "debug", func(*lua.LState) int { return 0 })
	m.Function(redis, "replicate_commands", func(L *lua.LState) int {
		L.Push(lua.LTrue)
		return 1
	})
}

// Load compiles a script, unless it is kept already. The error is what a client is told, without its code.
func (s *Scripts) Load(body []byte) (*Script, error) {
	if script := s.byBody[string(body)]; script != nil {
		return script, nil
	}
	flags, shebang, err := Shebang(body)
	if err != nil {
		return nil, err
	}
	chunk, err := lua51.CompileWith(chunkName, body[shebang:], called)
	if err != nil {
		return nil, fmt.Errorf("Error compiling script (new function): %w", err)
	}
	script := &Script{SHA: SHA1(body), Flags: flags, body: string(body), chunk: chunk}
	s.bySHA[shaKey([]byte(script.SHA))], s.byBody[script.body] = script, script
	s.bytes += int64(len(script.body)) + scriptBytes
	return script, nil
}

// Find finds a script by its SHA-1, in any case; nil if it isn't kept. It allocates nothing.
func (s *Scripts) Find(sha []byte) *Script {
	var key shaKey
	if len(sha) != len(key) {
		return nil
	}
	for i, b := range sha {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		key[i] = b
	}
	return s.bySHA[key]
}

// FlagsOf tells what a script, given by its text, says of itself, and whether it does: EVAL of one that can't be compiled doesn't.
func (s *Scripts) FlagsOf(body []byte) (flags Flags, known bool) {
	if script := s.byBody[string(body)]; script != nil {
		return script.Flags, true
	}
	flags, _, err := Shebang(body)
	return flags, err == nil
}

// Flush forgets all scripts, and all that they may have left in the machine.
func (s *Scripts) Flush() {
	s.bySHA, s.byBody, s.bytes = map[shaKey]*Script{}, map[string]*Script{}, 0
	s.machine.Renew()
}

// Len is the number of scripts, Bytes about what they take.
func (s *Scripts) Len() int { return len(s.bySHA) }

// Bytes is about what the scripts take.
func (s *Scripts) Bytes() int64 { return s.bytes }

// Machine is what the scripts run in.
func (s *Scripts) Machine() *Machine { return s.machine }

// Run runs a script of the cache; r needs no Function, Name and Globals.
func (s *Scripts) Run(script *Script, r *Run) {
	if m := s.machine; script.function == nil || script.life != m.Life() {
		script.function, script.life = m.State().Load(script.chunk), m.Life()
	}
	r.Function, r.Name, r.Globals = script.function, script.SHA, true
	s.machine.Run(r)
}

// SHA1 is the digest of text in hexadecimal digits, as redis.sha1hex tells it.
func SHA1[T []byte | string](text T) string {
	digest := sha1.Sum([]byte(text))
	return hex.EncodeToString(digest[:])
}
