package dict

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Check walks the whole dictionary and returns the first invariant that doesn't hold, for tests and for those who doubt. O(n).
func (d *Dict) Check() error {
	c := checker{dict: d, keys: map[string]bool{}, access: access{grain: d.access.grain}, arrays: map[*uint32]bool{}}
	if d.root == nil {
		if d.count != 0 || d.Size() != (Size{}) {
			return fmt.Errorf("an empty dictionary has %d entries and %+v", d.count, d.Size())
		}
		return nil
	}
	if err := c.directory(d.root, 0, 0); err != nil {
		return err
	}
	switch {
	case len(c.keys) != d.count:
		return fmt.Errorf("%d entries, counted %d", len(c.keys), d.count)
	case c.size != d.size:
		return fmt.Errorf("size %+v, counted %+v", c.size, d.size)
	case c.access != d.access:
		return fmt.Errorf("clocks %+v, counted %+v", c.access, d.access)
	case c.depths != d.depths:
		return fmt.Errorf("depths %v, counted %v", c.depths, d.depths)
	}
	return nil
}

type checker struct {
	dict   *Dict
	keys   map[string]bool
	size   Size
	depths [65]int32
	access access
	// arrays are the arrays of clocks that were met.
	arrays map[*uint32]bool
}

func (c *checker) charge(live, allocated int64) {
	c.size.Live += live
	c.size.Allocated += allocated
}

// directory checks one whose entries share base bits, those of prefix.
func (c *checker) directory(dir *directory, base uint, prefix uint64) error {
	c.charge(dir.bytes(), dir.bytes())
	if len(dir.slots) != 1<<dir.bits || dir.bits > maxBits || dir.subs != nil && len(dir.subs) != len(dir.slots) {
		return fmt.Errorf("a directory of %d bits has %d slots and %d subs", dir.bits, len(dir.slots), len(dir.subs))
	}
	if c.access.grain != noClocks {
		if err := c.clocks(dir); err != nil {
			return err
		}
	}
	if dir.madeAt > c.dict.space.Now() {
		return fmt.Errorf("a directory made at %d, in the future", dir.madeAt)
	}
	deep := 0
	for i := 0; i < len(dir.slots); {
		if sub := dir.sub(i); sub != nil {
			if dir.bits != maxBits || dir.slots[i].page != nil {
				return fmt.Errorf("a directory below one of %d bits", dir.bits)
			}
			if sub.madeAt > c.dict.limit() && dir.madeAt <= c.dict.limit() {
				return fmt.Errorf("a changeable directory below one that isn't")
			}
			if err := c.directory(sub, base+maxBits, prefix|uint64(i)<<(64-base-maxBits)); err != nil {
				return err
			}
			deep++
			i++
			continue
		}
		s := dir.slots[i]
		if s.page == nil {
			return fmt.Errorf("slot %d of %d is empty", i, len(dir.slots))
		}
		if uint(s.page.depth()) > dir.bits {
			return fmt.Errorf("a page of depth %d in a directory of %d bits", s.page.depth(), dir.bits)
		}
		from, to := dir.span(i)
		if from != i {
			return fmt.Errorf("slot %d holds the page of slot %d", i, from)
		}
		for j := from; j < to; j++ {
			if &dir.slots[j].page[0] != &s.page[0] || dir.slots[j].refs != s.refs {
				return fmt.Errorf("slots %d and %d of one page differ", i, j)
			}
		}
		if to-from == 1 {
			deep++
		}
		if s.page.made() > c.dict.limit() && dir.madeAt <= c.dict.limit() {
			return fmt.Errorf("a changeable page in a directory that isn't")
		}
		if err := c.page(s, base+uint(s.page.depth()), prefix|uint64(i)<<(64-base-dir.bits)); err != nil {
			return fmt.Errorf("slot %d of %d: %w", i, len(dir.slots), err)
		}
		i = to
	}
	if deep != dir.deep || deep == 0 && dir.bits > 0 {
		return fmt.Errorf("%d deep children of %d bits, counted %d", dir.deep, dir.bits, deep)
	}
	return nil
}

