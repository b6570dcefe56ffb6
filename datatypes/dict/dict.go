package dict

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// maxBits is how many bits of the hash a directory may tell apart.
const maxBits = 9

// Dict is a dictionary. Make one with New; a copy made by View is for reading only.
type Dict struct {
	space *page.Space
	hash  func(key []byte) uint64
	root  *directory
	// sharedAt is when the tree was last shared: what is older is another's too.
	sharedAt uint64
	count    int
	size     Size
	// depths counts the pages by the bits of hash that their entries share.
	depths [65]int32
	// reserved is the size up to which a page isn't too large however little it holds.
	reserved int32
	// access is what the access clocks take, and how fine they are to be.
	access access
}

// Size tells what a dictionary takes, in bytes.
type Size struct {
	// Live is what is in use: entries as they lie, headers, references, directories. What trees take is their owner's to know.
	Live int64
	// Allocated is what all that lies in.
	Allocated int64
	// Pages is the number of pages.
	Pages int
}

// New makes an empty dictionary. hash must be the one that all calls' hashes come from.
func New(space *page.Space, hash func(key []byte) uint64) *Dict {
	return &Dict{space: space, hash: hash}
}

// directory leads to pages by up to 9 bits of the hash.
type directory struct {
	madeAt uint64
	bits   uint
	// deep counts the children that stand in one slot only; without any the directory halves.
	deep  int
	slots []slot
	// subs are the children that are directories, in the place of a page; nil as long as there are none.
	subs []*directory
	// clocks tell when what is below the slots was used; nil in a dictionary without clocks.
	clocks *clocks
}

// slot holds a page. One that has split less often than its directory has doubled stands in several.
type slot struct {
	page leaf
	refs *references
}

// references hold what of a page's entries are pointers.
type references struct {
	blocks [][]byte
	trees  []any
	// holes counts the places in both that are free.
	holes int
}

// Sizes of these structures on a 64-bit machine; a test compares them with the compiler's.
const (
	directoryBytes  = 80
	slotSize        = 32
	subBytes        = 8
	referencesBytes = 56
	blockRefBytes   = 24
	treeRefBytes    = 16
)

// bytes is what the directory takes itself.
func (d *directory) bytes() int64 {
	return directoryBytes + int64(len(d.slots)*slotSize) + int64(len(d.subs)*subBytes)
}

func (d *directory) sub(i int) *directory {
	if d.subs == nil {
		return nil
	}
	return d.subs[i]
}

// span is the range of slots in which the page of slot i stands.
func (d *directory) span(i int) (from, to int) {
	width := 1 << (d.bits - uint(d.slots[i].page.depth()))
	from = i &^ (width - 1)
	return from, from + width
}

// set puts a page of that depth in every slot that it stands in, i being one of them.
func (d *directory) set(i int, s slot) {
	width := 1 << (d.bits - uint(s.page.depth()))
	from := i &^ (width - 1)
	for j := from; j < from+width; j++ {
		d.slots[j] = s
	}
}

// Item is an entry: its key, its payload and its tree, if it has one.
type Item struct {
	Key, Payload []byte
	Tree         any
}

// At is where an entry was found, or the knowledge that there is none. It is good until the next change of the dictionary.
type At struct {
	dir *directory
	// slot is the number of the hash's slot, index the entry's in the page, start where it begins there.
	slot, index, start int
}

// Found tells whether there is an entry.
func (at At) Found() bool { return at.dir != nil }

// where is the slot of an entry that was found.
func (at *At) where() *slot { return &at.dir.slots[at.slot] }

// Item is the entry that was found.
func (at At) Item() Item {
	s := at.where()
	return s.page.itemAt(s.refs, at.start)
}

// Payload is its payload.
func (at *At) Payload() []byte {
	payload, _ := at.Value()
	return payload
}

// Value is its payload and its tree, nil if it has none.
func (at *At) Value() (payload []byte, tree any) {
	s := at.where()
	p := s.page
	mark, end := int(p[at.start+1]), at.start+p.total(at.start)
	switch {
	case mark < markTree:
		return p[at.start+2+mark : end : end], nil
	case mark < markStubTree:
		end -= 2
		return p[at.start+2+mark&^markTree : end : end], s.refs.trees[u16(p[end:])]
	}
	it := p.itemAt(s.refs, at.start)
	return it.Payload, it.Tree
}

// Bytes is what the entry takes of Size.Live.
func (d *Dict) Bytes(at At) int64 {
	s := at.where()
	bytes := s.page.total(at.start) + slotBytes + at.clockBytes()
	block, tree := s.page.numbers(at.start)
	if block != 0 {
		bytes += blockRefBytes + blockNeed(s.refs.blocks[u16(s.page[block:])])
	}
	if tree != 0 {
		bytes += treeRefBytes
	}
	return int64(bytes)
}

// Len is the number of entries.
func (d *Dict) Len() int { return d.count }

// Size tells what the dictionary takes. O(1).
func (d *Dict) Size() Size {
	size := d.size
	size.Live += d.access.live
	size.Allocated += d.access.allocated
	return size
}

// limit is the moment up to which directories are another's too.
func (d *Dict) limit() uint64 { return max(d.space.Bar(), d.sharedAt) }

// leafLimit is the same for pages and blocks, at the place of the edit (page.Space.Enter).
func (d *Dict) leafLimit() uint64 { return max(d.space.LeafBar(), d.sharedAt) }

// View copies the dictionary for reading, while the caller keeps a view of the space open. It shows no access clocks. O(1).
func (d *Dict) View() *Dict {
	v := *d
	v.access = access{}
	return &v
}

