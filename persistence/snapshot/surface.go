package snapshot

import (
	"errors"
	"io"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// Facts are what a file tells beside the keys.
type Facts struct {
	RedisVersion string // whom the format is of: "7.0.15"
	CreatedS     int64  // Unix time
	UsedMemory   int64  // bytes
	AOFBase      bool   // the file is the base of a log
	// Libraries are the functions' code.
	Libraries [][]byte
}

// WriteOptions say how a file is written.
type WriteOptions struct {
	rdb.Options
	Facts
	// Workers is how many goroutines encode at once; 0: one a processor.
	Workers int
	// Progress is called now and then, from several goroutines, with the number of keys written since its last call; an error breaks the
	// writing off and is returned. It may be nil.
	Progress func(keys int) error
}

// Written is what Write wrote.
type Written struct {
	Keys int64
	// Beside counts keys of which something stands in facts, since the version has no place for it.
	Beside int64
}

// LoadOptions say how a file is loaded.
type LoadOptions struct {
	// NowMs: keys whose deadline is not later are left out; 0: none is.
	NowMs int64
	// Workers is how many goroutines build at once; 0: one a processor.
	Workers int
	// Progress is called after about every 2 MiB of the file, and at its end, with how far it was used; an error breaks the loading off and
	// is returned. It may be nil.
	Progress func(offset int64) error
	// Fact is told what the file says of itself; the texts are borrowed. It may be nil.
	Fact func(name, text []byte)
	// Library is given the functions' code; borrowed. It may be nil: they are passed over.
	Library func(code []byte) error
	// Replace: a key that is there already is replaced; otherwise it is an error, as a key that comes twice is.
	Replace bool
}

// Loaded is what Load put into the store.
type Loaded struct {
	Keys, Expired, Empty int64 // put there; left out since their time had come; left out since they had no elements
}

var errUnbuilt = errors.New("not there yet")

// Write writes a view of all databases.
func Write(w io.Writer, view *datatypes.View, databases int, options WriteOptions) (Written, error) {
	return Written{}, errUnbuilt
}

// Load builds the keys of a file in a store that nobody else uses meanwhile.
func Load(store *datatypes.Store, file *rdb.Reader, options LoadOptions) (Loaded, error) {
	return Loaded{}, errUnbuilt
}
