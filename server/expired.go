package server

import (
	"slices"
	"sync"
	"sync/atomic"

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
	if len(s.sequence.sinks) > 0 {
		word := []byte("DEL")
		if s.config.Bool(commands.LazyExpire) {
			word = []byte("UNLINK")
		}
		s.sequence.add(operation{database: index, words: [][]byte{word, key}})
	}
	return true
}

// expireAlone is expire for a key that no command has met.
func (s *Server) expireAlone(index int, key []byte) {
	if !s.expire(index, key) {
		return
	}
	if s.notifies(commands.EventExpired) {
		s.notifyOne(&commands.Event{Class: commands.EventExpired, Name: "expired", Key: key, Database: index})
	}
	s.sequence.end(true)
}

// expiredKeys are keys that reads found expired, for the next section to delete: a loop's, or that of the expirer, which is woken. Bounded:
// what doesn't fit is found again.
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

type expiredKey struct {
	database int
	key      []byte
}

const expiredKeysMax = 1024

func (e *expiredKeys) note(database int, key []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.keys) < expiredKeysMax {
		e.keys = append(e.keys, expiredKey{database, slices.Clone(key)})
		e.waiting.Store(int32(len(e.keys)))
	}
	select {
	case e.found <- struct{}{}:
	default: // it is awake
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
	for _, k := range keys {
		if s.store.DB(k.database).Expired(k.key, nowMs) {
			s.expireAlone(k.database, k.key)
		}
	}
}