// Share returns a second dictionary with the same entries; both may change from then on. O(1): what is common is copied as it changes.
// A dictionary with access clocks can't be shared.
func (d *Dict) Share() *Dict {
	if d.access.grain != noClocks {
		panic("dict: shared with its access clocks")
	}
	d.sharedAt = d.space.Mark()
	other := *d
	return &other
}

// Adopt makes the dictionary, made in a space apart, part of another (page.NewSpaceApart).
func (d *Dict) Adopt(space *page.Space) { d.space = space }

// Find looks a key up; hash is its hash.
func (d *Dict) Find(hash uint64, key []byte) At {
	dir, slot := d.lead(hash)
	if dir == nil {
		return At{}
	}
	s := &dir.slots[slot]
	if i, start := s.page.find(s.refs, fingerprint(hash), key); i >= 0 {
		return At{dir, slot, i, start}
	}
	return At{}
}

// lead is where a hash leads: a directory and the number of a slot; nil in an empty dictionary.
func (d *Dict) lead(hash uint64) (dir *directory, slot int) {
	dir = d.root
	if dir == nil {
		return nil, 0
	}
	for {
		i := int(hash >> (64 - dir.bits))
		if dir.subs == nil || dir.subs[i] == nil {
			return dir, i
		}
		dir, hash = dir.subs[i], hash<<maxBits
	}
}

// slotOf is the slot that hash leads to, nil in an empty dictionary.
func (d *Dict) slotOf(hash uint64) *slot {
	if dir, i := d.lead(hash); dir != nil {
		return &dir.slots[i]
	}
	return nil
}

// fingerprint is the byte of a hash that its entry keeps, out of those bits that the expiry index keeps too.
func fingerprint(hash uint64) byte { return byte(hash >> 24) }

// Clear removes every entry; the memory is the collector's. O(1).
func (d *Dict) Clear() {
	d.space.Displace(int(d.size.Allocated))
	*d = Dict{space: d.space, hash: d.hash, sharedAt: d.sharedAt, access: access{grain: d.access.grain}}
}

// newDirectory makes a directory without slots filled.
func (d *Dict) newDirectory(bits uint) *directory {
	dir := &directory{madeAt: d.space.Now(), bits: bits, slots: make([]slot, 1<<bits)}
	d.charge(dir.bytes(), dir.bytes())
	if d.access.grain != noClocks {
		dir.clocks = &clocks{slots: make([]uint32, 1<<bits)}
		d.access.charge(dir.clocks.bytes(), dir.clocks.bytes())
	}
	return dir
}

// charge adds to both sizes.
func (d *Dict) charge(live, allocated int64) {
	d.size.Live += live
	d.size.Allocated += allocated
}

// own returns a directory that may be changed: itself or a copy.
func (d *Dict) own(dir *directory) *directory {
	if dir.madeAt > d.limit() {
		return dir
	}
	d.space.Displace(int(dir.bytes()))
	mine := *dir
	mine.madeAt, mine.slots, mine.subs = d.space.Now(), slices.Clone(dir.slots), slices.Clone(dir.subs)
	return &mine
}

// way is where a hash leads for a change: directories from the root down that may be changed, and the slot in the last.
type way struct {
	dir *directory
	// index is the slot's, base the bits that the directories above tell apart.
	index int
	base  uint
}

func (w way) slot() slot { return w.dir.slots[w.index] }

// descend finds the way of a hash, making it changeable as far as the last directory.
func (d *Dict) descend(hash uint64) way {
	if d.root == nil {
		d.root = d.newDirectory(0)
		d.root.deep = 1
		d.root.set(0, slot{page: d.newPage(0, need(0, 0), 0)})
		if d.access.grain == entryClocks {
			d.refine(way{dir: d.root})
		}
	}
	d.root = d.own(d.root)
	w := way{dir: d.root}
	for {
		i := int(hash >> (64 - w.dir.bits))
		sub := w.dir.sub(i)
		if sub == nil {
			w.index = i
			return w
		}
		mine := d.own(sub)
		w.dir.subs[i] = mine
		w.dir, w.base, hash = mine, w.base+maxBits, hash<<maxBits
	}
}

// newPage makes an empty page for so many bytes; base are the bits that the directories above its own tell apart.
func (d *Dict) newPage(depth, bytes int, base uint) leaf {
	p := leaf(d.space.Alloc(bytes))
	p.begin(d.space.Now(), depth)
	d.charge(headerBytes, int64(len(p)))
	d.size.Pages++
	d.depths[base+uint(depth)]++
	return p
}

// discard lets go of a page whose entries have been moved, with what refers to them, to another; shared are the bits of hash that they had in
// common.
func (d *Dict) discard(s slot, shared uint) {
	d.forget(s, shared)
	d.releasePage(s, shared)
}

// forget takes a page off the sizes.
func (d *Dict) forget(s slot, shared uint) {
	d.charge(-headerBytes, -int64(len(s.page)))
	d.size.Pages--
	d.depths[shared]--
}

// releasePage gives back the memory of a page whose entries have so many bits of hash in common. If it is shared, the references in s are
// not the dictionary's any more. A dictionary with clocks is a database's, and walks come by.
func (d *Dict) releasePage(s slot, shared uint) {
	p := s.page
	if p.packed() {
		d.space.Unpack(len(p))
	}
	switch {
	case p.made() <= d.leafLimit() && d.access.grain == noClocks:
		d.space.Retire(p, p.made(), d.sharedAt)
	case p.made() <= d.leafLimit():
		var table page.Table
		if s.refs != nil {
			table = s.refs
		}
		d.space.RetirePage(p, p.made(), table, shared)
	case !p.packed():
		d.space.Free(p)
	}
}
