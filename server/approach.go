package server

// approach has the store read what a batch is about to look up, for all of its keys at once: a look-up waits mostly for memory, and the
// processor waits for many places as long as for one. Measured: docs/decisions/0006.
type approach struct {
	// done is set once it has been tried for the batch.
	done   bool
	keys   [approachKeys][]byte
	hashes [approachKeys]uint64
	// sum keeps the compiler from leaving the reads out.
	sum byte
}

const (
	// approachKeys is how many keys are approached at most, approachLeast from how many on it is worth it.
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
	database, count := b.requests[0].client.Database(), 0
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
			if key := r.args[k]; count == 0 || string(key) != string(a.keys[count-1]) {
				a.keys[count] = key
				count++
			}
		}
	}
	a.sum += b.loop.server.store.DB(database).Approach(a.keys[:count], a.hashes[:count])
	clear(a.keys[:count])
}
