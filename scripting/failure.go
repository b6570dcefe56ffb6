package scripting

import (
	"errors"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// Fields of a table that stands for an error.
const (
	fieldError   = "err"
	fieldCounted = "ignore_error_stats_update"
	errorNoCode  = "ERR "
	// errUnknown is said of a table that tells nothing, as in Redis 7.2: 7.0 doesn't survive it.
	errUnknown = "ERR unknown error"
)

// errorTable is an error as redis.pcall returns it and redis.call raises it. text is what a client would be told: with a minus before its code,
// or without a code. As in Redis what has no blank is no code.
func errorTable(L *lua.LState, text string) *lua.LTable {
	code, message := "ERR", text
	if rest, coded := strings.CutPrefix(text, "-"); coded {
		var found bool
		if code, message, found = strings.Cut(rest, " "); !found {
			code, message = "ERR", rest
		}
	}
	table := L.NewTable()
	table.RawSetString(fieldError, lua.LString(code+" "+strings.Trim(message, "\r\n")))
	return table
}

// raise raises an error of redis.* that no command has told.
func raise(L *lua.LState, text string) int {
	L.Error(errorTable(L, text), 0)
	return 0
}

// failure is what an error says of itself.
type failure struct {
	text string
	// counted is set for the error of a command, which was counted when the command failed.
	counted bool
}

// failureOf reads a table that stands for an error; metamethods of the script's own are left alone.
func failureOf(table *lua.LTable) (f failure) {
	if f.text = stringField(table, fieldError); f.text == "" {
		f.text = errUnknown
	}
	f.counted = table.RawGetString(fieldCounted) == lua.LTrue
	return f
}

// stringField is a field that is a string, or a number as text; as C has it a string ends at its first zero byte.
func stringField(table *lua.LTable, name string) string {
	switch value := table.RawGetString(name).(type) {
	case lua.LString:
		return untilZero(string(value))
	case lua.LNumber:
		return string(number.Append(nil, float64(value)))
	}
	return ""
}

func untilZero(text string) string {
	text, _, _ = strings.Cut(text, "\x00")
	return text
}

// replyFailure answers a run that an error has ended. As in Redis it tells where that was raised: where redis.call was called, say.
func (m *Machine) replyFailure(r *Run, raised error) {
	ended := &lua51.Error{Message: raised.Error(), Value: lua.LNil}
	errors.As(raised, &ended)
	f := failure{text: errorNoCode + ended.Message}
	if table, ok := ended.Value.(*lua.LTable); ok {
		f = failureOf(table)
	}
	if r.ended != nil {
		f = failure{text: errorNoCode + r.ended.Error()}
	}
	if ended.Source != "" { // it is nowhere if Redis's own has raised it, called as a function of a library
		f.text += " script: " + r.Name + ", on " + ended.Source + ":" + strconv.Itoa(ended.Line) + "."
	}
	fail(r, f.text, f.counted)
}

// fail replies with an error, and has it counted unless that was done.
func fail(r *Run, text string, counted bool) {
	r.Reply.Error("-" + text)
	r.Host.Failed(text, counted)
}
