package lua51

import lua "github.com/yuin/gopher-lua"

// sorter sorts a table as Lua 5.1 does: the same comparisons in the same order, so that what compares equal ends in the same places.
type sorter struct {
	L    *lua.LState
	t    *lua.LTable
	less *lua.LFunction // nil for <
}

func tabSort(L *lua.LState) int {
	t := CheckTable(L, 1)
	n := lengthOf(L, Contents(t))
	s := &sorter{L: L, t: Contents(t)}
	if L.Get(2) != lua.LNil {
		s.less = CheckFunction(L, 2)
	}
	if n > 1 {
		writable(L, t)
	}
	s.sort(1, n)
	return 0
}

func (s *sorter) isLess(a, b lua.LValue) bool {
	if s.less == nil {
		return lessThan(s.L, a, b)
	}
	return lua.LVAsBool(called(s.L, s.less, a, b))
}

// lessThan is < from within the libraries, where errors have no position.
func lessThan(L *lua.LState, a, b lua.LValue) bool {
	if a.Type() == b.Type() {
		switch a.Type() {
		case lua.LTNumber, lua.LTString:
			return L.LessThan(a, b)
		case lua.LTTable, lua.LTUserData:
			if method := L.GetMetaField(a, "__lt"); method != lua.LNil && method == L.GetMetaField(b, "__lt") {
				return lua.LVAsBool(called(L, method, a, b))
			}
		}
		throwPlain(L, "attempt to compare two "+a.Type().String()+" values")
	}
	throwPlain(L, "attempt to compare "+a.Type().String()+" with "+b.Type().String())
	return false
}

func (s *sorter) swap(i, j int) {
	a, b := at(s.t, i), at(s.t, j)
	s.t.RawSetInt(i, b)
	s.t.RawSetInt(j, a)
}

// order swaps the values of two places where the later is less.
func (s *sorter) order(i, j int) {
	if s.isLess(at(s.t, j), at(s.t, i)) {
		s.swap(i, j)
	}
}

// sort is a quicksort by the median of three, which goes on with the larger part.
func (s *sorter) sort(low, high int) {
	for low < high {
		s.order(low, high)
		if high-low == 1 {
			return
		}
		middle := (low + high) / 2
		if s.isLess(at(s.t, middle), at(s.t, low)) {
			s.swap(middle, low)
		} else if s.isLess(at(s.t, high), at(s.t, middle)) {
			s.swap(middle, high)
		}
		if high-low == 2 {
			return
		}
		pivot := at(s.t, middle)
		s.swap(middle, high-1)
		place := s.partition(low, high, pivot)
		if place-low < high-place {
			s.sort(low, place-1)
			low = place + 1
		} else {
			s.sort(place+1, high)
			high = place - 1
		}
	}
}

// partition brings what is less than the pivot, which lies before high, to the left, and gives the pivot's place.
func (s *sorter) partition(low, high int, pivot lua.LValue) int {
	i, j := low, high-1
	for {
		for i++; s.isLess(at(s.t, i), pivot); i++ {
			if i > high {
				throw(s.L, "invalid order function for sorting")
			}
		}
		for j--; s.isLess(pivot, at(s.t, j)); j-- {
			if j < low {
				throw(s.L, "invalid order function for sorting")
			}
		}
		if j < i {
			break
		}
		s.swap(i, j)
	}
	s.swap(high-1, i)
	return i
}
