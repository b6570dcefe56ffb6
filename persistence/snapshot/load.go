package snapshot

import (
	"errors"
	"fmt"
	"runtime"

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
	// Size is how long the file is about, in bytes, 0 if nobody knows: up to what that allows the number of keys that the file announces is
	// believed, and room made for them.
	Size int64
	// Progress is called after about every Interval of the file, and at its end, with how far it was used; an error breaks the loading off and
	// is returned. It may be nil.
	Progress func(offset int64) error
	// Interval is after about how many bytes; 0: 2 MiB.
	Interval int64
	// Pace is called each time that Every keys have been read, to slow the loading down; an error breaks it off and is returned. It may be nil.
	Every int
	Pace  func(keys int) error
	// Fact is told what the file says of itself; the texts are borrowed. It may be nil.
	Fact func(name, text []byte)
	// Library is given the functions' code, borrowed, a library at a time; an error breaks the loading off. It may be nil: they are passed over.
	Library func(code []byte) error
	// Empty is told the key of a value without elements, which is left out. The key is borrowed; several goroutines call it at once. It may be nil.
	Empty func(key []byte)
	// Replace: a key that is there already is replaced; otherwise it is an error, as a key that comes twice is.
	Replace bool
}

// Loaded is what Load put into the store.
type Loaded struct {
	Keys, Expired, Empty int64 // put there; left out since their time had come; left out since they had no elements
}

// progressBytes is how much of a file is used between two calls of Progress where Interval is 0.
const progressBytes = 2 << 20

// maxShownKey is how much of a key an error shows.
const maxShownKey = 64

// ErrDatabases says that a file has keys of a database that the store hasn't.
var ErrDatabases = errors.New("the file has more databases than the store")

var errKeyTwice = errors.New("the key is there already")

// Load builds the keys of a file in a store that nobody else uses meanwhile. What is wrong with the file is an *rdb.Error, which says where;
// of several faults in values that are built at once any one. Memory, beside the store and what the Reader needs: some 20 MiB.
func Load(store *datatypes.Store, file *rdb.Reader, options LoadOptions) (Loaded, error) {
	if options.Workers == 0 {
		options.Workers = runtime.GOMAXPROCS(0)
	}
	if options.Interval == 0 {
		options.Interval = progressBytes
	}
	store.NoteTime(options.NowMs)
	l := &loader{store: store, file: file, options: &options, database: -1}
	err := l.cut()
	if end := l.leave(); err == nil {
		err = end
	}
	return l.loaded, err
}

// loader cuts a file into keys and has them built: in the goroutine of its caller as long as a database is small, and by several at once, each
// at a part of the database, from then on (build.go).
type loader struct {
	store   *datatypes.Store
	file    *rdb.Reader
	options *LoadOptions
	rec     rdb.Record
	said    *deadlines // about the fields of the next key; nil: nothing
	note    note       // of the next key
	told    int64      // how far the file was used when Progress was last called
	loaded  Loaded
	unpaced int // keys read since Pace was last called

	database  int // that is being loaded, -1 if none is
	build     *build
	announced uint64 // keys of the database, by what the file says
}

// cut goes through the file.
func (l *loader) cut() error {
	for {
		if err := l.file.Next(&l.rec); err != nil {
			return err
		}
		if err := l.part(); err != nil {
			return err
		}
		if at := l.file.Offset(); at-l.told >= l.options.Interval || l.rec.Op == rdb.OpEnd {
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
		switch {
		case string(rec.Name) == fieldDeadlines:
			if l.said == nil {
				l.said = &deadlines{}
			}
			if err := l.said.add(rec.Text); err != nil {
				return faultAt(l.file.Offset(), err)
			}
		case string(rec.Name) == keyNote:
			if err := l.note.read(rec.Text); err != nil {
				return faultAt(l.file.Offset(), err)
			}
		case l.options.Fact != nil:
			l.options.Fact(rec.Name, rec.Text)
		}
	case rdb.OpSelect:
		l.announced = 0
	case rdb.OpResize:
		l.announced = rec.Keys
	case rdb.OpFunction:
		if l.options.Library == nil {
			return nil
		}
		if err := l.options.Library(rec.Text); err != nil {
			return faultAt(l.file.Offset(), err)
		}
	case rdb.OpEntry:
		err := l.entry()
		l.said, l.note.told = nil, false
		return err
	}
	return nil
}

// faultAt is what is wrong with a file beside its values.
func faultAt(offset int64, err error) error { return &rdb.Error{Offset: offset, Err: err} }

// entry loads a key, or has it loaded.
func (l *loader) entry() error {
	rec := &l.rec
	if rec.Database != l.database {
		if err := l.enter(); err != nil {
			return err
		}
	}
	key := record{
		offset: l.file.Offset(), deadlineMs: deadlineIn(rec.DeadlineMs), t: rec.Type,
		clockS: l.clock(rec),
	}
	if l.options.NowMs != 0 && key.deadlineMs != datatypes.NoDeadline && key.deadlineMs <= l.options.NowMs {
		l.loaded.Expired++
		return l.file.Skip()
	}
	if l.said != nil && !l.said.none(rec.Key) {
		key.said = l.said
	}
	if l.note.told {
		key.note = l.note.of(rec.Key)
	}
	if err := l.build.add(&key, rec.Key, l.file); err != nil {
		return err
	}
	return l.pace()
}

// clock is what Editor.At takes for a key.
func (l *loader) clock(rec *rdb.Record) uint32 {
	nowS := l.options.ClockS
	switch counts := l.store.DB(l.database).CountsUses(); {
	case counts && rec.Frequency >= 0:
		return datatypes.FrequencyAt(nowS, uint8(rec.Frequency))
	case counts:
		return nowS
	}
	return nowS - uint32(max(0, min(rec.IdleSeconds, int64(nowS))))
}

// pace is called for each key that was read.
func (l *loader) pace() error {
	if l.options.Pace == nil {
		return nil
	}
	if l.unpaced++; l.unpaced < l.options.Every {
		return nil
	}
	l.unpaced = 0
	return l.options.Pace(l.options.Every)
}

// enter begins with another database.
func (l *loader) enter() error {
	if l.rec.Database >= l.store.Databases() {
		return faultAt(l.file.Offset(), fmt.Errorf("%w: %d", ErrDatabases, l.rec.Database))
	}
	if err := l.leave(); err != nil {
		return err
	}
	l.database = l.rec.Database
	l.build = newBuild(l.store, l.database, l.options)
	l.build.from, l.build.announced = l.file.Offset(), l.announced
	return nil
}

// leave ends with a database.
func (l *loader) leave() error {
	if l.build == nil {
		return nil
	}
	err := l.build.end(&l.loaded)
	l.build = nil
	return err
}
