package server

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// appendLog is the append only log in the server: a sink of the sequence, and what keeps its files.
//
//	sequence ─append─> aof.Writer ─Flush─> file          loops, after each round (appendlog_hold.go)
//	                        │      ─Wait──> file, synced  the flusher, where the policy is always (appendlog_flush.go)
//	                        │      ─SyncIfDue─> synced    the keeper, for everysec
//	                        └─Switch, a base from a view  a goroutine for each rewrite (appendlog_rewrite.go)
//
// Records are appended in the section. What a loop's clients are to be sent waits until the log has what was appended before it: written,
// or synced where the policy is always. A loop never waits for the disk to sync, but under always for one that promises to be shorter than
// handing it over: where the last one took less than a millisecond.
//
// # What fails
//
// Under always nothing may be acknowledged that the disk doesn't have, so that a write or sync which fails ends the process. Otherwise, as in
// Redis, writes are refused from then on (logRefusal) but what was done is answered; the bytes stay in memory, and writing is tried again. After
// a failed sync only a rewrite helps, which is begun by itself.
//
// # Locks
//
// writer, state and everything about rewrites change in the section. files.mu guards the folder, behind the section or without it. The
// small lock of trouble is held by nobody who calls anything.
type appendLog struct {
	server *Server
	// writer is nil while nothing is logged.
	writer  atomic.Pointer[aof.Writer]
	state   logState
	stamps  logStamps
	files   logFiles
	sizes   logSizes
	pulse   logPulse
	trouble logTrouble
	rewrites
	waits logWaits
	crowd logCrowd
}

// logState is what the log is; it belongs to the section.
type logState uint8

const (
	logOff logState = iota
	logOn
	// logAwaited: switched on while the server runs, and not the data's yet: a base has to be written first.
	logAwaited
)

// logFiles are the files of the log.
type logFiles struct {
	mu sync.Mutex
	// dir is where the log's folder is; "" is the server's dir.
	dir string
	// place is where the log was when it was last opened, or switched on; folder is nil as long as nobody has asked for it.
	place  aof.Place
	folder *aof.Folder
	closed bool
}

// logStamps is what aof-timestamp-enabled needs: a unit has one time. It belongs to the section.
type logStamps struct {
	wanted       bool
	unit, stampS int64
}

// logSizes tell how large the log is: offset and what the writer has written; base is what it was after the last rewrite. In bytes.
type logSizes struct {
	offset, base atomic.Int64
}

func newAppendLog(s *Server) *appendLog {
	l := &appendLog{server: s}
	l.pulse.kicked, l.pulse.shortSync = make(chan struct{}, 1), shortSyncTime
	l.rewrites.ended = make(chan struct{})
	close(l.rewrites.ended)
	l.rewrites.tookS = -1
	l.crowd.most = backlogMost
	l.waits.server = s
	return l
}

// become changes the state. In the section.
func (l *appendLog) become(state logState) {
	l.state = state
	l.waits.state.Store(uint32(state))
}

// takes implements sink: what was forced, and changed no key, is for replicas alone.
func (l *appendLog) takes(op operation) bool { return !op.forced }

// append implements sink.
func (l *appendLog) append(op operation) {
	if !l.takes(op) {
		return
	}
	w := l.writer.Load()
	if w.Append(op.database, op.words, l.stamp())-w.Released() > l.crowd.most {
		l.crowd.full.Store(true)
	}
}

// stamp is the time of the unit that is being appended, in seconds, 0 where none is asked for. An annotation between MULTI and EXEC would be
// a place to cut a transaction in two.
func (l *appendLog) stamp() int64 {
	t := &l.stamps
	if !t.wanted {
		return 0
	}
	if t.unit != l.server.sequence.units {
		t.unit, t.stampS = l.server.sequence.units, l.server.clock.nowMs()/1000
	}
	return t.stampS
}

// place is where the configuration wants the log. In the section, or before anything is served.
func (l *appendLog) place() aof.Place {
	c, dir := l.server.config, l.files.dir
	if dir == "" {
		dir = c.String("dir")
	}
	return aof.Place{Dir: dir, DirName: c.String("appenddirname"), Name: c.String("appendfilename")}
}

// move has the folder opened anew, at that place; files.mu is held.
func (l *appendLog) move(to aof.Place) { l.files.place, l.files.folder = to, nil }

// folder is the log's folder, opened at the first need; files.mu is held.
func (l *appendLog) folder() (*aof.Folder, error) {
	if l.files.folder == nil {
		folder, err := aof.Open(l.server.saves.files, l.files.place)
		if err != nil {
			return nil, err
		}
		l.files.folder = folder
	}
	return l.files.folder, nil
}

// process is by what Redis names temporary files, temporary is that of a base.
func (l *appendLog) process() int { return os.Getpid() }

func (l *appendLog) temporary() string { return fmt.Sprintf("temp-rewriteaof-bg-%d.aof", l.process()) }

