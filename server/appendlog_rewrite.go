package server

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// rewrites are the rewrites of the log. It belongs to the section, atomics apart.
type rewrites struct {
	// running is the rewrite under way, nil if none is. ended is closed when the goroutine of the last one has returned: the next one uses
	// its files only then.
	running *rewrite
	ended   chan struct{}
	// scheduled is set while a rewrite is to begin as soon as one may.
	scheduled atomic.Bool
	limit     rewriteLimit
	// count is of those begun, tookS the seconds of the last one, -1 if there was none, lastBad whether it failed.
	count, tookS int64
	lastBad      bool
}

// rewrite is one of them.
type rewrite struct {
	began time.Time
	// begun is told whether it could begin.
	begun chan bool
	// alone is set where the log is off: there is only a base to write, and place is where.
	alone bool
	place aof.Place
	// gone is set when it is given up.
	gone  atomic.Bool
	files *aof.Rewriting
	// source is what the base is written from, its view nil before that is open; position is where the log then was.
	source   baseSource
	position int64
	// before is what the last one left to wait for, ended its own end.
	before, ended chan struct{}
}

var errGivenUp = errors.New("the rewrite was given up")

// Texts of Redis.
const (
	rewriteStarted   = "Background append only file rewriting started"
	rewriteScheduled = "Background append only file rewriting scheduled"
	errRewriting     = "ERR Background append only file rewriting already in progress"
	errCantRewrite   = "ERR Can't execute an AOF background rewriting. Please check the server logs for more information."
)

// rewritingLog tells whether the log is being rewritten. In the section.
func (s *Server) rewritingLog() bool { return s.appendLog.running != nil }

// newRewrite notes that a rewrite is under way. In the section.
func (l *appendLog) newRewrite() *rewrite {
	r := &rewrite{began: time.Now(), begun: make(chan bool, 1), before: l.ended, ended: make(chan struct{})}
	l.running, l.ended = r, r.ended
	return r
}

// beginRewrite begins a rewrite. In the section.
func (l *appendLog) beginRewrite() *rewrite {
	r := l.newRewrite()
	r.alone, r.place = l.state == logOff, l.place()
	l.server.goRun(func() {
		defer close(r.ended)
		<-r.before
		if l.openIncrement(r) {
			l.finishRewrite(r)
		}
	})
	return r
}

// openIncrement has the log go on in the next increment, and opens the view of that moment.
func (l *appendLog) openIncrement(r *rewrite) (ok bool) {
	files, err := l.beginFiles(r)
	s := l.server
	if w := l.writer.Load(); w != nil && err == nil && w.SyncAhead() != nil {
		l.failed(w)
	}
	s.gates.waitSection()
	defer s.gates.leaveSection()
	switch {
	case err != nil:
		s.log.Warning("%s", err)
		l.rewriteFailed(r)
	case r.gone.Load():
		l.dropFile(files)
	default:
		r.files = files
		if !r.alone {
			s.log.Notice("Creating AOF incr file %s on background rewrite", files.Name)
			l.pulse.turning.Store(true)
			r.position = l.writer.Load().Switch(files.File)
		}
		l.opened(r)
	}
	r.begun <- r.source.view != nil
	return r.source.view != nil
}

// dropFile closes an increment that nothing will be written to; a manifest may name it.
func (l *appendLog) dropFile(files *aof.Rewriting) {
	if files.File != nil {
		files.File.Close()
	}
}

func (l *appendLog) beginFiles(r *rewrite) (*aof.Rewriting, error) {
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	if r.alone && !r.gone.Load() {
		l.move(r.place)
	}
	folder, err := l.folder()
	if err != nil {
		return nil, err
	}
	if r.alone {
		return folder.BeginAlone()
	}
	return folder.BeginRewrite()
}

// opened opens the view of a rewrite whose increment is the log's. In the section.
func (l *appendLog) opened(r *rewrite) {
	r.source = baseSource{l.server.store.View(), l.server.baseOptions(true)}
	l.count++
	l.scheduled.Store(false)
	l.server.log.Notice("Background append only file rewriting started by pid %d", l.process())
}

