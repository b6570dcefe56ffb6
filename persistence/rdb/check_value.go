package rdb

import (
	"errors"
	"math"

	"github.com/zeebo/xxh3"
)

// value checks the value of an entry.
func (k *check) value(t Type) error {
	switch t {
	case String:
		return k.text()
	case Stream, Stream2, Stream3:
		return k.stream(t)
	case Module2:
		k.tally.modules++
		return k.walk(func(w *walker) error { return w.value(t) })
	}
	k.members.many = false
	err := k.d.value(t, &k.members)
	if k.members.many {
		k.tally.many++
	}
	return err
}

// text checks a string without keeping it, however long it is.
func (k *check) text() error {
	n, special, err := k.d.length()
	switch {
	case err != nil:
		return err
	case !special:
		return k.pass(n)
	case n == formLZF:
		return k.compressed()
	}
	_, err = k.d.integer(n)
	return err
}

// pass passes over so many bytes. Where they aren't there, the place is that of the first.
func (k *check) pass(n uint64) error {
	at := k.r.Offset()
	if err := k.walk(func(w *walker) error { return w.skip(n) }); err != nil {
		return &placed{at: at, err: err}
	}
	return nil
}

// compressed goes over a compressed string without expanding it: whether it can be is seen in the lengths and offsets in it.
func (k *check) compressed() error {
	n, err := k.d.count()
	if err != nil {
		return err
	}
	whole, err := k.d.count()
	if err != nil {
		return err
	}
	if n > math.MaxInt64/lzfExpansion {
		return errHuge
	}
	first := k.r.Offset()
	wrong, err := k.sequence(first+int64(n), whole)
	if err == nil {
		err = k.pass(n - uint64(k.r.Offset()-first))
	}
	if err != nil {
		return &placed{at: first, err: err}
	}
	return wrong
}

// sequence goes over what was compressed, to an offset or to what is wrong in it. err is one of reading.
func (k *check) sequence(end int64, whole uint64) (wrong, err error) {
	in, out := &k.r.in, uint64(0)
	left := func() int64 { return end - in.offset() }
	for left() > 0 {
		control, err := in.byte()
		if err != nil {
			return nil, err
		}
		if control < lzfMaxLiteral {
			n := int64(control) + 1
			switch {
			case n > left():
				return errLZFCut, nil
			case uint64(n) > whole-out:
				return errLZFLength, nil
			}
			if _, err := in.take(int(n)); err != nil {
				return nil, err
			}
			out += uint64(n)
			continue
		}
		length, more := uint64(control>>5)+2, 1
		if length == 9 {
			more = 2
		}
		if int64(more) > left() {
			return errLZFCut, nil
		}
		p, err := in.take(more)
		if err != nil {
			return nil, err
		}
		if more == 2 {
			length += uint64(p[0])
		}
		switch {
		case uint64(control&31)<<8+uint64(p[more-1])+1 > out:
			return errLZFOffset, nil
		case length > whole-out:
			return errLZFLength, nil
		}
		out += length
	}
	if out != whole {
		return errLZFLength, nil
	}
	return nil, nil
}

// members is a Builder that looks for what comes twice in one collection: by 128 bits of a hash of the text. A file can be made such that
// two texts have the same, and is then complained of for nothing.
type members struct {
	seen map[xxh3.Uint128]struct{}
	text []byte
	kind Kind
	most int  // so many are kept
	many bool // there were more
}

const (
	mostMembers  = 4 << 20
	mostSeenKept = 1 << 10 // a larger table is given up: to clear it for each small collection would take time in proportion to it
)

var errTwice = errors.New("a member, or the field of a hash, that comes twice")

func (m *members) Begin(kind Kind, _ int) error {
	m.kind = kind
	if m.seen == nil || len(m.seen) > mostSeenKept {
		m.seen = map[xxh3.Uint128]struct{}{}
	}
	clear(m.seen)
	return nil
}

// once notes a text, and tells whether it was new.
func (m *members) once(e *Element) error {
	if len(m.seen) >= m.most {
		m.many = true
		return nil
	}
	text := e.Text()
	if _, isInt := e.Int(); isInt {
		m.text = e.AppendTo(m.text[:0])
		text = m.text
	}
	hash := xxh3.Hash128(text)
	if _, there := m.seen[hash]; there {
		return errTwice
	}
	m.seen[hash] = struct{}{}
	return nil
}

func (m *members) Text(Element) error { return nil }

func (m *members) Item(item Element) error {
	if m.kind == KindList {
		return nil
	}
	return m.once(&item)
}

func (m *members) Field(field, _ Element, _ int64) error { return m.once(&field) }

func (m *members) Member(member Element, _ float64) error { return m.once(&member) }

func (m *members) Opaque(Type, []byte) error { return errors.New("a stream that was not looked into") }
