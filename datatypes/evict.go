package datatypes

import (
	"math"
	"math/rand/v2"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/expiry"
)

// EvictionOrder is by what keys are chosen to be evicted.
type EvictionOrder uint8

// The orders, with what goes first.
const (
	EvictByUse       EvictionOrder = iota // what wasn't used for longest
	EvictByFrequency                      // what is used least often
	EvictByDeadline                       // what expires soonest
	EvictAtRandom
)

// EvictionPolicy says which keys are evicted.
type EvictionPolicy struct {
	Order EvictionOrder
	// Volatile: only keys that have a deadline; so is EvictByDeadline.
	Volatile bool
	// Samples is about how many keys are compared for one that goes: maxmemory-samples.
	Samples int
}

// Victims chooses keys to be evicted. As in Redis since 3.0 a few are looked at each time, the best of which are remembered, so that those
// looked at before count too. What is different:
//
//   - Clocks lie side by side beside a page, so that a look at one costs as much as at looksPerSample of them: that many are looked at for
//     each sample that is asked for.
//   - What is remembered of a key is its hash. A key that was used since it was looked at is put back.
//   - Where few keys have a deadline, and for those that expire soonest, keys are found through the index by deadline.
//
// The zero value is ready. It belongs to the exclusive section.
type Victims struct {
	pool pool
	// key is the one last chosen.
	key    []byte
	source rand.PCG
	random *rand.Rand
	// sweep is where keys with deadlines are looked for that chance hasn't found.
	sweep struct {
		database int
		hash     uint64
	}
}

const (
	// looksPerSample is how many clocks are looked at for each sample.
	looksPerSample = 8
	// fewVolatile: from one key in so many on that has a deadline, such keys are found by chance among all.
	fewVolatile = 32
	// evictionTries is how often chance is tried for a key, sweptPages how many pages are gone through when it has failed.
	evictionTries, sweptPages = 8, 16
)

// Next chooses a key, which the caller deletes or not; it is good until the next call. found is false if none was found: for good if any is
// false, since there is none, else for now, since looking longer would have kept the store too long. clockS is as for DB.Touch. Some
// microseconds, O(databases in use).
func (v *Victims) Next(s *Store, policy EvictionPolicy, clockS uint32) (database int, key []byte, found, any bool) {
	if v.random == nil {
		v.source.Seed(rand.Uint64(), rand.Uint64())
		v.random = rand.New(&v.source)
	}
	policy.Volatile = policy.Volatile || policy.Order == EvictByDeadline
	if v.pool.order != policy.Order {
		v.pool = pool{order: policy.Order}
	}
	for range evictionTries {
		index, any := v.draw(s, policy)
		if !any {
			return 0, nil, false, false
		}
		v.gather(s, index, policy, clockS)
		if database, ok := v.take(s, policy, clockS); ok {
			return database, v.key, true, true
		}
	}
	v.goThrough(s, policy, clockS)
	database, found = v.take(s, policy, clockS)
	return database, v.key, found, true
}

// Eligible is how many keys of a database may be evicted.
func (p *EvictionPolicy) Eligible(db *DB) int {
	if p.Volatile || p.Order == EvictByDeadline {
		return db.deadlines
	}
	return db.Len()
}

// Any tells whether any key of a store may be evicted. Under a gate.
func (p *EvictionPolicy) Any(s *Store) bool {
	for _, db := range s.databases[:s.edited] {
		if p.Eligible(db) > 0 {
			return true
		}
	}
	return false
}

// draw draws a database, each by how many of its keys may be evicted; false if there are none.
func (v *Victims) draw(s *Store, policy EvictionPolicy) (index int, any bool) {
	all := 0
	for _, db := range s.databases[:s.edited] {
		all += policy.Eligible(db)
	}
	if all == 0 {
		return 0, false
	}
	for place := v.random.IntN(all); ; index++ {
		if place -= policy.Eligible(s.databases[index]); place < 0 {
			return index, true
		}
	}
}

// gather looks at some keys of a database.
func (v *Victims) gather(s *Store, index int, policy EvictionPolicy, clockS uint32) {
	db := s.databases[index]
	look := func(at dict.At) { v.consider(db, index, &at, policy, clockS) }
	if policy.Order == EvictByDeadline && db.expiring.index != nil {
		db.expiring.index.Soonest(v.random.Uint64(), policy.Samples, db.expiring.indexMs, func(hash uint64) (earliestMs int64, found bool) {
			db.dict.CandidatesAt(hash, expiry.Mask, func(at dict.At) bool {
				payload, _ := at.Value()
				var e Entry
				if e.open(payload); e.deadlineMs != NoDeadline && (!found || e.deadlineMs < earliestMs) {
					earliestMs, found = e.deadlineMs, true
				}
				look(at)
				return true
			})
			return earliestMs, found
		})
	}
	switch places := db.expiring.places(); {
	case !policy.Volatile || db.deadlines > db.Len()/fewVolatile:
		count := policy.Samples
		if policy.Order != EvictByDeadline {
			count = min(count, maxGlance) * looksPerSample
		}
		db.dict.Glance(v.random.Uint64(), uint(v.random.Uint64()>>1), count, look)
	case places > 0:
		db.expiring.index.Sample(v.random.Uint64N(uint64(places)), policy.Samples, func(hash uint64) {
			db.dict.CandidatesAt(hash, expiry.Mask, func(at dict.At) bool {
				look(at)
				return true
			})
		})
	}
}

