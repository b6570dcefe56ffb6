package tracking

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Prefixes is who is told of which keys by how they begin, and what has changed since they were last told. A member, M, is a connection; its
// zero value is nobody. The zero Prefixes is empty.
type Prefixes[M comparable] struct {
	byName map[string]*prefix[M]
	// lengths are how long they are, each length once, in order; ofLength counts the prefixes of each.
	lengths  []int
	ofLength map[int]int
	// pending are those of which keys have changed.
	pending []*prefix[M]
}

// prefix is one of them: who is told, and the keys with who changed each last.
type prefix[M comparable] struct {
	name    string
	members map[M]struct{}
	keys    map[string]M
}

// keptKeys is how many places for keys a prefix keeps for later.
const keptKeys = 1 << 10

// Enable turns tracking on for a member whose choice c is, and that Refusal has not refused. Prefixes that it has stay; in broadcast mode
// none at all means every key.
func (p *Prefixes[M]) Enable(member M, c *Client, m Mode, redirect int64, prefixes [][]byte) {
	c.set(m, redirect)
	if !m.Broadcast {
		return
	}
	if len(prefixes) == 0 {
		prefixes = [][]byte{nil}
	}
	for _, name := range c.addPrefixes(prefixes) {
		p.join(member, name)
	}
}

// Disable turns it off. What it has been told of is no concern of its any more.
func (p *Prefixes[M]) Disable(member M, c *Client) {
	for _, name := range c.prefixes {
		p.leave(member, name)
	}
	redirect := c.Redirect
	*c = Client{Redirect: redirect}
}

func (p *Prefixes[M]) join(member M, name string) {
	x := p.byName[name]
	if x == nil {
		x = &prefix[M]{name: name, members: map[M]struct{}{}}
		if p.byName == nil {
			p.byName, p.ofLength = map[string]*prefix[M]{}, map[int]int{}
		}
		p.byName[name] = x
		if p.ofLength[len(name)]++; p.ofLength[len(name)] == 1 {
			p.lengths = slices.Sorted(maps.Keys(p.ofLength))
		}
	}
	x.members[member] = struct{}{}
}

func (p *Prefixes[M]) leave(member M, name string) {
	x := p.byName[name]
	if delete(x.members, member); len(x.members) > 0 {
		return
	}
	x.keys = nil
	delete(p.byName, name)
	if p.ofLength[len(name)]--; p.ofLength[len(name)] == 0 {
		delete(p.ofLength, len(name))
		p.lengths = slices.Sorted(maps.Keys(p.ofLength))
	}
}

// Len is the number of prefixes.
func (p *Prefixes[M]) Len() int { return len(p.byName) }

// Touch notes that a key was changed, by a member or by nobody. It costs a look-up for each length of a prefix.
func (p *Prefixes[M]) Touch(key []byte, by M) {
	for _, length := range p.lengths {
		if length > len(key) {
			return
		}
		if x := p.byName[string(key[:length])]; x != nil {
			if x.keys == nil {
				x.keys = map[string]M{}
			}
			if len(x.keys) == 0 {
				p.pending = append(p.pending, x)
			}
			x.keys[string(key)] = by
		}
	}
}

// Pending tells whether there is something to tell.
func (p *Prefixes[M]) Pending() bool { return len(p.pending) > 0 }

// Broadcast calls tell for each prefix of which keys have changed, in the order of prefixes: with its members and with all those keys in order.
// by is who changed a key last. What was told is forgotten. tell changes nothing here.
func (p *Prefixes[M]) Broadcast(tell func(members iter.Seq[M], keys []string, by func(key string) M)) {
	slices.SortFunc(p.pending, func(a, b *prefix[M]) int { return strings.Compare(a.name, b.name) })
	for i, x := range p.pending {
		p.pending[i] = nil
		if len(x.keys) == 0 {
			continue // all its members have left
		}
		tell(maps.Keys(x.members), slices.Sorted(maps.Keys(x.keys)), func(key string) M { return x.keys[key] })
		if len(x.keys) > keptKeys {
			x.keys = nil
		} else {
			clear(x.keys)
		}
	}
	p.pending = p.pending[:0]
}
