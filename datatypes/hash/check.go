package hash

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Check walks the whole tree and returns the first invariant that doesn't hold, for tests and for those who doubt. O(n log n).
func (t *Tree) Check() error {
	if err := t.fields.Check(); err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	found, content := 0, 0
	wanted := map[[orderEntry]byte]int{}
	var wrong error
	t.fields.Range(func(entry dict.Item) bool {
		found++
		content += len(entry.Key) + len(entry.Payload)
		value, deadlineMs := readPayload(entry.Payload)
		if _, isInt := packed.ParseInt(value.Text()); isInt {
			wrong = fmt.Errorf("the integer %q lies as a string", value.Text())
		}
		if value.Size()+deadlineSize(deadlineMs) != len(entry.Payload) || entry.Tree != nil {
			wrong = fmt.Errorf("%q has a payload of %d bytes, or a tree", entry.Key, len(entry.Payload))
		}
		if deadlineMs != NoDeadline {
			wanted[orderKey(deadlineMs, t.hash(entry.Key))]++
		}
		return wrong == nil
	})
	switch {
	case wrong != nil:
		return wrong
	case found == 0:
		return fmt.Errorf("an empty tree")
	case content != t.content:
		return fmt.Errorf("%d bytes of fields and payloads, counted %d", t.content, content)
	}
	return t.checkDeadlines(wanted)
}

// checkDeadlines checks the order against what the fields say, and how many have an entry.
func (t *Tree) checkDeadlines(wanted map[[orderEntry]byte]int) error {
	if t.deadlines == nil {
		if len(wanted) != 0 {
			return fmt.Errorf("%d deadlines without an order", len(wanted))
		}
		return nil
	}
	if err := t.deadlines.Check(); err != nil {
		return fmt.Errorf("deadlines: %w", err)
	}
	if t.deadlines.Len() == 0 {
		return fmt.Errorf("an empty order of deadlines")
	}
	var last [orderEntry]byte
	for rank, bytes := range t.deadlines.Ascend(0) {
		if len(bytes) != orderEntry {
			return fmt.Errorf("entry %d of the order has %d bytes", rank, len(bytes))
		}
		entry := [orderEntry]byte(bytes)
		if string(last[:]) > string(bytes) {
			return fmt.Errorf("entry %d of the order is before that before it", rank)
		}
		last = entry
		if wanted[entry]--; wanted[entry] < 0 {
			return fmt.Errorf("entry %d of the order, %x, is no field's", rank, entry)
		}
	}
	for entry, missing := range wanted {
		if missing != 0 {
			return fmt.Errorf("%d fields of %x are not in the order", missing, entry)
		}
	}
	return nil
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
	p := split(f.Packed)
	seen := map[string]bool{}
	earliest := NoDeadline
	for rest := p.items; len(rest) > 0; {
		var e entry
		e, rest = p.read(rest)
		for _, it := range []packed.Item{e.field, e.value} {
			if _, isInt := packed.ParseInt(it.Text()); isInt {
				return fmt.Errorf("the integer %q lies as a string", it.Text())
			}
		}
		seen[string(e.field.AppendTo(nil))] = true
		earliest = sooner(earliest, e.deadlineMs)
	}
	switch {
	case p.count == 0 || p.count > maxFields || len(seen) != p.count:
		return fmt.Errorf("a piece of %d fields, %d different ones", p.count, len(seen))
	case earliest != p.earliest || p.timed() != (earliest != NoDeadline):
		return fmt.Errorf("a piece whose earliest deadline is %d, at its head %d", earliest, p.earliest)
	}
	return nil
}
