package vfs

import (
	"io"
	"io/fs"
	"slices"
	"syscall"
)

// memoryFile is an open file of Memory. Its file system's lock guards all of it.
type memoryFile struct {
	fs       *Memory
	node     *node
	name     string
	writable bool
	closed   bool
}

// use takes the lock for an operation; the caller gives it back, whatever the error.
func (f *memoryFile) use(op string, writes bool) error {
	f.fs.mu.Lock()
	switch {
	case f.closed:
		return pathError(op, f.name, fs.ErrClosed)
	case writes && !f.writable:
		return pathError(op, f.name, syscall.EBADF)
	}
	return nil
}

// Write implements File.
func (f *memoryFile) Write(p []byte) (int, error) {
	err := f.use("write", true)
	defer f.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	f.node.data = append(f.node.data, p...)
	return len(p), nil
}

// ReadAt implements File.
func (f *memoryFile) ReadAt(p []byte, offset int64) (int, error) {
	err := f.use("read", false)
	defer f.fs.mu.Unlock()
	switch {
	case err != nil:
		return 0, err
	case offset < 0:
		return 0, pathError("read", f.name, fs.ErrInvalid)
	case offset >= int64(len(f.node.data)):
		return 0, io.EOF
	}
	n := copy(p, f.node.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Sync implements File.
func (f *memoryFile) Sync() error {
	err := f.use("sync", false)
	defer f.fs.mu.Unlock()
	if err != nil {
		return err
	}
	n := f.node
	n.synced = append(n.synced[:n.kept], n.data[n.kept:]...)
	n.kept = len(n.data)
	for _, lost := range n.doubtful {
		clear(n.synced[lost.from:lost.to])
	}
	return nil
}

// loseSync is what a Sync that fails does on Linux: what it should have written counts as written, and may be lost.
func (f *memoryFile) loseSync() {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n := f.node
	if n.kept < len(n.data) {
		n.doubtful = append(n.doubtful, span{n.kept, len(n.data)})
	}
}

// Truncate implements File.
func (f *memoryFile) Truncate(size int64) error {
	err := f.use("truncate", true)
	defer f.fs.mu.Unlock()
	n := f.node
	switch {
	case err != nil:
		return err
	case size < 0:
		return pathError("truncate", f.name, fs.ErrInvalid)
	case size > int64(len(n.data)):
		return tooLong("truncate", f.name, size, int64(len(n.data)))
	}
	n.data = slices.Clip(n.data[:size])
	n.kept = min(n.kept, int(size))
	for i := range n.doubtful {
		n.doubtful[i].to = min(n.doubtful[i].to, int(size))
	}
	n.doubtful = slices.DeleteFunc(n.doubtful, func(s span) bool { return s.from >= s.to })
	return nil
}

// Size implements File.
func (f *memoryFile) Size() (int64, error) {
	err := f.use("stat", false)
	defer f.fs.mu.Unlock()
	return int64(len(f.node.data)), err
}

// Close implements File.
func (f *memoryFile) Close() error {
	err := f.use("close", false)
	defer f.fs.mu.Unlock()
	f.closed = true
	return err
}
