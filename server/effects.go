package server

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// sink takes the sequence of effects in its one order: the log, a replica, an observer. It is called in the exclusive section and
// neither blocks nor fails; what it keeps it copies. words are a command as it is to be run again.
type sink interface {
	append(database int, words [][]byte)
}

// sequence is the one order of what happened to the keyspace. Everything in it belongs to the exclusive section.
type sequence struct {
	sinks []sink
	// changes counts changes since the last save, total since the start.
	changes, total int64
}

// observe passes on what a command did: called right after its handler, in the section if it changed anything.
func (s *Server) observe(call *commands.Call) {
	fx := &call.Effects
	if fx.Changes == 0 {
		return
	}
	s.sequence.changes += int64(fx.Changes)
	s.sequence.total += int64(fx.Changes)
	if len(s.sequence.sinks) == 0 {
		return
	}
	database := call.Client.Database()
	if len(fx.Commands) == 0 {
		s.sequence.append(database, call.Args)
	}
	for _, words := range fx.Commands {
		s.sequence.append(database, words)
	}
}

func (q *sequence) append(database int, words [][]byte) {
	for _, sink := range q.sinks {
		sink.append(database, words)
	}
}

// expire deletes a key whose deadline has come, in the section. While clients are paused the keys stay as they are.
func (s *Server) expire(index int, key []byte) {
	if s.pause.kind != pauseNone || !s.store.Edit(index).Delete(key) {
		return
	}
	s.stats.expiredKeys.Add(1)
	s.sequence.changes++
	s.sequence.total++
	if len(s.sequence.sinks) > 0 {
		s.sequence.append(index, [][]byte{[]byte("DEL"), key})
	}
}

// expiredKeys are keys that reads found expired, for the next section to delete. Bounded: what doesn't fit is found again.
type expiredKeys struct {
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
			s.expire(k.database, k.key)
		}
	}
}
