package lua51

import (
	"runtime/metrics"
	"time"

	lua "github.com/yuin/gopher-lua"
)

const (
	pauseEvery   = 128              // instructions between two looks at the time
	askEvery     = 4096             // instructions between two questions to the host
	lookEvery    = time.Millisecond // between two looks at the heap
	unseenAtMost = 4 << 20          // bytes of strings that are made without a look at the heap
)

// thread is the context of one thread of Lua, the main one or a coroutine's: the machine calls Done before each instruction.
type thread struct {
	s     *State
	L     *lua.LState
	left  int     // instructions until the next pause
	outer *thread // of one that is borrowed: what it was borrowed for
	depth int     // calls of Lua from Go that are within each other
	calls int     // those of them that a coroutine can't yield across
}

// closed is what Done gives when a script must end.
var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done counts an instruction. Nil lets the machine go on.
func (t *thread) Done() <-chan struct{} {
	if t.left--; t.left > 0 {
		return nil
	}
	return t.pause()
}

func (t *thread) pause() <-chan struct{} {
	w := &t.s.watch
	t.L.Panic = raise // in a coroutine nobody else has set it
	if w.ended == nil {
		w.pause()
	}
	if w.ended != nil {
		t.left = 0
		return closed
	}
	t.left = pauseEvery
	return nil
}

// Err is what the machine raises when Done is closed.
func (t *thread) Err() error { return t.s.watch.ended }

// Deadline is no business of a script's.
func (t *thread) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Value is nothing.
func (t *thread) Value(any) any { return nil }

// threadOf is the context that L runs with.
func threadOf(L *lua.LState) *thread { return L.Context().(*thread) }

// visible is the thread that scripts take t for: borrowed ones they don't know.
func (t *thread) visible() *lua.LState {
	for t.outer != nil {
		t = t.outer
	}
	return t.L
}

// watch bounds a run in time and memory.
type watch struct {
	options      *Options
	interrupted  func() error
	ended        error // why the script must end
	instructions int   // since the host was last asked
	unseen       int   // bytes made since the heap was last looked at

	looked  time.Time
	samples [2]metrics.Sample // what lives after the last collection, what lies in the heap now
	base    int64             // of the heap, less the host's own, when this run first looked; -1 before
}

func (w *watch) init(options *Options) {
	w.options = options
	w.samples[0].Name = "/gc/heap/live:bytes"
	w.samples[1].Name = "/memory/classes/heap/objects:bytes"
}

func (w *watch) begin(interrupted func() error) {
	w.interrupted, w.ended = interrupted, nil
	w.instructions, w.unseen, w.base = 0, 0, -1
}

// end makes the script end with err, however it catches errors. The first reason counts.
func (w *watch) end(err error) {
	if w.ended == nil {
		w.ended = err
	}
}

// ask asks the host whether the script may go on.
func (w *watch) ask() {
	if w.ended != nil || w.interrupted == nil {
		return
	}
	if err := w.interrupted(); err != nil {
		w.end(err)
	}
}

func (w *watch) pause() {
	if w.instructions += pauseEvery; w.instructions >= askEvery {
		w.instructions = 0
		if w.ask(); w.ended != nil {
			return
		}
	}
	if now := time.Now(); now.Sub(w.looked) > lookEvery {
		w.looked = now
		w.look()
	}
}

// made counts bytes of strings, which a single instruction can make many of, and raises an error in L when the heap has grown too far, or the
// host wants the script to end.
func (w *watch) made(L *lua.LState, bytes int) {
	if w.unseen += bytes; w.unseen < unseenAtMost {
		return
	}
	w.look()
	if w.ask(); w.ended != nil {
		throwPlain(L, w.ended.Error())
	}
}

// look compares the heap with what it was at first. What lives is known as of the last collection, and the collector runs before garbage has become
// much; garbage of the beginning makes the bound a little too wide.
func (w *watch) look() {
	w.unseen = 0
	metrics.Read(w.samples[:])
	host := int64(0)
	if w.options.HostBytes != nil {
		host = w.options.HostBytes()
	}
	if w.base < 0 {
		w.base = max(0, int64(w.samples[1].Value.Uint64())-host)
		return
	}
	if int64(w.samples[0].Value.Uint64())-host > w.base+w.options.MemoryBytes {
		w.end(ErrMemory)
	}
}
