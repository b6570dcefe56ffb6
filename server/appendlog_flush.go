package server

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

const (
	// keepInterval is the time between two looks of the keeper.
	keepInterval = 100 * time.Millisecond
	// retryRounds is how many of them lie between two tries to write what couldn't be written: a second, as in Redis.
	retryRounds = int(time.Second / keepInterval)
	// shortSyncTime is up to how long the last sync must have taken for a loop to do the next one itself: less than it takes to have another
	// goroutine do it, and to hear of it.
	shortSyncTime = time.Millisecond
	// busySync is from how long on a sync is one that takes too long.
	busySync = 2 * time.Second
	// sayErrorsEvery bounds how often the same trouble is logged.
	sayErrorsEvery = 30 * time.Second
)

// logPulse is what the flusher and the keeper work by.
type logPulse struct {
	// kicked asks the flusher to write and sync all.
	kicked chan struct{}
	// always is set where appendfsync is that.
	always atomic.Bool
	// turning is set while the log goes from one increment to the next, which takes a sync: the flusher does it.
	turning atomic.Bool
	// syncing is when the sync of everysec under way began, in nanoseconds of the server's clock; 0 if none is. delayed counts writes that
	// waited for one in vain.
	syncing, delayed atomic.Int64
	// shortSync is up to how long syncs take that a loop does itself; tests set another before anything is served.
	shortSync time.Duration
	// lastSync is how long the last write and sync of always took, in nanoseconds.
	lastSync atomic.Int64
	// sleep is how long to sleep before each write: DEBUG AOF-FLUSH-SLEEP.
	sleep atomic.Int64
	// quiet is what the writer was told of no-appendfsync-on-rewrite; it belongs to the section.
	quiet bool
}

// kick has the flusher write and sync; it never blocks.
func (l *appendLog) kick() {
	select {
	case l.pulse.kicked <- struct{}{}:
	default: // it is about to
	}
}

// progressed is told of each write and sync.
func (l *appendLog) progressed() {
	if l.crowd.full.Load() {
		l.easeCrowd()
	}
	for _, loop := range l.server.loops {
		if loop.held.awaiting.Load() {
			loop.poller.Wake()
		}
	}
	if l.waits.count.Load() > 0 {
		l.waits.look()
	}
}

// released tells whether replies may leave that were made before the log was at a position. If not, progressed will be called; until then
// somebody is at it, or was asked to be. It writes; for a sync it blocks only where they are short, shorter than to have another goroutine do it.
func (l *appendLog) released(w *aof.Writer, position int64) bool {
	if w.Released() >= position {
		return true
	}
	always := l.pulse.always.Load()
	if always && l.pulse.lastSync.Load() > int64(l.pulse.shortSync) || l.pulse.turning.Load() {
		l.kick()
		return w.Released() >= position || l.gaveUp()
	}
	l.dawdle(w)
	began := l.server.clock.mono()
	outcome := w.Flush(time.Now(), false)
	if always {
		l.pulse.lastSync.Store(int64(l.server.clock.mono() - began))
	}
	l.timed(syncEvent(always), began)
	switch outcome {
	case aof.Failed:
		l.failed(w)
		return l.gaveUp()
	case aof.Postponed:
		l.kick()
	case aof.Flushed:
		l.succeeded(w)
	}
	return w.Released() >= position
}

// gaveUp tells whether replies leave though the log can't be written. As in Redis what is done is told then, and writes are refused, but not under
// always.
func (l *appendLog) gaveUp() bool { return l.trouble.text.Load() != nil && !l.pulse.always.Load() }

// flusher writes and syncs where a loop must not wait for that: one sync for all who wait. It ends with the server.
func (s *Server) flusher() {
	l := s.appendLog
	for {
		select {
		case <-s.quit:
			return
		case <-l.pulse.kicked:
		}
		if w := l.writer.Load(); w != nil {
			l.flushAll(w)
		}
	}
}

// flushAll writes, and under always syncs, what was appended by now, however long that takes.
func (l *appendLog) flushAll(w *aof.Writer) {
	l.noteDelay()
	l.dawdle(w)
	began := l.server.clock.mono()
	err := w.Wait(w.Appended(), time.Now())
	l.pulse.lastSync.Store(int64(l.server.clock.mono() - began))
	l.timed(syncEvent(l.pulse.always.Load()), began)
	if err != nil {
		l.failed(w)
		l.progressed() // who waits needn't any more
		return
	}
	if l.pulse.turning.Load() && !w.Stats().Turning {
		l.pulse.turning.Store(false)
	}
	l.succeeded(w)
}

// dawdle sleeps if there is something to write and tests want it.
func (l *appendLog) dawdle(w *aof.Writer) {
	if sleep := l.pulse.sleep.Load(); sleep > 0 && w.Stats().Buffered > 0 {
		time.Sleep(time.Duration(sleep))
	}
}

