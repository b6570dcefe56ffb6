package dict

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Access clocks tell when entries were last used, in words of 32 bits that mean what their owner wants. They lie beside the pages, since
// readers that run together write them, by atomics, and views read pages at any time. A view never looks at clocks: a directory and the
// copy that takes its place have the same ones.
//
// There is a clock for each slot, shared by all keys whose hashes lead to it, and for each entry where SetFine has asked for it: then an
// array beside the page, in the order of its entries.

// grain says how fine a dictionary's clocks are to be. A page may be behind, until Refine has come by.
type grain uint8

const (
	noClocks grain = iota
	slotClocks
	entryClocks
)

// access is what the clocks take, in bytes, and what grain they are to have.
type access struct {
	grain           grain
	live, allocated int64
}

func (a *access) charge(live, allocated int64) {
	a.live += live
	a.allocated += allocated
}

// clocks are those below a directory.
type clocks struct {
	// slots has a clock a slot.
	slots []uint32
	// entries has, for each slot whose page has one, an array of at least as many clocks as there are entries; nil as long as no page has
	// one. A page in several slots has the same array in each.
	entries [][]uint32
}

// Sizes of these structures; a test compares them with the compiler's.
const (
	clocksBytes     = 48
	clockBytes      = 4
	clockArrayBytes = 24
)

func (c *clocks) bytes() int64 {
	if c == nil {
		return 0
	}
	return clocksBytes + int64(len(c.slots)*clockBytes) + int64(len(c.entries)*clockArrayBytes)
}

// array is the array of the page in slot i, nil if it has none.
func (c *clocks) array(i int) []uint32 {
	if c == nil || c.entries == nil {
		return nil
	}
	return c.entries[i]
}

// NewWithClocks makes an empty dictionary with access clocks, one for all keys of a slot.
func NewWithClocks(space *page.Space, hash func(key []byte) uint64) *Dict {
	d := New(space, hash)
	d.access.grain = slotClocks
	return d
}

// Clock is the clock of an entry that Find or Put has just returned, in a dictionary with clocks: its own, or one that it shares with some
// dozen others. Readers that run together use it by atomics. A new entry's own clock is 0. It is good until the next change.
func (at *At) Clock() *uint32 {
	c := at.dir.clocks
	if c.entries != nil {
		if array := c.entries[at.slot]; array != nil {
			return &array[at.index]
		}
	}
	return &c.slots[at.slot]
}

// clockBytes is what the clock takes that is the entry's own.
func (at *At) clockBytes() int {
	if at.dir.clocks.array(at.slot) == nil {
		return 0
	}
	return clockBytes
}

// SetFine says whether entries are to have clocks of their own; Refine makes it so where there are entries already.
func (d *Dict) SetFine(fine bool) {
	d.access.grain = slotClocks
	if fine {
		d.access.grain = entryClocks
	}
}

// Refine gives about so many pages, from a position on, clocks of the grain that SetFine has set, and returns the position from which to go
// on, 0 at the end. An entry gets the clock of its slot, a slot the largest of its entries.
func (d *Dict) Refine(from uint64, pages int) (next uint64) {
	return d.tour(from, pages, func(hash uint64) {
		dir, i := d.lead(hash)
		switch fine := dir.clocks.array(i) != nil; {
		case fine && d.access.grain == slotClocks:
			d.coarsen(d.descend(hash))
		case !fine && d.access.grain == entryClocks:
			d.refine(d.descend(hash))
		}
	})
}

// refine gives the page at w an array.
func (d *Dict) refine(w way) {
	from, to := w.dir.span(w.index)
	count := w.slot().page.count()
	array := d.allocClocks(count)
	clock := slices.Max(w.dir.clocks.slots[from:to])
	for i := range count {
		array[i] = clock
	}
	d.setClocks(w.dir, w.index, array)
	d.access.live += int64(count * clockBytes)
}

// coarsen takes the array of the page at w away.
func (d *Dict) coarsen(w way) {
	from, to := w.dir.span(w.index)
	c, count := w.dir.clocks, w.slot().page.count()
	clock := uint32(0)
	if count > 0 {
		clock = slices.Max(c.entries[w.index][:count])
	}
	d.freeClocks(c.entries[w.index])
	d.access.live -= int64(count * clockBytes)
	for i := from; i < to; i++ {
		c.slots[i], c.entries[i] = clock, nil
	}
	if to == len(c.slots) && !slices.ContainsFunc(c.entries, func(array []uint32) bool { return array != nil }) {
		d.access.charge(-int64(len(c.entries)*clockArrayBytes), -int64(len(c.entries)*clockArrayBytes))
		c.entries = nil
	}
}

