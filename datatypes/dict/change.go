package dict

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// form is how an entry lies: so many bytes in its page, and in a block besides if it is a stub.
type form struct {
	total int
	stub  bool
}

func formOf(key, payload int, tree bool) form {
	total := 2 + key + payload
	if tree {
		total += 2
	}
	switch {
	case key <= maxInlineKey && total <= maxEntryBytes:
		return form{total, false}
	case tree:
		return form{stubTreeBytes, true}
	}
	return form{stubBytes, true}
}

// Changeable tells whether the payload of the entry at may be written in place; otherwise Put makes it so.
func (d *Dict) Changeable(at *At) bool {
	s := at.where()
	made := s.page.made()
	if s.page[at.start+1] >= markStubTree {
		made = blockMade(s.refs.blocks[u16(s.page[at.start+2:])])
	}
	return made > d.leafLimit()
}

// Put gives key an entry with a payload of so many bytes, and that tree, or none if it is nil. at is what Find has just returned for key.
// An entry that was there keeps as much of its payload as fits; the rest is undefined, for the caller to write before anybody reads. Nothing
// is allocated where the page has room.
func (d *Dict) Put(at At, hash uint64, key []byte, payload int, tree any) At {
	if at.Found() && tree == nil && d.putInPlace(&at, formOf(len(key), payload, false), payload) {
		return at
	}
	return d.put(at, hash, key, payload, tree)
}

// putInPlace resizes an entry that has no tree where it lies, if it keeps its form, is not another's too and there is room but not too much.
func (d *Dict) putInPlace(at *At, f form, payload int) bool {
	s := at.where()
	p, start := s.page, at.start
	switch mark := p[start+1]; {
	case mark == markStub:
		block := s.refs.blocks[u16(p[start+2:])]
		size := blockHeader + len(blockKey(block)) + payload
		if !f.stub || size > len(block) || tooLarge(len(block), size) || blockMade(block) <= d.leafLimit() {
			return false
		}
		d.size.Live += int64(size - blockNeed(block))
		little.PutUint32(block[atBlockPayload:], uint32(payload))
		return true
	case mark&markTree != 0, f.stub, p.made() <= d.leafLimit():
		return false
	}
	grow := f.total - p.total(start)
	if grow == 0 {
		return true
	}
	if size := need(p.count(), p.heap()+grow); size > len(p) || tooLarge(len(p), size) {
		return false
	}
	d.size.Live += int64(grow)
	at.start = p.resize(at.index, f.total)
	return true
}

// Rekey gives an entry without payload and tree another key of the same hash, which is not in the dictionary. In place if nobody else sees the
// page and there is room but not too much.
func (d *Dict) Rekey(at At, hash uint64, key []byte) {
	f := formOf(len(key), 0, false)
	if s := at.where(); s.page[at.start+1] < markTree && !f.stub && d.putInPlace(&at, f, 0) {
		entry := s.page[at.start : at.start+f.total]
		entry[1] = byte(len(key))
		copy(entry[2:], key)
		return
	}
	d.DeleteAt(at, hash)
	d.Put(At{}, hash, key, 0, nil)
}

// tooLarge tells whether a piece is so much larger than what it holds that a smaller one should take its place.
func tooLarge(piece, size int) bool { return piece > size+size/4 && page.RoundUp(size+size/4) < piece }

func (d *Dict) put(at At, hash uint64, key []byte, payload int, tree any) At {
	f := formOf(len(key), payload, tree != nil)
	i := -1
	if at.Found() {
		i = at.index
	}
	for {
		w := d.descend(hash)
		s := w.slot()
		count, heap := s.page.count(), s.page.heap()
		if i < 0 {
			count, heap = count+1, heap+f.total
		} else {
			heap += f.total - s.page.total(s.page.start(i))
		}
		size := need(count, heap)
		if (size > page.MaxBytes || count > maxEntries) && d.split(w) {
			if i >= 0 {
				i = d.Find(hash, key).index
			}
			continue
		}
		if i < 0 {
			s = d.room(w, size)
			i = d.insert(w, &s, hash, key, payload, tree, f)
		} else {
			s = d.room(w, max(size, need(s.page.count(), s.page.heap())))
			d.rewrite(w, &s, i, key, payload, tree, f)
			s = d.room(w, size)
		}
		return At{w.dir, w.index, i, s.page.start(i)}
	}
}

