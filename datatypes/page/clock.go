package page

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Clock is the store's own time: it advances whenever the store is looked at, so that it tells what was made before and after. It starts
// at 1; 64 bits never run out.
type Clock struct {
	now uint64
	// bar is the moment of the newest view still open, 0 if there is none.
	bar atomic.Uint64
	// mu guards open, the moments of all open views in their order.
	mu   sync.Mutex
	open []uint64
	// walked are all open views in their order if any of them is being walked (walk.go), otherwise nil; replaced under mu.
	walked atomic.Pointer[[]openView]
}

// Now is what a node made at this moment carries.
func (c *Clock) Now() uint64 { return c.now + 1 }

// Bar is the moment of the newest view still open: nodes that carry it or less must be copied before they change. 0 if no view is open.
func (c *Clock) Bar() uint64 { return c.bar.Load() }

// Mark returns this moment and advances the clock: whatever exists carries it or less, whatever is made later carries more.
func (c *Clock) Mark() uint64 {
	c.now++
	return c.now
}

// Open begins a view and returns its moment, for Close. Several goroutines may call it at once as long as nobody changes anything.
func (c *Clock) Open() uint64 {
	at, _ := c.begin()
	return at
}

// begin is Open and tells whether no other view is open.
func (c *Clock) begin() (at uint64, alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	alone = len(c.open) == 0
	at = c.Mark()
	c.open = append(c.open, at)
	c.bar.Store(at)
	c.relist()
	return at, alone
}

// Close ends the view of that moment. Any goroutine may call it; it must have finished reading.
func (c *Clock) Close(at uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, found := slices.BinarySearch(c.open, at)
	if !found {
		panic("page: a view closed twice")
	}
	c.open = slices.Delete(c.open, i, i+1)
	c.relist()
	if len(c.open) == 0 {
		c.bar.Store(0)
		return
	}
	c.bar.Store(c.open[len(c.open)-1])
}

// Views is the number of open views.
func (c *Clock) Views() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}
