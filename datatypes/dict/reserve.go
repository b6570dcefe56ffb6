package dict

import "github.com/cinnabar-db/cinnabar/datatypes/page"

// A dictionary that is being filled moves an entry about ten times: its page grows from size to size and splits when it is full. Who knows
// about how many entries will come spares most of that with Reserve, and ends with Settle.

// reservedBytes is up to how much a page is reserved: a bit less than a page, since entries are spread unevenly.
const reservedBytes = page.MaxBytes * 15 / 16

// Reserve splits the pages of a part that Divide made as if it had so many entries already, of so many bytes each as they lie in pages, and
// gives each page its share of the memory. If fewer come than that, much is wasted until Settle.
func (d *Dict) Reserve(part, entries, entryBytes int) {
	bits := uint(0)
	share := func() (count, size int) {
		count = entries >> bits
		return count, need(count, count*entryBytes)
	}
	for count, size := share(); count > maxEntries || size > reservedBytes; count, size = share() {
		bits++
	}
	_, size := share()
	for i := range uint64(1) << bits {
		hash := (uint64(part)<<bits | i) << (64 - maxBits - bits)
		w := d.descend(hash)
		for w.base+uint(w.slot().page.depth()) < maxBits+bits && d.split(w) {
			w = d.descend(hash)
		}
		p := w.slot().page
		d.room(w, max(size, need(p.count(), p.heap())))
	}
	d.reserved = int32(page.RoundUp(size))
}

// Settle gives back what was reserved and not needed, when the parts have been united. O(pages).
func (d *Dict) Settle() {
	for from := uint64(0); ; {
		from = d.tour(from, tourPages, func(hash uint64) {
			w := d.descend(hash)
			if p := w.slot().page; !d.merge(w, hash) {
				d.room(w, need(p.count(), p.heap()))
			}
		})
		if from == 0 {
			return
		}
	}
}

const tourPages = 1 << 20

// EntryBytes is what an entry takes in its page, the mean of those in some hundred pages. O(1).
func (d *Dict) EntryBytes() int {
	if d.root == nil {
		return 0
	}
	count, heap, pages := 0, 0, 0
	d.root.each(func(s *slot) bool {
		count, heap, pages = count+s.page.count(), heap+s.page.heap(), pages+1
		return pages < sampledPages
	})
	return heap / max(count, 1)
}

const sampledPages = 256