// room makes the page at w changeable and large enough, but not much too large, and returns its slot.
func (d *Dict) room(w way, size int) slot {
	s := w.slot()
	old, shared := s, s.page.made() <= d.leafLimit()
	p := old.page
	if !shared && size <= len(p) && (!tooLarge(len(p), size) || len(p) <= int(d.reserved)) {
		return s
	}
	if size >= 1<<16 {
		panic("dict: too many keys with one hash")
	}
	s.page = nil
	if shared && p.packed() && size <= page.MaxBytes {
		s.page = d.space.Refit(size)
	}
	packed := s.page != nil
	if !packed {
		s.page = leaf(d.space.Alloc(size))
	}
	p.copyTo(s.page, d.space.Now())
	if packed {
		s.page[atPacked] = 1
	}
	if shared && s.refs != nil {
		s.refs = &references{slices.Clone(s.refs.blocks), slices.Clone(s.refs.trees), s.refs.holes}
	}
	d.size.Allocated += int64(len(s.page) - len(p))
	d.releasePage(old, w.base+uint(p.depth()))
	w.dir.set(w.index, s)
	return s
}

// table returns the references of a slot that room has returned, making them if there are none.
func (d *Dict) table(w way, s *slot) *references {
	if s.refs == nil {
		s.refs = &references{}
		d.charge(referencesBytes, referencesBytes)
		w.dir.set(w.index, *s)
	}
	return s.refs
}

// insert adds an entry to a page that has room for it, and returns its number.
func (d *Dict) insert(w way, s *slot, hash uint64, key []byte, payload int, tree any, f form) int {
	i, start := s.page.add(fingerprint(hash), f.total)
	d.addClock(w, i)
	entry := s.page[start : start+f.total]
	switch {
	case f.stub:
		d.stub(w, s, entry, makeBlock(d.space, key, payload))
		if tree != nil {
			d.putTree(w, s, entry[4:], tree)
		}
	case tree != nil:
		entry[1] = byte(len(key)) | markTree
		d.putTree(w, s, entry[f.total-2:], tree)
		copy(entry[2:], key)
	default:
		entry[1] = byte(len(key))
		copy(entry[2:], key)
	}
	d.size.Live += int64(f.total + slotBytes)
	d.count++
	return i
}

// stub makes an entry the stub of a block. The tree number, if the entry's size has room for it, is not written.
func (d *Dict) stub(w way, s *slot, entry, block []byte) {
	entry[1] = markStub
	if len(entry) == stubTreeBytes {
		entry[1] = markStubTree
	}
	refs := d.table(w, s)
	before := refs.bytes()
	putU16(entry[2:], refs.addBlock(block))
	grown := refs.bytes() - before
	d.charge(grown+int64(blockNeed(block)), grown+int64(len(block)))
}

// putTree writes the number of a new tree.
func (d *Dict) putTree(w way, s *slot, number []byte, tree any) {
	refs := d.table(w, s)
	before := refs.bytes()
	putU16(number, refs.addTree(tree))
	grown := refs.bytes() - before
	d.charge(grown, grown)
}

// rewrite gives entry i another payload size, tree or form, in a page that has room.
func (d *Dict) rewrite(w way, s *slot, i int, key []byte, payload int, tree any, f form) {
	p := s.page
	old := p.item(s.refs, i)
	was := p.total(p.start(i))
	blockPlace, treePlace := p.numbers(p.start(i))
	var block []byte
	blockNumber, treeNumber := -1, -1
	if blockPlace != 0 {
		blockNumber = u16(p[blockPlace:])
		block = s.refs.blocks[blockNumber]
	}
	if treePlace != 0 {
		treeNumber = u16(p[treePlace:])
	}
	var fresh []byte
	if f.stub && (block == nil || !d.blockFits(block, payload)) {
		fresh = makeBlock(d.space, key, payload)
		copy(blockPayload(fresh), old.Payload)
	}
	start := p.resize(i, f.total)
	entry := p[start : start+f.total]
	d.size.Live += int64(f.total - was)
	switch {
	case fresh != nil:
		d.dropBlock(s.refs, blockNumber)
		d.stub(w, s, entry, fresh)
	case f.stub:
		d.size.Live += int64(payload - len(old.Payload))
		little.PutUint32(block[atBlockPayload:], uint32(payload))
		entry[1] = markStub
		if tree != nil {
			entry[1] = markStubTree
		}
	default:
		entry[1] = byte(len(key))
		if tree != nil {
			entry[1] |= markTree
		}
		if block != nil {
			copy(entry[2:], key)
			copy(entry[2+len(key):2+len(key)+payload], old.Payload)
			d.dropBlock(s.refs, blockNumber)
		}
	}
	d.setTree(w, s, entry, treeNumber, tree)
	d.tidy(w, s)
}

