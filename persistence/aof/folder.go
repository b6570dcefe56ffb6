package aof

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// Place says where a log lies.
type Place struct {
	Dir     string // the server's: dir
	DirName string // the log's folder in it: appenddirname
	Name    string // what the files' names begin with: appendfilename
}

// Folder is a log's files. It changes them in an order in which a crash between any two operations leaves something that loads, and keeps
// what it knows of them equal to what is on disk. One goroutine at a time uses it.
//
// The order of a start is: Open, TakeOver, the caller's loading of Files (and CutTail), Start, DeleteHistory. That of a rewrite:
//
//	BeginRewrite    creates the next increment, syncs the folder, then a manifest that names it
//	                (the caller opens the view and switches its Writer, in one exclusive section)
//	CreateBase      a temporary file; the caller writes the base into it from the view
//	FinishRewrite   syncs it, renames it into the folder, syncs the folder; syncs a manifest that has the base and that increment, the rest being history
//	DeleteHistory   removes what is history, then syncs a manifest without it
//
// A manifest is written aside, synced, renamed and the folder synced. Names are durable before a manifest tells of them: Redis syncs the
// folder only after it, so that its manifest may outlive a power cut that the base does not.
//
// If a folder can't be synced after the manifest's rename, the error says so, but the new manifest is the one on disk as far as programs
// see, so it is taken for true. A power cut may bring back the last one; hence nothing that either names is deleted until a manifest has been synced.
type Folder struct {
	system vfs.FS
	place  Place
	// manifest is what programs see on disk, unless dirty: then it has changes that are in memory alone or not known to be durable.
	manifest *Manifest
	dirty    bool
}

// Open reads the manifest, if there is one. Errors: a *ManifestError, or the reading's.
func Open(system vfs.FS, place Place) (*Folder, error) {
	f := &Folder{system: system, place: place, manifest: &Manifest{}}
	text, err := vfs.ReadFile(system, f.path(f.manifestName()))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("Fatal error: can't open the AOF manifest file %s for reading: %s", f.path(f.manifestName()), conf.Reason(err))
	}
	if f.manifest, err = ParseManifest(text); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *Folder) manifestName() string { return f.place.Name + ".manifest" }

// dir is the log's folder.
func (f *Folder) dir() string { return filepath.Join(f.place.Dir, f.place.DirName) }

// path is where a file of the log lies.
func (f *Folder) path(name string) string { return filepath.Join(f.dir(), name) }

// exists tells whether there is a file, and not a folder, of a name. Where that can't be told it is an error, unlike with Redis, which then
// starts without the data.
func (f *Folder) exists(path string) (bool, error) {
	info, err := f.system.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !info.Dir, err
}

// Manifest is a copy of the manifest.
func (f *Folder) Manifest() *Manifest { return f.manifest.clone() }

// makeDir makes the log's folder, durably.
func (f *Folder) makeDir() error {
	if err := f.system.Mkdir(f.dir()); err != nil {
		return fmt.Errorf("Can't open or create append-only dir %s: %w", f.place.DirName, err)
	}
	return f.system.SyncDir(f.place.Dir)
}

// TakeOver makes the old single log, dir/appendonly.aof, the base of this one, as Redis 7 does: if there is no folder for the log, if its
// manifest names no files, or if an earlier attempt got as far as the manifest. It tells whether it did so; the caller then logs
// TakenOverLine.
func (f *Folder) TakeOver() (bool, error) {
	old := filepath.Join(f.place.Dir, f.place.Name)
	if there, err := f.exists(old); !there {
		return false, err
	}
	moved, err := f.exists(f.path(f.place.Name))
	if err != nil {
		return false, err
	}
	base := f.manifest.base
	begun := base != nil && len(f.manifest.increments) == 0 && base.Name == f.place.Name && !moved
	if !f.manifest.Empty() && !begun {
		return false, nil
	}
	if moved {
		return false, fmt.Errorf("can't move the old AOF file %s into dir %s: one of that name is there", f.place.Name, f.place.DirName)
	}
	if err := f.makeDir(); err != nil {
		return false, err
	}
	manifest := f.manifest.clone()
	manifest.base, manifest.baseSeq = &Info{Name: f.place.Name, Seq: 1, Type: Base}, 1
	if err := f.persist(manifest); err != nil {
		return false, err
	}
	if err := f.system.Rename(old, f.path(f.place.Name)); err != nil {
		return false, fmt.Errorf("Error trying to move the old AOF file %s into dir %s: %w", f.place.Name, f.place.DirName, err)
	}
	return true, f.system.SyncDir(f.dir())
}

