package server

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// gates are what the store's readers and its one writer agree by: writers one at a time, readers together.
//
// Each event loop owns a gate, a word on its own cache line. A loop that reads holds its gate; who writes holds the exclusive section,
// which keeps every gate shut. Entering a gate is one store and one load on lines that nobody else writes while no section is wanted,
// so reads of several loops never slow each other down. With one loop, gate and section cost about the same: two uncontended atomics.
//
// The two sides meet as in Dekker's algorithm: a loop raises its gate and then looks for a section, a writer claims the section and
// then looks at the gates; both use sequentially consistent atomics, so at least one sees the other. The reader gives way.
//
// Nobody waits for long with a gate or the section in hand: a batch holds either for at most holdLimit. What takes longer is handed to
// a goroutine of its own together with the section (DEBUG SLEEP), and loops that find the section taken give up after spinLimit,
// go back to their sockets and are woken when it is left: a loop never sleeps behind a long section.
type gates struct {
	// section is 1 while somebody claims or holds the exclusive section.
	section atomic.Int32
	_       [60]byte
	gates   []gate
	// parked counts the loops and goroutines that are to be told when the section is left.
	parked atomic.Int32
	mu     sync.Mutex
	wakers []func()
}

type gate struct {
	held atomic.Int32
	_    [60]byte
}

const (
	// holdLimit and holdCommands bound the time and the commands of one hold of a gate or the section.
	holdLimit    = 100 * time.Microsecond
	holdCommands = 64
	// spinLimit is how long a loop tries before it goes back to its sockets, giveWayTime what one takes that is woken until it tries anew.
	spinLimit   = 20 * time.Microsecond
	giveWayTime = 30 * time.Microsecond
)

func newGates(loops int) *gates { return &gates{gates: make([]gate, loops)} }

// enterGate tries to take the gate of a loop. Only that loop calls it.
func (g *gates) enterGate(loop int) bool {
	return g.spin(func() bool { return g.tryGate(loop) })
}

func (g *gates) tryGate(loop int) bool {
	own := &g.gates[loop].held
	own.Store(1)
	if g.section.Load() == 0 {
		return true
	}
	own.Store(0)
	return false
}

// leaveGate gives it back.
func (g *gates) leaveGate(loop int) { g.gates[loop].held.Store(0) }

// enterSection tries to take the exclusive section; the caller holds no gate.
func (g *gates) enterSection() bool { return g.spin(g.trySection) }

func (g *gates) trySection() bool {
	if !g.section.CompareAndSwap(0, 1) {
		return false
	}
	// Every gate in use now is left within holdLimit, and none is entered any more.
	for i := range g.gates {
		for g.gates[i].held.Load() != 0 {
			runtime.Gosched()
		}
	}
	return true
}

// leaveSection gives it back and wakes who waits for it, and tells whether anybody did. Any goroutine may call it: the section belongs to
// whom it was handed.
func (g *gates) leaveSection() (awaited bool) {
	g.section.Store(0)
	if g.parked.Load() == 0 {
		return false
	}
	g.wake()
	return true
}

// giveWay lets those have the store who have just been woken: a goroutine that takes the section again and again calls it in between.
func (g *gates) giveWay() {
	for start := time.Now(); time.Since(start) < giveWayTime; {
		runtime.Gosched()
	}
}

func (g *gates) wake() {
	g.mu.Lock()
	wakers := g.wakers
	g.wakers = nil
	g.parked.Store(0)
	g.mu.Unlock()
	for _, wake := range wakers {
		wake()
	}
}

// whenFree has wake called once the section has been left, at once if it is free now. wake must not block.
func (g *gates) whenFree(wake func()) {
	g.mu.Lock()
	g.wakers = append(g.wakers, wake)
	g.parked.Add(1)
	g.mu.Unlock()
	if g.section.Load() == 0 {
		g.wake()
	}
}

// waitSection takes the exclusive section, however long that takes; for goroutines that aren't event loops.
func (g *gates) waitSection() {
	for !g.enterSection() {
		free := make(chan struct{})
		g.whenFree(func() { close(free) })
		<-free
	}
}

func (g *gates) spin(try func() bool) bool {
	if try() {
		return true
	}
	for start := time.Now(); time.Since(start) < spinLimit; {
		runtime.Gosched()
		if try() {
			return true
		}
	}
	return false
}
