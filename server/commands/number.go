package commands

import (
	"bytes"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// ParseInt reads a decimal integer as strictly as the store does that keeps it as one.
func ParseInt(word []byte) (int64, bool) { return datatypes.ParseInt(word) }

// IsWord compares a word of a command with an option's name, given in upper case, in any case.
func IsWord(word []byte, name string) bool {
	if len(word) != len(name) {
		return false
	}
	for i, b := range word {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != name[i] {
			return false
		}
	}
	return true
}

// UntilZero is what C sees of a word as a string.
func UntilZero(word []byte) []byte {
	if end := bytes.IndexByte(word, 0); end >= 0 {
		return word[:end]
	}
	return word
}
