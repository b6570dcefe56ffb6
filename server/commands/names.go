package commands

import (
	"encoding/binary"
	"math/bits"
)

// nameIndex finds commands by their names, in any case. It is a table of at least twice as many places as names, where a name stands at the
// place that its hash says, or behind it. Up to eight letters, of which most names have no more, are hashed and compared as one number.
type nameIndex struct {
	places []namePlace
	// shift leaves of a hash as many bits as there are places.
	shift int
}

type namePlace struct {
	// word is what wordOf makes of the name, which is in lower case.
	word    uint64
	name    string
	command *Command
}

// newNameIndex makes the index of commands by their names in lower case; no name is empty.
func newNameIndex(byName map[string]*Command) nameIndex {
	size := bits.Len(uint(2 * len(byName)))
	ix := nameIndex{make([]namePlace, 1<<size), 64 - size}
	for name, command := range byName {
		word := wordOf([]byte(name))
		i := ix.hash(word, len(name))
		for ix.places[i].command != nil {
			i = ix.next(i)
		}
		ix.places[i] = namePlace{word, name, command}
	}
	return ix
}

func (ix *nameIndex) hash(word uint64, length int) int {
	const golden = 0x9e3779b97f4a7c15
	return int((word + uint64(length)) * golden >> ix.shift)
}

func (ix *nameIndex) next(i int) int { return (i + 1) & (len(ix.places) - 1) }

// find returns nil where there is no such name. It allocates nothing.
func (ix *nameIndex) find(name []byte) *Command {
	if len(name) == 0 {
		return nil
	}
	word := wordOf(name)
	for i := ix.hash(word, len(name)); ; i = ix.next(i) {
		p := &ix.places[i]
		if p.command == nil {
			return nil
		}
		if p.word == word && len(p.name) == len(name) && (len(name) <= 8 || equalFold(name[8:], p.name[8:])) {
			return p.command
		}
	}
}

// wordOf is the first eight bytes of a name that isn't empty, with its letters in lower case. Names of the same length that are shorter have
// the same word if they are the same: some bytes of them stand in it twice.
func wordOf(name []byte) (word uint64) {
	switch n := len(name); {
	case n >= 8:
		word = binary.LittleEndian.Uint64(name)
	case n >= 4:
		word = uint64(binary.LittleEndian.Uint32(name)) | uint64(binary.LittleEndian.Uint32(name[n-4:]))<<32
	default:
		word = uint64(name[0]) | uint64(name[n/2])<<8 | uint64(name[n-1])<<16
	}
	// The highest bit of each byte tells where a letter from A to Z is; nothing carries into the next byte.
	const each, high = 0x0101010101010101, 0x8080808080808080
	low := word &^ high
	upper := (low + (0x80-'A')*each) &^ (low + (0x7f-'Z')*each) &^ word & high
	return word | upper>>2
}
