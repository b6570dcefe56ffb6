package server

import (
	"slices"
	"sync"
)

// aclLog is what ACL LOG shows: the latest denials, newest first. It has a lock of its own, since AUTH runs under gates.
type aclLog struct {
	mu      sync.Mutex
	max     int
	entries []aclEntry
}

// aclEntry is a denial and how often it came again. The only reason so far is a wrong password.
type aclEntry struct {
	count        int64
	object, user string
	lastMs       int64
	client       string
}

const (
	// aclGroupMs and aclGroupLook say when a denial counts as one come again: within a minute, among the ten latest.
	aclGroupMs   = 60_000
	aclGroupLook = 10
)

// add notes a denial; max is acllog-max-len.
func (a *aclLog) add(e aclEntry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.count = 1
	for i, old := range a.entries[:min(len(a.entries), aclGroupLook)] {
		if old.object == e.object && old.user == e.user && e.lastMs-old.lastMs <= aclGroupMs {
			e.count = old.count + 1
			a.entries = slices.Delete(a.entries, i, i+1)
			break
		}
	}
	a.entries = slices.Insert(a.entries, 0, e)
	a.entries = a.entries[:min(len(a.entries), a.max)]
}

// setMax follows acllog-max-len; as in Redis the log is cut at the next denial.
func (a *aclLog) setMax(max int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.max = max
}

func (a *aclLog) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entries = nil
}

// newest are up to count entries.
func (a *aclLog) newest(count int) []aclEntry {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.entries[:min(count, len(a.entries))])
}
