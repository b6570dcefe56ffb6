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
	// Loses is set if a failing Sync of a file of Memory loses what it should have written, as on Linux: programs see it, but no later
	// Sync writes it.
	Loses bool
}

// Failing is a file system around another one, in which operations fail as its rules say. An operation that fails doesn't reach the other
// one, save as Short and Loses say. A failing Close closes all the same.
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

// failure is what comes of an operation: a rule's error and what else it says.
type failure struct {
	err   error
	short int
	loses bool
}

// fails counts an operation, of a Write with its size, and tells whether it fails.
func (f *Failing) fails(op Op, name string, size int) failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[AnyOp]++
	f.counts[op]++
	for _, rule := range f.rules {
		number := f.counts[rule.Op] - rule.First
		if (rule.Op == AnyOp || rule.Op == op) && number >= 0 && (rule.Count == 0 || number < rule.Count) {
			return failure{fmt.Errorf("%s %s: %w", op, name, rule.Err), min(rule.Short, size), rule.Loses}
		}
	}
	if f.full && op == Writes {
		if f.room < size {
			failed := failure{err: fmt.Errorf("%s %s: %w", op, name, syscall.ENOSPC), short: f.room}
			f.room = 0
			return failed
		}
		f.room -= size
	}
	return failure{}
}

// opened puts a file into the wrapper that counts.
func (f *Failing) opened(op Op, name string, open func(string) (File, error)) (File, error) {
	if err := f.fails(op, name, 0).err; err != nil {
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
	if err := f.fails(Renames, from, 0).err; err != nil {
		return err
	}
	return f.under.Rename(from, to)
}

// Remove implements FS.
func (f *Failing) Remove(name string) error {
	if err := f.fails(Removes, name, 0).err; err != nil {
		return err
	}
	return f.under.Remove(name)
}

// Mkdir implements FS.
func (f *Failing) Mkdir(name string) error {
	if err := f.fails(Mkdirs, name, 0).err; err != nil {
		return err
	}
	return f.under.Mkdir(name)
}

// List implements FS.
func (f *Failing) List(dir string) ([]string, error) {
	if err := f.fails(Lists, dir, 0).err; err != nil {
		return nil, err
	}
	return f.under.List(dir)
}

// Stat implements FS.
func (f *Failing) Stat(name string) (Info, error) {
	if err := f.fails(Stats, name, 0).err; err != nil {
		return Info{}, err
	}
	return f.under.Stat(name)
}

// SyncDir implements FS.
func (f *Failing) SyncDir(dir string) error {
	if err := f.fails(DirSyncs, dir, 0).err; err != nil {
		return err
	}
	return f.under.SyncDir(dir)
}
