package snapshot

import (
	"errors"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// Builder builds values, one after the other: Reset, what an rdb.Reader or Decode hands it, Finish, Put. What it builds shows the encoding that
// Redis 7.0.15 gives it when it loads the same (rdbLoadObject), by the limits of the database that it is put into. As in Redis a collection
// in which something comes twice is refused, packed ones as well.
type Builder struct {
	edit *packed.Edit
	t    rdb.Type
	kind rdb.Kind
	// text is a string, borrowed from nobody; own tells that the store may keep it. It is also a stream's bytes.
	text  []byte
	n     int64
	isInt bool
	own   bool
	begun bool // a collection, whose end nobody has told

	// longest is the length of a collection's longest element. said is what is said elsewhere about deadlines of its fields.
	longest int
	said    *deadlines
	// minusZero tells that a sorted set has scores of -0 that are to become 0 if it shows the encoding of small ones.
	minusZero bool
	fills     fills
	forms     forms
}

// fills are collections in the making, of which one is in use.
type fills struct {
	list list.Fill
	set  set.Fill
	zset zset.Fill
	hash hash.Fill
}

// forms are what has become of them.
type forms struct {
	list list.Form
	set  set.Form
	zset zset.Form
	hash hash.Form
}

// The reasons why values are refused.
var (
	errTwice  = errors.New("the same element comes twice in a collection")
	errKind   = errors.New("the value is of another kind than its type says")
	errNoStep = errors.New("a value without a beginning")
)

// NewBuilder makes one that builds with an edit: that of a database to be put into (DB.Building) or of a space apart (View.Building).
func NewBuilder(edit *packed.Edit) *Builder { return &Builder{edit: edit} }

// Reset begins a value of that type.
func (b *Builder) Reset(t rdb.Type) {
	b.t, b.kind, b.longest, b.minusZero, b.said = t, rdb.KindUnknown, 0, false, nil
	if b.begun {
		b.fills, b.begun = fills{}, false
	}
	b.forms = forms{}
	b.text, b.own, b.isInt = b.text[:0], false, false
	if cap(b.text) >= datatypes.LongString {
		b.text = nil
	}
}

// Restore builds the value of a payload, as RESTORE is handed it; sized versions up to the newest are read. With trust the checksum isn't
// looked at. The errors are rdb.ErrDumpVersion, rdb.ErrDumpChecksum, rdb.ErrEmpty, or what is wrong with the bytes.
func (b *Builder) Restore(payload []byte, trust bool) error {
	t, raw, err := rdb.OpenDump(payload, rdb.NewestVersion, trust)
	if err != nil {
		return err
	}
	b.Reset(t)
	if err := rdb.Decode(t, raw, b); err != nil {
		return err
	}
	return b.Finish()
}

// Begin implements rdb.Builder.
func (b *Builder) Begin(kind rdb.Kind, _ int) error {
	if kind != b.t.Kind() {
		return errKind
	}
	b.kind, b.begun = kind, true
	return nil
}

// Text implements rdb.Builder.
func (b *Builder) Text(value rdb.Element) error {
	b.kind = rdb.KindString
	switch {
	case b.setInt(&value):
	case value.Own():
		b.text, b.own = value.Text(), true
	case value.Len() < datatypes.LongString:
		b.text = append(b.text[:0], value.Text()...)
	default:
		b.text, b.own = copied(value.Text()), true
	}
	return nil
}

// copied copies a long text piece by piece, since nothing else can stop what copies one at once: the collector has everybody wait for it.
func copied(text []byte) []byte {
	const piece = 256 << 10
	own := make([]byte, len(text))
	for from := 0; from < len(text); from += piece {
		copy(own[from:min(from+piece, len(text))], text[from:])
	}
	return own
}

func (b *Builder) setInt(value *rdb.Element) bool {
	b.n, b.isInt = value.Int()
	return b.isInt
}

// Opaque implements rdb.Builder.
func (b *Builder) Opaque(t rdb.Type, raw []byte) error {
	b.kind, b.t = rdb.KindStream, t
	b.text = append(b.text[:0], raw...)
	return nil
}

// item is an element as collections have it; a text is what it may read as.
func item(e *rdb.Element) packed.Item {
	if n, isInt := e.Int(); isInt {
		return packed.IntItem(n)
	}
	return packed.TextItem(e.Text())
}

// Item implements rdb.Builder.
func (b *Builder) Item(e rdb.Element) error {
	it := item(&e)
	switch b.kind {
	case rdb.KindList:
		b.fills.list.Add(b.edit, &it)
	case rdb.KindSet:
		if !b.fills.set.Add(b.edit, &it) {
			return errTwice
		}
	default:
		return errNoStep
	}
	return nil
}

// Field implements rdb.Builder.
func (b *Builder) Field(field, value rdb.Element, deadlineMs int64) error {
	if b.kind != rdb.KindHash {
		return errNoStep
	}
	due := deadlineIn(deadlineMs)
	if b.said != nil && due == datatypes.NoDeadline {
		var err error
		if due, err = b.said.next(); err != nil {
			return err
		}
	}
	if due < 0 || due > largestDeadline {
		return errFieldDeadline
	}
	b.longest = max(b.longest, field.Len(), value.Len())
	name, it := item(&field), item(&value)
	if !b.fills.hash.Add(b.edit, &name, &it, due) {
		return errTwice
	}
	return nil
}

// Member implements rdb.Builder.
func (b *Builder) Member(member rdb.Element, score float64) error {
	if b.kind != rdb.KindSortedSet {
		return errNoStep
	}
	b.longest = max(b.longest, member.Len())
	it := item(&member)
	if !b.fills.zset.Add(b.edit, &it, score) {
		return errTwice
	}
	b.minusZero = b.minusZero || score == 0 && math.Signbit(score) && (b.t == rdb.SortedSet || b.t == rdb.SortedSet2)
	return nil
}

// Finish is to be called when a value has been handed over, before Put.
func (b *Builder) Finish() error {
	b.begun = false
	switch b.kind {
	case rdb.KindList:
		b.forms.list = b.fills.list.Done(b.edit)
	case rdb.KindSet:
		var once bool
		if b.forms.set, once = b.fills.set.Done(b.edit); !once {
			return errTwice
		}
	case rdb.KindSortedSet:
		b.forms.zset = b.fills.zset.Done(b.edit)
	case rdb.KindHash:
		b.forms.hash = b.fills.hash.Done(b.edit)
		if b.said != nil {
			return b.said.end(b.forms.hash.Len())
		}
	}
	return nil
}

// plainZeros makes 0 of scores of -0: as in Redis, there are none in a sorted set that becomes a small one.
func (b *Builder) plainZeros() {
	f := &b.forms.zset
	var members [][]byte
	f.Range(f.FirstFrom(0), f.FirstAbove(0), func(it packed.Item, score float64) bool {
		if math.Signbit(score) {
			members = append(members, it.AppendTo(nil))
		}
		return true
	})
	for _, member := range members {
		f.Remove(b.edit, member)
		f.Add(b.edit, member, 0)
	}
}

// Put stores the value that was built under key, in place of whatever was there; found is as for datatypes.Editor.SetStringAt, a deadline in
// milliseconds since 1970 or datatypes.NoDeadline. What was built is the store's from then on. O(1), but for short strings and small
// collections, which are copied.
func (b *Builder) Put(ed datatypes.Editor, found *datatypes.Entry, key []byte, deadlineMs int64) {
	switch b.kind {
	case rdb.KindString:
		switch {
		case b.isInt:
			ed.SetIntAt(found, key, b.n, deadlineMs)
		case b.own:
			ed.AdoptStringAt(found, key, b.text, deadlineMs)
			b.text = nil
		default:
			ed.SetStringAt(found, key, b.text, deadlineMs)
		}
	case rdb.KindList:
		ed.PutList(found, key, &b.forms.list, deadlineMs)
	case rdb.KindSet:
		if b.t == rdb.SetListpack {
			ed.PutListpackSet(found, key, &b.forms.set, deadlineMs)
		} else {
			ed.PutSet(found, key, &b.forms.set, nil, deadlineMs)
		}
	case rdb.KindSortedSet:
		if b.minusZero && ed.SmallSortedSet(&datatypes.Entry{}, b.forms.zset.Len(), b.longestThatCounts()) {
			b.plainZeros()
		}
		ed.PutSortedSet(found, key, &b.forms.zset, b.longestThatCounts(), deadlineMs)
	case rdb.KindHash:
		ed.PutHash(found, key, &b.forms.hash, b.longestThatCounts(), deadlineMs)
	case rdb.KindStream:
		ed.PutStream(found, key, byte(b.t), b.text, deadlineMs)
	default:
		panic("snapshot: put what was not built")
	}
}

// longestThatCounts is the length that decides about an encoding: a packed collection keeps it whatever is in it, up to its number of
// elements.
func (b *Builder) longestThatCounts() int {
	switch b.t {
	case rdb.SortedSetListpack, rdb.SortedSetZiplist, rdb.HashListpack, rdb.HashZiplist, rdb.HashListpackEx, rdb.HashListpackExPre:
		return 0
	}
	return b.longest
}