// beginFirst begins the log of a server that was without: its increment takes what happens from now on, and becomes the log with its base. In the
// section.
func (l *appendLog) beginFirst() error {
	l.files.mu.Lock()
	l.move(l.place())
	folder, err := l.folder()
	var files *aof.Rewriting
	if err == nil {
		files, err = folder.BeginFirst()
	}
	l.files.mu.Unlock()
	if err != nil {
		l.server.log.Warning("%s", err)
		l.lastBad = true
		return err
	}
	l.server.log.Notice("Creating AOF incr file %s on background rewrite", files.Name)
	r := l.newRewrite()
	r.files, l.files.closed = files, false
	l.attach(l.newWriter(files.File, 0))
	l.sizes.offset.Store(0)
	l.opened(r)
	l.server.goRun(func() {
		defer close(r.ended)
		<-r.before
		l.finishRewrite(r)
	})
	return nil
}

// finishRewrite writes the base and makes it the log's. Who sees that no rewrite is under way any more sees what it replaced deleted, as with Redis.
func (l *appendLog) finishRewrite(r *rewrite) {
	size, err := l.install(r)
	if err == nil {
		l.deleteHistory()
	}
	s := l.server
	s.gates.waitSection()
	switch {
	case r.gone.Load():
		s.gates.leaveSection()
		return
	case err != nil:
		s.log.Warning("%s", err)
		s.log.Warning("Background AOF rewrite terminated with error")
		l.rewriteFailed(r)
		s.gates.leaveSection()
		return
	}
	l.rewritten(r, size)
	s.gates.leaveSection()
	if w := l.writer.Load(); w != nil {
		l.succeeded(w)
	}
}

// install writes the base of a rewrite, and makes it the log's; size is the base's. It closes the view.
func (l *appendLog) install(r *rewrite) (size int64, err error) {
	s, temporary := l.server, l.temporary()
	s.saves.aside.add(temporary)
	defer s.saves.aside.remove(temporary)
	base, err := l.writeBase(r)
	if err != nil {
		return 0, err
	}
	s.log.Notice("Background AOF rewrite terminated with success")
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	if r.gone.Load() {
		base.file.Abort()
		return 0, errGivenUp
	}
	folder, err := l.folder()
	if err != nil {
		base.file.Abort()
		return 0, err
	}
	finished, err := folder.FinishRewrite(r.files, base.file, base.rdb)
	if err != nil && folder.Committed(finished) {
		err = folder.DeleteHistory(l.removing) // it makes the base durable
	}
	if err != nil {
		return 0, err
	}
	s.log.Notice("Successfully renamed the temporary AOF base file %s into %s", temporary, finished.BaseName)
	if finished.IncrementName != "" {
		s.log.Notice("Successfully renamed the temporary AOF incr file %s into %s", r.files.Name, finished.IncrementName)
	}
	if w := l.writer.Load(); w != nil && !r.alone {
		w.Covered(r.position)
	}
	return base.size, nil
}

// rewritten notes the success of a rewrite. In the section.
func (l *appendLog) rewritten(r *rewrite, baseBytes int64) {
	l.endRewrite(r, false)
	l.limit.failures = 0
	if l.state == logAwaited {
		l.become(logOn)
	}
	if w := l.writer.Load(); w != nil && !r.alone {
		l.sizes.offset.Store(baseBytes - r.position)
		l.sizes.base.Store(l.currentBytes(w))
	}
	l.server.log.Notice("Background AOF rewrite finished successfully")
}

// rewriteFailed notes the failure of a rewrite. A log that waits for its base has nothing to be appended to until the next one, which is begun by
// itself. In the section.
func (l *appendLog) rewriteFailed(r *rewrite) {
	l.endRewrite(r, true)
	l.limit.failures++
	if l.state == logAwaited {
		l.dropFirst()
		l.scheduled.Store(true)
	}
}

// dropFirst gives up the increment of a log without a base. In the section.
func (l *appendLog) dropFirst() {
	if w := l.detach(); w != nil {
		_ = w.Close() // nobody will read it
		l.files.mu.Lock()
		l.server.log.Notice("Removing the temp incr aof file in the background")
		_ = l.files.folder.AbortFirst() // the next one of that name empties it
		l.files.mu.Unlock()
	}
}

func (l *appendLog) endRewrite(r *rewrite, bad bool) {
	if l.running == r {
		l.running = nil
	}
	l.lastBad, l.tookS = bad, int64(time.Since(r.began).Seconds())
}

