package snapshot

import (
	"io"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

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
	// Workers is how many goroutines encode at once; 0: one a processor, in the background one fewer if there are several.
	Workers int
	// Background tells that others have work to do meanwhile: goroutines that encode give way to them after each turnTime (yield_linux.go).
	Background bool
	// Progress is called now and then, from several goroutines, with the number of keys written since its last call; an error breaks the
	// writing off and is returned. It may be nil.
	Progress func(keys int) error
	// Use has the file say how keys were used, where it is to, as Redis's do under a policy of eviction that goes by that; nil: it doesn't.
	Use *UseOptions
	// Every is after how many keys of one goroutine Progress is called; 0: 256.
	Every int
}

// UseOptions say how it is found out how keys were used: see datatypes.View.WalkUsed. InStore may be called by several goroutines at once.
type UseOptions struct {
	ClockS  uint32
	InStore func(look func())
}

// Written is what Write wrote.
type Written struct {
	Keys int64
	// Beside counts keys of which something stands in facts, since the version has no place for it.
	Beside int64
}

const (
	redisBits     = 64
	progressKeys  = 256                    // written by one goroutine between two calls of Progress, unless WriteOptions.Every says otherwise
	breath        = 32                     // written by one goroutine before it lets other goroutines go first: some 20 us
	turnTime      = 500 * time.Microsecond // of one goroutine before it gives way to other threads, in the background
	partKeys      = 1 << 10                // that a part should have at least
	partsOfWorker = 16                     // at most, so that none is left with much when the others are done
	mostParts     = 1 << 10
)

// Write writes a view of all databases. Each worker has an Encoder of its own and takes one part of the hash range after the other; memory is
// what Encoders need.
func Write(w io.Writer, view *datatypes.View, databases int, options WriteOptions) (Written, error) {
	out, err := rdb.NewOutput(w, options.Options)
	if err != nil {
		return Written{}, err
	}
	if options.Workers == 0 {
		options.Workers = workersOf(runtime.GOMAXPROCS(0), options.Background)
	}
	if options.Every == 0 {
		options.Every = progressKeys
	}
	writer := &writer{out: out, view: view, options: &options}
	if options.Background {
		writer.yield = yieldProcessor
	}
	if err := writer.facts(); err != nil {
		return Written{}, err
	}
	for database := range databases {
		if err := writer.database(database); err != nil {
			return writer.written(), err
		}
	}
	return writer.written(), out.End()
}

// workersOf is how many encode on so many processors.
func workersOf(processors int, background bool) int {
	if background {
		return max(1, processors-1)
	}
	return processors
}

// writer is a file being written.
type writer struct {
	out     *rdb.Output
	view    *datatypes.View
	options *WriteOptions
	// yield is called by a worker whose turn is over; nil: turns don't end.
	yield func()

	keys, beside atomic.Int64
	// broken is the first error of a worker.
	broken atomic.Pointer[error]
}

func (w *writer) written() Written { return Written{Keys: w.keys.Load(), Beside: w.beside.Load()} }

// facts writes what stands before the keys. An Output that has failed stays so: the last error is any's.
func (w *writer) facts() (err error) {
	f := &w.options.Facts
	aofBase := 0
	if f.AOFBase {
		aofBase = 1
	}
	for _, fact := range []struct{ name, text string }{
		{"redis-ver", f.RedisVersion},
		{"redis-bits", strconv.Itoa(redisBits)},
		{"ctime", strconv.FormatInt(f.CreatedS, 10)},
		{"used-mem", strconv.FormatInt(f.UsedMemory, 10)},
		{"aof-base", strconv.Itoa(aofBase)},
	} {
		err = w.out.Aux(fact.name, fact.text)
	}
	for _, code := range f.Libraries {
		err = w.out.Function(code)
	}
	return err
}

// database writes one, with as many workers as its keys are worth, and waits for them.
func (w *writer) database(database int) error {
	db := w.view.DB(database)
	if db.Len() == 0 {
		return nil
	}
	if err := w.out.Select(database); err != nil {
		return err
	}
	if err := w.out.Resize(db.Len(), db.Deadlines()); err != nil {
		return err
	}
	parts := max(1, min(db.Len()/partKeys, w.options.Workers*partsOfWorker, mostParts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(parts, w.options.Workers) {
		workers.Go(func() {
			p := partWriter{writer: w, database: database, out: w.out.NewEncoder(), turn: time.Now()}
			p.out.BetweenPieces(p.rest)
			for part := int(next.Add(1)) - 1; part < parts && p.err == nil; part = int(next.Add(1)) - 1 {
				p.part(part, parts)
			}
			p.end()
		})
	}
	workers.Wait()
	if broken := w.broken.Load(); broken != nil {
		return *broken
	}
	return nil
}

// partWriter is a worker: it writes parts of a database.
type partWriter struct {
	*writer
	database int
	out      *rdb.Encoder
	entry    rdb.Entry
	value    datatypes.Entry
	keys     int       // written since Progress was last called
	turn     time.Time // when it has last given way
	err      error
}

// part writes one of so many parts of the hash range.
func (p *partWriter) part(part, parts int) {
	from, to := boundary(part, parts), boundary(part+1, parts)
	one := func(key []byte, e datatypes.Entry, use datatypes.Use) bool {
		p.value = e
		p.write(key, use)
		return p.err == nil && p.broken.Load() == nil
	}
	if use := p.options.Use; use != nil {
		p.view.WalkUsed(p.database, from, to, use.ClockS, use.InStore, one)
		return
	}
	p.view.Walk(p.database, from, to, func(key []byte, e datatypes.Entry) bool {
		return one(key, e, datatypes.Use{IdleS: rdb.Unknown, Frequency: rdb.Unknown})
	})
}

// boundary is where a part begins; parts are far fewer than overflow 64 bits here.
func boundary(part, parts int) uint64 { return datatypes.Positions * uint64(part) / uint64(parts) }

// write writes a key with the value that was yielded with it.
func (p *partWriter) write(key []byte, use datatypes.Use) {
	p.entry = rdb.NewEntry(key)
	p.entry.IdleSeconds, p.entry.Frequency = use.IdleS, use.Frequency
	p.entry.DeadlineMs = deadlineOut(p.value.DeadlineMs())
	if p.err = Encode(p.out, &p.entry, &p.value); p.err != nil {
		return
	}
	if beside(&p.value, p.options.Version) {
		p.beside.Add(1)
	}
	if p.keys++; p.keys == p.options.Every {
		p.err = p.tell()
	}
	if p.keys%breath == 0 {
		runtime.Gosched() // who answers clients meanwhile goes first
	}
	p.rest()
}

// rest gives way to others if the turn is over.
func (p *partWriter) rest() {
	if p.yield != nil && time.Since(p.turn) >= turnTime {
		p.yield()
		p.turn = time.Now()
	}
}

// tell tells how far the writing has come.
func (p *partWriter) tell() (err error) {
	p.writer.keys.Add(int64(p.keys))
	if p.options.Progress != nil && p.keys > 0 {
		err = p.options.Progress(p.keys)
	}
	p.keys = 0
	return err
}

// end is the end of a worker.
func (p *partWriter) end() {
	if p.err == nil {
		p.err = p.out.Flush()
	}
	if p.err == nil {
		p.err = p.tell()
	}
	if p.err != nil {
		p.broken.CompareAndSwap(nil, &p.err)
	}
}
