package server

import (
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// Memory is kept below maxmemory as in Redis: a command that may take more of it first makes room, by evicting keys for a moment; it is
// refused only if there is nothing to evict. What a moment isn't enough for, as when the limit is lowered, the evictor goes on with, in holds of
// the section as short as the expirer's. What counts is live bytes, so that a key counts until it is deleted and no longer, whatever a view
// still sees.

const errOOM = "OOM command not allowed when used memory > 'maxmemory'."

// evictHold is how long one hold of the section may last for eviction at the usual maxmemory-eviction-tenacity, and evictLeast the part of it
// that each further command of a hold has, in which the first one has used it up.
const (
	evictHold  = 50 * time.Microsecond
	evictLeast = 16
	// usualTenacity is the default of maxmemory-eviction-tenacity, and utmostTenacity the one that knows no limit of time.
	usualTenacity, utmostTenacity = 10, 100
)

// evictionSettings are what the configuration says about eviction.
type evictionSettings struct {
	// limit is maxmemory, 0 for none.
	limit int64
	// never is set by noeviction; otherwise policy says what goes.
	never  bool
	policy datatypes.EvictionPolicy
	// hold is how long one hold of the section may last for it.
	hold time.Duration
}

func evictionSettingsOf(c *conf.Config) evictionSettings {
	policy := c.String("maxmemory-policy")
	scope, order, _ := strings.Cut(policy, "-")
	return evictionSettings{
		limit: memoryLimit(c.Int("maxmemory")),
		never: policy == "noeviction",
		policy: datatypes.EvictionPolicy{
			Order: map[string]datatypes.EvictionOrder{"lru": datatypes.EvictByUse, "lfu": datatypes.EvictByFrequency,
				"ttl": datatypes.EvictByDeadline, "random": datatypes.EvictAtRandom}[order],
			Volatile: scope == "volatile",
			Samples:  int(c.Int("maxmemory-samples")),
		},
		hold: evictionHold(int(c.Int("maxmemory-eviction-tenacity"))),
	}
}

// memoryLimit is maxmemory as a signed number: what is larger is no limit that anybody reaches.
func memoryLimit(maxmemory int64) int64 {
	if maxmemory < 0 {
		return math.MaxInt64
	}
	return maxmemory
}

// evictionHold is a tenth of what Redis would do at a stretch: in proportion up to the usual tenacity, then 15 % more a step, at last without end.
func evictionHold(tenacity int) time.Duration {
	switch {
	case tenacity <= usualTenacity:
		return evictHold * time.Duration(tenacity) / usualTenacity
	case tenacity < utmostTenacity:
		return time.Duration(float64(evictHold) * math.Pow(1.15, float64(tenacity-usualTenacity)))
	}
	return never
}

// eviction is what keeps memory below maxmemory. What isn't atomic belongs to the section.
type eviction struct {
	victims datatypes.Victims
	// spent is how much of the section's hold was used for it.
	spent time.Duration
	// due is set while memory was found above the limit and nothing was evicted since: the next command makes room, whatever it is. beside is what
	// of memory is not the clients', as it was at the end of the last section.
	due    atomic.Bool
	beside atomic.Int64
	// wanted wakes the evictor.
	wanted chan struct{}
	// overSince is since when memory is above the limit, in nanoseconds of the server's clock, 0 while it isn't; overFor how long it was before.
	overSince, overFor atomic.Int64
}

// room is whether there is memory.
type room uint8

const (
	roomEnough room = iota
	roomComing      // what is above the limit is being evicted
	roomNone        // and there is nothing to evict
)

// wake has the evictor look what there is to do.
func (e *eviction) wake() {
	select {
	case e.wanted <- struct{}{}:
	default: // it is awake
	}
}

// note notes whether memory is above the limit at that time.
func (e *eviction) note(over bool, now time.Duration) {
	since := e.overSince.Load()
	switch {
	case over && since == 0:
		e.overSince.CompareAndSwap(0, max(1, int64(now)))
	case !over && since != 0 && e.overSince.CompareAndSwap(since, 0):
		e.overFor.Add(int64(now) - since)
	}
}

// exceeded is how long memory was above the limit in all, and how long it is now.
func (e *eviction) exceeded(now time.Duration) (total, current time.Duration) {
	if since := e.overSince.Load(); since != 0 {
		current = max(0, now-time.Duration(since))
	}
	return time.Duration(e.overFor.Load()) + current, current
}

// lacksMemory tells whether a command is refused for want of memory. One that may need some makes room before, if it runs in the section, and
// what that changes is told before its reply. As in Redis a transaction takes no commands, whatever they are, while there is none.
func (s *Server) lacksMemory(c *client, r *request) bool {
	set := &s.settings.Load().eviction
	if set.limit == 0 {
		return false
	}
	if s.flagsOf(c, r.command, r.args)&commands.FlagDenyOOM == 0 {
		if !c.inTransaction() {
			return false
		}
		switch r.command.Name {
		case "exec", "discard", "quit", "reset":
			return false
		}
	}
	if s.sequence.running != c.loop {
		return s.roomLeft(set) == roomNone
	}
	before := s.stats.evictedKeys.Load()
	found := s.makeRoom(set, max(set.hold-s.eviction.spent, set.hold/evictLeast))
	if s.stats.evictedKeys.Load() != before {
		c.loop.takeInbox()
		c.loop.batch.now = s.clock.mono() // it isn't the command that has taken so long
	}
	return found == roomNone
}

// outOfMemory tells whether a command that may need memory would be refused now, for scripts, which ask when they begin. It makes room before.
// In the section; at once without a limit.
func (s *Server) outOfMemory() bool {
	set := &s.settings.Load().eviction
	switch {
	case set.limit == 0:
		return false
	case s.sequence.open: // a transaction's commands and nothing else are one unit
		return s.roomLeft(set) == roomNone
	}
	return s.makeRoom(set, set.hold) == roomNone
}

// mayEvict tells whether keys may go now: not while data is loaded, and not while clients are paused. Then no command is refused either.
func (s *Server) mayEvict() bool { return !s.loading.active && !s.pausing() }

// roomLeft is makeRoom under a gate, which leaves the evicting to others.
func (s *Server) roomLeft(set *evictionSettings) room {
	switch {
	case s.limitedMemory() <= set.limit || !s.mayEvict():
		return roomEnough
	case set.never:
		return roomNone
	}
	s.eviction.wake()
	if set.policy.Any(s.store) {
		return roomComing
	}
	return roomNone
}

// makeRoom evicts keys until memory is below the limit, or for about so long: one at least, if there is one. In the section.
func (s *Server) makeRoom(set *evictionSettings, within time.Duration) (found room) {
	e := &s.eviction
	if !s.mayEvict() {
		return roomEnough
	}
	over := s.limitedMemory() - set.limit
	if over <= 0 {
		if e.overSince.Load() != 0 {
			e.note(false, s.clock.mono())
		}
		e.due.Store(false)
		return roomEnough
	}
	began := s.clock.mono()
	now := began
	if found = roomNone; !set.never {
		found, now = s.evict(set, over, within, began)
		e.spent += now - began
		if now-began >= s.settings.Load().slow.latency {
			s.latency.add("eviction-cycle", time.Now().Unix(), now-began)
		}
	}
	e.due.Store(false)
	e.note(found != roomEnough, now)
	if found == roomComing {
		e.wake()
	}
	return found
}

// evict evicts keys that take so many bytes, or for about so long, and returns the time at its end.
func (s *Server) evict(set *evictionSettings, over int64, within, began time.Duration) (found room, now time.Duration) {
	clockS := datatypes.ClockS(s.clock.wallMs(began))
	for now = began; ; {
		database, key, chosen, any := s.eviction.victims.Next(s.store, set.policy, clockS)
		switch {
		case !any:
			return roomNone, s.clock.mono()
		case chosen:
			over -= s.evictKey(database, key)
		}
		was := now
		if now = s.clock.mono(); chosen && now-was >= s.settings.Load().slow.latency {
			s.latency.add("eviction-del", time.Now().Unix(), now-was)
		}
		switch {
		case over <= 0:
			return roomEnough, now
		case now-began >= within || s.stopped.Load():
			return roomComing, now
		}
	}
}

// evictKey deletes a key and returns how many bytes that has made free. As in Redis it counts as no change.
func (s *Server) evictKey(index int, key []byte) (freed int64) {
	db := s.store.DB(index)
	before := db.UsedBytes()
	s.store.Edit(index).Delete(key)
	freed = before - db.UsedBytes()
	s.stats.evictedKeys.Add(1)
	s.watches.Touch(index, key, s.lookWatched)
	if s.caching.engaged {
		s.invalidate(key, nil, nil)
	}
	if s.notifies(commands.EventEvicted) {
		s.notifyOne(&commands.Event{Class: commands.EventEvicted, Name: "evicted", Key: key, Database: index})
	}
	if len(s.sequence.sinks) > 0 {
		s.sequence.add(operation{database: index, words: [][]byte{s.deletionWord(commands.LazyEvict), key}})
		s.sequence.end(true)
	}
	return freed
}

// deletionWord is how a deletion that nobody has asked for is passed on, by one of the directives lazyfree-lazy-...
func (s *Server) deletionWord(directive string) []byte {
	if s.config.Bool(directive) {
		return []byte("UNLINK")
	}
	return []byte("DEL")
}

// watchMemory is called at the end of a section: what it has left above the limit is evicted before anything else is done.
func (s *Server) watchMemory() {
	set, e := &s.settings.Load().eviction, &s.eviction
	if set.limit == 0 {
		return
	}
	e.beside.Store(s.store.UsedBytes() + s.caching.bytes())
	if e.overSince.Load() == 0 && s.limitedMemory() > set.limit {
		e.due.Store(true)
		e.wake()
	}
}

// roomDue tells whether the next command is to make room, whatever it is: memory is above the limit, and nobody has done anything about it yet.
// Whether anything is held or not.
func (s *Server) roomDue() bool {
	set, e := &s.settings.Load().eviction, &s.eviction
	return set.limit != 0 && (e.due.Load() || e.overSince.Load() == 0 && e.beside.Load()+s.limitedClients() > set.limit)
}

// evictDue makes room in a section that a loop has taken for its clients, and tells whether that has taken time. What was above the limit may
// have gone by itself.
func (s *Server) evictDue() (evicted bool) {
	set, e := &s.settings.Load().eviction, &s.eviction
	e.spent = 0
	if s.roomDue() || set.limit != 0 && e.overSince.Load() != 0 && s.limitedMemory() <= set.limit {
		s.makeRoom(set, set.hold)
	}
	return s.eviction.spent > 0
}

// followLimit follows maxmemory, in the section.
func (s *Server) followLimit() {
	limit, used := s.settings.Load().eviction.limit, s.limitedMemory()
	switch {
	case limit == 0:
		s.eviction.note(false, s.clock.mono())
	case used > limit:
		s.log.Warning("WARNING: the new maxmemory value set via CONFIG SET (%d) is smaller than the current memory usage (%d). This will "+
			"result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy.", limit, used)
	}
	s.wakeEvictor()
}

// evictor goes on evicting what commands have left above the limit, in short holds of the section, and lets others have the store between two
// of them. It ends with the server.
func (s *Server) evictor() {
	for {
		select {
		case <-s.quit:
			return
		case <-s.eviction.wanted:
		}
		for s.evictInSection() && !s.stopped.Load() {
			runtime.Gosched()
		}
	}
}

// evictInSection is one hold of the section. It tells whether there is more to do.
func (s *Server) evictInSection() (more bool) {
	s.gates.waitSection()
	if set := &s.settings.Load().eviction; set.limit != 0 {
		s.eviction.spent = 0
		more = s.makeRoom(set, set.hold) == roomComing
	}
	if s.leaveSection() && more {
		s.gates.giveWay()
	}
	return more
}

// wakeEvictor has memory looked at that nobody's command is about: what clients keep waiting.
func (s *Server) wakeEvictor() {
	if s.settings.Load().eviction.limit != 0 {
		s.eviction.wake()
	}
}
