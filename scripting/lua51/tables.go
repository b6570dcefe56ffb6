package lua51

import (
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// openTable makes the library of tables.
func openTable(L *lua.LState) *lua.LTable {
	return library(L, map[string]lua.LGFunction{
		"concat":   tabConcat,
		"foreach":  tabForEach,
		"foreachi": tabForEachI,
		"getn":     tabGetN,
		"insert":   tabInsert,
		"maxn":     tabMaxN,
		"remove":   tabRemove,
		"setn":     tabSetN,
		"sort":     tabSort,
	})
}

// isArrayKey tells whether the machine keeps a key in a table's array.
func isArrayKey(key lua.LNumber) bool {
	return key >= 1 && key < arrayMost && key == lua.LNumber(int(key))
}

// at is what a table has at a whole number.
func at(t *lua.LTable, i int) lua.LValue {
	if i >= 1 && i < arrayMost {
		return t.RawGetInt(i)
	}
	return t.RawGetH(lua.LNumber(i))
}

// following is next: the machine's own goes astray behind a key that its array has lost.
func following(t *lua.LTable, key lua.LValue) (lua.LValue, lua.LValue) {
	if i, ok := key.(lua.LNumber); ok && isArrayKey(i) && t.RawGetInt(int(i)+1) == lua.LNil {
		if length := t.Len(); length == 0 {
			key = lua.LNil
		} else if int(i) > length {
			key = lua.LNumber(length)
		}
	}
	return t.Next(key)
}

// store is lua_rawset.
func store(L *lua.LState, t *lua.LTable, key, v lua.LValue) {
	if key == lua.LNil {
		throwPlain(L, "table index is nil")
	}
	if n, ok := key.(lua.LNumber); ok && math.IsNaN(float64(n)) {
		throwPlain(L, "table index is NaN")
	}
	t.RawSet(key, v)
}

// lengthOf is #: in a table with nils between its values the one of the borders that Lua finds, if the table has come to its size as most do:
// by a constructor, or value by value. It takes nils off the end of the machine's array, over which that would go each time.
func lengthOf(L *lua.LState, t *lua.LTable) int {
	const emptied = 64
	n := t.Len()
	if n == 0 {
		for range emptied {
			t.Remove(-1)
		}
		return 0
	}
	v := t.Remove(-1)
	for v == lua.LNil {
		v = t.Remove(-1)
	}
	t.RawSetInt(n, v)
	if n >= arrayMost-1 {
		return borderBehind(t, n)
	}
	size := Of(L).holed[t]
	if size < n {
		size = 1 << bits.Len(uint(n-1)) // of Lua's array, which doubles
	}
	if size == n {
		return n
	}
	return border(t, 0, size)
}

// border is one between a place that has a value, or 0, and one that has none.
func border(t *lua.LTable, low, high int) int {
	for high-low > 1 {
		if middle := low + (high-low)/2; at(t, middle) == lua.LNil {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}

// borderBehind is one from a value on, in what the machine keeps no array of.
func borderBehind(t *lua.LTable, low int) int {
	if at(t, low+1) == lua.LNil {
		return low
	}
	low++
	high := 2 * low
	for at(t, high) != lua.LNil {
		low, high = high, high*2
	}
	return border(t, low, high)
}

// mostHoled bounds what is kept of tables with nils in their constructors.
const mostHoled = 1000

// sized notes the size of a constructed table, if there are nils in it.
func sized(L *lua.LState) int {
	t := L.Get(1).(*lua.LTable)
	s, size := Of(L), t.Len()
	if listed, ok := L.Get(2).(lua.LNumber); ok {
		size = int(listed)
	}
	for i := 1; i < size; i++ {
		if at(t, i) == lua.LNil {
			if len(s.holed) >= mostHoled {
				clear(s.holed)
			}
			s.holed[t] = size
			break
		}
	}
	L.SetTop(1)
	return 1
}

func tabGetN(L *lua.LState) int {
	L.Push(lua.LNumber(lengthOf(L, Contents(CheckTable(L, 1)))))
	return 1
}

func tabSetN(L *lua.LState) int {
	CheckTable(L, 1)
	throw(L, "'setn' is obsolete")
	return 0
}

func tabMaxN(L *lua.LState) int {
	most := lua.LNumber(0)
	Contents(CheckTable(L, 1)).ForEach(func(key, _ lua.LValue) {
		if n, ok := key.(lua.LNumber); ok {
			most = max(most, n)
		}
	})
	L.Push(most)
	return 1
}

func tabInsert(L *lua.LState) int {
	t := CheckTable(L, 1)
	end := lengthOf(L, Contents(t)) + 1
	place := end
	switch L.GetTop() {
	case 2:
	case 3:
		place = CheckInt(L, 2)
		if place > end {
			end = place
		}
		for i := end; i > place; i-- {
			writable(L, t).RawSetInt(i, at(t, i-1))
		}
	default:
		throw(L, "wrong number of arguments to 'insert'")
	}
	writable(L, t).RawSetInt(place, L.Get(L.GetTop()))
	return 0
}

func tabRemove(L *lua.LState) int {
	t := CheckTable(L, 1)
	end := lengthOf(L, Contents(t))
	place := OptInt(L, 2, end)
	if place < 1 || place > end {
		return 0
	}
	writable(L, t)
	v := at(t, place)
	for i := place; i < end; i++ {
		t.RawSetInt(i, at(t, i+1))
	}
	t.RawSetInt(end, lua.LNil)
	L.Push(v)
	return 1
}

func tabConcat(L *lua.LState) int {
	t := Contents(CheckTable(L, 1))
	separator := OptString(L, 2, "")
	first := OptInt(L, 3, 1)
	last := 0
	if L.Get(4) == lua.LNil {
		last = lengthOf(L, t)
	} else {
		last = CheckInt(L, 4)
	}
	s := Of(L)
	var out []byte
	for i := first; i <= last; i++ {
		text, ok := textOf(at(t, i))
		if !ok {
			throw(L, "invalid value (%s) at index %d in table for 'concat'", at(t, i).Type(), i)
		}
		before := len(out)
		out = append(out, text...)
		if i < last {
			out = append(out, separator...)
		}
		if len(out) > s.options.StringBytes || len(out)/unseenAtMost != before/unseenAtMost {
			s.checkedLength(L, float64(len(out)))
		}
	}
	L.Push(lua.LString(out))
	return 1
}

func tabForEach(L *lua.LState) int {
	t := Contents(CheckTable(L, 1))
	fn := CheckFunction(L, 2)
	for key, v := following(t, lua.LNil); key != lua.LNil; key, v = following(t, key) {
		if result := called(L, fn, key, v); result != lua.LNil {
			L.Push(result)
			return 1
		}
	}
	return 0
}

func tabForEachI(L *lua.LState) int {
	t := Contents(CheckTable(L, 1))
	fn := CheckFunction(L, 2)
	for i, n := 1, lengthOf(L, t); i <= n; i++ {
		if result := called(L, fn, lua.LNumber(i), at(t, i)); result != lua.LNil {
			L.Push(result)
			return 1
		}
	}
	return 0
}
