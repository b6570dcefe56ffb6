package lua51

import lua "github.com/yuin/gopher-lua"

// contentsKey is where the metatable of a read-only table has its contents. Scripts see no such metatable: getmetatable is ours.
const contentsKey = "\x00contents"

// readonlyText is Redis's.
const readonlyText = "Attempt to modify a readonly table"

// Readonly makes a table read-only, with all tables in it; getmetatable shows its metatable read-only, too. Its contents move to another
// table: Go code that reads it must ask Contents.
func (s *State) Readonly(t *lua.LTable) {
	if contents(t) != nil {
		return
	}
	hidden := newTable()
	hidden.Metatable = t.Metatable
	var keys []lua.LValue
	t.ForEach(func(key, v lua.LValue) {
		hidden.RawSet(key, v)
		keys = append(keys, key)
	})
	for _, key := range keys {
		t.RawSet(key, lua.LNil)
	}
	protect(s.L, t, hidden)
	hidden.ForEach(func(_, v lua.LValue) {
		if inner, ok := v.(*lua.LTable); ok {
			s.Readonly(inner)
		}
	})
}

// view is a read-only table that shows what t does.
func view(L *lua.LState, t *lua.LTable) *lua.LTable {
	if contents(t) != nil {
		return t
	}
	seen := newTable()
	protect(L, seen, t)
	return seen
}

// protect makes seen, an empty table, show what is in hidden, and refuse changes.
func protect(L *lua.LState, seen, hidden *lua.LTable) {
	guard := tableOf("__index", hidden)
	guard.RawSetString("__newindex", L.NewFunction(refuseChange))
	guard.RawSetString(contentsKey, hidden)
	seen.Metatable = guard
}

// contents is what a read-only table shows, nil for one that can be changed.
func contents(t *lua.LTable) *lua.LTable {
	if guard, ok := t.Metatable.(*lua.LTable); ok {
		hidden, _ := guard.RawGetString(contentsKey).(*lua.LTable)
		return hidden
	}
	return nil
}

// Contents is the table that has what t shows: t itself, unless it is read-only.
func Contents(t *lua.LTable) *lua.LTable {
	if hidden := contents(t); hidden != nil {
		return hidden
	}
	return t
}

// refuseChange is __newindex of read-only tables: the machine's own error, with the position of what tried.
func refuseChange(L *lua.LState) int {
	throw(L, readonlyText)
	return 0
}

// writable refuses, within a function of the libraries, to change a read-only table; there Lua gives no position.
func writable(L *lua.LState, t *lua.LTable) *lua.LTable {
	if contents(t) != nil {
		throwPlain(L, readonlyText)
	}
	return t
}

// nonexistent is __index of the globals.
func nonexistent(L *lua.LState) int {
	name, ok := textOf(L.Get(2))
	if !ok {
		throw(L, "Second argument to luaProtectedTableError must be a string or number")
	}
	throw(L, "Script attempted to access nonexistent global variable '%s'", name)
	return 0
}
