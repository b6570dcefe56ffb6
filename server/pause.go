package server

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// pause is what CLIENT PAUSE has set. It is changed in the exclusive section and read under gates; parked is guarded by the same: a
// client parks under its loop's gate, where loops may park at once, so that each loop has a list of its own.
type pause struct {
	kind  pauseKind
	endMs int64
	// parked are the clients whose command waits, by loop; lastTurn numbers them over all loops.
	parked   [][]*client
	lastTurn atomic.Int64
	timer    *time.Timer
	// ended is closed when the pause ends; nil without one.
	ended chan struct{}
}

type pauseKind uint8

const (
	pauseNone pauseKind = iota
	pauseWrites
	pauseAll
)

// holds tells whether a command with these flags has to wait at nowMs.
func (p *pause) holds(flags commands.Flag, nowMs int64) bool {
	if p.kind == pauseNone || nowMs >= p.endMs {
		return false
	}
	return p.kind == pauseAll || flags&(commands.FlagWrite|commands.FlagMayReplicate) != 0
}

// pausing tells whether a pause goes on. It is over when its time is, which lets commands through, whether or not the timer has said so: what
// they find expired must go before they write. In the section.
func (s *Server) pausing() bool {
	return s.pause.kind != pauseNone && s.clock.nowMs() < s.pause.endMs
}

// park keeps a client until the pause ends.
func (p *pause) park(c *client) {
	c.traffic.paused.Store(true)
	c.session.turn = p.lastTurn.Add(1)
	c.loop.stall(c)
	parked := p.parked[c.loop.id]
	if len(parked) == cap(parked) {
		// Those that have gone make room, so that the list stays in proportion to the clients there are.
		parked = slices.DeleteFunc(parked, func(c *client) bool { return c.marks.closing })
		parked = slices.Grow(parked, len(parked)+1)
	}
	p.parked[c.loop.id] = append(parked, c)
}

// begin starts or extends a pause, as pauseClients of Redis 7.0 does: the stronger kind and the later end win. In the section.
func (s *Server) beginPause(kind pauseKind, endMs int64) {
	p := &s.pause
	p.kind = max(p.kind, kind)
	p.endMs = max(p.endMs, endMs)
	if p.ended == nil {
		p.ended = make(chan struct{})
	}
	s.awaitPauseEnd()
}

// pauseLookMs is the longest time between two looks at the clock.
const pauseLookMs = 60_000

// awaitPauseEnd sets the timer. The end is a time of the wall clock, which may have been set back when the timer fires.
func (s *Server) awaitPauseEnd() {
	p := &s.pause
	if p.timer != nil {
		p.timer.Stop()
	}
	waitMs := min(max(p.endMs-s.clock.nowMs(), 1), pauseLookMs)
	p.timer = time.AfterFunc(time.Duration(waitMs)*time.Millisecond, func() {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		switch {
		case p.kind == pauseNone:
		case s.clock.nowMs() >= p.endMs:
			s.endPause()
		default:
			s.awaitPauseEnd()
		}
	})
}

// endPause lets everybody go on. In the section.
func (s *Server) endPause() {
	p := &s.pause
	p.kind, p.endMs = pauseNone, 0
	if p.ended != nil {
		close(p.ended)
		p.ended = nil
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	var waiting []*client
	for i, parked := range p.parked {
		p.parked[i] = nil
		waiting = append(waiting, parked...)
	}
	slices.SortFunc(waiting, func(a, b *client) int { return cmp.Compare(a.session.turn, b.session.turn) })
	for _, c := range waiting {
		c.traffic.paused.Store(false)
	}
	resumeInTurn(waiting)
}

// resumeInTurn lets clients go on in their order, whatever their loops: a loop runs what it can of those at the head and hands the rest
// to the next one's loop.
func resumeInTurn(waiting []*client) {
	if len(waiting) == 0 {
		return
	}
	l := waiting[0].loop
	l.post(func() {
		i := 0
		for ; i < len(waiting) && waiting[i].loop == l; i++ {
			l.resume(waiting[i])
		}
		l.settle()
		resumeInTurn(waiting[i:])
	})
}

// pausedClients counts who waits. In the section.
func (s *Server) pausedClients() int {
	count := 0
	for _, parked := range s.pause.parked {
		for _, c := range parked {
			if c.traffic.paused.Load() && !c.session.killed {
				count++
			}
		}
	}
	return count
}