// allocClocks makes an array for so many entries, and freeClocks takes one back.
func (d *Dict) allocClocks(count int) []uint32 {
	array := d.space.AllocWords(max(count, 1))
	d.access.allocated += int64(len(array) * clockBytes)
	return array
}

func (d *Dict) freeClocks(array []uint32) {
	if array != nil {
		d.access.allocated -= int64(len(array) * clockBytes)
		d.space.FreeWords(array)
	}
}

// setClocks gives the page in slot i that array.
func (d *Dict) setClocks(dir *directory, i int, array []uint32) {
	c := dir.clocks
	if c == nil || array == nil && c.entries == nil {
		return
	}
	if c.entries == nil {
		c.entries = make([][]uint32, len(c.slots))
		d.access.charge(int64(len(c.entries)*clockArrayBytes), int64(len(c.entries)*clockArrayBytes))
	}
	from, to := dir.span(i)
	for j := from; j < to; j++ {
		c.entries[j] = array
	}
}

// addClock makes place for the clock of entry i, which has just been added to the page at w.
func (d *Dict) addClock(w way, i int) {
	old := w.dir.clocks.array(w.index)
	if old == nil {
		return
	}
	count := w.slot().page.count()
	array := d.resizeClocks(w, count)
	copy(array[:i], old[:i])
	copy(array[i+1:count], old[i:count-1])
	array[i] = 0
	d.access.live += clockBytes
}

// removeClock takes out the clock of entry i, which has just been removed from the page at w.
func (d *Dict) removeClock(w way, i int) {
	old := w.dir.clocks.array(w.index)
	if old == nil {
		return
	}
	count := w.slot().page.count()
	array := d.resizeClocks(w, count)
	copy(array[:i], old[:i])
	copy(array[i:count], old[i+1:count+1])
	d.access.live -= clockBytes
}

// resizeClocks returns the array of the page at w, or another in its place, undefined, if it is too small or much too large.
func (d *Dict) resizeClocks(w way, count int) []uint32 {
	old := w.dir.clocks.entries[w.index]
	if count <= len(old) && !tooLarge(len(old)*clockBytes, count*clockBytes) {
		return old
	}
	array := d.allocClocks(count)
	d.freeClocks(old)
	d.setClocks(w.dir, w.index, array)
	return array
}

// doubled is what the clocks are when each slot becomes two.
func (c *clocks) doubled() *clocks {
	if c == nil {
		return nil
	}
	more := &clocks{slots: twice(c.slots)}
	if c.entries != nil {
		more.entries = twice(c.entries)
	}
	return more
}

// twice has every element two times side by side.
func twice[T any](list []T) []T {
	more := make([]T, 2*len(list))
	for i, element := range list {
		more[2*i], more[2*i+1] = element, element
	}
	return more
}

// halved is what the clocks are when each two slots, which hold one page, become one.
func (c *clocks) halved() *clocks {
	if c == nil {
		return nil
	}
	less := &clocks{slots: make([]uint32, len(c.slots)/2)}
	for i := range less.slots {
		less.slots[i] = max(c.slots[2*i], c.slots[2*i+1])
	}
	if c.entries != nil {
		less.entries = make([][]uint32, len(less.slots))
		for i := range less.entries {
			less.entries[i] = c.entries[2*i]
		}
	}
	return less
}

// sink moves the clocks of slot i to those of a directory that takes its place.
func (d *Dict) sink(c *clocks, i int, sub *directory) {
	if c == nil {
		return
	}
	for j := range sub.clocks.slots {
		sub.clocks.slots[j] = c.slots[i]
	}
	if array := c.array(i); array != nil {
		sub.clocks.entries = slices.Repeat([][]uint32{array}, len(sub.clocks.slots))
		c.entries[i] = nil
		d.access.charge(int64(len(sub.clocks.entries)*clockArrayBytes), int64(len(sub.clocks.entries)*clockArrayBytes))
	}
}
