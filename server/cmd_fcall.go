package server

import (
	"time"

	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

const (
	errNoFunction = "ERR Function not found"
	errKeyCount   = "ERR Bad number of keys provided"
)

// cmdFCall answers FCALL and FCALL_RO function numkeys [key ...] [arg ...].
func (s *Server) cmdFCall(c *commands.Call, readOnly bool) {
	s.showLine(clientOf(c), c.ShownArgs())
	f := s.libraries.Find(c.Args[1])
	if f == nil {
		c.Error(errNoFunction)
		return
	}
	keys, ok := scriptKeys(c, errKeyCount)
	if !ok {
		return
	}
	s.onStrand(c, func(c *commands.Call) {
		s.runScript(c, scriptRequest{name: f.Name, flags: f.Flags, readOnly: readOnly, function: true}, func(h *scriptRun) {
			s.libraries.Run(f, &scripting.Run{Host: h, Keys: c.Args[3 : 3+keys], Args: c.Args[3+keys:], Reply: c.Reply})
		})
	})
}

// cmdFunctionKill answers FUNCTION KILL.
func (s *Server) cmdFunctionKill(c *commands.Call) { s.killScript(c, true) }

// cmdFunctionStats answers FUNCTION STATS: which function runs, and how many there are.
func (s *Server) cmdFunctionStats(c *commands.Call) {
	r, running := c.Reply, s.scripts.running
	if running != nil && !running.asked.function {
		c.Error(s.busyText())
		return
	}
	r.Map(2)
	r.BulkString("running_script")
	if running == nil {
		r.Null()
	} else {
		r.Map(3)
		r.BulkString("name")
		r.BulkString(running.asked.name)
		r.BulkString("command")
		r.Array(len(running.outer.Args))
		for _, word := range running.outer.Args {
			r.Bulk(word)
		}
		r.BulkString("duration_ms")
		r.Int(int64((s.clock.mono() - running.began) / time.Millisecond))
	}
	libraries, functions := s.libraries.Counts()
	r.BulkString("engines")
	r.Map(1)
	r.BulkString(scripting.EngineName)
	r.Map(2)
	r.BulkString("libraries_count")
	r.Int(int64(libraries))
	r.BulkString("functions_count")
	r.Int(int64(functions))
}
