package snapshot

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// metadataVersion is the first version of the format that has a place for deadlines of fields.
const metadataVersion = 12

// Encode writes a key with its value, or with a nil *rdb.Entry the value alone, in such a type that OBJECT ENCODING shows after a reload what
// it shows now, as far as Redis's does. Deadlines of fields that the version has no place for, and notes, stand in facts before the key; without a
// key they are left out (DumpVersion). Nothing is allocated but for streams, and long strings that are compressed.
func Encode(out *rdb.Encoder, entry *rdb.Entry, value *datatypes.Entry) error {
	switch value.Kind() {
	case datatypes.KindString:
		if value.Noted() && entry != nil {
			if note := value.Note(); note.Lasting() {
				writeNote(out, entry.Key, &note)
			}
		}
		return encodeString(out, entry, value)
	case datatypes.KindList:
		items := value.List()
		return out.List(entry, items.Len(), func(yield func(rdb.Element) bool) {
			items.Range(0, items.Len(), func(it packed.Item) bool { return yield(element(&it)) })
		})
	case datatypes.KindSet:
		members := value.Set()
		return out.Set(entry, encodings[value.Encoding()], members.Len(), func(yield func(rdb.Element) bool) {
			members.Each(func(it packed.Item) bool { return yield(element(&it)) })
		})
	case datatypes.KindSortedSet:
		return encodeSortedSet(out, entry, value)
	case datatypes.KindHash:
		return encodeHash(out, entry, value)
	case datatypes.KindStream:
		raw := make([]byte, 0, value.StreamLen())
		value.StreamRange(func(piece []byte) bool {
			raw = append(raw, piece...)
			return true
		})
		return out.Opaque(entry, rdb.Type(value.StreamForm()), raw)
	}
	panic("snapshot: a value of no known kind")
}

// encodings are OBJECT ENCODING's names; lists and strings have no choice.
var encodings = map[string]rdb.Encoding{"intset": rdb.Intset, "listpack": rdb.Listpack, "listpackex": rdb.Listpack,
	"hashtable": rdb.Table, "skiplist": rdb.Table}

// element is an item as the format's package has it.
func element(it *packed.Item) rdb.Element {
	if n, isInt := it.Int(); isInt {
		return rdb.IntElement(n)
	}
	return rdb.TextElement(it.Text())
}

func encodeString(out *rdb.Encoder, entry *rdb.Entry, value *datatypes.Entry) error {
	if n, isInt := value.Int(); isInt {
		return out.String(entry, rdb.IntElement(n))
	}
	if piece, whole := value.StringPiece(); whole {
		return out.String(entry, rdb.TextElement(piece))
	}
	size := value.StringLen()
	return out.StringParts(entry, size, func(yield func([]byte) bool) { value.StringRange(0, size, yield) })
}

func encodeSortedSet(out *rdb.Encoder, entry *rdb.Entry, value *datatypes.Entry) error {
	members, encoding := value.SortedSet(), encodings[value.Encoding()]
	return out.SortedSet(entry, encoding, members.Len(), func(yield func(rdb.Element, float64) bool) {
		one := func(it packed.Item, score float64) bool { return yield(element(&it), score) }
		if encoding == rdb.Table { // from the highest to the lowest, as Redis writes them, and loads them fastest
			members.RangeBack(0, members.Len(), one)
		} else {
			members.Range(0, members.Len(), one)
		}
	})
}

func encodeHash(out *rdb.Encoder, entry *rdb.Entry, value *datatypes.Entry) error {
	fields := value.Hash()
	if entry != nil && beside(value, out.Version()) {
		writeFieldDeadlines(out, entry.Key, &fields)
	}
	return out.Hash(entry, encodings[value.Encoding()], fields.Len(), func(yield func(field, value rdb.Element, deadlineMs int64) bool) {
		fields.All(func(field, value packed.Item, deadlineMs int64) bool {
			return yield(element(&field), element(&value), deadlineOut(deadlineMs))
		})
	})
}

// beside tells whether something of a value stands in facts before its key in files of a version.
func beside(value *datatypes.Entry, version int) bool {
	if value.Kind() != datatypes.KindHash || version >= metadataVersion {
		return false
	}
	fields := value.Hash()
	return fields.NextDeadline() != datatypes.NoDeadline
}

// deadlineOut is a deadline as the format has it, where -1 is none; deadlineIn is the contrary, where 0 is none. What comes nearest to a time
// that stands for none has passed as well.
func deadlineOut(ms int64) int64 {
	switch ms {
	case datatypes.NoDeadline:
		return rdb.NoDeadline
	case rdb.NoDeadline:
		return rdb.NoDeadline - 1
	}
	return ms
}

func deadlineIn(ms int64) int64 {
	switch ms {
	case rdb.NoDeadline:
		return datatypes.NoDeadline
	case datatypes.NoDeadline:
		return datatypes.NoDeadline + 1
	}
	return ms
}

// DumpVersion is the version that a payload of a value must have, where the others are of a version: that, but for a hash with deadlines of
// fields, which have no place before 12.
func DumpVersion(value *datatypes.Entry, version int) int {
	if beside(value, version) {
		return metadataVersion
	}
	return version
}

// dumpMargin is more than what stands around a string in a payload.
const dumpMargin = 32

// Dump makes a payload of a value, as DUMP replies it.
func Dump(value *datatypes.Entry, options rdb.Options) ([]byte, error) {
	options.Version = DumpVersion(value, options.Version)
	out, err := rdb.NewEncoder(options)
	if err != nil {
		return nil, err
	}
	if value.Kind() == datatypes.KindString && value.StringLen() >= datatypes.LongString {
		out.Grow(value.StringLen() + dumpMargin)
	}
	if err := Encode(out, nil, value); err != nil {
		return nil, err
	}
	return rdb.AppendDump(out.Take(), options.Version), nil
}