// giveUp ends the rewrite under way; its goroutine notices and leaves nothing behind. In the section.
func (l *appendLog) giveUp() {
	r := l.running
	if r == nil {
		return
	}
	l.server.log.Notice("Killing running AOF rewrite child: %d", l.process())
	r.gone.Store(true)
	l.endRewrite(r, l.lastBad)
}

// deleteHistory removes what rewrites have replaced. A file that can't be removed is tried again behind the next rewrite.
func (l *appendLog) deleteHistory() {
	if l.server.settings.Load().log.keepHistory {
		return
	}
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	if l.files.folder == nil {
		return
	}
	if err := l.files.folder.DeleteHistory(l.removing); err != nil {
		l.server.log.Warning("Removing the history files of the AOF failed: %s", conf.Reason(err))
	}
}

func (l *appendLog) removing(name string) {
	l.server.log.Notice("Removing the history file %s in the background", name)
}

// upkeep is called now and then, in the section.
func (l *appendLog) upkeep() {
	s := l.server
	busy := l.running != nil || s.saves.running != nil
	quiet := busy && s.settings.Load().log.quietRewrites
	if w := l.writer.Load(); w != nil && quiet != l.pulse.quiet {
		l.pulse.quiet = quiet
		w.Suspend(quiet)
	}
	if !busy && !s.loading.active && !s.stopped.Load() {
		l.considerRewrite()
	}
}

// considerRewrite begins a rewrite that was scheduled, or for which the log has grown enough. In the section; none is under way.
func (l *appendLog) considerRewrite() {
	s := l.server
	scheduled, growth := l.scheduled.Load(), l.growth()
	if !scheduled && growth < 0 || l.limited() {
		return
	}
	if !scheduled {
		s.log.Notice("Starting automatic rewriting of AOF on %d%% growth", growth)
	}
	if l.state == logAwaited {
		if l.beginFirst() != nil {
			l.limit.failures++
		}
		return
	}
	l.beginRewrite()
}

// growth is by how many percent the log has grown since the last rewrite, if that is enough for another one, otherwise -1.
func (l *appendLog) growth() int64 {
	set := &l.server.settings.Load().log
	w := l.writer.Load()
	if w == nil || set.growPercent == 0 {
		return -1
	}
	size, base := l.currentBytes(w), max(l.sizes.base.Load(), 1)
	if size <= set.growBytes {
		return -1
	}
	if growth := size*100/base - 100; growth >= set.growPercent {
		return growth
	}
	return -1
}

// rewriteLimit keeps the server from beginning rewrites by itself again and again if they fail, each of which leaves an increment behind.
type rewriteLimit struct {
	failures int64 // one after the other
	minutes  int   // of the last delay
	until    time.Time
}

const (
	// rewriteTries is how many rewrites may fail before the next ones are delayed: 1, 2, 4 and up to rewriteDelay minutes.
	rewriteTries = 3
	rewriteDelay = 60
)

// limited tells whether the next rewrite has to wait. In the section.
func (l *appendLog) limited() bool {
	m := &l.limit
	now := time.Now()
	switch {
	case m.failures < rewriteTries:
		m.minutes, m.until = 0, time.Time{}
		return false
	case !m.until.IsZero() && now.Before(m.until):
		return true
	case !m.until.IsZero():
		m.until = time.Time{}
		return false
	}
	m.minutes = min(max(1, 2*m.minutes), rewriteDelay)
	m.until = now.Add(time.Duration(m.minutes) * time.Minute)
	l.server.log.Warning("Background AOF rewrite has repeatedly failed and triggered the limit, will retry in %d minutes", m.minutes)
	return true
}

// cmdRewrite answers BGREWRITEAOF, once the rewrite has begun.
func (s *Server) cmdRewrite(c *commands.Call) {
	l := s.appendLog
	switch {
	case l.running != nil:
		c.Error(errRewriting)
	case s.saves.running != nil || !c.Client.MayBlock():
		l.scheduled.Store(true)
		l.limit.failures = 0
		c.Reply.Status(rewriteScheduled)
	case l.state == logAwaited:
		if l.beginFirst() != nil {
			c.Error(errCantRewrite)
			return
		}
		c.Reply.Status(rewriteStarted)
	default:
		r := l.beginRewrite()
		clientOf(c).goApart(c, func(c *commands.Call) {
			if <-r.begun {
				c.Reply.Status(rewriteStarted)
			} else {
				c.Error(errCantRewrite)
			}
		})
	}
}
