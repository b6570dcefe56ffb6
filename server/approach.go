package server

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// approach has the store read what a batch is about to look up, for all of its keys at once: a look-up waits mostly for memory, and the
// processor waits for many places as long as for one. Measured: docs/decisions/0006.
type approach struct {
	// done is set once it has been tried for the batch.
	done bool
	// repeated is set if every other key, or more, is that of the command before.
	repeated bool

	keys   [approachKeys][]byte
	hashes [approachKeys]uint64
	// sum keeps the compiler from leaving the reads out.
	sum byte
}

const (
	// approachKeys is how many keys are approached at most, no fewer than a batch has commands; approachLeast from how many on it is worth it.
	approachKeys  = 128
	approachLeast = 4
)

// approachKeys runs when the batch has first got hold of the store. Only keys of its first client's database are approached, and of commands in
// a row with the same key that key once.
func (b *batch) approachKeys() {
	a := &b.approach
	if a.done || b.count < approachLeast {
		return
	}
	a.done = true
	database, count, repeats := b.requests[0].client.Database(), 0, 0
	for i := range b.requests[:b.count] {
		r := &b.requests[i]
		if r.command == nil || r.command.FirstKey == 0 || r.client.Database() != database {
			continue
		}
		last := r.command.LastKey
		if last < 0 {
			last += len(r.args)
		}
		for k := r.command.FirstKey; k <= last && k < len(r.args) && count < approachKeys; k += r.command.KeyStep {
			if key := r.args[k]; count > 0 && string(key) == string(a.keys[count-1]) {
				repeats++
			} else {
				a.keys[count] = key
				count++
			}
		}
	}
	a.repeated = repeats > 0 && repeats >= count
	db := b.loop.server.store.DB(database)
	a.sum += db.Approach(a.keys[:count], a.hashes[:count])
	clear(a.keys[:count])
	b.approachElements(db, database)
}

// approachElements does the same for an element of each command, where several in a row have the same key.
func (b *batch) approachElements(db *datatypes.DB, database int) {
	a, count := &b.approach, 0
	var key []byte
	for i := range b.requests[:b.count] {
		r := &b.requests[i]
		element := r.element()
		if element == nil || r.client.Database() != database {
			continue
		}
		if count > 0 && string(key) != string(r.args[1]) {
			a.elementsOf(db, key, count)
			count = 0
		}
		key, a.keys[count] = r.args[1], element
		count++
	}
	a.elementsOf(db, key, count)
}

func (a *approach) elementsOf(db *datatypes.DB, key []byte, count int) {
	if count >= approachLeast {
		a.sum += db.ApproachElements(key, a.keys[:count], a.hashes[:count])
	}
	clear(a.keys[:count])
}

// element is one that the command is about to look up in what its one key holds: the first field of a hash, the last member of another. What isn't any
// is looked for in vain.
func (r *request) element() []byte {
	c := r.command
	switch {
	case c == nil || c.FirstKey != 1 || c.LastKey != 1 || len(r.args) < 3:
		return nil
	case c.ACL&commands.ACLHash != 0:
		return r.args[2]
	case c.ACL&(commands.ACLSet|commands.ACLSortedSet) != 0:
		return r.args[len(r.args)-1]
	}
	return nil
}
