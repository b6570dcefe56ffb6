package dict

import "math/bits"

// Look-ups wait mostly for memory, and a processor can wait for a dozen places at once. Approach reads what the Finds of several keys will read, only so
// that it is at hand then: what depends on nothing but the hash for all of them first, then what is found there, and so on. The loops that read are
// as short as they can be, since a processor looks only some hundred instructions ahead.

// approached is how many keys are approached at once.
const approached = 64

// Touch reads the beginning of the page that hash leads to, for who approaches keys in his own way. What it returns means nothing.
func (d *Dict) Touch(hash uint64) byte {
	s := d.slotOf(hash)
	if s == nil {
		return 0
	}
	return s.page[atCount]
}

// Approach reads what Find reads of each hash; worth it from two keys on, for which plain loops do. What it returns means nothing.
func (d *Dict) Approach(hashes []uint64) (sum byte) {
	for len(hashes) > approached {
		sum += d.approach(hashes[:approached])
		hashes = hashes[approached:]
	}
	if len(hashes) > 2 {
		return sum + d.approach(hashes)
	}
	for _, hash := range hashes {
		sum += d.Touch(hash)
	}
	for _, hash := range hashes {
		if s := d.slotOf(hash); s != nil {
			sum += s.page[s.page.candidate(fingerprint(hash))]
		}
	}
	return sum
}

// approach is Approach for 64 keys at most.
func (d *Dict) approach(hashes []uint64) (sum byte) {
	if d.root == nil {
		return 0
	}
	var pages [approached]leaf
	for i, hash := range hashes {
		pages[i] = d.slotOf(hash).page
	}
	for _, p := range pages[:len(hashes)] {
		sum += p[atCount]
	}
	for i, p := range pages[:len(hashes)] {
		count := p.count()
		at := int(fingerprint(hashes[i])) * count >> 8
		sum += p[headerBytes+at] + p[min(offsetAt(count, at), len(p)-1)]
	}
	for i, p := range pages[:len(hashes)] {
		pages[i] = p[p.candidate(fingerprint(hashes[i])):]
	}
	for _, entry := range pages[:len(hashes)] {
		sum += entry[0]
	}
	return sum
}

// candidate is where the first entry begins that may be one with that fingerprint, or any place of the page.
func (p leaf) candidate(fingerprint byte) int {
	count := p.count()
	slots := p[headerBytes:]
	room := eights(count)
	from := min(max(int(fingerprint)*count>>8-windowBytes/2, 0), room-windowBytes)
	window := slots[from : from+windowBytes]
	pattern := uint64(fingerprint) * everyByte
	i := from
	if low := marks(little.Uint64(window), pattern); low != 0 {
		i += bits.TrailingZeros64(low) >> 3
	} else {
		i += 8 + bits.TrailingZeros64(marks(little.Uint64(window[8:]), pattern))>>3
	}
	if i >= count {
		return 0
	}
	return len(p) - u16(slots[room+2*i:])
}
