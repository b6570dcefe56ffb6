package server

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// serializedLength is how many bytes a value takes in an RDB file, uncompressed.
func serializedLength(e *datatypes.Entry) int {
	switch e.Kind() {
	case datatypes.KindSet:
		members := e.Set()
		return serializedSet(&members, e.Encoding() == "intset")
	case datatypes.KindList:
		elements := e.List()
		return serializedList(&elements)
	case datatypes.KindSortedSet:
		members := e.SortedSet()
		return serializedSortedSet(&members, e.Encoding() == "listpack")
	case datatypes.KindHash:
		fields := e.Hash()
		return serializedHash(&fields, e.Encoding() != "hashtable")
	case datatypes.KindStream:
		return e.StreamLen()
	}
	length := e.StringLen()
	if length <= maxIntLength {
		var room [maxIntLength]byte
		return serializedText(e.AppendString(room[:0]))
	}
	return serializedHead(length) + length
}

// maxIntLength is the length up to which a text is written as an integer if it reads as one.
const maxIntLength = 11

// serializedText is serializedLength of a text.
func serializedText(text []byte) int {
	if len(text) <= maxIntLength {
		if n, ok := commands.ParseInt(text); ok && n == int64(int32(n)) {
			return 1 + min(intWidth(n), 4)
		}
	}
	return serializedHead(len(text)) + len(text)
}

// intWidth is how many bytes hold an integer: 1, 2, 4 or 8.
func intWidth(n int64) int {
	switch n {
	case int64(int8(n)):
		return 1
	case int64(int16(n)):
		return 2
	case int64(int32(n)):
		return 4
	}
	return 8
}

// serializedHead is what a count or a length takes.
func serializedHead(length int) int {
	switch {
	case length < 1<<6:
		return 1
	case length < 1<<14:
		return 2
	case length <= math.MaxUint32:
		return 5
	}
	return 9
}

// serializedList is serializedLength of a list as Redis wrote it before it packed elements: their number, then each.
func serializedList(elements *list.Form) int {
	length := serializedHead(elements.Len())
	var room [64]byte
	text := room[:0]
	elements.Range(0, elements.Len(), func(it packed.Item) bool {
		text = it.AppendTo(text[:0])
		length += serializedText(text)
		return true
	})
	return length
}

// serializedSet is serializedLength of a set: an intset is written as one text, with a head of 8 bytes and all integers of the same width.
func serializedSet(members *set.Form, intset bool) int {
	const intsetHead, narrowest = 8, 2
	length, width := serializedHead(members.Len()), narrowest
	var room [64]byte
	text := room[:0]
	members.Each(func(it packed.Item) bool {
		text = it.AppendTo(text[:0])
		if n, ok := commands.ParseInt(text); ok {
			width = max(width, intWidth(n))
		}
		length += serializedText(text)
		return true
	})
	if intset {
		blob := intsetHead + width*members.Len()
		return serializedHead(blob) + blob
	}
	return length
}

// serializedSortedSet is serializedLength of a sorted set: a small one is written as the text that its listpack is.
func serializedSortedSet(members *zset.Form, small bool) int {
	const scoreSize = 8
	length, blob := serializedHead(members.Len()), listpackFrame
	var room, digits [64]byte
	text := room[:0]
	members.Each(func(it packed.Item, score float64) bool {
		text = it.AppendTo(text[:0])
		if small {
			blob += listpackEntry(text) + listpackEntry(commands.AppendSmallScore(digits[:0], score))
		} else {
			length += serializedText(text) + scoreSize
		}
		return true
	})
	if small {
		return serializedHead(blob) + blob
	}
	return length
}

// serializedHash is serializedLength of a hash, due fields and all: a small one is written as the text that its listpack is. Deadlines aren't
// counted.
func serializedHash(fields *hash.Form, small bool) int {
	length, blob := serializedHead(fields.Len()), listpackFrame
	var room, other [64]byte
	field, value := room[:0], other[:0]
	fields.Each(hash.Never, func(name, it packed.Item) bool {
		field, value = name.AppendTo(field[:0]), it.AppendTo(value[:0])
		if small {
			blob += listpackEntry(field) + listpackEntry(value)
		} else {
			length += serializedText(field) + serializedText(value)
		}
		return true
	})
	if small {
		return serializedHead(blob) + blob
	}
	return length
}

// listpackFrame is what a listpack of Redis takes beside its entries.
const listpackFrame = 7

// listpackEntry is what a text takes as an entry of a listpack.
func listpackEntry(text []byte) (size int) {
	n, isInt := commands.ParseInt(text)
	switch length := len(text); {
	case isInt:
		size = listpackInt(n)
	case length < 1<<6:
		size = 1 + length
	case length < 1<<12:
		size = 2 + length
	default:
		size = 5 + length
	}
	// Behind an entry stands its size, 7 bits a byte; sizes of all ones take a byte more, but the first.
	switch {
	case size < 1<<7:
		return size + 1
	case size < 1<<14-1:
		return size + 2
	case size < 1<<21-1:
		return size + 3
	case size < 1<<28-1:
		return size + 4
	}
	return size + 5
}

// listpackInt is what an integer takes in an entry, without the entry's size.
func listpackInt(n int64) int {
	switch {
	case 0 <= n && n < 1<<7:
		return 1
	case -1<<12 <= n && n < 1<<12:
		return 2
	case n == int64(int16(n)):
		return 3
	case -1<<23 <= n && n < 1<<23:
		return 4
	case n == int64(int32(n)):
		return 5
	}
	return 9
}
