package vfs

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Memory is a file system in memory that knows of each byte and each name whether it would outlive a power cut: see Crash.
// It is for tests; a file's bytes are copied at each Sync.
//
// Names are looked up from the root, which exists; symbolic links and permissions there are none. A file that was removed can still be
// used by those who have it open. A folder is not renamed.
type Memory struct {
	mu   sync.Mutex
	root *node
	// pending are the changes of names that no SyncDir has covered, in their order.
	pending []naming
}

// node is a file or a folder.
type node struct {
	// entries are a folder's names as programs see them, durable those that outlive a power cut; both nil for a file.
	entries, durable map[string]*node

	// data is a file's content as programs see it, synced what a power cut leaves at least. The first kept bytes are the same in both, but
	// for those in doubt.
	data, synced []byte
	kept         int
	// doubtful are parts of data that a failed Sync may have lost, and that a later one won't write.
	doubtful []span
}

// span is the bytes from from up to to.
type span struct{ from, to int }

func (n *node) isDir() bool { return n.entries != nil }

// naming is a change of names in one folder or, for a Rename, perhaps two: one name goes, another comes, either may be absent (nil folder).
type naming struct {
	from, to         *node
	fromName, toName string
	what             *node
}

func (c naming) touches(dir *node) bool { return c.from == dir || c.to == dir }

// apply makes the change durable.
func (c naming) apply() {
	if c.from != nil {
		delete(c.from.durable, c.fromName)
	}
	if c.to != nil {
		c.to.durable[c.toName] = c.what
	}
}

var _ FS = (*Memory)(nil)

// NewMemory makes an empty file system.
func NewMemory() *Memory { return &Memory{root: newDir()} }

func newDir() *node { return &node{entries: map[string]*node{}, durable: map[string]*node{}} }

// components are the names on the way from the root.
func components(name string) []string {
	name = strings.Trim(filepath.ToSlash(filepath.Clean(name)), "/")
	if name == "." || name == "" {
		return nil
	}
	return strings.Split(name, "/")
}

// at finds what has a name, nil if there is nothing.
func (m *Memory) at(name string) *node {
	n := m.root
	for _, component := range components(name) {
		if n == nil || !n.isDir() {
			return nil
		}
		n = n.entries[component]
	}
	return n
}

// parent finds the folder in which a name is or would be.
func (m *Memory) parent(name string) (dir *node, last string, err error) {
	path := components(name)
	if len(path) == 0 {
		return nil, "", fs.ErrInvalid
	}
	dir = m.at(strings.Join(path[:len(path)-1], "/"))
	switch {
	case dir == nil:
		return nil, "", syscall.ENOENT
	case !dir.isDir():
		return nil, "", syscall.ENOTDIR
	}
	return dir, path[len(path)-1], nil
}

// change changes names as programs see them and notes that for later.
func (m *Memory) change(c naming) {
	if c.from != nil {
		delete(c.from.entries, c.fromName)
	}
	if c.to != nil {
		c.to.entries[c.toName] = c.what
	}
	m.pending = append(m.pending, c)
}

// file finds a file, or makes it where create is set.
func (m *Memory) file(op, name string, create bool) (*node, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, last, err := m.parent(name)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	n := dir.entries[last]
	switch {
	case n == nil && !create:
		return nil, pathError(op, name, syscall.ENOENT)
	case n == nil:
		n = &node{}
		m.change(naming{to: dir, toName: last, what: n})
	case n.isDir():
		return nil, pathError(op, name, syscall.EISDIR)
	}
	return n, nil
}

// Create implements FS.
func (m *Memory) Create(name string) (File, error) {
	n, err := m.file("open", name, true)
	if err != nil {
		return nil, err
	}
	f := &memoryFile{fs: m, node: n, name: name, writable: true}
	return f, f.Truncate(0)
}

// Open implements FS.
func (m *Memory) Open(name string) (File, error) {
	n, err := m.file("open", name, false)
	if err != nil {
		return nil, err
	}
	return &memoryFile{fs: m, node: n, name: name}, nil
}

// Append implements FS.
func (m *Memory) Append(name string) (File, error) {
	n, err := m.file("open", name, true)
	if err != nil {
		return nil, err
	}
	return &memoryFile{fs: m, node: n, name: name, writable: true}, nil
}

// Rename implements FS.
func (m *Memory) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	source, sourceName, err := m.parent(from)
	if err == nil && source.entries[sourceName] == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return pathError("rename", from, err)
	}
	target, targetName, err := m.parent(to)
	if err != nil {
		return pathError("rename", to, err)
	}
	what, there := source.entries[sourceName], target.entries[targetName]
	if what.isDir() || there != nil && there.isDir() {
		return pathError("rename", to, syscall.EISDIR)
	}
	if what != there {
		m.change(naming{from: source, fromName: sourceName, to: target, toName: targetName, what: what})
	}
	return nil
}

// Remove implements FS.
func (m *Memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, last, err := m.parent(name)
	switch {
	case err != nil:
	case dir.entries[last] == nil:
		err = syscall.ENOENT
	case len(dir.entries[last].entries) > 0:
		err = syscall.ENOTEMPTY
	}
	if err != nil {
		return pathError("remove", name, err)
	}
	m.change(naming{from: dir, fromName: last})
	return nil
}

// Mkdir implements FS.
func (m *Memory) Mkdir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := m.at(name); n != nil {
		if n.isDir() {
			return nil
		}
		return pathError("mkdir", name, syscall.EEXIST)
	}
	dir, last, err := m.parent(name)
	if err != nil {
		return pathError("mkdir", name, err)
	}
	m.change(naming{to: dir, toName: last, what: newDir()})
	return nil
}

// folder finds a folder.
func (m *Memory) folder(op, name string) (*node, error) {
	n := m.at(name)
	switch {
	case n == nil:
		return nil, pathError(op, name, syscall.ENOENT)
	case !n.isDir():
		return nil, pathError(op, name, syscall.ENOTDIR)
	}
	return n, nil
}

// List implements FS.
func (m *Memory) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.folder("open", dir)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(n.entries)), nil
}

// Stat implements FS.
func (m *Memory) Stat(name string) (Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.at(name)
	if n == nil {
		return Info{}, pathError("stat", name, syscall.ENOENT)
	}
	return Info{Size: int64(len(n.data)), Dir: n.isDir()}, nil
}

// SyncDir implements FS.
func (m *Memory) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.folder("open", dir)
	if err != nil {
		return err
	}
	left := m.pending[:0]
	for _, c := range m.pending {
		if c.touches(n) {
			c.apply()
		} else {
			left = append(left, c)
		}
	}
	clear(m.pending[len(left):])
	m.pending = left
	return nil
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// String shows the tree as programs see it, a line a file, for messages of tests.
func (m *Memory) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	m.root.show(&b, "")
	return b.String()
}

func (n *node) show(b *strings.Builder, path string) {
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		child := n.entries[name]
		if child.isDir() {
			fmt.Fprintf(b, "%s%s/\n", path, name)
			child.show(b, path+name+"/")
		} else {
			fmt.Fprintf(b, "%s%s %d bytes, %d synced\n", path, name, len(child.data), len(child.synced))
		}
	}
}