// maxGlance is more than a page has entries.
const maxGlance = 1 << 10

// goThrough looks at some pages, going on where it has stopped the last time.
func (v *Victims) goThrough(s *Store, policy EvictionPolicy, clockS uint32) {
	for range sweptPages {
		if v.sweep.database >= s.edited {
			v.sweep.database = 0
		}
		index := v.sweep.database
		db := s.databases[index]
		v.sweep.hash = db.dict.Glance(v.sweep.hash, 0, maxGlance, func(at dict.At) { v.consider(db, index, &at, policy, clockS) })
		if v.sweep.hash == 0 {
			v.sweep.database++
		}
	}
}

// consider remembers a key if it is among the best.
func (v *Victims) consider(db *DB, index int, at *dict.At, policy EvictionPolicy, clockS uint32) {
	score := uint64(0)
	switch policy.Order {
	case EvictAtRandom:
		if v.pool.size > 0 {
			return
		}
	case EvictByUse, EvictByFrequency:
		if score = db.score(at, policy.Order, clockS); !v.pool.wants(score) {
			return
		}
	}
	if policy.Volatile {
		payload, _ := at.Value()
		if payload[0]&tagDeadline == 0 {
			return
		}
		if policy.Order == EvictByDeadline {
			var e Entry
			e.open(payload)
			if score = scoreOf(e.deadlineMs); !v.pool.wants(score) {
				return
			}
		}
	}
	v.pool.add(candidate{score: score, hash: db.hash(at.Item().Key), database: index})
}

// score is how good it would be to evict a key, by its clock.
func (db *DB) score(at *dict.At, order EvictionOrder, clockS uint32) uint64 {
	word := atomic.LoadUint32(at.Clock())
	if order == EvictByUse {
		return uint64(idleS(word, clockS))
	}
	uses := db.uses
	if uses == nil {
		uses = &Frequency{}
	}
	// Of those used equally often, the one that wasn't for longest.
	return uint64(maxCount-uses.count(word, clockS))<<32 | uint64(idleMinutes(word, clockS))
}

// scoreOf is the same by a deadline: the sooner, the better.
func scoreOf(deadlineMs int64) uint64 { return math.MaxUint64 - (uint64(deadlineMs) ^ 1<<63) }

// take takes the best key that is still there, and hasn't become worse, out of those remembered.
func (v *Victims) take(s *Store, policy EvictionPolicy, clockS uint32) (database int, ok bool) {
	for v.pool.size > 0 {
		c := v.pool.best()
		if c.database >= len(s.databases) {
			continue
		}
		db := s.databases[c.database]
		db.dict.CandidatesAt(c.hash, math.MaxUint64, func(at dict.At) bool {
			ok = v.stillGood(db, &at, &c, policy, clockS)
			return !ok
		})
		if ok {
			return c.database, true
		}
	}
	return 0, false
}

// stillGood tells whether a key is what it was when it was remembered, and has it be the one chosen.
func (v *Victims) stillGood(db *DB, at *dict.At, c *candidate, policy EvictionPolicy, clockS uint32) bool {
	it := at.Item()
	e := entryOf(it)
	if policy.Volatile && e.deadlineMs == NoDeadline {
		return false
	}
	switch policy.Order {
	case EvictByDeadline:
		if scoreOf(e.deadlineMs) < c.score {
			return false
		}
	case EvictByUse, EvictByFrequency:
		if db.score(at, policy.Order, clockS) < c.score {
			return false
		}
	}
	if cap(v.key) > maxDueBytes {
		v.key = nil
	}
	v.key = append(v.key[:0], it.Key...)
	return true
}

// poolSize is how many keys are remembered, as in Redis.
const poolSize = 16

// pool is the keys remembered, the best last.
type pool struct {
	order      EvictionOrder
	size       int
	candidates [poolSize]candidate
}

// candidate is a key that was looked at, and how good it would be to evict it.
type candidate struct {
	score, hash uint64
	database    int
}

// wants tells whether a key of that score would be remembered.
func (p *pool) wants(score uint64) bool { return p.size < poolSize || score > p.candidates[0].score }

// add remembers a key that pool wants, in the place of the worst if there is no other, unless it is there already.
func (p *pool) add(c candidate) {
	i := p.size
	for ; i > 0 && p.candidates[i-1].score >= c.score; i-- {
		if p.candidates[i-1].hash == c.hash {
			return
		}
	}
	if p.size < poolSize {
		copy(p.candidates[i+1:], p.candidates[i:p.size])
		p.candidates[i] = c
		p.size++
		return
	}
	copy(p.candidates[:i-1], p.candidates[1:i])
	p.candidates[i-1] = c
}

// best takes the best one out.
func (p *pool) best() candidate {
	p.size--
	return p.candidates[p.size]
}
