package vfs

import (
	"fmt"
	"sync"
	"syscall"
)

// Op is a kind of operation.
type Op int

// The kinds of operations. Creates are Create and Append, Opens are Open alone.
const (
	AnyOp Op = iota
	Creates
	Opens
	Renames
	Removes
	Mkdirs
	Lists
	Stats
	DirSyncs
	Writes
	Reads
	Syncs
	Truncates
	Sizes
	Closes
)

var opNames = [...]string{"any", "create", "open", "rename", "remove", "mkdir", "list", "stat", "syncdir", "write", "read", "sync", "truncate", "size", "close"}

// String is the kind's name.
func (o Op) String() string { return opNames[o] }

// Rule says which operations fail.
type Rule struct {
	Op Op
	// First is the number of the first operation of that kind to fail, from 1; Count how many fail from there on, 0 for all.
	First, Count int
	Err          error
	// Short is how many bytes a failing Write appends before it fails, if it has as many.
	Short int
}

// Failing is a file system around another one, in which operations fail as its rules say. An operation that fails doesn't reach the other
// one, save the Short bytes of a Write, and that a failing Sync of a file of Memory may lose what it should have written, as on Linux.
// A failing Close closes all the same.
type Failing struct {
	under FS

	mu     sync.Mutex
	rules  []Rule
	counts [len(opNames)]int
	// full is set if the disk has room for room more bytes and no others.
	full bool
	room int
}

var _ FS = (*Failing)(nil)

// NewFailing makes a file system around another one.
func NewFailing(under FS, rules ...Rule) *Failing { return &Failing{under: under, rules: rules} }

// Set replaces the rules; the counts begin anew. No rules: nothing fails any more.
func (f *Failing) Set(rules ...Rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = rules
	clear(f.counts[:])
}

// Limit leaves room for so many bytes: a Write that has more appends what fits and fails with ENOSPC. Negative: no limit.
// What is removed or truncated makes no room.
func (f *Failing) Limit(bytes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.full, f.room = bytes >= 0, bytes
}

// Count is how many operations of a kind there were since the rules were set, failed ones included.
func (f *Failing) Count(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[op]
}

// fails counts an operation and tells whether it fails, and of a Write how many bytes it appends first.
func (f *Failing) fails(op Op, name string, size int) (short int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[AnyOp]++
	f.counts[op]++
	for _, rule := range f.rules {
		number := f.counts[rule.Op] - rule.First
		if (rule.Op == AnyOp || rule.Op == op) && number >= 0 && (rule.Count == 0 || number < rule.Count) {
			return min(rule.Short, size), fmt.Errorf("%s %s: %w", op, name, rule.Err)
		}
	}
	if f.full && op == Writes {
		if f.room < size {
			short, f.room = f.room, 0
			return short, fmt.Errorf("%s %s: %w", op, name, syscall.ENOSPC)
		}
		f.room -= size
	}
	return 0, nil
}

// opened puts a file into the wrapper that counts.
func (f *Failing) opened(op Op, name string, open func(string) (File, error)) (File, error) {
	if _, err := f.fails(op, name, 0); err != nil {
		return nil, err
	}
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	return &failingFile{fs: f, under: file, name: name}, nil
}

// Create implements FS.
func (f *Failing) Create(name string) (File, error) { return f.opened(Creates, name, f.under.Create) }

// Open implements FS.
func (f *Failing) Open(name string) (File, error) { return f.opened(Opens, name, f.under.Open) }

// Append implements FS.
func (f *Failing) Append(name string) (File, error) { return f.opened(Creates, name, f.under.Append) }

// Rename implements FS.
func (f *Failing) Rename(from, to string) error {
	if _, err := f.fails(Renames, from, 0); err != nil {
		return err
	}
	return f.under.Rename(from, to)
}

// Remove implements FS.
func (f *Failing) Remove(name string) error {
	if _, err := f.fails(Removes, name, 0); err != nil {
		return err
	}
	return f.under.Remove(name)
}

// Mkdir implements FS.
func (f *Failing) Mkdir(name string) error {
	if _, err := f.fails(Mkdirs, name, 0); err != nil {
		return err
	}
	return f.under.Mkdir(name)
}

// List implements FS.
func (f *Failing) List(dir string) ([]string, error) {
	if _, err := f.fails(Lists, dir, 0); err != nil {
		return nil, err
	}
	return f.under.List(dir)
}

// Stat implements FS.
func (f *Failing) Stat(name string) (Info, error) {
	if _, err := f.fails(Stats, name, 0); err != nil {
		return Info{}, err
	}
	return f.under.Stat(name)
}

// SyncDir implements FS.
func (f *Failing) SyncDir(dir string) error {
	if _, err := f.fails(DirSyncs, dir, 0); err != nil {
		return err
	}
	return f.under.SyncDir(dir)
}
