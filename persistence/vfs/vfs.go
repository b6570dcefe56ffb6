package vfs

import (
	"fmt"
	"io"
)

// FS is a file system. Errors are those of package os: errors.Is tells fs.ErrNotExist and the like.
type FS interface {
	// Create makes an empty file, or empties the one there is, for appending and reading.
	Create(name string) (File, error)
	// Open opens a file for reading alone.
	Open(name string) (File, error)
	// Append opens a file for appending and reading; a missing one is made.
	Append(name string) (File, error)
	// Rename gives a file another name, in place of the file that has it.
	Rename(from, to string) error
	// Remove removes a file, or a folder with nothing in it.
	Remove(name string) error
	// Mkdir makes a folder. One that is there already is no error; its parent must exist.
	Mkdir(name string) error
	// List names what is in a folder, sorted.
	List(dir string) ([]string, error)
	// Stat tells of a file or folder.
	Stat(name string) (Info, error)
	// SyncDir makes durable what Create, Append, Rename, Remove and Mkdir did in a folder.
	SyncDir(dir string) error
}

// File is an open file.
type File interface {
	// Write appends. It returns an error if it appended fewer bytes than given.
	io.Writer
	io.ReaderAt
	io.Closer
	// Sync makes durable all that was written to the file, by whomever.
	Sync() error
	// Truncate cuts the file to a size not above its own. The next Write appends there.
	Truncate(size int64) error
	// Size is the file's size in bytes.
	Size() (int64, error)
}

// Info is what Stat tells.
type Info struct {
	Size int64 // bytes; of no meaning for folders
	Dir  bool
}

// ReadFile is all of a file's content.
func ReadFile(system FS, name string) ([]byte, error) {
	f, err := system.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); err != nil && (err != io.EOF || int64(n) < size) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
