package vfs

import "math/rand/v2"

// Crash is the file system as it is found after a power cut now: a copy in which everything is durable. The original goes on unchanged, so
// that a test can look at many ends of one state.
//
// With seed 0 only what was synced is there. Another seed chooses one of the other ends that the package's promises allow: for each file
// how much of what was appended since its last Sync is there, and how much of the rest as zeros; for the names which changes have
// happened, either the first so many or any of them.
func (m *Memory) Crash(seed uint64) *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := crash{copies: map[*node]*node{}}
	if seed != 0 {
		c.random = rand.New(rand.NewPCG(seed, 1))
	}
	c.keepNames(m)
	return &Memory{root: c.copy(m.root)}
}

type crash struct {
	random *rand.Rand // nil for the end with the least
	// names are the durable entries of folders, with those changes that happened.
	names  map[*node]map[string]*node
	copies map[*node]*node
}

// keepNames chooses which changes of names have happened. A change is applied to what the changes before it left, if need be without some
// of them: a file whose making was lost may still have its later name.
func (c *crash) keepNames(m *Memory) {
	c.names = map[*node]map[string]*node{}
	if c.random == nil {
		return
	}
	first := c.random.IntN(len(m.pending) + 1)
	some := c.random.IntN(2) == 0
	for i, change := range m.pending {
		if some && c.random.IntN(2) == 0 || !some && i >= first {
			continue
		}
		if change.from != nil {
			delete(c.durable(change.from), change.fromName)
		}
		if change.to != nil {
			c.durable(change.to)[change.toName] = change.what
		}
	}
}

// durable is a folder's names after the crash, as a map to be changed.
func (c *crash) durable(dir *node) map[string]*node {
	if c.names[dir] == nil {
		names := map[string]*node{}
		for name, n := range dir.durable {
			names[name] = n
		}
		c.names[dir] = names
	}
	return c.names[dir]
}

func (c *crash) copy(n *node) *node {
	if known := c.copies[n]; known != nil {
		return known
	}
	made := &node{}
	c.copies[n] = made
	if n.isDir() {
		made.entries, made.durable = map[string]*node{}, map[string]*node{}
		for name, child := range c.durable(n) {
			made.entries[name] = c.copy(child)
			made.durable[name] = made.entries[name]
		}
		return made
	}
	made.data = c.content(n)
	made.synced = append([]byte(nil), made.data...)
	made.kept = len(made.data)
	return made
}

// content is what is left of a file.
func (c *crash) content(n *node) []byte {
	if c.random == nil || c.random.IntN(4) == 0 {
		return append([]byte(nil), n.synced...)
	}
	written := n.kept + c.random.IntN(len(n.data)-n.kept+1)
	size := written
	if c.random.IntN(2) == 0 {
		size += c.random.IntN(len(n.data) - written + 1)
	}
	left := make([]byte, size)
	copy(left, n.data[:written])
	for _, lost := range n.doubtful {
		if c.random.IntN(2) == 0 {
			clear(left[min(lost.from, size):min(lost.to, size)])
		}
	}
	return left
}
