package counted

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Neighbours that together hold this or less would have been joined or never parted.
const (
	looseBytes   = page.MaxBytes * 3 / 8
	looseEntries = softEntries * 3 / 8
)

// Check walks the whole tree and returns the first invariant that doesn't hold, for tests and for those who doubt. O(n).
func (t *Tree) Check() error {
	c := checker{tree: t, limit: t.limit(), firm: max(t.space.FirmBar(), t.sharedAt)}
	if t.root == nil {
		if t.count != 0 || t.live != 0 || t.allocated != 0 {
			return fmt.Errorf("an empty tree has %d entries, %d bytes, %d allocated", t.count, t.live, t.allocated)
		}
		return nil
	}
	if len(t.root.nodes) == 1 {
		return fmt.Errorf("a root with a single node")
	}
	count, _, err := c.node(t.root, 1)
	switch {
	case err != nil:
		return err
	case count != t.count:
		return fmt.Errorf("%d entries, counted %d", t.count, count)
	case c.live != t.live || c.allocated != t.allocated:
		return fmt.Errorf("%d bytes of %d, counted %d of %d", t.live, t.allocated, c.live, c.allocated)
	}
	return nil
}

type checker struct {
	tree *Tree
	// limit is the bar for nodes, firm the lowest that pages may have had.
	limit, firm     uint64
	live, allocated int64
	// depth is where the first page was found.
	depth int
	// entries counts those in the pages before.
	entries int
}

func (c *checker) charge(live, allocated int64) {
	c.live += live
	c.allocated += allocated
}

// node checks one at a depth, and returns how many entries lie beneath it and the prefix of the first.
func (c *checker) node(n *node, depth int) (count int, prefix uint64, err error) {
	c.charge(n.bytes())
	switch kids := len(n.counts); {
	case kids == 0 || kids > c.tree.fanOut:
		return 0, 0, fmt.Errorf("a node with %d children", kids)
	case len(n.slots)+len(n.nodes) != kids || len(n.slots) > 0 && n.nodes != nil:
		return 0, 0, fmt.Errorf("%d counts, %d pages, %d nodes", kids, len(n.slots), len(n.nodes))
	case c.tree.prefix != nil && len(n.prefixes) != kids || c.tree.prefix == nil && n.prefixes != nil:
		return 0, 0, fmt.Errorf("%d children, %d prefixes", kids, len(n.prefixes))
	case n.madeAt > c.tree.space.Now():
		return 0, 0, fmt.Errorf("a node made at %d, in the future", n.madeAt)
	case depth > maxDepth:
		return 0, 0, fmt.Errorf("%d levels", depth)
	}
	for i := range n.counts {
		var entries int
		var first uint64
		if n.nodes != nil {
			if n.nodes[i].madeAt > c.limit && n.madeAt <= c.limit {
				return 0, 0, fmt.Errorf("a changeable node below one that isn't")
			}
			entries, first, err = c.node(n.nodes[i], depth+1)
		} else {
			if c.depth == 0 {
				c.depth = depth
			}
			if c.depth != depth {
				return 0, 0, fmt.Errorf("pages at depths %d and %d", c.depth, depth)
			}
			if n.slots[i].page.made() > c.limit && n.madeAt <= c.limit {
				return 0, 0, fmt.Errorf("a changeable page below a node that isn't")
			}
			entries, first, err = c.page(n.slots[i])
		}
		switch {
		case err != nil:
			return 0, 0, fmt.Errorf("child %d of %d: %w", i, len(n.counts), err)
		case entries != n.counts[i]:
			return 0, 0, fmt.Errorf("child %d has %d entries, not %d", i, entries, n.counts[i])
		case c.tree.prefix != nil && first != n.prefixes[i]:
			return 0, 0, fmt.Errorf("child %d begins with prefix %d, not %d", i, first, n.prefixes[i])
		case c.tree.prefix != nil && i > 0 && first < n.prefixes[i-1]:
			return 0, 0, fmt.Errorf("child %d has prefix %d after %d", i, first, n.prefixes[i-1])
		}
		count += entries
	}
	if c.tree.prefix != nil {
		prefix = n.prefixes[0]
	}
	return count, prefix, c.neighbours(n)
}

