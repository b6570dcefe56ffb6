package snapshot

import (
	"errors"
	"io"
	"path/filepath"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// File is where a snapshot goes: it is written aside, synced, renamed and its folder synced, so that the file of that name is always a whole
// one, the one before or the new one.
type File struct {
	System vfs.FS
	// Dir is the folder, Name the file's name in it and Temporary that of the file aside.
	Dir, Name, Temporary string
	// SyncEvery has what was written synced each time that it is so many bytes, so that the last sync takes less long; 0: only at the end.
	SyncEvery int
	// Commit is handed the rename, to do it, or to give the file up by an error. It may be nil.
	Commit func(rename func() error) error
}

// Step is what was done with a file when it failed.
type Step string

// The steps, in Redis's words for them.
const (
	StepOpen    Step = "open"
	StepWrite   Step = "rdbSaveRio"
	StepSync    Step = "fsync"
	StepClose   Step = "fclose"
	StepRename  Step = "rename"
	StepSyncDir Step = "fsyncFileDir"
)

// FileError is why a file was not written. After StepSyncDir the new file is the one that programs see, but a power cut may bring the old one
// back; after any other step the old one is untouched.
type FileError struct {
	Step Step
	Err  error
}

func (e *FileError) Error() string { return string(e.Step) + ": " + e.Err.Error() }

// Unwrap is the disk's own error.
func (e *FileError) Unwrap() error { return e.Err }

// ErrGivenUp is what Commit and Progress may return to say that nobody wants the file any more.
var ErrGivenUp = errors.New("given up")

// Write makes the file of what write writes. Its error is a *FileError.
func (f *File) Write(write func(io.Writer) error) error {
	temporary := filepath.Join(f.Dir, f.Temporary)
	file, err := f.System.Create(temporary)
	if err != nil {
		return &FileError{StepOpen, err}
	}
	step, err := f.fill(file, write)
	if closed := file.Close(); closed != nil && err == nil {
		step, err = StepClose, closed
	}
	if err == nil {
		step, err = StepRename, f.commit(func() error { return f.System.Rename(temporary, filepath.Join(f.Dir, f.Name)) })
	}
	if err != nil {
		_ = f.System.Remove(temporary) // what is wrong has been found already
		return &FileError{step, err}
	}
	if err := f.System.SyncDir(f.Dir); err != nil {
		return &FileError{StepSyncDir, err}
	}
	return nil
}

func (f *File) commit(rename func() error) error {
	if f.Commit == nil {
		return rename()
	}
	return f.Commit(rename)
}

func (f *File) fill(file vfs.File, write func(io.Writer) error) (Step, error) {
	var to io.Writer = file
	if f.SyncEvery > 0 {
		to = &syncing{file: file, every: f.SyncEvery}
	}
	if err := write(to); err != nil {
		return StepWrite, err
	}
	return StepSync, file.Sync()
}

// syncing syncs a file while it is written.
type syncing struct {
	file         vfs.File
	every, since int
}

// Write implements io.Writer.
func (s *syncing) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.since += n
	if err == nil && s.since >= s.every {
		s.since = 0
		err = s.file.Sync()
	}
	return n, err
}
