package server

import (
	"math"

	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// replayedScripts runs the scripts of a log: servers before Redis 7 could be told to log EVAL as it was sent. Each command goes the way of a
// record of the log.
type replayedScripts struct {
	replay  *replay
	scripts *scripting.Scripts
	call    commands.Call
	reply   resp.Writer
	answer  resp.Writer
	joined  []byte
}

// evaluates tells whether a record runs a script.
func evaluates(command *commands.Command) bool {
	return command.Name == "eval" || command.Name == "evalsha"
}

// evaluate runs EVAL or EVALSHA of a log. As for other commands an error is logged, and the log goes on.
func (r *replay) evaluate(command *commands.Command, words [][]byte) {
	s := r.scripts
	if s == nil {
		options := r.server.scriptOptions()
		options.Lua.HostBytes = r.store.UsedBytes
		s = &replayedScripts{replay: r, scripts: scripting.NewScripts(options)}
		s.call = commands.Call{Reply: &s.reply, Client: &r.client, Keys: &r.keys, Untold: math.MaxUint16, UsedMs: r.nowMs, Scripted: true}
		r.scripts = s
	}
	count, ok := commands.ParseInt(words[2])
	if !ok || count < 0 || count > int64(len(words)-3) {
		s.Failed("ERR wrong number of keys", false)
		return
	}
	script := s.scripts.Find(words[1])
	if command.Name == "eval" {
		var err error
		if script, err = s.scripts.Load(words[1]); err != nil {
			s.Failed("ERR "+err.Error(), false)
			return
		}
	}
	if script == nil {
		s.Failed(errNoScript, false)
		return
	}
	database := r.client.database
	s.reply.SetProto(2)
	s.answer.Mute(true)
	s.scripts.Run(script, &scripting.Run{Host: s, Keys: words[3 : 3+count], Args: words[3+count:], Reply: &s.answer})
	r.client.database = database
}

// Call implements scripting.Host.
func (s *replayedScripts) Call(words [][]byte) []byte {
	s.reply.Rewind()
	command := s.replay.server.table.Find(words)
	switch {
	case command == nil:
		s.reply.Error(errScriptUnknown)
	case !command.Fits(words):
		s.reply.Error(errScriptArgs)
	case command.Flags&commands.FlagNoScript != 0, command.Flags&(commands.FlagWrite|commands.FlagReadonly) == 0 && command.Group != "connection":
		s.reply.Error(errScriptDenied)
	default:
		s.call.Begin(command, words, s.replay.timeOf(command, words))
		command.Handler(&s.call)
		s.call.End()
	}
	s.joined = s.joined[:0]
	for _, piece := range s.reply.Segments(nil, math.MaxInt) {
		s.joined = append(s.joined, piece...)
	}
	return s.joined
}

// SetProtocol implements scripting.Host.
func (s *replayedScripts) SetProtocol(version int) { s.reply.SetProto(version) }

// SetReplication implements scripting.Host: nothing is passed on.
func (s *replayedScripts) SetReplication(scripting.Replication) {}

// Allows implements scripting.Host.
func (s *replayedScripts) Allows(words [][]byte) (allowed, known bool) {
	return true, s.replay.server.table.Find(words) != nil
}

// Failed implements scripting.Host.
func (s *replayedScripts) Failed(text string, _ bool) {
	s.replay.server.log.Warning("== CRITICAL == This server is sending an error to its AOF-loading-client: '%s' after processing the command 'eval'", text)
}

// Interrupted implements scripting.Host: who waits for the data waits for the script.
func (s *replayedScripts) Interrupted() error {
	if s.replay.server.stopped.Load() {
		return errScriptEnded
	}
	return nil
}
