package aof

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// Started is what a start opened.
type Started struct {
	File vfs.File // the increment to write to
	Name string
	Size int64 // bytes in it
	// Created tells that the increment is new, BaseName the base that was made since there were no files at all.
	Created  bool
	BaseName string
}

// Start opens the increment to write to, once what Files names has been loaded and a torn end cut off: the last one, or a new one. All that was
// loaded is then synced. A log
// without any file is given a base first, which writeBase writes (an RDB file if rdb is set): the data the server has at that moment. It goes
// through the temporary file that CreateBase makes. A server that fails here must not serve.
func (f *Folder) Start(rdb bool, process int, writeBase func(io.Writer) error) (Started, error) {
	if err := f.makeDir(); err != nil {
		return Started{}, err
	}
	if err := f.syncFiles(); err != nil {
		return Started{}, err
	}
	var started Started
	manifest := f.manifest.clone()
	changed := f.dirty
	if manifest.Empty() {
		base, err := f.CreateBase(process)
		if err == nil {
			if err = writeBase(base.file); err != nil {
				base.Abort()
			}
		}
		if err != nil {
			return Started{}, err
		}
		started.BaseName = manifest.replaceBase(f.place.Name, rdb).Name
		if err := f.install(base, started.BaseName); err != nil {
			return Started{}, err
		}
		changed = true
	}
	if len(manifest.increments) == 0 {
		manifest.addIncrement(f.place.Name)
		started.Created, changed = true, true
	}
	started.Name = manifest.increments[len(manifest.increments)-1].Name
	return f.open(started, manifest, changed)
}

// syncFiles makes durable what was loaded, names and all: a server that was killed may have written and renamed more than it synced, and
// what clients are told from now on rests on all of it.
func (f *Folder) syncFiles() error {
	for _, info := range f.manifest.Files() {
		file, err := f.system.Append(f.path(info.Name))
		if err != nil {
			return fmt.Errorf("Can't open the append-only file %s: %w", info.Name, err)
		}
		if err = syncAndClose(file, nil); err != nil {
			return err
		}
	}
	return f.system.SyncDir(f.dir())
}

// open opens the increment of a start and persists the manifest, if it has changed.
func (f *Folder) open(started Started, manifest *Manifest, changed bool) (Started, error) {
	open := f.system.Append
	if started.Created {
		open = f.system.Create // a log that was being switched on may have left one of that name
	}
	file, err := open(f.path(started.Name))
	if err != nil {
		return Started{}, fmt.Errorf("Can't open the append-only file %s: %w", started.Name, err)
	}
	started.File = file
	if started.Size, err = file.Size(); err == nil && changed {
		if err = f.system.SyncDir(f.dir()); err == nil {
			err = f.persist(manifest)
		}
	}
	if err != nil {
		file.Close()
		return Started{}, err
	}
	return started, nil
}

// tempIncrement is the increment of a log that is being switched on: no manifest names it until its base is there.
func (f *Folder) tempIncrement() string { return "temp-" + f.place.Name + ".incr" }

// Rewriting is a rewrite under way.
type Rewriting struct {
	File vfs.File // the new increment, empty, for Writer.Switch or NewWriter; nil after BeginAlone
	Name string   // "" after BeginAlone
	// first is set for a log that is being switched on; its increment has a name of its own until the end.
	first bool
}

// BeginAlone is BeginRewrite for a log that is off and stays so: it goes on in no increment, and all that there are become history with
// the last base.
func (f *Folder) BeginAlone() (*Rewriting, error) {
	if err := f.makeDir(); err != nil {
		return nil, err
	}
	return &Rewriting{}, nil
}

// BeginRewrite creates the increment to which a log that is on switches, and a manifest that names it. After an error the log goes on in its
// old increment; the manifest may name the new one, which stays empty.
func (f *Folder) BeginRewrite() (*Rewriting, error) {
	if err := f.makeDir(); err != nil {
		return nil, err
	}
	manifest := f.manifest.clone()
	name := manifest.addIncrement(f.place.Name).Name
	file, err := f.system.Create(f.path(name))
	if err != nil {
		return nil, fmt.Errorf("Can't open the append-only file %s: %w", name, err)
	}
	if err = f.system.SyncDir(f.dir()); err == nil {
		err = f.persist(manifest)
	}
	if err != nil {
		file.Close()
		if f.manifest != manifest {
			_ = f.system.Remove(f.path(name)) // named by none; if it stays, the next attempt empties it
		}
		return nil, err
	}
	return &Rewriting{File: file, Name: name}, nil
}

// BeginFirst is BeginRewrite for a log that is being switched on while the server runs. Its increment is named by no manifest until
// FinishRewrite: until then the files on disk are those of the log before.
func (f *Folder) BeginFirst() (*Rewriting, error) {
	if err := f.makeDir(); err != nil {
		return nil, err
	}
	file, err := f.system.Create(f.path(f.tempIncrement()))
	if err != nil {
		return nil, fmt.Errorf("Can't open the append-only file %s: %w", f.tempIncrement(), err)
	}
	return &Rewriting{File: file, Name: f.tempIncrement(), first: true}, nil
}

// NewBase is a base being written, in a temporary file of the server's folder.
type NewBase struct {
	folder *Folder
	file   vfs.File
	path   string
}

