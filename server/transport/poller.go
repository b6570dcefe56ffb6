package transport

import (
	"sync"
	"sync/atomic"
	"time"
)

// Poller is what one event loop waits on. All its methods but Wake are for the loop's goroutine alone.
//
// Wake and Wait agree by two flags. Wake sets wakePending and then looks at sleeping; Wait sets sleeping and then looks at
// wakePending. Go's atomics are sequentially consistent, so at least one of them sees the other: either Wait doesn't sleep or
// Wake makes the system call. wakePending is cleared before Wait returns, so that whatever was published before a Wake is
// seen by a loop that looks after Wait.
type Poller struct {
	kernel   kernel
	portable portableSet

	wakePending atomic.Bool
	sleeping    atomic.Bool
	// wakeMu keeps a late Wake from a descriptor that Close has given back.
	wakeMu sync.Mutex
	closed bool
}

// NewPoller opens a poller.
func NewPoller() (*Poller, error) {
	p := &Poller{}
	p.portable.poller = p
	p.portable.members = map[*portableConn]struct{}{}
	if err := p.kernel.open(); err != nil {
		return nil, err
	}
	return p, nil
}

// Wait sleeps until a connection is ready, Wake is called or timeout has passed, and appends what is ready to ready. A
// timeout below 0 has no end, 0 only looks; others are rounded up to milliseconds. It may return early with nothing.
func (p *Poller) Wait(timeout time.Duration, ready []Ready) ([]Ready, error) {
	before := len(ready)
	ready, err := p.kernel.look(ready)
	if len(ready) == before && err == nil && timeout != 0 && !p.portable.pending() {
		p.sleeping.Store(true)
		if !p.wakePending.Load() {
			ready, err = p.kernel.sleep(timeout, ready)
		}
		p.sleeping.Store(false)
	}
	p.wakePending.Store(false)
	return p.portable.collect(ready), err
}

// Wake makes the current Wait, or the next one, return. Any goroutine may call it, also after Close. It makes a system call
// only when the loop sleeps and nobody has woken it yet.
func (p *Poller) Wake() {
	if p.wakePending.Swap(true) || !p.sleeping.Load() {
		return
	}
	p.wakeMu.Lock()
	defer p.wakeMu.Unlock()
	if !p.closed {
		p.kernel.notify()
	}
}

// Close closes the connections still attached, waits for the goroutines of portable ones (at most lingerTimeout, the time
// they have to send what was taken) and ends the poller.
func (p *Poller) Close() {
	p.wakeMu.Lock()
	wasClosed := p.closed
	p.closed = true
	p.wakeMu.Unlock()
	if wasClosed {
		return
	}
	p.portable.close()
	p.kernel.close()
}