// neighbours checks that children side by side are not so small that they should be one.
func (c *checker) neighbours(n *node) error {
	for i := 1; i < len(n.counts); i++ {
		if n.nodes != nil {
			if kids := len(n.nodes[i-1].counts) + len(n.nodes[i].counts); kids <= c.tree.fanOut*3/8 {
				return fmt.Errorf("two nodes with %d children together", kids)
			}
			continue
		}
		bytes, entries := n.slots[i-1].page.need()+n.slots[i].page.need(), n.counts[i-1]+n.counts[i]
		if bytes <= looseBytes && entries <= looseEntries {
			return fmt.Errorf("two pages with %d entries in %d bytes together", entries, bytes)
		}
	}
	return nil
}

// page checks one, and returns how many entries it has and the prefix of the first.
func (c *checker) page(s slot) (count int, prefix uint64, err error) {
	p := s.page
	c.charge(int64(p.need()), int64(len(p)))
	switch {
	case p.count() == 0 || p.count() > maxEntries:
		return 0, 0, fmt.Errorf("a page with %d entries", p.count())
	case p.first() < headerBytes || p.end() > len(p) || len(p) > page.MaxBytes:
		return 0, 0, fmt.Errorf("entries from %d to %d in a page of %d", p.first(), p.end(), len(p))
	case !p.packed() && len(p) != page.RoundUp(len(p)):
		return 0, 0, fmt.Errorf("a page of %d bytes, which is no size class", len(p))
	// A page at an end keeps its room until something else is done there, even if the tree isn't large any more.
	case tooLarge(len(p), p.need()) && c.entries > 0 && c.entries+p.count() < c.tree.count:
		return 0, 0, fmt.Errorf("a page of %d bytes for %d", len(p), p.need())
	case p.made() > c.tree.space.Now():
		return 0, 0, fmt.Errorf("a page made at %d, in the future", p.made())
	}
	if err := p.checkGuide(); err != nil {
		return 0, 0, err
	}
	at, last := p.first(), uint64(0)
	numbers := map[int]bool{}
	for ; at < p.end(); at += p.size(at) {
		if p[at] == stubMark {
			if err := c.stub(s, at, numbers); err != nil {
				return 0, 0, err
			}
		}
		if c.tree.prefix != nil {
			is := c.tree.prefix(s.entry(at))
			if count == 0 {
				prefix = is
			} else if is < last {
				return 0, 0, fmt.Errorf("entry %d has prefix %d after %d", count, is, last)
			}
			last = is
		}
		count++
	}
	if at != p.end() || count != p.count() {
		return 0, 0, fmt.Errorf("%d entries end at %d, not %d at %d", count, at, p.count(), p.end())
	}
	c.charge(s.refs.bytes())
	c.entries += count
	if s.refs == nil {
		return count, prefix, nil
	}
	if holes := len(s.refs.blocks) - len(numbers); holes != s.refs.holes || holes > len(s.refs.blocks)/2 {
		return 0, 0, fmt.Errorf("%d blocks, %d in use, %d holes", len(s.refs.blocks), len(numbers), s.refs.holes)
	}
	return count, prefix, nil
}

// checkGuide checks that the marks of a page lead where they say, in rising order.
func (p leaf) checkGuide() error {
	last := 0
	for k := range guides {
		number, distance := p.mark(k)
		switch {
		case number < last || number > p.count():
			return fmt.Errorf("mark %d leads to entry %d of %d, after %d", k, number, p.count(), last)
		case p.skip(p.first(), number) != p.first()+distance:
			return fmt.Errorf("entry %d begins at %d, not %d behind the first", number, p.skip(p.first(), number), distance)
		}
		last = number
	}
	return nil
}

// stub checks one and its block.
func (c *checker) stub(s slot, at int, numbers map[int]bool) error {
	if s.refs == nil {
		return fmt.Errorf("a stub without a table")
	}
	number := u16(s.page[at+1:])
	if number >= len(s.refs.blocks) || s.refs.blocks[number] == nil || numbers[number] {
		return fmt.Errorf("block %d of %d is nobody's or two entries'", number, len(s.refs.blocks))
	}
	numbers[number] = true
	block := s.refs.blocks[number]
	c.charge(int64(len(block)), int64(cap(block)))
	switch {
	case len(block) <= blockHeader+maxEntryBytes:
		return fmt.Errorf("a block of %d bytes", len(block))
	case cap(block) != page.RoundUp(cap(block)) || tooLarge(cap(block), len(block)):
		return fmt.Errorf("a block of %d bytes in %d", len(block), cap(block))
	case little.Uint64(block) > c.firm && s.page.made() <= c.firm:
		return fmt.Errorf("a changeable block of a page that isn't")
	}
	return nil
}
