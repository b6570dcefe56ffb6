package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openString makes the library of strings.
func openString(L *lua.LState) *lua.LTable {
	t := library(L, map[string]lua.LGFunction{
		"byte":    strByte,
		"char":    strChar,
		"dump":    strDump,
		"find":    func(L *lua.LState) int { return find(L, true) },
		"format":  strFormat,
		"gmatch":  strGMatch,
		"gsub":    strGSub,
		"len":     strLen,
		"lower":   func(L *lua.LState) int { return changed(L, 'A', 'Z') },
		"match":   func(L *lua.LState) int { return find(L, false) },
		"rep":     strRep,
		"reverse": strReverse,
		"sub":     strSub,
		"upper":   func(L *lua.LState) int { return changed(L, 'a', 'z') },
	})
	t.RawSetString("gfind", t.RawGetString("gmatch")) // its older name
	return t
}

// position is an index into a string as Lua has it: from the end where it is negative.
func position(i int64, length int) int64 {
	if i < 0 {
		i += int64(length) + 1
	}
	return max(0, i)
}

func strLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(CheckString(L, 1))))
	return 1
}

func strSub(L *lua.LState) int {
	text := CheckString(L, 1)
	first := max(1, position(CheckInteger(L, 2), len(text)))
	last := min(int64(len(text)), position(OptInteger(L, 3, -1), len(text)))
	if first > last {
		L.Push(lua.LString(""))
	} else {
		L.Push(lua.LString(text[first-1 : last]))
	}
	return 1
}

func strReverse(L *lua.LState) int {
	text := CheckString(L, 1)
	Of(L).checkedLength(L, float64(len(text)))
	turned := make([]byte, len(text))
	for i := range len(text) {
		turned[len(text)-1-i] = text[i]
	}
	L.Push(lua.LString(turned))
	return 1
}

// changed is lower or upper, of ASCII letters alone as in the C locale.
func changed(L *lua.LState, first, last byte) int {
	text := CheckString(L, 1)
	Of(L).checkedLength(L, float64(len(text)))
	result := []byte(text)
	for i, c := range result {
		if c >= first && c <= last {
			result[i] = c ^ 0x20
		}
	}
	L.Push(lua.LString(result))
	return 1
}

func strRep(L *lua.LState) int {
	text := CheckString(L, 1)
	count := max(0, CheckInt(L, 2))
	Of(L).checkedLength(L, float64(len(text))*float64(count))
	L.Push(lua.LString(strings.Repeat(text, count)))
	return 1
}

func strByte(L *lua.LState) int {
	text := CheckString(L, 1)
	first := position(OptInteger(L, 2, 1), len(text))
	last := min(int64(len(text)), position(OptInteger(L, 3, first), len(text)))
	first = max(1, first)
	if first > last {
		return 0
	}
	if last-first+1+int64(L.GetTop()) > stackSlots {
		throw(L, "stack overflow (string slice too long)")
	}
	for _, c := range []byte(text[first-1 : last]) {
		L.Push(lua.LNumber(c))
	}
	return int(last - first + 1)
}

func strChar(L *lua.LState) int {
	result := make([]byte, L.GetTop())
	for i := range result {
		c := CheckInt(L, i+1)
		if c < 0 || c > 255 {
			ArgError(L, i+1, "invalid value")
		}
		result[i] = byte(c)
	}
	L.Push(lua.LString(result))
	return 1
}

// strDump gives what bytecode begins with, and no more: it can't be loaded in Redis either.
func strDump(L *lua.LState) int {
	if CheckFunction(L, 1).IsG {
		throw(L, "unable to dump given function")
	}
	L.Push(lua.LString("\x1bLuaQ"))
	return 1
}

