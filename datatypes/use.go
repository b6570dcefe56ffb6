package datatypes

import (
	"math/rand/v2"
	"sync/atomic"
)

// A key's clock tells when it was used last or, where the store counts uses, how often it is used. A word says itself which of both it is, so
// that a policy finds something to go by in the clocks that another one has left:
//
//	| 0 | seconds, 31 bits               |  used last
//	| 1 | minutes, 23 bits | count, 8    |  the count, and when it was last brought up to date
//
// The count is logarithmic, as in Redis since 4.0: a use of a key of count n raises it with probability 1/((n-5)*LogFactor+1), and of 5 or less
// always; it falls by one for every DecayMinutes without a use. Keys begin with 5, so that they aren't gone before they can be used.
const (
	usedOften   = 1 << 31
	secondsMask = usedOften - 1
	minutesMask = 1<<23 - 1
	countBits   = 8
	maxCount    = 1<<countBits - 1

	// FirstFrequency is the count of a new key.
	FirstFrequency = 5
)

// ClockS is a time in Unix milliseconds as clocks take it.
func ClockS(ms int64) uint32 { return uint32(ms/1000) & secondsMask }

// Frequency says how uses are counted: lfu-log-factor and lfu-decay-time, both 0 or more.
type Frequency struct {
	LogFactor, DecayMinutes int
}

// CountUses has clocks count uses, as Frequency says, or with nil tell when keys were used last. The caller holds the exclusive section.
func (s *Store) CountUses(f *Frequency) {
	for _, db := range s.databases {
		db.uses = f
	}
}

// CountsUses tells whether clocks count uses.
func (db *DB) CountsUses() bool { return db.uses != nil }

// FrequencyAt is what Editor.At takes for a key of that count at that time, in place of a time.
func FrequencyAt(clockS uint32, count uint8) uint32 {
	return usedOften | clockS/60&minutesMask<<countBits | uint32(count)
}

// Touch notes that a key which Find has found was used at clockS, in seconds of any clock, of which 31 bits count. Readers that run together
// may call it; what they may disagree about is the second, or a use more or less. A key that shares its clock with others takes them along.
// O(1), and a write only where the word is a new one.
func (db *DB) Touch(e *Entry, clockS uint32) {
	if !e.Found() {
		return
	}
	clock := e.at.Clock()
	was, word := atomic.LoadUint32(clock), clockS&secondsMask
	if db.uses != nil {
		word = db.uses.used(was, clockS)
	}
	if was != word {
		atomic.StoreUint32(clock, word)
	}
}

// used is what a clock is after a use.
func (f *Frequency) used(word, clockS uint32) uint32 {
	count := f.count(word, clockS)
	if count < maxCount && (count <= FirstFrequency || rand.Float64()*float64((int(count)-FirstFrequency)*f.LogFactor+1) < 1) {
		count++
	}
	return FrequencyAt(clockS, count)
}

// count is what the count of a clock has fallen to. One that tells a time instead is taken for a new key's of then.
func (f *Frequency) count(word, clockS uint32) uint8 {
	count := word & maxCount
	if word&usedOften == 0 {
		count = FirstFrequency
	}
	if f.DecayMinutes == 0 {
		return uint8(count)
	}
	return uint8(count - min(count, idleMinutes(word, clockS)/uint32(f.DecayMinutes)))
}

// idleMinutes is how many minutes ago a clock was written.
func idleMinutes(word, clockS uint32) uint32 {
	if word&usedOften == 0 {
		return uint32(idleS(word, clockS) / 60)
	}
	return (clockS/60 - word>>countBits) & minutesMask
}

// idleS is for how many seconds a key of that clock wasn't used.
func idleS(word, clockS uint32) int64 {
	if word&usedOften != 0 {
		return int64(idleMinutes(word, clockS)) * 60
	}
	if idle := (clockS - word) & secondsMask; idle < secondsMask/2 {
		return int64(idle)
	}
	return 0 // a clock that was set back must not make keys old
}

// IdleS is for how many seconds a key which Find has found wasn't used at clockS: exactly, if each key has a clock of its own
// (Store.FineClocks), otherwise none of the keys that share its clock was; in minutes where uses are counted.
func (db *DB) IdleS(e *Entry, clockS uint32) int64 {
	if !e.Found() {
		return 0
	}
	return idleS(atomic.LoadUint32(e.at.Clock()), clockS)
}

// Frequency is the count of a key which Find has found, at clockS; that of a new key where uses aren't counted.
func (db *DB) Frequency(e *Entry, clockS uint32) uint8 {
	if !e.Found() || db.uses == nil {
		return FirstFrequency
	}
	return db.uses.count(atomic.LoadUint32(e.at.Clock()), clockS)
}

// used notes that a key was written. Where uses are counted that is one only for a fresh key, which wasn't there: the look-up before the change
// was one for the others.
func (ed Editor) used(e *Entry, fresh bool) {
	switch {
	case ed.clockS&usedOften != 0:
		atomic.StoreUint32(e.at.Clock(), ed.clockS)
	case ed.uses == nil:
		ed.Touch(e, ed.clockS)
	case fresh:
		atomic.StoreUint32(e.at.Clock(), FrequencyAt(ed.clockS, FirstFrequency))
	}
}
