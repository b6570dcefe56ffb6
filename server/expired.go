package server

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// expire deletes a key whose deadline has come, in the section; as in Redis it counts as no change. While clients are paused the keys stay
// as they are. The caller tells the event and ends the unit of effects.
func (s *Server) expire(index int, key []byte) (deleted bool) {
	if s.pausing() || !s.store.Edit(index).Delete(key) {
		return false
	}
	s.stats.expiredKeys.Add(1)
	s.watches.Touch(index, key, s.lookWatched)
	s.caching.noteExpired(key)
	if len(s.sequence.sinks) > 0 {
		s.sequence.add(operation{database: index, words: [][]byte{s.deletionWord(commands.LazyExpire), key}})
	}
	return true
}

// expireFields takes fields of a hash out that are due, in the section: one, or with nil those that were due first, up to limit of them. It
// tells how many were, and whether the key went with the last one. Everything else is as for expire.
func (s *Server) expireFields(index int, key, field []byte, limit int) (expired int, emptied bool) {
	nowMs := s.clock.nowMs()
	var e datatypes.Entry
	if s.pausing() || !s.store.DB(index).Find(&e, key, nowMs) || e.Kind() != datatypes.KindHash {
		return 0, false
	}
	var gone func(field, value packed.Item)
	if len(s.sequence.sinks) > 0 {
		gone = func(field, _ packed.Item) {
			s.sequence.add(operation{database: index, words: [][]byte{[]byte("HDEL"), key, field.AppendTo(nil)}})
		}
	}
	s.store.Edit(index).At(0, true).ChangeHash(&e, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
		switch {
		case field == nil:
			expired = f.RemoveDue(edit, nowMs, limit, gone)
		case f.RemoveIfDue(edit, field, nowMs, gone):
			expired = 1
		}
		emptied = f.Len() == 0
	})
	if expired > 0 {
		s.stats.expiredFields.Add(int64(expired))
		s.watches.Touch(index, key, s.lookWatched)
		s.caching.noteExpired(key)
	}
	return expired, emptied
}

// expireFieldsAlone is expireFields for those of a hash that no command has met and that were due first.
func (s *Server) expireFieldsAlone(index int, key []byte) {
	if expired, emptied := s.expireFields(index, key, nil, expireFieldsAtOnce); expired > 0 {
		s.tellExpiredFields(index, key, emptied)
		s.sequence.end(true)
	}
}

// tellExpiredFields tells the events of fields that have gone.
func (s *Server) tellExpiredFields(index int, key []byte, emptied bool) {
	s.invalidateExpired(s.caching.finder)
	s.notifyExpired(&commands.Event{Class: commands.EventHash, Name: "hexpired", Key: key, Database: index})
	if emptied {
		s.notifyExpired(&commands.Event{Class: commands.EventGeneric, Name: "del", Key: key, Database: index})
	}
}

func (s *Server) notifyExpired(event *commands.Event) {
	if s.notifies(event.Class) {
		s.notifyOne(event)
	}
}

// expireAlone is expire for a key that no command has met.
func (s *Server) expireAlone(index int, key []byte) {
	if !s.expire(index, key) {
		return
	}
	s.notifyExpired(&commands.Event{Class: commands.EventExpired, Name: "expired", Key: key, Database: index})
	s.invalidateExpired(s.caching.finder)
	s.sequence.end(true)
}

// expiredKeys are keys and fields of hashes that reads found expired. The next section deletes them: that of the expirer, which is woken, or
// of the next command, which takes it for that, so that nothing that begins after such a read sees what it has found expired. Bounded: what
// doesn't fit is found again.
type expiredKeys struct {
	found   chan struct{}
	waiting atomic.Int32
	// lazyOnly leaves expired keys that nobody reads alone: DEBUG SET-ACTIVE-EXPIRE 0.
	lazyOnly atomic.Bool
	// backlog is set while keys are due that the index knows of; due is where they are listed and next the database whose turn it is, in
	// the section.
	backlog atomic.Bool
	due     [][]byte
	next    int
	mu      sync.Mutex
	keys    []expiredKey
}

// expiredKey is a key or, with fieldsOf, fields of a hash: one, or with nil all that are due.
type expiredKey struct {
	database   int
	key, field []byte
	fieldsOf   bool
	// finder is the client that found a key so and tracks, nil for others; it remembers the key unless remembers is false.
	finder    *client
	remembers bool
}

const expiredKeysMax = 1024

func (e *expiredKeys) note(k expiredKey) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.keys) < expiredKeysMax {
		k.key, k.field = slices.Clone(k.key), slices.Clone(k.field)
		e.keys = append(e.keys, k)
		e.waiting.Store(int32(len(e.keys)))
	}
	e.wake()
}

// wake has the expirer look what there is to do.
func (e *expiredKeys) wake() {
	select {
	case e.found <- struct{}{}:
	default: // it is awake
	}
}

// claim notes that a client which tracks has found a key expired, if it was found so.
func (e *expiredKeys) claim(c *client, key []byte, remembers bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.keys {
		if k := &e.keys[i]; k.finder == nil && k.database == c.session.database && bytes.Equal(k.key, key) {
			k.finder, k.remembers = c, remembers
		}
	}
}

func (e *expiredKeys) take() []expiredKey {
	if e.waiting.Load() == 0 {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	keys := e.keys
	e.keys = nil
	e.waiting.Store(0)
	return keys
}

// deleteExpired deletes what reads have found expired, unless it has been written anew meanwhile. In the section.
func (s *Server) deleteExpired() {
	keys := s.expired.take()
	if len(keys) == 0 {
		return
	}
	nowMs := s.clock.nowMs()
	for len(keys) > 0 {
		k := &keys[0]
		if k.fieldsOf {
			keys = s.deleteExpiredFields(keys)
			continue
		}
		if s.store.DB(k.database).Expired(k.key, nowMs) {
			s.expireFound(k)
		}
		keys = keys[1:]
	}
}

// expireFound is expireAlone for a key that a read has found. Who found it and tracks has had its answer, as in Redis before it is told, and
// remembers the key all the same.
func (s *Server) expireFound(k *expiredKey) {
	s.caching.finder = k.finder
	s.expireAlone(k.database, k.key)
	s.caching.finder = nil
	if k.finder == nil {
		return
	}
	s.tellOwn()
	if k.remembers && k.finder.tracker.ByKey() && !k.finder.traffic.gone.Load() {
		s.caching.table.Add(k.key, k.finder.id)
	}
}

// deleteExpiredFields is deleteExpired for the first of keys, fields of a hash, and for what follows of the same hash: what one HMGET has found
// is one event, and goes as a unit. It returns the rest.
func (s *Server) deleteExpiredFields(keys []expiredKey) (rest []expiredKey) {
	first := &keys[0]
	expired, gone := 0, false
	for len(keys) > 0 && keys[0].fieldsOf && keys[0].database == first.database && bytes.Equal(keys[0].key, first.key) {
		count, emptied := s.expireFields(first.database, first.key, keys[0].field, expireFieldsAtOnce)
		expired, gone = expired+count, gone || emptied
		keys = keys[1:]
	}
	if expired > 0 {
		s.tellExpiredFields(first.database, first.key, gone)
		s.sequence.end(false)
	}
	return keys
}
