package server

import (
	"runtime"
	"time"
)

const (
	// expireIdle is how long keys that nobody reads may outlive their deadline when the server had nothing to expire before.
	expireIdle = 50 * time.Millisecond
	// expireSoonest bounds how often the index is asked.
	expireSoonest = 5 * time.Millisecond
	// expireHold is how long one hold of the section may last for it, expireLooks how many places of an index are looked at between two
	// looks at the clock.
	expireHold  = 50 * time.Microsecond
	expireLooks = 16
	// expireFieldsAtOnce is how many fields of a hash go between two looks at the clock, expireHashes of how many hashes.
	expireFieldsAtOnce = 32
	expireHashes       = 4
	// expireFieldsFound is how many go at once that a command in the section has found: some 500 us' worth. The expirer takes the others.
	expireFieldsFound = 1 << 10
	// tendLooks is how many keys are looked at in one hold for an index that is made anew.
	tendLooks = 128
)

// expirer deletes the keys whose deadline has come and that nobody reads. It asks the index, in short holds of the section, and lets others
// have the store between two of them. What the store wants done a little at a time is done there too. It ends with the server.
func (s *Server) expirer() {
	timer := time.NewTimer(expireIdle)
	defer timer.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-timer.C:
		case <-s.expired.found:
		}
		timer.Reset(s.expireRound())
	}
}

// expireRound deletes all that is due, does all that the store wants done, and tells how long nothing more will be.
func (s *Server) expireRound() (wait time.Duration) {
	var longest time.Duration
	more, next := true, expireIdle
	for more && !s.stopped.Load() {
		s.gates.waitSection()
		var held time.Duration
		more, next, held = s.expireInSection()
		longest = max(longest, held)
		if s.leaveSection() && more {
			s.gates.giveWay()
		}
		runtime.Gosched()
	}
	if longest >= s.settings.Load().slow.latency {
		s.latency.add("expire-cycle", time.Now().Unix(), longest)
	}
	return next
}

// expireInSection is one hold of the section. It tells whether there is more to do, and if not how long nothing will be, and how long it
// held.
func (s *Server) expireInSection() (more bool, next, held time.Duration) {
	began := s.clock.mono()
	next = expireIdle
	s.deleteExpired()
	if s.mayExpire() {
		more = s.expireDue()
		next = s.untilDeadline()
	}
	if !more {
		more = s.store.Tend(tendLooks)
	}
	if s.limitTracked() {
		more = true
	}
	s.notePeak()
	held = s.clock.mono() - began
	s.stats.expiry.held.Add(int64(held))
	return more, next, held
}

// mayExpire tells whether keys are deleted that nobody has asked for. In the section.
func (s *Server) mayExpire() bool { return !s.expired.lazyOnly.Load() && !s.pausing() }

// expireDue deletes keys whose deadline has come, for as long as one hold may last, and tells whether more are due. Databases take turns, so
// that a million keys of one don't keep those of another waiting. In the section.
func (s *Server) expireDue() (more bool) {
	began := s.clock.mono()
	nowMs := s.clock.wallMs(began)
	databases := s.store.Databases()
	for idle := 0; idle < databases; {
		index := s.expired.next % databases
		s.expired.next = index + 1
		db := s.store.DB(index)
		if ms, ok := db.NextDeadline(); !ok || ms > nowMs {
			idle++
			continue
		}
		idle = 0
		due, _ := db.AppendExpired(s.expired.due[:0], nowMs, expireLooks)
		for _, key := range due {
			s.expireAlone(index, key)
		}
		due, _ = db.AppendWithDueFields(due[:0], nowMs, expireHashes)
		for _, key := range due {
			s.expireFieldsAlone(index, key)
		}
		clear(due) // a key may be large
		s.expired.due = due
		if s.clock.mono()-began >= expireHold {
			s.expired.backlog.Store(true)
			return true
		}
	}
	s.expired.backlog.Store(false)
	return false
}

// untilDeadline is how long nothing will be due, within bounds. In the section.
func (s *Server) untilDeadline() time.Duration {
	nowMs, wait := s.clock.nowMs(), expireIdle
	for index := range s.store.Databases() {
		if ms, ok := s.store.DB(index).NextDeadline(); ok && ms < nowMs+wait.Milliseconds() {
			wait = time.Duration(ms-nowMs) * time.Millisecond
		}
	}
	return max(wait, expireSoonest)
}

// helpExpire deletes some of what is due in a section that a loop has taken for its clients, so that who writes without end doesn't keep
// the expirer out.
func (s *Server) helpExpire() {
	if s.expired.backlog.Load() && s.mayExpire() {
		s.expireDue()
	}
}