// TakenOverLine is what Redis logs when it has taken an old log over.
func (f *Folder) TakenOverLine() string {
	return fmt.Sprintf("Successfully migrated an old-style AOF file (%s) into the AOF directory (%s).", f.place.Name, f.place.DirName)
}

// Part is a file to be loaded.
type Part struct {
	Info
	Path string
	Size int64
	// Last is set if nothing comes after it: only its end may be torn. That is so too for a file followed by empty ones, which is what
	// a crash leaves between the creation of an increment and its first record; Redis refuses those.
	Last bool
}

// Files are the files to be loaded, in their order. One that is missing is an error, in Redis's words. No files: there is no log.
func (f *Folder) Files() ([]Part, error) {
	infos := f.manifest.Files()
	parts := make([]Part, len(infos))
	last := true
	for i := len(infos) - 1; i >= 0; i-- {
		path := f.path(infos[i].Name)
		stat, err := f.system.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("Unable to obtain the AOF file %s length. stat: %s: %w", infos[i].Name, conf.Reason(err), err)
		}
		parts[i] = Part{Info: infos[i], Path: path, Size: stat.Size, Last: last}
		last = last && stat.Size == 0
	}
	return parts, nil
}

// asideSuffix follows the name of a file whose torn end was cut off.
const asideSuffix = ".torn"

// CutTail cuts a file's torn end off at an offset. What is cut is kept aside first, in a file of the same name with ".torn" behind it, where
// an earlier one of that name is replaced. It returns the path and the bytes cut.
func (f *Folder) CutTail(part Part, offset int64) (aside string, size int64, err error) {
	file, err := f.system.Append(part.Path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	end, err := file.Size()
	if err != nil || end <= offset {
		return "", 0, err
	}
	aside = part.Path + asideSuffix
	if err := f.keepAside(aside, file, offset, end); err != nil {
		return "", 0, err
	}
	if err := file.Truncate(offset); err != nil {
		return "", 0, err
	}
	return aside, end - offset, file.Sync()
}

// keepAside copies a part of a file into another one, durably.
func (f *Folder) keepAside(path string, from vfs.File, offset, end int64) error {
	file, err := f.system.Create(path)
	if err != nil {
		return err
	}
	if err = syncAndClose(file, copyRange(file, from, offset, end)); err != nil {
		return err
	}
	return f.system.SyncDir(f.dir())
}

// syncAndClose ends what was done to a file, which went wrong or did not: it is synced only in the latter case, and closed in both.
func syncAndClose(file vfs.File, err error) error {
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// persist writes a manifest and makes it the folder's. Only where the error comes from the last step, the folder's sync, it has become so.
func (f *Folder) persist(m *Manifest) error {
	temp := f.path("temp-" + f.manifestName())
	file, err := f.system.Create(temp)
	if err != nil {
		return fmt.Errorf("Can't open the AOF manifest file temp-%s: %w", f.manifestName(), err)
	}
	_, err = file.Write(m.Append(nil))
	if err != nil {
		err = fmt.Errorf("Error trying to write the temporary AOF manifest file temp-%s: %w", f.manifestName(), err)
	} else if err = file.Sync(); err != nil {
		err = fmt.Errorf("Fail to fsync the temp AOF file temp-%s: %w.", f.manifestName(), err)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := f.system.Rename(temp, f.path(f.manifestName())); err != nil {
		return fmt.Errorf("Error trying to rename the temporary AOF manifest file temp-%s into %[1]s: %w", f.manifestName(), err)
	}
	f.manifest, f.dirty = m, true
	if err := f.system.SyncDir(f.dir()); err != nil {
		return fmt.Errorf("Fail to fsync AOF directory %s: %w.", f.path(f.manifestName()), err)
	}
	f.dirty = false
	return nil
}
