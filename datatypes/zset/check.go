package zset

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Check walks the whole tree and returns the first invariant that doesn't hold, for tests and for those who doubt. O(n log n).
func (t *Tree) Check() error {
	if err := t.members.Check(); err != nil {
		return fmt.Errorf("members: %w", err)
	}
	if err := t.index.Check(); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	left, leftBytes := 0, int64(0)
	for i := range t.leftovers {
		l := &t.leftovers[i]
		if err := l.entries.Check(); err != nil {
			return fmt.Errorf("leftover %d: %w", i, err)
		}
		if l.left == 0 || l.left > l.entries.Len() {
			return fmt.Errorf("%d of %d entries are left over", l.left, l.entries.Len())
		}
		left += l.left
		leftBytes += l.entries.Bytes()
	}
	switch {
	case t.members.Len() == 0:
		return fmt.Errorf("an empty tree")
	case t.members.Len()+left != t.index.Len():
		return fmt.Errorf("%d members and %d left over, %d in the index", t.members.Len(), left, t.index.Len())
	case leftBytes != t.leftoverBytes || len(t.leftovers) > maxLeftovers:
		return fmt.Errorf("%d leftovers of %d bytes, counted %d", len(t.leftovers), leftBytes, t.leftoverBytes)
	}
	var last pair
	for rank, entry := range t.members.Ascend(0) {
		score, member := readEntry(entry)
		if score != score {
			return fmt.Errorf("%q has no number for a score", member)
		}
		if rank > 0 && last.compare(score, member) >= 0 {
			return fmt.Errorf("%q of %v comes after %q of %v", member, score, last.member.Text(), last.score)
		}
		last = pair{member: packed.TextItem(member), score: score}
		if at := t.find(member); !at.found || t.members.Index(&at.spot) != rank || at.Score != score {
			return fmt.Errorf("%q of %v is found as %+v instead of rank %d", member, score, at, rank)
		}
		if at, _ := t.linkOf(t.hash(member), score, member); !at.Found() {
			return fmt.Errorf("nothing in the index leads to %q of %v", member, score)
		}
	}
	var wrong error
	t.index.Range(func(e dict.Item) bool {
		found := 0
		t.membersOf(e.Key, func(packed.Item, float64) { found++ })
		if found == 0 && left == 0 || len(e.Payload) != 0 || e.Tree != nil {
			wrong = fmt.Errorf("the key %x leads to nobody", e.Key)
		}
		return wrong == nil
	})
	return wrong
}

// Check is Tree.Check for either form.
func (f *Form) Check() error {
	if f.Tree != nil {
		if f.Packed != nil {
			return fmt.Errorf("a piece beside a tree")
		}
		return f.Tree.Check()
	}
	if len(f.Packed) > packed.MaxBytes {
		return fmt.Errorf("a piece of %d bytes", len(f.Packed))
	}
	if len(f.Packed) == 0 {
		return nil
	}
	count, items := packed.Split(f.Packed)
	seen := map[string]bool{}
	var last pair
	for len(items) > 0 {
		p := readPair(items)
		if _, isInt := packed.ParseInt(p.member.Text()); isInt {
			return fmt.Errorf("the integer %q lies as a string", p.member.Text())
		}
		text := string(p.member.AppendTo(nil))
		if len(seen) > 0 && last.compare(p.score, []byte(text)) >= 0 {
			return fmt.Errorf("%q of %v comes after one of %v", text, p.score, last.score)
		}
		seen[text] = true
		last, items = p, items[p.size:]
	}
	if count == 0 || count > maxPairs || len(seen) != count {
		return fmt.Errorf("a piece of %d members, %d different ones", count, len(seen))
	}
	return nil
}
