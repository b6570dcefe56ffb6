package scripting

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// openRedis makes the table redis.
func (m *Machine) openRedis(L *lua.LState) *lua.LTable {
	redis := L.NewTable()
	for name, do := range map[string]lua.LGFunction{
		"call":          func(L *lua.LState) int { return m.command(L, true, true) },
		"pcall":         func(L *lua.LState) int { return m.command(L, false, true) },
		"log":           m.log,
		"setresp":       m.setProtocol,
		"sha1hex":       sha1hex,
		"error_reply":   errorReply,
		"status_reply":  statusReply,
		"set_repl":      m.setReplication,
		"acl_check_cmd": m.allows,
	} {
		m.Function(redis, name, do)
	}
	for name, value := range map[string]int{
		"LOG_DEBUG": int(LogDebug), "LOG_VERBOSE": int(LogVerbose), "LOG_NOTICE": int(LogNotice), "LOG_WARNING": int(LogWarning),
		"REPL_NONE": int(ReplicateNone), "REPL_AOF": int(ReplicateAOF), "REPL_SLAVE": int(ReplicateReplica),
		"REPL_REPLICA": int(ReplicateReplica), "REPL_ALL": int(ReplicateAll),
		"REDIS_VERSION_NUM": versionNumber(m.options.Version),
	} {
		redis.RawSetString(name, lua.LNumber(value))
	}
	redis.RawSetString("REDIS_VERSION", lua.LString(m.options.Version))
	if m.more != nil {
		m.more(m, redis)
	}
	return redis
}

// versionNumber is "7.0.15" as 0x0007000f.
func versionNumber(version string) (number int) {
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part)
		number = number<<8 | n
	}
	return number
}

// running is the run that goes on; where there is none the function of that name raises an error.
func (m *Machine) running(L *lua.LState, name string) *Run {
	if m.run == nil {
		raise(L, name+" can only be called inside a script invocation")
	}
	return m.run
}

// log is redis.log(level, text ...).
func (m *Machine) log(L *lua.LState) int {
	count := L.GetTop()
	if count < 2 {
		return raise(L, "redis.log() requires two arguments or more.")
	}
	level, ok := toNumber(L.Get(1))
	if !ok {
		return raise(L, "First argument must be a number (log level).")
	}
	if int(level) < int(LogDebug) || int(level) > int(LogWarning) {
		return raise(L, "Invalid debug level.")
	}
	var text []byte
	for i := 2; i <= count; i++ {
		if word, ok := appendText(text, L.Get(i), i > 2); ok {
			text = word
		}
	}
	m.options.Log(LogLevel(level), string(text))
	return 0
}

// setProtocol is redis.setresp(version).
func (m *Machine) setProtocol(L *lua.LState) int {
	run := m.running(L, "redis.setresp")
	if L.GetTop() != 1 {
		return raise(L, "redis.setresp() requires one argument.")
	}
	version, _ := toNumber(L.Get(1))
	if int(version) != 2 && int(version) != 3 {
		return raise(L, "RESP version must be 2 or 3.")
	}
	run.protocol = int(version)
	run.Host.SetProtocol(run.protocol)
	return 0
}

// setReplication is redis.set_repl(bits).
func (m *Machine) setReplication(L *lua.LState) int {
	run := m.running(L, "redis.set_repl")
	if L.GetTop() != 1 {
		return raise(L, "redis.set_repl() requires two arguments.")
	}
	bits, _ := toNumber(L.Get(1))
	if int(bits)&^int(ReplicateAll) != 0 {
		return raise(L, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	run.Host.SetReplication(Replication(bits))
	return 0
}

// allows is redis.acl_check_cmd(word ...).
func (m *Machine) allows(L *lua.LState) int {
	run := m.running(L, "redis.acl_check_cmd")
	words, problem := m.call.take(L)
	if problem != "" {
		return raise(L, problem)
	}
	allowed, known := run.Host.Allows(words)
	if !known {
		return raise(L, "Invalid command passed to redis.acl_check_cmd()")
	}
	L.Push(lua.LBool(allowed))
	return 1
}

// sha1hex is redis.sha1hex(text).
func sha1hex(L *lua.LState) int {
	if L.GetTop() != 1 {
		return raise(L, "wrong number of arguments")
	}
	text, _ := appendText(nil, L.Get(1), false)
	L.Push(lua.LString(SHA1(text)))
	return 1
}

const errReplyArgument = "wrong number or type of arguments"

// errorReply is redis.error_reply(text).
func errorReply(L *lua.LState) int {
	text, ok := onlyString(L)
	if !ok {
		L.Push(errorTable(L, errReplyArgument))
		return 1
	}
	L.Push(errorTable(L, "-"+strings.TrimPrefix(untilZero(text), "-")))
	return 1
}

// statusReply is redis.status_reply(text).
func statusReply(L *lua.LState) int {
	text, ok := onlyString(L)
	if !ok {
		L.Push(errorTable(L, errReplyArgument))
		return 1
	}
	table := L.NewTable()
	table.RawSetString(fieldStatus, lua.LString(text))
	L.Push(table)
	return 1
}

func onlyString(L *lua.LState) (text string, ok bool) {
	if L.GetTop() != 1 {
		return "", false
	}
	value, ok := L.Get(1).(lua.LString)
	return string(value), ok
}

// toNumber is a number, or a string that is one.
func toNumber(value lua.LValue) (n float64, ok bool) {
	switch value := value.(type) {
	case lua.LNumber:
		return float64(value), true
	case lua.LString:
		return number.Parse(string(value))
	}
	return 0, false
}

// appendText appends a string, or a number as Lua writes it, with a blank before it if one is wanted.
func appendText(dst []byte, value lua.LValue, blank bool) (text []byte, ok bool) {
	switch value := value.(type) {
	case lua.LString:
		if blank {
			dst = append(dst, ' ')
		}
		return append(dst, value...), true
	case lua.LNumber:
		if blank {
			dst = append(dst, ' ')
		}
		return number.Append(dst, float64(value)), true
	}
	return dst, false
}
