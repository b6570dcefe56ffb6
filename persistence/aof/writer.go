package aof

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// Policy says when a log is synced: appendfsync.
type Policy int

// The policies.
const (
	SyncNever    Policy = iota // no: the system decides
	SyncEverySec               // everysec: SyncIfDue does it, about once a second
	SyncAlways                 // always: before anybody hears of it
)

// What everysec allows itself, as Redis does.
const (
	syncInterval        = time.Second
	longestPostponement = 2 * time.Second // of a write while a sync is under way
)

// keptBufferBytes is the size above which a buffer isn't kept for what comes next.
const keptBufferBytes = 1 << 20

// Writer puts the sequence of what happened into increments.
//
//	Append ─> buf ──Flush──> out ─write─> file ─sync─>
//	          ^appended                  ^written     ^synced    positions
//
// Append copies a record into buf. Flush takes buf as out, so that appending goes on meanwhile, and writes it; under always it also syncs.
// Whoever calls Flush first while none is under way does it for all: what was appended meanwhile waits for the next Flush, which is the group
// commit. A caller that finds one under way is not blocked; Options.Progress tells when to look again, and Wait does so for those who may block.
//
// Switch names the increment for what is appended from now on; the file goes on with what it was before until Flush comes to that position,
// syncs and closes the old file. So the bytes of one increment are on disk before those of the next one, whatever the policy.
//
// A failed write is cut off again by truncating the file to what is known to be good, at once or before the next write; nothing is written
// behind anything that might be torn. Its bytes stay in memory and the next Flush tries again. A failed sync puts what was not synced in
// doubt, for good: the file is neither synced nor written to again, since good records behind lost ones would be a file that doesn't load.
// The way out is a rewrite: Switch, and Covered once its base is durable. Both failures make Err tell the error, for MISCONF; under always the
// process should end, since clients can't be told, as Redis does.
//
// Memory: what was appended and not written, without bound of its own; Stats tells, and while Err isn't nil nobody should add to it.
type Writer struct {
	options Options
	// appended is changed under mu and read without.
	appended atomic.Int64
	released atomic.Int64

	mu   sync.Mutex
	idle sync.Cond // signalled when busy or syncing ends
	buf  []byte
	enc  Encoder
	// busy is set while one goroutine writes (or syncs for always); it alone uses file, out and next then. syncing is set while one
	// syncs the file for everysec: another may write meanwhile, but not close.
	busy, syncing bool
	files         files
	progress      progress
	problem       problem
}

// Options are a Writer's; the zero value will do.
type Options struct {
	Policy Policy
	// Progress is called after each write or sync, good or bad, with no lock held: replies may be due, or somebody else's turn has come.
	Progress func()
}

// files are the increments of a Writer.
type files struct {
	file vfs.File
	size int64 // good bytes in it
	// next are the increments switched to and not begun, with the positions where they begin.
	next []start
	// out is being written; what is written of it is cut off in front.
	out []byte
	// spare is the memory of the last out.
	spare []byte
}

type start struct {
	file vfs.File
	at   int64
}

// progress is how far a Writer has come.
type progress struct {
	policy          Policy
	suspended       bool // no syncs: no-appendfsync-on-rewrite while a rewrite or save goes on
	written, synced int64
	lastSync        time.Time // when the last one began
	postponed       time.Time // since when a write waits for a sync, zero if none does
	delayed         int64
}

// problem is what is wrong.
type problem struct {
	write error // the last write failed
	cut   bool  // the file may be longer than is good
	sync  error // a sync of the current file failed
}

// NewWriter makes a writer that goes on at the end of an increment; size is how long that is. What is in it already counts as synced.
func NewWriter(file vfs.File, size int64, now time.Time, options Options) *Writer {
	w := &Writer{options: options, enc: NewEncoder(), files: files{file: file, size: size}}
	w.idle.L = &w.mu
	w.progress.policy, w.progress.lastSync = options.Policy, now
	return w
}

// Append adds the record of a command and returns the position after it. See Encoder.Append for nowSeconds. It never blocks for the disk and
// never fails. The words are copied. It allocates nothing while the buffer suffices.
func (w *Writer) Append(database int, words [][]byte, nowSeconds int64) int64 {
	w.mu.Lock()
	before := len(w.buf)
	w.buf = w.enc.Append(w.buf, database, words, nowSeconds)
	position := w.appended.Add(int64(len(w.buf) - before))
	w.mu.Unlock()
	return position
}