// attach has a writer take the sequence. In the section, or before anything is served.
func (l *appendLog) attach(w *aof.Writer) {
	l.writer.Store(w)
	l.trouble.text.Store(nil)
	l.pulse.quiet = false
	if !slices.Contains(l.server.sequence.sinks, sink(l)) {
		l.server.sequence.sinks = append(l.server.sequence.sinks, l)
	}
	l.wakeLoops()
}

// detach ends that and gives the writer that did so, nil if none did. In the section.
func (l *appendLog) detach() *aof.Writer {
	w := l.writer.Swap(nil)
	l.server.sequence.sinks = slices.DeleteFunc(l.server.sequence.sinks, func(other sink) bool { return other == sink(l) })
	l.wakeLoops()
	return w
}

// wakeLoops has every loop look anew at what it keeps back.
func (l *appendLog) wakeLoops() {
	l.easeCrowd()
	for _, loop := range l.server.loops {
		loop.poller.Wake()
	}
}

// newWriter makes the writer of an increment.
func (l *appendLog) newWriter(file vfs.File, size int64) *aof.Writer {
	return aof.NewWriter(file, size, time.Now(), aof.Options{Policy: l.policy(), Progress: l.progressed})
}

// policy is appendfsync. In the section, or before anything is served.
func (l *appendLog) policy() aof.Policy {
	switch l.server.config.String("appendfsync") {
	case "always":
		return aof.SyncAlways
	case "no":
		return aof.SyncNever
	}
	return aof.SyncEverySec
}

// currentBytes is the size of the log's files that count.
func (l *appendLog) currentBytes(w *aof.Writer) int64 {
	return l.sizes.offset.Load() + w.Stats().Written
}

// shut writes and syncs all, and closes the file. The writer stays, for those who ask it what they may send. It may be called again.
func (l *appendLog) shut() error {
	w := l.writer.Load()
	if w == nil || l.files.closed {
		return nil
	}
	l.files.closed = true
	return w.Close()
}

// endLog is what the end of the server asks of the log, in the section: rewrites are given up, all is written and synced. False, unless
// forced: the log was switched on and has no base yet, so that the data would be lost.
func (s *Server) endLog(force bool) (ended bool) {
	l := s.appendLog
	if l.running != nil {
		if l.state == logAwaited && !force {
			s.log.Warning("Writing initial AOF, can't exit.")
			return false
		}
		if l.state == logAwaited {
			s.log.Warning("Writing initial AOF. Exit anyway.")
		}
		s.log.Warning("There is a child rewriting the AOF. Killing it!")
		l.giveUp()
	}
	if w := l.writer.Load(); w != nil {
		s.log.Notice("Calling fsync() on the AOF file.")
		err := w.Wait(w.Appended(), time.Now())
		if err == nil {
			err = w.SyncAhead()
		}
		if err != nil {
			s.log.Warning("Fail to fsync the AOF file: %s.", conf.Reason(err))
		}
	}
	return true
}

// infoLog writes what INFO persistence tells of the log whether or not it is on, infoLogSizes what it tells of one that is on.
func (s *Server) infoLog(w *infoWriter) {
	l := s.appendLog
	took := int64(-1)
	if l.running != nil {
		took = int64(time.Since(l.running.began).Seconds())
	}
	w.number("aof_enabled", oneIf(l.state != logOff))
	w.number("aof_rewrite_in_progress", oneIf(l.running != nil))
	w.number("aof_rewrite_scheduled", oneIf(l.scheduled.Load()))
	w.number("aof_last_rewrite_time_sec", l.tookS)
	w.number("aof_current_rewrite_time_sec", took)
	w.line("aof_last_bgrewrite_status", okUnless(l.lastBad))
	w.number("aof_rewrites", l.count)
	w.number("aof_rewrites_consecutive_failures", l.limit.failures)
	w.line("aof_last_write_status", okUnless(l.trouble.text.Load() != nil))
	w.number("aof_last_cow_size", 0)
}

// infoLogSizes is the second part.
func (s *Server) infoLogSizes(w *infoWriter) {
	l := s.appendLog
	if !s.config.Bool("appendonly") {
		return
	}
	var stats aof.Stats
	if writer := l.writer.Load(); writer != nil {
		stats = writer.Stats()
	}
	w.number("aof_current_size", l.sizes.offset.Load()+stats.Written)
	w.number("aof_base_size", l.sizes.base.Load())
	w.number("aof_pending_rewrite", oneIf(l.scheduled.Load()))
	w.number("aof_buffer_length", stats.Buffered)
	w.number("aof_pending_bio_fsync", oneIf(stats.Syncing))
	w.number("aof_delayed_fsync", l.pulse.delayed.Load()+stats.Delayed)
}

// bufferBytes is what was appended and isn't written yet.
func (l *appendLog) bufferBytes() int64 {
	if w := l.writer.Load(); w != nil {
		return w.Stats().Buffered
	}
	return 0
}

// resetStats is CONFIG RESETSTAT. In the section.
func (l *appendLog) resetStats() {
	l.count, l.limit.failures = 0, 0
	l.pulse.delayed.Store(0)
}
