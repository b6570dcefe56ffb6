package rdb

import "errors"

// brokenPacked is the error of a packed collection that can't be taken apart, said with the words by which Redis's log is searched for such.
func brokenPacked(what string) error { return errors.New("integrity check failed, " + what) }

// packed reads a collection that lies in one string, in one of the packed forms.
func (d *decoder) packed(t Type, b Builder) error {
	blob, err := d.element(1)
	if err != nil {
		return err
	}
	if blob.isInt {
		return errors.New("an integer stands where a packed collection belongs")
	}
	p := blob.text
	if t == SetIntset {
		return eachOfIntset(p, b)
	}
	u := unpacker{b: b, kind: t.Kind(), step: 1}
	switch {
	case t == HashListpackEx || t == HashListpackExPre:
		u.step = 3
	case t.Kind() != KindList && t.Kind() != KindSet:
		u.step = 2
	}
	switch t {
	case HashZipmap:
		if err = b.Begin(KindHash, 0); err == nil {
			err = eachOfZipmap(p, u.element)
		}
	case ListZiplist, SortedSetZiplist, HashZiplist:
		if err = b.Begin(t.Kind(), ziplistCount(p)/u.step); err == nil {
			err = eachOfZiplist(p, u.element)
		}
	default:
		if err = b.Begin(t.Kind(), listpackCount(p)/u.step); err == nil {
			err = u.listpack(p)
		}
	}
	if err != nil {
		return err
	}
	switch {
	case u.have != 0:
		return errOdd
	case !u.any:
		return ErrEmpty
	}
	return nil
}

// unpacker gathers the elements of a packed form that belong together.
type unpacker struct {
	b    Builder
	kind Kind
	step int        // how many belong together
	row  [3]Element // of which there are have
	have int
	any  bool
}

func (u *unpacker) element(e Element) error {
	u.row[u.have] = e
	if u.have++; u.have < u.step {
		return nil
	}
	return u.whole()
}

// listpack gathers all elements of a listpack.
func (u *unpacker) listpack(p []byte) error {
	l, err := openListpack(p)
	for err == nil && len(l.rest) > 0 {
		if err = l.next(&u.row[u.have]); err != nil {
			break
		}
		if u.have++; u.have == u.step {
			err = u.whole()
		}
	}
	if err != nil {
		return err
	}
	return l.end()
}

// whole hands on a row that is whole.
func (u *unpacker) whole() error {
	u.have, u.any = 0, true
	switch u.kind {
	case KindHash:
		deadline := int64(NoDeadline)
		if u.step == 3 {
			n, isInt := u.row[2].Int()
			if !isInt || n < 0 {
				return errHidden
			}
			if n > 0 {
				deadline = n
			}
		}
		return u.b.Field(u.row[0], u.row[1], deadline)
	case KindSortedSet:
		score := float64(u.row[1].n)
		if !u.row[1].isInt {
			var ok bool
			if score, ok = parseScore(u.row[1].text); !ok {
				return errScore
			}
		}
		return u.b.Member(u.row[0], score)
	}
	return u.b.Item(u.row[0])
}
