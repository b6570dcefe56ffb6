package snapshot

import (
	"math"
	"runtime"
	"sync"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// How the keys of a database are built:
//
//	cut ─> batch ─> built at once                                         as long as there are few
//	cut ─> 512 batches, by hash ─> queue ─> workers, each at a part ─> Join
//
// Each part of the database fits into a processor's cache, and gets some hundred keys at a time: this, and not only that there are several
// workers, is what makes it fast, since elsewhere a key waits for memory three times. Who cuts the file helps to build when the queue is full.
// Keys of one part are built in their order.

const (
	divideKeys  = 1 << 13  // keys, or
	divideBytes = 4 << 20  // bytes of values, from which on a database is divided
	batchFull   = 32 << 10 // bytes of a batch: the larger, the more keys of a page come together
	rawMost     = 1 << 20  // what is larger is built as it is read
	queueFull   = 4 << 20  // bytes in batches that wait
)

// build is a database being loaded.
type build struct {
	store    *datatypes.Store
	database int
	options  *LoadOptions

	// Of who cuts the file: how much it was, what is gathered, by part if the database is divided, and what it builds with itself.
	keys, bytes int
	from        int64  // where the database begins in the file
	announced   uint64 // its keys, not to be believed
	open        []pending
	own         *worker
	all         []*worker

	parts   *datatypes.Parts // nil: not divided
	fillers []*datatypes.Filler
	workers sync.WaitGroup
	queue   queue
}

// newBuild begins a database.
func newBuild(store *datatypes.Store, database int, options *LoadOptions) *build {
	b := &build{store: store, database: database, options: options, open: make([]pending, 1)}
	b.own = &worker{build: b, builder: NewBuilder(store.DB(database).Building())}
	b.all = []*worker{b.own}
	return b
}

// add takes a key whose value is to be read next.
func (b *build) add(rec *record, key []byte, file *rdb.Reader) error {
	part := 0
	if b.parts != nil {
		part = b.parts.Of(key)
	}
	p := &b.open[part]
	p.part = part
	from := p.begin(key)
	bytes, cut, err := file.AppendRaw(p.bytes, rawMost)
	if err != nil || !cut {
		p.bytes = p.bytes[:from]
	}
	switch {
	case err != nil:
		return err
	case !cut:
		return b.large(part, rec, key, file)
	}
	p.bytes = bytes
	p.end(from, rec, len(key))
	b.keys++
	b.bytes += len(bytes) - from
	if len(bytes) < batchFull {
		return nil
	}
	if err := b.send(part); err != nil {
		return err
	}
	if b.parts == nil && (b.keys >= divideKeys || b.bytes >= divideBytes) {
		b.divide(file.Offset())
	}
	return nil
}

// divide divides the database, unless that can't be, and starts workers. They end when the queue is closed, which end waits for. So much of the
// file has been used.
func (b *build) divide(used int64) {
	if b.parts = b.store.Divide(b.database); b.parts == nil {
		b.keys, b.bytes = math.MinInt, math.MinInt
		return
	}
	if keys := b.expected(used); keys > 0 {
		b.parts.Expect(keys)
	}
	b.open = make([]pending, b.parts.Len())
	b.queue.init(b.parts.Len())
	b.own.builder = b.filler(b.own)
	for range b.options.Workers - 1 {
		w := &worker{build: b}
		w.builder = b.filler(w)
		b.all = append(b.all, w)
		b.workers.Go(func() {
			for p := b.queue.take(true); p != nil; p = b.queue.take(true) {
				b.queue.done(p, w.pending(p))
			}
		})
	}
}

// expected is about how many more keys will come: as many as what is left of the file has if it is like what came, for files often begin with
// shorter values than they end with; but not much more than the file announces for the database, for others may follow. 0: nobody knows.
func (b *build) expected(used int64) int {
	came := uint64(b.keys)
	if left := b.options.Size - used; left > 0 && used > b.from && b.announced > came {
		fit := float64(left) / float64(used-b.from) * float64(came)
		return int(min(fit, 2*float64(b.announced-came)))
	}
	return 0
}

// filler gives a worker what it fills parts with.
func (b *build) filler(w *worker) *Builder {
	w.filler = b.parts.Filler()
	b.fillers = append(b.fillers, w.filler)
	return NewBuilder(w.filler.Building())
}

// send has what is gathered for a part built.
func (b *build) send(part int) error {
	p := &b.open[part]
	if b.parts == nil {
		err := b.own.pending(p)
		p.clear()
		return err
	}
	b.open[part] = b.queue.push(p)
	for b.options.Workers == 1 || b.queue.full() {
		if p := b.queue.take(false); p == nil {
			break
		} else {
			b.queue.done(p, b.own.pending(p))
		}
	}
	return b.queue.err()
}

// large builds a key as its value is read, when those of its part that came before are built.
func (b *build) large(part int, rec *record, key []byte, file *rdb.Reader) error {
	if err := b.send(part); err != nil {
		return err
	}
	if b.parts != nil {
		if err := b.queue.hold(part); err != nil {
			return err
		}
		defer b.queue.release(part)
	}
	var failed error
	b.own.edit(part, func(ed datatypes.Editor) {
		b.own.builder.Reset(rec.t)
		b.own.builder.said = rec.said
		failed = b.own.put(ed, rec, key, file.Value(b.own.builder))
	})
	return failed
}

// end builds what is left and puts the database together.
func (b *build) end(loaded *Loaded) error {
	var err error
	for part := range b.open {
		if len(b.open[part].bytes) > 0 && err == nil {
			err = b.send(part)
		}
	}
	if b.parts != nil {
		for p := b.queue.take(false); p != nil; p = b.queue.take(false) {
			b.queue.done(p, b.own.pending(p))
		}
		b.queue.close()
		b.workers.Wait()
		b.parts.Join(b.fillers)
		err = b.queue.err()
	}
	for _, w := range b.all {
		loaded.Keys += w.loaded.Keys
		loaded.Empty += w.loaded.Empty
	}
	return err
}

// worker builds keys.
type worker struct {
	build   *build
	builder *Builder
	decoder rdb.Decoder
	filler  *datatypes.Filler // nil: the database isn't divided
	loaded  Loaded
	found   datatypes.Entry

	// keys are those that were approached and not built yet; what is below is for that.
	keys   [][]byte
	room   [approached][]byte
	hashes [approached]uint64
	sum    byte
	rounds uint // of that
}

const (
	approached = 32 // keys that are approached together
	giveWay    = 16 // after how many such rounds others may go first: half a millisecond
)

// edit has fill fill a part, or the database.
func (w *worker) edit(part int, fill func(ed datatypes.Editor)) {
	if w.filler != nil {
		w.filler.Fill(part, fill)
		return
	}
	fill(w.build.store.Edit(w.build.database))
}

// pending builds keys of one part.
func (w *worker) pending(p *pending) (err error) {
	w.edit(p.part, func(ed datatypes.Editor) {
		var rec record
		for rest := p.bytes; len(rest) > 0 && err == nil; {
			if len(w.keys) == 0 {
				if w.rounds++; w.rounds%giveWay == 0 {
					runtime.Gosched() // who answers clients meanwhile goes first
				}
				w.approach(ed, rest)
			}
			var key, raw []byte
			key, raw, rest = p.next(&rec, rest)
			w.keys = w.keys[1:]
			w.builder.Reset(rec.t)
			w.builder.said = rec.said
			err = w.put(ed, &rec, key, w.decoder.Decode(rec.t, raw, w.builder))
		}
		w.keys = nil
	})
	return err
}

// approach has the processor fetch what the next keys will be put beside, all together.
func (w *worker) approach(ed datatypes.Editor, rest []byte) {
	w.keys = w.room[:0]
	for len(rest) > 0 && len(w.keys) < approached {
		var key []byte
		key, rest = peek(rest)
		w.keys = append(w.keys, key)
	}
	w.sum += ed.Approach(w.keys, w.hashes[:])
}

// put puts the key whose value has been built, or says why it can't be.
func (w *worker) put(ed datatypes.Editor, rec *record, key []byte, err error) error {
	if err == rdb.ErrEmpty {
		w.loaded.Empty++
		if told := w.build.options.Empty; told != nil {
			told(key)
		}
		return nil
	}
	if err == nil {
		err = w.builder.Finish()
	}
	if err == nil {
		ed = ed.At(rec.clockS, false)
		if rec.note.Lasting() {
			ed = ed.Noting(&rec.note)
		}
		if ed.Find(&w.found, key, math.MinInt64); w.found.Found() && !w.build.options.Replace {
			err = errKeyTwice
		}
	}
	if err != nil {
		return rec.fault(key, err)
	}
	w.builder.Put(ed, &w.found, key, rec.deadlineMs)
	w.loaded.Keys++
	return nil
}