// tidy gives up references that nothing needs any more.
func (d *Dict) tidy(w way, s *slot) {
	if s.refs != nil && s.refs.holes == len(s.refs.blocks)+len(s.refs.trees) {
		d.charge(-s.refs.bytes(), -s.refs.bytes())
		s.refs = nil
		w.dir.set(w.index, *s)
	}
}

// setTree gives an entry that has been laid out a tree in place of the one of that number, -1 if it had none.
func (d *Dict) setTree(w way, s *slot, entry []byte, number int, tree any) {
	place := entry[len(entry)-2:]
	switch {
	case tree == nil && number >= 0:
		s.refs.dropTree(number)
	case tree != nil && number >= 0:
		s.refs.trees[number] = tree
		putU16(place, number)
	case tree != nil:
		d.putTree(w, s, place, tree)
	}
}

// blockFits tells whether a block may take another payload in place.
func (d *Dict) blockFits(block []byte, payload int) bool {
	size := blockHeader + len(blockKey(block)) + payload
	return size <= len(block) && !tooLarge(len(block), size) && blockMade(block) > d.leafLimit()
}

// dropBlock forgets a block, -1 being none.
func (d *Dict) dropBlock(refs *references, number int) {
	if number < 0 {
		return
	}
	block := refs.blocks[number]
	refs.blocks[number] = nil
	refs.holes++
	d.charge(-int64(blockNeed(block)), -int64(len(block)))
	d.space.Release(block, blockMade(block), d.sharedAt)
}

// Delete removes the entry of key and tells whether there was one.
func (d *Dict) Delete(hash uint64, key []byte) bool {
	at := d.Find(hash, key)
	if at.Found() {
		d.DeleteAt(at, hash)
	}
	return at.Found()
}

// DeleteAt removes the entry that Find has just found under that hash. Its tree is the caller's to account for.
func (d *Dict) DeleteAt(at At, hash uint64) {
	w := d.descend(hash)
	s := d.room(w, need(w.slot().page.count(), w.slot().page.heap()))
	// A copy of the page has its entries at the same numbers.
	p, i := s.page, at.index
	start := p.start(i)
	blockPlace, treePlace := p.numbers(start)
	if blockPlace != 0 {
		d.dropBlock(s.refs, u16(p[blockPlace:]))
	}
	if treePlace != 0 {
		s.refs.dropTree(u16(p[treePlace:]))
	}
	d.size.Live -= int64(p.total(start) + slotBytes)
	d.count--
	p.remove(i)
	d.removeClock(w, i)
	d.tidy(w, &s)
	if !d.merge(w, hash) {
		d.room(w, need(p.count(), p.heap()))
	}
}

// bytes is what the table takes.
func (r *references) bytes() int64 {
	if r == nil {
		return 0
	}
	return referencesBytes + int64(len(r.blocks)*blockRefBytes) + int64(len(r.trees)*treeRefBytes)
}

// Forget implements page.Table.
func (r *references) Forget() {
	clear(r.blocks)
	clear(r.trees)
}

// addBlock gives a block a number.
func (r *references) addBlock(block []byte) int {
	if r.holes > 0 {
		if i := slices.IndexFunc(r.blocks, func(b []byte) bool { return b == nil }); i >= 0 {
			r.blocks[i] = block
			r.holes--
			return i
		}
	}
	r.blocks = append(roomFor(r.blocks), block)
	return len(r.blocks) - 1
}

// addTree gives a tree a number.
func (r *references) addTree(tree any) int {
	if r.holes > 0 {
		if i := slices.Index(r.trees, nil); i >= 0 {
			r.trees[i] = tree
			r.holes--
			return i
		}
	}
	r.trees = append(roomFor(r.trees), tree)
	return len(r.trees) - 1
}

func (r *references) dropTree(number int) {
	r.trees[number] = nil
	r.holes++
}

// roomFor grows a table by a quarter where append would double it.
func roomFor[T any](table []T) []T {
	if len(table) < cap(table) {
		return table
	}
	grown := make([]T, len(table), len(table)+max(2, len(table)/4))
	copy(grown, table)
	return grown
}
