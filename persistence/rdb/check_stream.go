package rdb

import (
	"errors"

	"github.com/zeebo/xxh3"
)

var (
	errPieceID     = errors.New("a piece of a stream without an id")
	errPieceTwice  = errors.New("two pieces of a stream with the same id")
	errPieceForm   = errors.New("a piece of a stream whose entries aren't what it says")
	errNoPieces    = errors.New("a stream that says it has entries, and has none")
	errGroupTwice  = errors.New("two groups of a stream with the same name")
	errOwnerTwice  = errors.New("two consumers of a group with the same name")
	errWaitTwice   = errors.New("an entry that waits twice in a group")
	errOwnedTwice  = errors.New("an entry that waits for two consumers, or twice for one")
	errWaitUnknown = errors.New("an entry that waits for a consumer, and not in its group")
	errWaitNobody  = errors.New("an entry that waits in a group, and for none of its consumers")
)

// streamID is an id as it stands in a file.
type streamID [bytesOfID]byte

// stream checks a stream as Redis does with sanitize-dump-payload, one piece after the other. walk.go draws it.
func (k *check) stream(t Type) error {
	pieces, err := k.pieces()
	if err != nil {
		return err
	}
	length, err := k.d.count()
	numbers := 2
	if t >= Stream2 {
		numbers = 7
	}
	if err == nil {
		err = k.numbers(numbers)
	}
	if err != nil {
		return err
	}
	if length > 0 && pieces == 0 {
		return errNoPieces
	}
	groups, err := k.d.count()
	names := map[xxh3.Uint128]struct{}{}
	for ; err == nil && groups > 0; groups-- {
		err = k.group(t, names)
	}
	return err
}

// pieces checks the entries, and counts the pieces that they lie in.
func (k *check) pieces() (count uint64, err error) {
	seen := map[streamID]struct{}{}
	announced, err := k.d.count()
	for ; err == nil && count < announced; count++ {
		var id, piece Element
		if id, err = k.d.element(0); err != nil {
			break
		}
		if id.isInt || len(id.text) != bytesOfID {
			return count, errPieceID
		}
		key := streamID(id.text)
		if piece, err = k.d.element(1); err != nil {
			break
		}
		form := pieceForm{}
		if err = eachOfListpack(piece.text, form.element); err != nil {
			break
		}
		if !form.whole() {
			return count, errPieceForm
		}
		if _, there := seen[key]; there {
			return count, errPieceTwice
		}
		seen[key] = struct{}{}
	}
	return count, err
}

func (k *check) numbers(n int) (err error) {
	for ; err == nil && n > 0; n-- {
		_, err = k.d.count()
	}
	return err
}

// name reads a name, which must not be among those before it, and so many numbers.
func (k *check) name(names map[xxh3.Uint128]struct{}, numbers int, twice error) error {
	e, err := k.d.element(1)
	if err != nil {
		return err
	}
	hash := xxh3.Hash128(e.AppendTo(nil))
	if err := k.numbers(numbers); err != nil {
		return err
	}
	if _, there := names[hash]; there {
		return twice
	}
	names[hash] = struct{}{}
	return nil
}

// group checks a group.
func (k *check) group(t Type, others map[xxh3.Uint128]struct{}) error {
	numbers := 2
	if t >= Stream2 {
		numbers = 3
	}
	if err := k.name(others, numbers, errGroupTwice); err != nil {
		return err
	}
	waiting, err := k.waiting()
	if err != nil {
		return err
	}
	consumers, err := k.d.count()
	names, owned := map[xxh3.Uint128]struct{}{}, 0
	for ; err == nil && consumers > 0; consumers-- {
		var more int
		if err = k.name(names, 0, errOwnerTwice); err == nil {
			more, err = k.consumer(t, waiting)
		}
		owned += more
	}
	if err == nil && owned < len(waiting) {
		err = errWaitNobody
	}
	return err
}

// waiting reads what waits in a group; none of it has been seen at a consumer.
func (k *check) waiting() (map[streamID]bool, error) {
	waiting := map[streamID]bool{}
	n, err := k.d.count()
	for ; err == nil && n > 0; n-- {
		var p []byte
		if p, err = k.r.in.take(bytesOfID); err != nil {
			break
		}
		id := streamID(p)
		if _, err = k.d.int64(); err == nil {
			err = k.numbers(1)
		}
		if err != nil {
			break
		}
		if _, there := waiting[id]; there {
			return nil, errWaitTwice
		}
		waiting[id] = false
	}
	return waiting, err
}

// consumer checks what follows the name of a consumer, and counts what waits for it.
func (k *check) consumer(t Type, waiting map[streamID]bool) (owned int, err error) {
	if _, err = k.d.int64(); err == nil && t >= Stream3 {
		_, err = k.d.int64()
	}
	if err != nil {
		return 0, err
	}
	n, err := k.d.count()
	for ; err == nil && n > 0; n-- {
		var p []byte
		if p, err = k.r.in.take(bytesOfID); err != nil {
			break
		}
		seen, there := waiting[streamID(p)]
		switch {
		case !there:
			return 0, errWaitUnknown
		case seen:
			return 0, errOwnedTwice
		}
		waiting[streamID(p)] = true
		owned++
	}
	return owned, err
}

// pieceForm follows the elements of a piece:
//
//	entries deleted n name * n 0                                     what the piece begins with
//	flags ms seq [n name * n] value * n how-many-elements            an entry; with flag 2 its names are those of the beginning
type pieceForm struct {
	next    pieceElement
	pass    int64 // so many elements may be anything
	entries int64 // still to come
	names   int64 // of the beginning
	flags   int64
	size    int64 // what the entry must say at its end
}

// pieceElement is an integer in a piece.
type pieceElement int

const (
	pieceEntries pieceElement = iota
	pieceDeleted
	pieceNames
	pieceZero
	pieceFlags
	pieceMs
	pieceSeq
	pieceFields
	pieceSize
)

const (
	sameFields  = 2
	fixedOfItem = 3       // flags, ms, seq
	mostPassed  = 1 << 40 // more elements than any piece has
)

func (f *pieceForm) element(e Element) error {
	if f.pass > 0 {
		f.pass--
		return nil
	}
	n, isInt := e.whole()
	if !isInt {
		return errPieceForm
	}
	switch at := f.next; at {
	case pieceEntries:
		f.entries = n
	case pieceDeleted:
		f.entries += n
	case pieceNames:
		f.names, f.pass = n, passed(n)
	case pieceZero:
		if n != 0 {
			return errPieceForm
		}
	case pieceFlags:
		if f.entries == 0 {
			return errPieceForm
		}
		f.entries--
		f.flags = n
	case pieceSeq:
		if f.flags&sameFields != 0 {
			f.size, f.pass, f.next = f.names+fixedOfItem, passed(f.names), pieceSize
			return nil
		}
	case pieceFields:
		f.size, f.pass = 2*n+fixedOfItem+1, 2*passed(n)
	case pieceSize:
		if n != f.size {
			return errPieceForm
		}
		f.next = pieceFlags
		return nil
	}
	f.next++
	return nil
}

func passed(n int64) int64 { return min(max(n, 0), mostPassed) }

// whole tells whether nothing is missing.
func (f *pieceForm) whole() bool { return f.next == pieceFlags && f.pass == 0 && f.entries == 0 }
