package vfs

import (
	"fmt"
	"io/fs"
	"os"
)

// Permissions of what OS makes, before the umask; Redis's.
const (
	filePermissions = 0o644
	dirPermissions  = 0o755
)

// OS is the operating system's file system.
//
// Sync is fdatasync on Linux, which also keeps a file's size, F_FULLFSYNC on macOS and fsync elsewhere. SyncDir does nothing on Windows,
// which has no such call, and nothing where the file system has none for folders.
type OS struct{}

var _ FS = OS{}

// Create implements FS.
func (OS) Create(name string) (File, error) {
	return open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND)
}

// Open implements FS.
func (OS) Open(name string) (File, error) { return open(name, os.O_RDONLY) }

// Append implements FS.
func (OS) Append(name string) (File, error) {
	return open(name, os.O_RDWR|os.O_CREATE|os.O_APPEND)
}

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(name string) error { return os.Remove(name) }

// Mkdir implements FS.
func (OS) Mkdir(name string) error {
	err := os.Mkdir(name, dirPermissions)
	if info, statErr := os.Stat(name); err != nil && statErr == nil && info.IsDir() {
		return nil
	}
	return err
}

// List implements FS.
func (OS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}

// Stat implements FS.
func (OS) Stat(name string) (Info, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Info{}, err
	}
	return Info{Size: info.Size(), Dir: info.IsDir()}, nil
}

// SyncDir implements FS.
func (OS) SyncDir(dir string) error { return syncDir(dir) }

func open(name string, flags int) (File, error) {
	f, err := os.OpenFile(name, flags, filePermissions)
	if err != nil {
		return nil, err
	}
	return &osFile{file: f}, nil
}

type osFile struct{ file *os.File }

func (f *osFile) Write(p []byte) (int, error)                { return f.file.Write(p) }
func (f *osFile) ReadAt(p []byte, offset int64) (int, error) { return f.file.ReadAt(p, offset) }
func (f *osFile) Close() error                               { return f.file.Close() }
func (f *osFile) Sync() error                                { return syncFile(f.file) }

func (f *osFile) Truncate(size int64) error {
	now, err := f.Size()
	if err != nil {
		return err
	}
	if size > now {
		return tooLong("truncate", f.file.Name(), size, now)
	}
	return f.file.Truncate(size)
}

func (f *osFile) Size() (int64, error) {
	info, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// tooLong is the error of a Truncate that would make a file longer.
func tooLong(op, name string, size, now int64) error {
	return &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("%d is beyond the end, %d: %w", size, now, fs.ErrInvalid)}
}