// clocks checks those of one directory.
func (c *checker) clocks(dir *directory) error {
	if dir.clocks == nil || len(dir.clocks.slots) != len(dir.slots) {
		return fmt.Errorf("%d slots have other clocks", len(dir.slots))
	}
	c.access.charge(dir.clocks.bytes(), dir.clocks.bytes())
	if dir.clocks.entries == nil {
		return nil
	}
	if len(dir.clocks.entries) != len(dir.slots) {
		return fmt.Errorf("%d slots have %d arrays of clocks", len(dir.slots), len(dir.clocks.entries))
	}
	for i, array := range dir.clocks.entries {
		if array == nil {
			continue
		}
		if dir.sub(i) != nil {
			return fmt.Errorf("slot %d has clocks and a directory", i)
		}
		from, _ := dir.span(i)
		if first := dir.clocks.entries[from]; len(first) == 0 || &first[0] != &array[0] || len(first) != len(array) {
			return fmt.Errorf("slots %d and %d of one page have different clocks", from, i)
		}
		if i != from {
			continue
		}
		count := dir.slots[i].page.count()
		if len(array) < count || len(array) != page.RoundUpWords(len(array)) || tooLarge(len(array)*clockBytes, max(count, 1)*clockBytes) {
			return fmt.Errorf("%d clocks for %d entries", len(array), count)
		}
		if c.arrays[&array[0]] {
			return fmt.Errorf("the clocks of slot %d are another page's too", i)
		}
		c.arrays[&array[0]] = true
		c.access.charge(int64(count*clockBytes), int64(len(array)*clockBytes))
	}
	return nil
}

// page checks one whose entries share so many bits, those of prefix.
func (c *checker) page(s slot, shared uint, prefix uint64) error {
	p := s.page
	c.size.Pages++
	c.depths[shared]++
	c.charge(headerBytes, int64(len(p)))
	count, heap := p.count(), p.heap()
	switch size := need(count, heap); {
	case size > len(p):
		return fmt.Errorf("%d entries of %d bytes in a page of %d", count, heap, len(p))
	case !p.packed() && len(p) != page.RoundUp(len(p)):
		return fmt.Errorf("a page of %d bytes, which is no size class", len(p))
	case len(p) > page.MaxBytes && shared < 64:
		return fmt.Errorf("a page of %d bytes that could split", len(p))
	case tooLarge(len(p), size):
		return fmt.Errorf("a page of %d bytes for %d", len(p), size)
	}
	taken := make([]bool, heap+1)
	for i := range count {
		start := p.start(i)
		for at := len(p) - start; at > len(p)-start-p.total(start); at-- {
			if at < 0 || at > heap || taken[at] {
				return fmt.Errorf("entry %d overlaps another or leaves the page", i)
			}
			taken[at] = true
		}
		key := p.key(s.refs, i)
		hash := c.dict.hash(key)
		if shared > 0 && (hash^prefix)>>(64-shared) != 0 {
			return fmt.Errorf("the hash %x of %q in the page of %x, %d bits", hash, key, prefix, shared)
		}
		if p[headerBytes+i] != fingerprint(hash) {
			return fmt.Errorf("the fingerprint of %q is another's", key)
		}
		if i > 0 && p[headerBytes+i-1] > p[headerBytes+i] {
			return fmt.Errorf("fingerprint %d is smaller than the one before it", i)
		}
		if c.keys[string(key)] {
			return fmt.Errorf("%q is there twice", key)
		}
		c.keys[string(key)] = true
		c.charge(int64(p.total(start)+slotBytes), 0)
	}
	for at := 1; at <= heap; at++ {
		if !taken[at] {
			return fmt.Errorf("byte %d of %d is nobody's", at, heap)
		}
	}
	return c.references(s)
}

func (c *checker) references(s slot) error {
	blocks, trees := map[int]bool{}, map[int]bool{}
	for i := range s.page.count() {
		blockPlace, treePlace := s.page.numbers(s.page.start(i))
		if blockPlace != 0 {
			n := u16(s.page[blockPlace:])
			if blocks[n] {
				return fmt.Errorf("block %d is two entries'", n)
			}
			blocks[n] = true
			block := s.refs.blocks[n]
			if blockNeed(block) > len(block) || tooLarge(len(block), blockNeed(block)) {
				return fmt.Errorf("a block of %d bytes for %d", len(block), blockNeed(block))
			}
			if firm := max(c.dict.space.FirmBar(), c.dict.sharedAt); blockMade(block) > firm && s.page.made() <= firm {
				return fmt.Errorf("a changeable block of a page that isn't")
			}
			c.charge(int64(blockNeed(block)), int64(len(block)))
		}
		if treePlace != 0 {
			n := u16(s.page[treePlace:])
			if trees[n] || s.refs.trees[n] == nil {
				return fmt.Errorf("tree %d is two entries' or nobody's", n)
			}
			trees[n] = true
		}
	}
	c.charge(s.refs.bytes(), s.refs.bytes())
	if s.refs == nil {
		return nil
	}
	if len(blocks)+len(trees) == 0 {
		return fmt.Errorf("references that nobody needs")
	}
	if holes := len(s.refs.blocks) + len(s.refs.trees) - len(blocks) - len(trees); holes != s.refs.holes {
		return fmt.Errorf("%d holes, counted %d", s.refs.holes, holes)
	}
	return nil
}