// find is string.find, or string.match where no place is wanted.
func find(L *lua.LState, place bool) int {
	text, pattern := CheckString(L, 1), CheckString(L, 2)
	begin := min(int64(len(text)), max(0, position(OptInteger(L, 3, 1), len(text))-1))
	if place && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(cut(pattern), "^$*+?.([%-")) {
		at := strings.Index(text[begin:], pattern)
		if at < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(begin) + lua.LNumber(at) + 1)
		L.Push(lua.LNumber(begin) + lua.LNumber(at+len(pattern)))
		return 2
	}
	m := newMatcher(L, text)
	anchored := strings.HasPrefix(pattern, "^")
	if anchored {
		pattern = pattern[1:]
	}
	m.pattern = cut(pattern)
	for at := int(begin); at <= len(text); at++ {
		if end := m.begin(at); end >= 0 {
			if !place {
				return m.pushCaptures(at, end, true)
			}
			L.Push(lua.LNumber(at + 1))
			L.Push(lua.LNumber(end))
			return m.pushCaptures(at, end, false) + 2
		}
		if anchored {
			break
		}
	}
	L.Push(lua.LNil)
	return 1
}

// strGMatch is an iterator over matches. What begins with ^ matches that letter there.
func strGMatch(L *lua.LState) int {
	text, pattern := CheckString(L, 1), CheckString(L, 2)
	at := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		m := newMatcher(L, text)
		m.pattern = cut(pattern)
		for ; at <= len(text); at++ {
			begin := at
			end := m.begin(begin)
			if end < 0 {
				continue
			}
			at = end
			if end == begin {
				at++
			}
			return m.pushCaptures(begin, end, true)
		}
		return 0
	}))
	return 1
}

func strGSub(L *lua.LState) int {
	text, pattern := CheckString(L, 1), CheckString(L, 2)
	replacement := L.Get(3)
	most := OptInt(L, 4, len(text)+1)
	switch replacement.Type() {
	case lua.LTString, lua.LTNumber, lua.LTTable, lua.LTFunction:
	default:
		ArgError(L, 3, "string/function/table expected")
	}
	anchored := strings.HasPrefix(pattern, "^")
	if anchored {
		pattern = pattern[1:]
	}
	m := newMatcher(L, text)
	m.pattern = cut(pattern)
	result := &replacer{matcher: m, by: replacement, state: Of(L)}
	count, at := 0, 0
	for count < most {
		end := m.begin(at)
		if end >= 0 {
			count++
			result.replace(at, end)
		}
		if end > at {
			at = end
		} else if at < len(text) {
			result.out = append(result.out, text[at])
			at++
		} else {
			break
		}
		if anchored {
			break
		}
	}
	result.add(text[at:])
	L.Push(lua.LString(result.out))
	L.Push(lua.LNumber(count))
	return 2
}

// replacer gathers gsub's result.
type replacer struct {
	matcher *matcher
	state   *State
	by      lua.LValue
	out     []byte
}

func (r *replacer) add(text string) {
	if len(text) > 0 {
		r.state.checkedLength(r.matcher.L, float64(len(r.out)+len(text)))
		r.out = append(r.out, text...)
	}
}

// replace puts in what stands for text[begin:end].
func (r *replacer) replace(begin, end int) {
	m, L := r.matcher, r.matcher.L
	var v lua.LValue
	switch by := r.by.(type) {
	case *lua.LFunction:
		saved := *m // the function may match with other matchers, but this one's captures are needed for nothing more
		L.Push(by)
		call(L, m.pushCaptures(begin, end, true), 1)
		v = L.Get(-1)
		L.Pop(1)
		*m = saved
	case *lua.LTable:
		v = L.GetTable(by, m.capture(0, begin, end))
	default:
		text, _ := textOf(by)
		r.expand(text, begin, end)
		return
	}
	if !lua.LVAsBool(v) {
		r.add(m.text[begin:end])
		return
	}
	text, ok := textOf(v)
	if !ok {
		throw(L, "invalid replacement value (a %s)", v.Type())
	}
	r.add(text)
}

// expand puts in text with captures for %0 to %9.
func (r *replacer) expand(text string, begin, end int) {
	m := r.matcher
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			r.add(text)
			return
		}
		r.add(text[:i])
		c := byte(0)
		if i+1 < len(text) {
			c = text[i+1]
		}
		text = text[min(len(text), i+2):]
		switch {
		case !isDigit(int(c)):
			r.add(string([]byte{c}))
		case c == '0':
			r.add(m.text[begin:end])
		default:
			captured, _ := textOf(m.capture(int(c-'1'), begin, end))
			r.add(captured)
		}
	}
}
