package aof

import (
	"errors"
	"time"
)

// Outcome is what a Flush came to.
type Outcome int

// The outcomes.
const (
	Nothing   Outcome = iota // all was written, and under always synced
	Flushed                  // this call wrote or synced all that was appended before it
	Busy                     // another call is at it: look again when Progress is called
	Postponed                // everysec waits for a sync under way: try again at the latest two seconds after the first time
	Failed                   // see Err; try again later
)

// Flush writes what was appended, and under always syncs it. It blocks as long as the disk does, unless another call is at it. With force
// it also writes while a sync of everysec is under way; without, it postpones that up to two seconds and then counts a delayed sync.
// now must not go back.
func (w *Writer) Flush(now time.Time, force bool) Outcome {
	w.mu.Lock()
	if w.busy {
		w.mu.Unlock()
		return Busy
	}
	target := w.appended.Load()
	if !w.owes(target) {
		w.mu.Unlock()
		return Nothing
	}
	if w.postpones(now, force) {
		w.mu.Unlock()
		return Postponed
	}
	w.busy = true
	err := w.flushTo(target)
	w.busy = false
	w.release()
	w.idle.Broadcast()
	w.mu.Unlock()
	w.tell()
	if err != nil {
		return Failed
	}
	return Flushed
}

// owes tells whether there is anything to do for what was appended up to a position; mu is held.
func (w *Writer) owes(target int64) bool {
	return w.progress.written < target || w.syncsNow(target)
}

// syncsNow tells whether a Flush has to sync, once all is written.
func (w *Writer) syncsNow(target int64) bool {
	p := &w.progress
	return p.policy == SyncAlways && !p.suspended && p.synced < target && w.problem.sync == nil
}

// postpones tells whether a write waits for the sync that is under way; mu is held.
func (w *Writer) postpones(now time.Time, force bool) bool {
	p := &w.progress
	switch {
	case !w.syncing:
		p.postponed = time.Time{}
		return false
	case w.mustClose():
		return true // the file is in use
	case p.policy == SyncAlways:
		return true // the policy has just changed: one sync at a time
	case force || p.policy != SyncEverySec:
		return false
	case p.postponed.IsZero():
		p.postponed = now
		return true
	case now.Sub(p.postponed) < longestPostponement:
		return true
	}
	p.delayed++
	p.postponed = time.Time{}
	return false
}

// mustClose tells whether the next Flush comes to the end of the current file.
func (w *Writer) mustClose() bool { return len(w.files.next) > 0 }

// flushTo writes all up to a position, through as many files as that takes, and syncs it where the policy says so. mu is held, and given
// back meanwhile; busy keeps others away.
func (w *Writer) flushTo(target int64) error {
	for w.progress.written < target || w.reachedEnd() {
		step := w.writeSome
		if w.reachedEnd() {
			step = w.turnOver
		}
		if err := step(); err != nil {
			return err
		}
	}
	w.progress.postponed = time.Time{}
	if w.syncsNow(target) {
		return w.sync()
	}
	return nil
}

// reachedEnd tells whether the current file is complete and another one follows.
func (w *Writer) reachedEnd() bool {
	return len(w.files.next) > 0 && w.progress.written >= w.files.next[0].at
}

// takeBuffer makes the buffer out, if that is empty.
func (w *Writer) takeBuffer() {
	f := &w.files
	if len(f.out) == 0 {
		f.out, w.buf, f.spare = w.buf, f.spare[:0], w.buf
	}
}

// dropWritten cuts off what is written, or needn't be.
func (w *Writer) dropWritten(count int64) {
	f := &w.files
	f.out = f.out[count:]
	w.progress.written += count
	if len(f.out) == 0 && cap(f.spare) > keptBufferBytes {
		f.spare = nil
	}
}

// writeSome writes what there is for the current file.
func (w *Writer) writeSome() error {
	if w.problem.sync != nil {
		return w.problem.sync
	}
	w.takeBuffer()
	f := &w.files
	chunk := f.out
	if len(f.next) > 0 {
		chunk = chunk[:min(int64(len(chunk)), f.next[0].at-w.progress.written)]
	}
	cut := w.problem.cut
	w.mu.Unlock()
	err := w.write(chunk, &cut)
	w.mu.Lock()
	w.problem.write, w.problem.cut = err, cut
	if err != nil {
		return err
	}
	f.size += int64(len(chunk))
	w.dropWritten(int64(len(chunk)))
	return nil
}