// debugFlushSleep answers DEBUG AOF-FLUSH-SLEEP microseconds.
func (s *Server) debugFlushSleep(c *commands.Call) {
	s.appendLog.pulse.sleep.Store(int64(leadingInt(c.Args[2])) * int64(time.Microsecond))
	c.Reply.OK()
}

// syncEvent is what the latency monitor calls a write that always syncs, or one that doesn't.
func syncEvent(always bool) string {
	if always {
		return "aof-fsync-always"
	}
	return "aof-write"
}

// timed tells the latency monitor of a write or sync that began then.
func (l *appendLog) timed(event string, began time.Duration) {
	if took := l.server.clock.mono() - began; took >= l.server.settings.Load().slow.latency {
		l.server.latency.add(event, time.Now().Unix(), took)
	}
}

// noteDelay counts a write that goes on beside a sync which has taken too long.
func (l *appendLog) noteDelay() {
	now, began := int64(l.server.clock.mono()), l.pulse.syncing.Load()
	if began == 0 || now-began < int64(busySync) || !l.pulse.syncing.CompareAndSwap(began, now) {
		return
	}
	l.pulse.delayed.Add(1)
	l.server.log.Notice("Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to " +
		"complete, this may slow down Redis.")
}

// keeper syncs for everysec, writes what nobody waits for, and tries again what has failed. It ends with the server.
func (s *Server) keeper() {
	l := s.appendLog
	ticker := time.NewTicker(keepInterval)
	defer ticker.Stop()
	for round := 0; ; round++ {
		select {
		case <-s.quit:
			return
		case <-ticker.C:
		}
		if w := l.writer.Load(); w != nil {
			l.keep(w, round)
		}
		if l.waits.count.Load() > 0 {
			l.waits.look()
		}
	}
}

// keep is a round of the keeper.
func (l *appendLog) keep(w *aof.Writer, round int) {
	bad := l.trouble.text.Load() != nil
	if (!bad || round%retryRounds == 0) && w.Stats().Buffered > 0 {
		l.kick()
	}
	l.pulse.syncing.Store(int64(l.server.clock.mono()))
	_, err := w.SyncIfDue(time.Now())
	l.pulse.syncing.Store(0)
	if err != nil {
		l.failed(w)
	}
	if bad {
		l.succeeded(w)
	}
}

// logTrouble is what keeps the log from being written.
type logTrouble struct {
	// text is the reply to who wants to write, nil if there is no trouble.
	text atomic.Pointer[string]
	mu   sync.Mutex
	said time.Time
}

// logRefusal is what a command is answered that would change keys which the log can't keep; "" if it can.
func (s *Server) logRefusal() string {
	if text := s.appendLog.trouble.text.Load(); text != nil {
		return *text
	}
	return ""
}

// failed deals with a write or sync that has failed.
func (l *appendLog) failed(w *aof.Writer) {
	l.noteTrouble(w)
	if l.crowd.full.Load() {
		l.easeCrowd()
	}
}

func (l *appendLog) noteTrouble(w *aof.Writer) {
	s, t := l.server, &l.trouble
	t.mu.Lock()
	defer t.mu.Unlock()
	err := w.Err()
	if err == nil || l.writer.Load() != w {
		return
	}
	inDoubt := w.Stats().InDoubt
	if l.pulse.always.Load() {
		l.mourn(err, inDoubt)
		return
	}
	if time.Since(t.said) > sayErrorsEvery {
		t.said = time.Now()
		if inDoubt {
			s.log.Warning("Fail to fsync the AOF file: %s", conf.Reason(err))
		} else {
			s.log.Warning("Error writing to the AOF file: %s", conf.Reason(err))
		}
	}
	text := "MISCONF Errors writing to the AOF file: " + conf.Reason(err)
	t.text.Store(&text)
	s.saves.trouble.Store(true)
	if inDoubt {
		l.scheduled.Store(true)
	}
}

// mourn ends the process because the log can't keep what clients wait for.
func (l *appendLog) mourn(err error, inDoubt bool) {
	s := l.server
	if inDoubt {
		s.log.Warning("Can't persist AOF for fsync error when the AOF fsync policy is 'always': %s. Exiting...", conf.Reason(err))
	} else {
		s.log.Warning("Error writing to the AOF file: %s", conf.Reason(err))
		s.log.Warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...")
	}
	s.exit(1)
}

// succeeded notes that the log can be written, if it couldn't.
func (l *appendLog) succeeded(w *aof.Writer) {
	t := &l.trouble
	if t.text.Load() == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text.Load() != nil && l.writer.Load() == w && w.Err() == nil {
		l.server.log.Warning("AOF write error looks solved, Redis can write again.")
		t.text.Store(nil)
		t.said = time.Time{}
	}
}