// CreateBase makes the temporary file of a base, temp-rewriteaof-bg-<process>.aof as Redis does.
func (f *Folder) CreateBase(process int) (*NewBase, error) {
	path := filepath.Join(f.place.Dir, fmt.Sprintf("temp-rewriteaof-bg-%d.aof", process))
	file, err := f.system.Create(path)
	if err != nil {
		return nil, fmt.Errorf("Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): %w", err)
	}
	return &NewBase{folder: f, file: file, path: path}, nil
}

// Write implements io.Writer. It may be called while other goroutines use the folder.
func (b *NewBase) Write(p []byte) (int, error) { return b.file.Write(p) }

// Sync makes durable what was written so far, so that the last sync takes less long (aof-rewrite-incremental-fsync).
func (b *NewBase) Sync() error { return b.file.Sync() }

// Abort gives the base up and removes its file.
func (b *NewBase) Abort() {
	b.file.Close()
	_ = b.folder.system.Remove(b.path) // the next one of that name empties it
}

// install syncs a base, gives it its name in the log's folder and makes that durable. It is gone after an error.
func (f *Folder) install(base *NewBase, name string) error {
	if err := base.file.Sync(); err != nil {
		base.Abort()
		return fmt.Errorf("Write error writing append only file on disk: %w", err)
	}
	if err := base.file.Close(); err != nil {
		_ = f.system.Remove(base.path)
		return fmt.Errorf("Write error writing append only file on disk: %w", err)
	}
	if err := f.system.Rename(base.path, f.path(name)); err != nil {
		_ = f.system.Remove(base.path)
		return fmt.Errorf("Error trying to rename the temporary AOF base file %s into %s: %w", base.path, f.path(name), err)
	}
	if err := f.system.SyncDir(f.dir()); err != nil {
		_ = f.system.Remove(f.path(name)) // no manifest names it
		return err
	}
	return nil
}

// Finished names what a rewrite made.
type Finished struct {
	BaseName string
	// IncrementName is the name that the increment of BeginFirst got, "" after BeginRewrite.
	IncrementName string
}

// FinishRewrite makes a base that has been written whole, and the increments from the rewrite's on, the log; the rest is history. An RDB
// base says so. Without an error the base is durable, for Writer.Covered. After one it is gone, or else (its manifest was renamed but the
// folder could not be synced) it is the log's all the same, which Committed tells; it is then durable once DeleteHistory succeeds.
func (f *Folder) FinishRewrite(rewriting *Rewriting, base *NewBase, rdb bool) (Finished, error) {
	manifest := f.manifest.clone()
	finished := Finished{BaseName: manifest.replaceBase(f.place.Name, rdb).Name}
	if err := f.install(base, finished.BaseName); err != nil {
		return Finished{}, err
	}
	increment := rewriting.Name
	if rewriting.first {
		increment = manifest.addIncrement(f.place.Name).Name
		if err := f.nameFirst(rewriting.Name, increment); err != nil {
			_ = f.system.Remove(f.path(finished.BaseName))
			return Finished{}, err
		}
		finished.IncrementName = increment
	}
	manifest.retireBefore(increment)
	err := f.persist(manifest)
	if err != nil && f.manifest != manifest {
		_ = f.system.Remove(f.path(finished.BaseName))
		if rewriting.first {
			_ = f.system.Rename(f.path(increment), f.path(rewriting.Name))
		}
	}
	return finished, err
}

// nameFirst gives the increment of BeginFirst its name, durably.
func (f *Folder) nameFirst(temp, name string) error {
	if err := f.system.Rename(f.path(temp), f.path(name)); err != nil {
		return fmt.Errorf("Error trying to rename the temporary AOF incr file %s into %s: %w", f.path(temp), f.path(name), err)
	}
	err := f.system.SyncDir(f.dir())
	if err != nil {
		_ = f.system.Rename(f.path(name), f.path(temp))
	}
	return err
}

// Committed tells whether the base of that name is the log's.
func (f *Folder) Committed(finished Finished) bool {
	return finished.BaseName != "" && f.manifest.base != nil && f.manifest.base.Name == finished.BaseName
}

// AbortFirst removes the increment of BeginFirst. Its file must be closed.
func (f *Folder) AbortFirst() error { return f.system.Remove(f.path(f.tempIncrement())) }

// DeleteHistory removes the files that a rewrite replaced; named is told of each before. A file that can't be removed stays history
// and is tried again the next time. Where it isn't called (aof-disable-auto-gc), history gathers.
func (f *Folder) DeleteHistory(named func(name string)) error {
	if len(f.manifest.history) == 0 && !f.dirty {
		return nil
	}
	if f.dirty { // a power cut may bring back a manifest that needs them
		if err := f.persist(f.manifest.clone()); err != nil {
			return err
		}
	}
	manifest := f.manifest.clone()
	manifest.history = nil
	var failed error
	for _, info := range f.manifest.history {
		named(info.Name)
		if err := f.system.Remove(f.path(info.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
			manifest.history = append(manifest.history, info)
		}
	}
	if len(manifest.history) < len(f.manifest.history) {
		failed = errors.Join(failed, f.persist(manifest))
	}
	return failed
}

// copyRange copies the bytes from from up to end.
func copyRange(to io.Writer, file io.ReaderAt, from, end int64) error {
	_, err := io.Copy(to, io.NewSectionReader(file, from, end-from))
	return err
}
