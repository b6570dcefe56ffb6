package snapshot

import (
	"errors"
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// LoadOptions say how a file is loaded.
type LoadOptions struct {
	// NowMs: keys whose deadline is not later are left out; 0: none is.
	NowMs int64
	// ClockS is the time of use that keys get, in seconds of the clock of datatypes.DB.Touch, less for how long the file says that they
	// were idle.
	ClockS uint32
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

// progressBytes is how much of a file is used between two calls of Progress.
const progressBytes = 2 << 20

// ErrDatabases says that a file has keys of a database that the store hasn't.
var ErrDatabases = errors.New("the file has more databases than the store")

var errKeyTwice = errors.New("the key is there already")

// Load builds the keys of a file in a store that nobody else uses meanwhile. What is wrong with the file is an *rdb.Error, which says where.
func Load(store *datatypes.Store, file *rdb.Reader, options LoadOptions) (Loaded, error) {
	l := &loader{store: store, file: file, options: &options}
	l.builder = NewBuilder(store.DB(0).Building())
	err := l.parts()
	return l.loaded, err
}

// loader is a file being loaded.
type loader struct {
	store   *datatypes.Store
	file    *rdb.Reader
	options *LoadOptions
	builder *Builder
	rec     rdb.Record
	said    deadlines // about the fields of the next key
	told    int64     // how far the file was used when Progress was last called
	loaded  Loaded
}

// parts goes through the file.
func (l *loader) parts() error {
	for {
		if err := l.file.Next(&l.rec); err != nil {
			return err
		}
		if err := l.part(); err != nil {
			return err
		}
		if at := l.file.Offset(); at-l.told >= progressBytes || l.rec.Op == rdb.OpEnd {
			l.told = at
			if l.options.Progress != nil {
				if err := l.options.Progress(at); err != nil {
					return err
				}
			}
		}
		if l.rec.Op == rdb.OpEnd {
			return nil
		}
	}
}

func (l *loader) part() error {
	rec := &l.rec
	switch rec.Op {
	case rdb.OpAux:
		if string(rec.Name) == fieldDeadlines {
			if err := l.said.add(rec.Text); err != nil {
				return l.fault(err)
			}
		} else if l.options.Fact != nil {
			l.options.Fact(rec.Name, rec.Text)
		}
	case rdb.OpFunction:
		if l.options.Library != nil {
			return l.options.Library(rec.Text)
		}
	case rdb.OpEntry:
		err := l.entry()
		l.said.clear()
		return err
	}
	return nil
}

// fault is what is wrong with the file where it is being read.
func (l *loader) fault(err error) error {
	fault := &rdb.Error{Offset: l.file.Offset(), Err: err}
	if l.rec.Op == rdb.OpEntry {
		fault.Type, fault.Value, fault.Key = l.rec.Type, true, append([]byte{}, l.rec.Key[:min(len(l.rec.Key), maxShownKey)]...)
	}
	return fault
}

// maxShownKey is how much of a key an error shows.
const maxShownKey = 64

// entry loads a key.
func (l *loader) entry() error {
	rec := &l.rec
	if rec.Database >= l.store.Databases() {
		return l.fault(fmt.Errorf("%w: %d", ErrDatabases, rec.Database))
	}
	deadlineMs := deadlineIn(rec.DeadlineMs)
	if deadlineMs != datatypes.NoDeadline && deadlineMs <= l.options.NowMs && l.options.NowMs != 0 {
		l.loaded.Expired++
		return l.file.Skip()
	}
	l.builder.Reset(rec.Type)
	if !l.said.none(rec.Key) {
		l.builder.said = &l.said
	}
	err := l.file.Value(l.builder)
	if err == rdb.ErrEmpty {
		l.loaded.Empty++
		return nil
	}
	if err != nil {
		return err
	}
	if err := l.builder.finish(); err != nil {
		return l.fault(err)
	}
	var e datatypes.Entry
	ed := l.store.Edit(rec.Database).At(l.clockS(), false)
	if ed.Find(&e, rec.Key, 0); e.Found() && !l.options.Replace {
		return l.fault(errKeyTwice)
	}
	l.builder.Put(ed, &e, rec.Key, deadlineMs)
	l.loaded.Keys++
	return nil
}

// clockS is when the key was last used.
func (l *loader) clockS() uint32 {
	return l.options.ClockS - uint32(max(0, min(l.rec.IdleSeconds, int64(l.options.ClockS))))
}
