package scripting

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// replier makes a reply of what a script returns. protocol is that of the script: where it is 2, booleans are numbers and nulls.
type replier struct {
	run      *Run
	w        *resp.Writer
	protocol int
	// values counts what was written; ended is why no more is: a table that holds itself would never end.
	values int
	ended  error
}

// How large the reply of a script may become, in bytes, and after how many values that is looked at and the host is asked whether to go on.
const (
	mostReplyBytes = 1 << 30
	replyRest      = 1 << 10
)

// whole writes a value as the reply, or an error in its place where it would be too large or the script is told to end.
func (r *replier) whole(value lua.LValue) {
	began := r.w.Len()
	r.reply(value, firstSlot)
	if r.ended != nil {
		r.w.Truncate(began)
		fail(r.run, "ERR "+r.ended.Error(), false)
	}
}

// goesOn tells whether to write another value.
func (r *replier) goesOn() bool {
	if r.values++; r.values%replyRest == 0 && r.ended == nil {
		if r.ended = r.run.Host.Interrupted(); r.ended == nil && r.w.Len() > mostReplyBytes {
			r.ended = lua51.ErrMemory
		}
	}
	return r.ended == nil
}

// Redis converts on a stack of Lua of slotsMax places, of which slotsNeeded must be free for each value; what is nested deeper is an error. The
// first value lies in firstSlot.
const (
	slotsMax    = 8000
	slotsNeeded = 4
	firstSlot   = 2
)

// reply writes a value. slots is how many places Redis's stack would have in use with it. It recurs at most slotsMax deep.
func (r *replier) reply(value lua.LValue, slots int) {
	if !r.goesOn() {
		return
	}
	if slots+slotsNeeded > slotsMax {
		fail(r.run, "ERR reached lua stack limit", false)
		return
	}
	switch value := value.(type) {
	case lua.LString:
		r.w.BulkString(string(value))
	case lua.LBool:
		switch {
		case r.protocol == 3:
			r.w.Bool(bool(value))
		case bool(value):
			r.w.Int(1)
		default:
			r.w.Null()
		}
	case lua.LNumber:
		r.w.Int(truncated(float64(value)))
	case *lua.LTable:
		r.table(value, slots)
	default:
		r.w.Null()
	}
}

// truncated is a number without its fraction, as a processor of Redis's converts it: what doesn't fit is the least number.
func truncated(n float64) int64 {
	if n >= -1<<63 && n < 1<<63 {
		return int64(n)
	}
	return math.MinInt64
}

// table writes a table: what its fields say that it stands for, else an array.
func (r *replier) table(table *lua.LTable, slots int) {
	if _, ok := table.RawGetString(fieldError).(lua.LString); ok {
		f := failureOf(table)
		fail(r.run, f.text, f.counted)
		return
	}
	if text, ok := table.RawGetString(fieldStatus).(lua.LString); ok {
		r.w.Status(untilZero(string(text)))
		return
	}
	if n, ok := table.RawGetString(fieldDouble).(lua.LNumber); ok {
		r.w.Double(float64(n))
		return
	}
	if digits, ok := table.RawGetString(fieldBigNumber).(lua.LString); ok {
		r.w.BigNumber(lineBreaks.Replace(string(digits)))
		return
	}
	if verbatim, ok := table.RawGetString(fieldVerbatim).(*lua.LTable); ok {
		format, hasFormat := verbatim.RawGetString(fieldFormat).(lua.LString)
		text, hasText := verbatim.RawGetString(fieldString).(lua.LString)
		if hasFormat && hasText {
			r.w.Verbatim(untilZero(string(format)), string(text))
			return
		}
	}
	if pairs, ok := table.RawGetString(fieldMap).(*lua.LTable); ok {
		r.w.Map(count(pairs))
		for key, value := pairs.Next(lua.LNil); key != lua.LNil && r.ended == nil; key, value = pairs.Next(key) {
			r.reply(key, slots+4)
			r.reply(value, slots+3)
		}
		return
	}
	if members, ok := table.RawGetString(fieldSet).(*lua.LTable); ok {
		r.w.Set(count(members))
		for member, _ := members.Next(lua.LNil); member != lua.LNil && r.ended == nil; member, _ = members.Next(member) {
			r.reply(member, slots+3)
		}
		return
	}
	r.array(table, slots)
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

// array writes what stands at 1, 2 and so on, up to the first nil.
func (r *replier) array(table *lua.LTable, slots int) {
	length := 0
	for lua51.Index(table, length+1) != lua.LNil {
		length++
	}
	r.w.Array(length)
	for i := 1; i <= length && r.ended == nil; i++ {
		r.reply(lua51.Index(table, i), slots+1)
	}
}

func count(table *lua.LTable) (n int) {
	for key, _ := table.Next(lua.LNil); key != lua.LNil; key, _ = table.Next(key) {
		n++
	}
	return n
}