// write appends to the current file. cut says whether the file must be cut to its good size first, and afterwards whether the next write
// must do so: whatever a failed write may have left is cut off, even if it claims to have written nothing. mu isn't held.
func (w *Writer) write(chunk []byte, cut *bool) error {
	f := &w.files
	if *cut {
		if err := f.file.Truncate(f.size); err != nil {
			return err
		}
		*cut = false
	}
	if _, err := f.file.Write(chunk); err != nil {
		*cut = f.file.Truncate(f.size) != nil
		return err
	}
	return nil
}

// sync syncs the current file for all that is written. mu is held, and given back meanwhile; busy or syncing is set.
func (w *Writer) sync() error {
	file, position := w.files.file, w.progress.written
	w.mu.Unlock()
	err := file.Sync()
	w.mu.Lock()
	if err != nil {
		w.problem.sync = err
		return err
	}
	w.progress.synced = max(w.progress.synced, position)
	return nil
}

// turnOver ends the current file, which is whole, and syncs it, whatever the policy; then the next one begins.
func (w *Writer) turnOver() error {
	for w.syncing {
		w.idle.Wait() // the file is in use
	}
	if w.problem.sync != nil {
		return w.problem.sync
	}
	if w.progress.synced < w.progress.written {
		if err := w.sync(); err != nil {
			return err
		}
	}
	old := w.files.file
	w.mu.Unlock()
	_ = old.Close() // all of it is synced
	w.mu.Lock()
	w.begin()
	return nil
}

// SyncIfDue syncs for everysec if a second has passed since the last sync began and there is anything to sync, and tells whether it
// did. It blocks as long as the disk does, while Flush may go on: it belongs into a goroutine that does nothing else that is urgent. Call it a
// few times a second.
func (w *Writer) SyncIfDue(now time.Time) (bool, error) {
	w.mu.Lock()
	p := &w.progress
	due := p.policy == SyncEverySec && !p.suspended && !w.busy && !w.syncing && w.problem.sync == nil &&
		p.synced < p.written && now.Sub(p.lastSync) >= syncInterval
	if !due {
		w.mu.Unlock()
		return false, nil
	}
	p.lastSync = now
	return true, w.syncBeside()
}

// SyncAhead syncs what is written, whatever the policy, while Flush may go on. It blocks as long as the disk does. It is for who is about to
// call Switch: the end of a file is synced before anything is written to the next one, and what waits for that should not wait long.
func (w *Writer) SyncAhead() error {
	w.mu.Lock()
	w.waitIdle()
	if w.problem.sync != nil || w.progress.synced == w.progress.written {
		defer w.mu.Unlock()
		return w.problem.sync
	}
	return w.syncBeside()
}

// syncBeside syncs while others may write. mu is held, and given back.
func (w *Writer) syncBeside() error {
	w.syncing = true
	err := w.sync()
	w.syncing = false
	w.release()
	w.idle.Broadcast()
	w.mu.Unlock()
	w.tell()
	return err
}

// Wait flushes until a position is released, or can't be because of an error. It blocks; it is for those who may.
func (w *Writer) Wait(position int64, now time.Time) error {
	for w.Released() < position {
		switch w.Flush(now, true) {
		case Failed:
			return w.Err()
		case Nothing:
			if err := w.Err(); err != nil && w.Released() < position {
				return err
			}
		case Busy, Postponed:
			w.mu.Lock()
			w.waitIdle()
			w.mu.Unlock()
		}
	}
	return nil
}

// Close writes and syncs everything, whatever the policy, and closes the files. The writer must not be used any more. It returns the first
// error; the files are closed all the same.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waitIdle()
	w.busy = true
	err := w.flushTo(w.appended.Load())
	if err == nil {
		err = w.problem.sync
	}
	if err == nil && w.progress.synced < w.progress.written {
		err = w.sync()
	}
	w.busy = false
	w.release()
	err = errors.Join(err, w.files.file.Close())
	for _, next := range w.files.next {
		err = errors.Join(err, next.file.Close())
	}
	w.idle.Broadcast()
	return err
}
