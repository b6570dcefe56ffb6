package tracking

import (
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// parts is how many parts a table has: readers on several loops seldom want the same one.
const parts = 16

// Table is which clients have read which keys.
//
// It is a paged dictionary in parts. The payload of a key that one client has read is that client's number as a varint; several are a tree,
// *readers, and the payload is empty.
type Table struct {
	seed  maphash.Seed
	parts [parts]part
	// keys and items count the keys and the pairs of key and client.
	keys, items atomic.Int64
	// bytes is what the dictionaries take.
	bytes atomic.Int64
}

// part is the keys whose hashes end in the same bits.
type part struct {
	mu    sync.Mutex
	space *page.Space
	dict  *dict.Dict
	// counted is what of the dictionary is in the table's bytes.
	counted int64
	_       [32]byte // others' locks lie on other lines of the processor's cache
}

// readers are the clients that have read a key, in order.
type readers struct {
	ids []int64
	// pruneAt is how many there may be before it is worth asking which of them have gone.
	pruneAt int
}

// firstPrune is how many clients of a key are never asked for.
const firstPrune = 64

// NewTable makes an empty table.
func NewTable() *Table {
	t := &Table{seed: maphash.MakeSeed()}
	for i := range t.parts {
		t.reset(&t.parts[i])
	}
	return t
}

func (t *Table) reset(p *part) {
	p.space = &page.Space{}
	p.dict = dict.New(p.space, func(key []byte) uint64 { return maphash.Bytes(t.seed, key) })
}

// Keys is the number of keys, Items the number of pairs of key and client.
func (t *Table) Keys() int64  { return t.keys.Load() }
func (t *Table) Items() int64 { return t.items.Load() }

// Bytes is about what the table takes, what is unused in it left out. O(1), without a lock.
func (t *Table) Bytes() int64 {
	return t.bytes.Load() + (t.items.Load()-t.keys.Load())*idBytes
}

// idBytes is what each further reader of a key takes.
const idBytes = 8

// count brings the table's bytes up to date with those of a part, which is locked.
func (t *Table) count(p *part) {
	live := p.dict.Size().Live
	t.bytes.Add(live - p.counted)
	p.counted = live
}

// find locks the part of a key, which the caller unlocks, and looks it up.
func (t *Table) find(key []byte) (p *part, hash uint64, at dict.At) {
	hash = maphash.Bytes(t.seed, key)
	p = &t.parts[hash%parts]
	p.mu.Lock()
	return p, hash, p.dict.Find(hash, key)
}

// Add notes that a client has read key, which is copied. It tells whether so many have that some may have gone, which calls for Prune.
func (t *Table) Add(key []byte, id int64) (crowded bool) {
	p, hash, at := t.find(key)
	defer p.mu.Unlock()
	if !at.Found() {
		var number [binary.MaxVarintLen64]byte
		length := binary.PutUvarint(number[:], uint64(id))
		at = p.dict.Put(at, hash, key, length, nil)
		copy(at.Payload(), number[:length])
		t.count(p)
		t.keys.Add(1)
		t.items.Add(1)
		return false
	}
	r, several := at.Item().Tree.(*readers)
	if !several {
		first := single(&at)
		if first == id {
			return false
		}
		r = &readers{ids: []int64{first}, pruneAt: firstPrune}
		p.dict.Put(at, hash, key, 0, r)
		t.count(p)
	}
	i, known := slices.BinarySearch(r.ids, id)
	if !known {
		r.ids = slices.Insert(r.ids, i, id)
		t.items.Add(1)
	}
	return len(r.ids) > r.pruneAt
}

// single is the client in the payload of a key that only one has read.
func single(at *dict.At) int64 {
	id, _ := binary.Uvarint(at.Payload())
	return int64(id)
}

// appendReaders appends the clients of an entry.
func appendReaders(dst []int64, at *dict.At) []int64 {
	if r, several := at.Item().Tree.(*readers); several {
		return append(dst, r.ids...)
	}
	return append(dst, single(at))
}

// Take forgets a key and appends who has read it to dst, in order.
func (t *Table) Take(key []byte, dst []int64) []int64 {
	if t.keys.Load() == 0 {
		return dst
	}
	p, hash, at := t.find(key)
	defer p.mu.Unlock()
	if !at.Found() {
		return dst
	}
	return t.take(p, hash, at, dst)
}

func (t *Table) take(p *part, hash uint64, at dict.At, dst []int64) []int64 {
	before := len(dst)
	dst = appendReaders(dst, &at)
	p.dict.DeleteAt(at, hash)
	t.count(p)
	t.keys.Add(-1)
	t.items.Add(int64(before - len(dst)))
	return dst
}

// TakeAny is Take for a key drawn at random, which is the caller's; false if there is none.
func (t *Table) TakeAny(random *rand.Rand, dst []int64) (key []byte, ids []int64, ok bool) {
	for i, first := 0, random.IntN(parts); i < parts; i++ {
		p := &t.parts[(first+i)%parts]
		p.mu.Lock()
		item, found := p.dict.Random(random)
		if found {
			key = slices.Clone(item.Key)
			hash := maphash.Bytes(t.seed, key)
			ids = t.take(p, hash, p.dict.Find(hash, key), dst)
		}
		p.mu.Unlock()
		if found {
			return key, ids, true
		}
	}
	return nil, dst, false
}

// Prune forgets those who have read a key and have gone. It costs the number of all of them; Add asks for it when they are twice as many
// as were left the last time.
func (t *Table) Prune(key []byte, gone func(id int64) bool) {
	p, _, at := t.find(key)
	var ids []int64
	if at.Found() {
		ids = appendReaders(nil, &at)
	}
	p.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return !gone(id) })
	p, _, at = t.find(key)
	defer p.mu.Unlock()
	if !at.Found() {
		return
	}
	r, several := at.Item().Tree.(*readers)
	if !several {
		return
	}
	before := len(r.ids)
	kept := make([]int64, 0, before)
	for _, id := range r.ids {
		if _, went := slices.BinarySearch(left, id); !went {
			kept = append(kept, id)
		}
	}
	if len(kept) == 0 {
		kept = append(kept, r.ids[before-1]) // an entry has somebody; a change of the key forgets it
	}
	t.items.Add(int64(len(kept) - before))
	r.ids, r.pruneAt = slices.Clip(kept), max(firstPrune, 2*len(kept))
}

// Clear forgets everything.
func (t *Table) Clear() {
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		t.reset(p)
		t.count(p)
		p.mu.Unlock()
	}
	t.keys.Store(0)
	t.items.Store(0)
}