// Appended is the position after all that was appended.
func (w *Writer) Appended() int64 { return w.appended.Load() }

// Released is the position up to which replies may leave: written, and under always synced, unless syncs are suspended. It never goes back.
func (w *Writer) Released() int64 { return w.released.Load() }

// Switch makes file, which is empty, the increment of all that is appended from now on. It doesn't block; the caller holds the exclusive section, so
// that the view it opens there is of the same moment. It returns the position of that moment, for Covered.
func (w *Writer) Switch(file vfs.File) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.appended.Load()
	w.files.next = append(w.files.next, start{file, at})
	w.enc.Reset()
	return at
}

// Covered says that a base with all up to a position of Switch is durable, manifest and all: what was in doubt or unwritten before it no
// longer matters. It waits for a Flush or sync under way.
func (w *Writer) Covered(position int64) {
	w.mu.Lock()
	w.waitIdle()
	if len(w.files.next) > 0 && w.files.next[0].at <= position {
		w.abandon(position)
	}
	w.progress.synced = max(w.progress.synced, min(position, w.progress.written))
	w.release()
	w.mu.Unlock()
	w.tell()
}

// abandon leaves the files before a position, written or not.
func (w *Writer) abandon(position int64) {
	f := &w.files
	for len(f.next) > 0 && f.next[0].at <= position {
		for w.progress.written < f.next[0].at {
			w.takeBuffer()
			w.dropWritten(min(int64(len(f.out)), f.next[0].at-w.progress.written))
		}
		_ = f.file.Close() // nobody reads it again
		w.begin()
	}
}

// begin makes the next file the current one. What was wrong with the last one doesn't matter any more.
func (w *Writer) begin() {
	f := &w.files
	f.file, f.size = f.next[0].file, 0
	f.next = f.next[1:]
	w.problem = problem{}
}

// SetPolicy changes the policy from now on. Going to always, the next Flush syncs what wasn't.
func (w *Writer) SetPolicy(policy Policy) {
	w.mu.Lock()
	w.progress.policy = policy
	w.release()
	w.mu.Unlock()
	w.tell()
}

// Suspend stops syncs (no-appendfsync-on-rewrite) or takes them up again. While they are stopped, always releases what is written.
func (w *Writer) Suspend(suspended bool) {
	w.mu.Lock()
	w.progress.suspended = suspended
	w.release()
	w.mu.Unlock()
	w.tell()
}

// release moves Released on; mu is held.
func (w *Writer) release() {
	position := w.progress.written
	if w.progress.policy == SyncAlways && !w.progress.suspended {
		position = w.progress.synced
	}
	if position > w.released.Load() {
		w.released.Store(position)
	}
}

// tell calls Progress; mu isn't held.
func (w *Writer) tell() {
	if w.options.Progress != nil {
		w.options.Progress()
	}
}

// waitIdle waits, with mu held, until nobody writes or syncs.
func (w *Writer) waitIdle() {
	for w.busy || w.syncing {
		w.idle.Wait()
	}
}

// Err is why the log can't keep what it is given, nil if it can: the reason for MISCONF. It is the last write's error until one succeeds, or
// a sync's until Covered.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.problem.err()
}

func (p *problem) err() error {
	if p.write != nil {
		return p.write
	}
	return p.sync
}

// Stats are numbers for INFO and for deciding.
type Stats struct {
	Appended, Written, Synced int64 // positions
	FileSize                  int64 // of the increment being written, bytes
	Buffered                  int64 // bytes appended and not written: aof_buffer_length
	Delayed                   int64 // writes that were postponed in vain: aof_delayed_fsync
	Syncing                   bool  // aof_pending_bio_fsync
	InDoubt                   bool  // a sync has failed: only a rewrite helps
	Turning                   bool  // another increment follows this one: the next write comes behind a sync
}

// Stats tells.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	appended := w.appended.Load()
	return Stats{
		Appended: appended, Written: w.progress.written, Synced: w.progress.synced,
		FileSize: w.files.size, Buffered: appended - w.progress.written,
		Delayed: w.progress.delayed, Syncing: w.syncing, InDoubt: w.problem.sync != nil, Turning: len(w.files.next) > 0,
	}
}
