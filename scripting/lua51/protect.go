package lua51

import (
	"errors"

	lua "github.com/yuin/gopher-lua"
)

// What is protected runs in a thread of its own, a borrowed one: where an error is raised the machine closes the captured variables of all functions
// on the stack, even of those that go on behind the pcall. A thread has a stack of its own.
//
// How deep calls may be in the borrowed threads bounds Go's stack, too, since a metamethod is a call within a call in Go, of about a kilobyte.
const (
	keptThreads   = 4
	borrowedDepth = 5000 // calls within each other in a kept thread, but in the first
	deepDepth     = 250  // and in others
)

// borrow is a thread to run what t protects.
func (s *State) borrow(t *thread) *thread {
	var inner *thread
	switch level := s.borrowed; {
	case level >= keptThreads:
		inner = s.newThread(deepDepth)
	case s.kept[level] != nil:
		inner = s.kept[level]
	case level == 0:
		inner = s.newThread(callDepth)
	default:
		inner = s.newThread(borrowedDepth)
	}
	s.borrowed++
	inner.outer, inner.depth, inner.left = t, t.depth+1, t.left
	return inner
}

func (s *State) giveBack(inner *thread) {
	s.borrowed--
	inner.outer = nil
	if s.borrowed < keptThreads {
		s.kept[s.borrowed] = inner
	}
}

// newThread is a thread that shares everything but its stack with the main one.
func (s *State) newThread(depth int) *thread {
	s.watch.unseen += depth*frameBytes + threadSlots*slotBytes
	options := s.L.Options
	s.L.Options.CallStackSize, s.L.Options.RegistrySize = depth, threadSlots
	L, _ := s.L.NewThread()
	s.L.Options, L.Options = options, options
	t := &thread{s: s, L: L}
	L.SetContext(t)
	return t
}

// threadSlots are the values on a thread's stack at first; the others are what the machine takes for each of them, and for each call.
const (
	threadSlots = 256
	slotBytes   = 16
	frameBytes  = 88
)

// protected calls the function below nargs arguments on the stack. Without an error its results, all there are, lie in its place; otherwise
// the error's value is given, and the stack ends where the function lay.
func (t *thread) protected(nargs int) (lua.LValue, bool) {
	L, s := t.L, t.s
	first := L.GetTop() - nargs
	if t.depth >= goDepth {
		L.SetTop(first - 1)
		return lua.LString("C stack overflow"), false
	}
	inner := s.borrow(t)
	inner.L.Push(guard)
	move(inner.L, L, first)
	err := inner.L.PCall(nargs+1, lua.MultRet, nil)
	t.left = inner.left
	if err == nil {
		move(L, inner.L, 1)
		s.giveBack(inner)
		return nil, true
	}
	var raised *lua.ApiError
	errors.As(err, &raised)
	value := s.caught(raised)
	s.giveBack(inner)
	if s.watch.ended != nil {
		throwValue(L, value)
	}
	return value, false
}

// move moves what is on a stack from first on.
func move(to, from *lua.LState, first int) {
	for i := first; i <= from.GetTop(); i++ {
		to.Push(from.Get(i))
	}
	from.SetTop(first - 1)
}
