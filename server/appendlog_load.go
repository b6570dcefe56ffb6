package server

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
)

// logLoad loads the files of a log into a store that nobody else uses meanwhile. What goes wrong is logged in Redis's words where it is found.
type logLoad struct {
	log    *appendLog
	folder *aof.Folder
	replay *replay
	// snapshot is what an RDB file is loaded by, and is told how far all is.
	snapshot *load
	// truncates is aof-load-truncated, name is appendfilename.
	truncates bool
	name      string
	done      int64 // bytes of the files before the one being loaded
	sizes     loadedSizes
	// unpaced counts commands since the loading was slowed down last.
	unpaced int
	began   time.Time
}

// loadedSizes are the bytes of a log's files: all of them as they are loaded, and the base.
type loadedSizes struct {
	all, base int64
}

// errLoad is what a loading ends with that has failed: why is logged.
var errLoad = errors.New("the append only log can't be loaded")

// newLogLoad makes all ready to load the log into a store. In the section, or before anything is served. Its error is errLoad.
func (s *Server) newLogLoad(store *datatypes.Store) (*logLoad, error) {
	l := s.appendLog
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	l.move(l.place())
	folder, err := l.folder()
	if err != nil {
		l.sayUnreadable(err)
		return nil, errLoad
	}
	load := s.newLoad(snapshot.LoadOptions{})
	return &logLoad{
		log: l, folder: folder, replay: newReplay(s, store, load), snapshot: load,
		truncates: s.config.Bool("aof-load-truncated"), name: s.config.String("appendfilename"), began: time.Now(),
	}, nil
}

// run loads the log; no files are an empty one. Keys keep their deadlines, come or not. After an error, which is in the log unless it is
// errStopped, the server must not serve.
func (ld *logLoad) run() error {
	l := ld.log
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	if err := ld.loadParts(); err != nil {
		return err
	}
	l.sizes.offset.Store(ld.sizes.all)
	l.sizes.base.Store(ld.sizes.base)
	return nil
}

// sayUnreadable logs why the manifest can't be read.
func (l *appendLog) sayUnreadable(err error) {
	var bad *aof.ManifestError
	if !errors.As(err, &bad) {
		l.server.log.Warning("%s", err)
		return
	}
	for _, line := range bad.Lines() {
		l.server.log.Warning("%s", line)
	}
}

func (ld *logLoad) loadParts() error {
	log := ld.log.server.log
	taken, err := ld.folder.TakeOver()
	if err != nil {
		log.Warning("%s", err)
		return errLoad
	}
	if taken {
		log.Notice("%s", ld.folder.TakenOverLine())
	}
	parts, err := ld.folder.Files()
	if err != nil {
		log.Warning("%s", err)
		return errLoad
	}
	for i := range parts {
		ld.sizes.all += parts[i].Size
	}
	ld.log.server.loading.total.Store(ld.sizes.all)
	for i := range parts {
		if err := ld.loadPart(&parts[i]); err != nil {
			return err
		}
		ld.done += parts[i].Size
	}
	if len(parts) > 0 {
		log.Notice("DB loaded from append only file: %.3f seconds", time.Since(ld.began).Seconds())
	}
	return nil
}

// loadPart loads one file.
func (ld *logLoad) loadPart(part *aof.Part) error {
	log, began := ld.log.server.log, time.Now()
	if part.Type == aof.Base {
		ld.sizes.base = part.Size
	}
	if part.Size == 0 {
		return nil
	}
	file, err := ld.log.server.saves.files.Open(part.Path)
	if err != nil {
		log.Warning("Fatal error: can't open the append log file %s for reading: %s", part.Name, conf.Reason(err))
		return errLoad
	}
	defer file.Close()
	cut, err := ld.readPart(part, io.NewSectionReader(file, 0, part.Size))
	if err != nil {
		return err
	}
	ld.sizes.all -= cut
	what := "incr"
	if part.Type == aof.Base {
		what = "base"
	}
	log.Notice("DB loaded from %s file %s: %.3f seconds", what, part.Name, time.Since(began).Seconds())
	return nil
}

// readPart reads the RDB file that a part begins with or is, and the records behind it. It returns how many bytes of a torn end were cut off.
func (ld *logLoad) readPart(part *aof.Part, in io.Reader) (cut int64, err error) {
	reader := aof.NewReader(in, 0)
	preamble, err := reader.HasPreamble()
	if err != nil {
		return 0, ld.refuse(err, part)
	}
	if preamble {
		file, err := ld.log.server.saves.files.Open(part.Path)
		if err != nil {
			return 0, ld.refuse(err, part)
		}
		defer file.Close()
		rest, offset, err := ld.loadRDB(part, io.NewSectionReader(file, 0, part.Size))
		if err != nil {
			return 0, err
		}
		reader = aof.NewReader(rest, offset)
	}
	err = ld.replayAll(reader, part)
	torn, is := err.(*aof.TornError)
	switch {
	case err == nil:
		return 0, nil
	case is && ld.truncates && part.Last:
		return ld.cutTail(part, torn)
	case is && ld.truncates:
		ld.log.server.log.Warning("Fatal error: the truncated file is not the last file")
		return 0, errLoad
	}
	return 0, ld.refuse(err, part)
}

// refuse logs why a file isn't loaded.
func (ld *logLoad) refuse(err error, part *aof.Part) error {
	if errors.Is(err, errLoad) || errors.Is(err, errStopped) {
		return err
	}
	ld.log.server.log.Warning("%s", aof.RefusalLine(err, part.Name))
	return errLoad
}

// cutTail cuts a torn end off; what is cut is kept aside.
func (ld *logLoad) cutTail(part *aof.Part, torn *aof.TornError) (int64, error) {
	log := ld.log.server.log
	before, after := aof.TruncationLines(torn, part.Name)
	for _, line := range before {
		log.Warning("%s", line)
	}
	aside, size, err := ld.folder.CutTail(*part, torn.Offset)
	if err != nil {
		log.Warning("Error truncating the AOF file %s: %s", part.Name, conf.Reason(err))
		return 0, errLoad
	}
	if size > 0 {
		log.Warning("The %d bytes that were cut off (%s) are kept in %s", size, torn.Kind, aside)
	}
	log.Warning("%s", after)
	return size, nil
}

// loadRDB loads an RDB file, and gives what follows it in the same file.
func (ld *logLoad) loadRDB(part *aof.Part, in io.Reader) (rest io.Reader, offset int64, err error) {
	log := ld.log.server.log
	oldStyle := part.Name == ld.name
	if oldStyle {
		log.Notice("Reading RDB preamble from AOF file...")
	} else {
		log.Notice("Reading RDB base file on AOF loading...")
	}
	reader, err := rdb.NewReader(in, ld.snapshot.read)
	if err == nil {
		ld.snapshot.options.Progress, ld.snapshot.options.Size = ld.tell, part.Size
		ld.snapshot.loaded, err = snapshot.Load(ld.replay.store, reader, ld.snapshot.options)
	}
	if errors.Is(err, errStopped) {
		return nil, 0, errStopped
	}
	if err != nil {
		log.Warning("%s", err)
		what := "base file"
		if oldStyle {
			what = "preamble of the AOF file"
		}
		log.Warning("Error reading the RDB %s %s, AOF loading aborted", what, part.Name)
		return nil, 0, errLoad
	}
	ld.snapshot.logDone()
	if oldStyle {
		log.Notice("Reading the remaining AOF tail...")
	}
	return reader.Rest(), reader.Offset(), nil
}

// tell tells how far the file being loaded was used.
func (ld *logLoad) tell(offset int64) error { return ld.snapshot.progress(ld.done + offset) }

// pace slows the loading of commands down for key-load-delay.
func (ld *logLoad) pace() error {
	every := ld.snapshot.options.Every
	if ld.unpaced++; every == 0 || ld.unpaced < every {
		return nil
	}
	ld.unpaced = 0
	return ld.snapshot.pace(every)
}

// What is read at once: records that go from the one who reads to the one who runs them.
const (
	chunkBytes   = 256 << 10
	chunkRecords = 1 << 12
	chunkWords   = 1 << 16 // beyond which a chunk isn't used again
	chunksAhead  = 4
)

// approachedRecords is how many records' keys are fetched from memory together.
const approachedRecords = 32

// chunk is some records, with memory of their own, which is used again when they have been run.
type chunk struct {
	records []chunkRecord
	words   [][]byte
	room    []byte
	kept    bool  // some of it is needed longer, or is too large to be kept
	err     error // how the reading has ended, behind the records; nil if it goes on
	offset  int64 // after them
}

type chunkRecord struct {
	words  [][]byte
	inside bool // a transaction, its MULTI and EXEC excluded
}

// replayAll runs the records of a file: one goroutine reads, this one runs them. nil: to the end.
func (ld *logLoad) replayAll(reader *aof.Reader, part *aof.Part) error {
	chunks, used, quit := make(chan *chunk, chunksAhead), make(chan *chunk, chunksAhead), make(chan struct{})
	defer close(quit)
	go readChunks(reader, chunks, used, quit)
	for c := range chunks {
		for i := range c.records {
			if i%approachedRecords == 0 {
				ld.replay.approach(c.records[i:min(i+approachedRecords, len(c.records))])
			}
			if err := ld.replay.run(&c.records[i]); err != nil {
				ld.log.server.log.Warning("%s", fmt.Sprintf(err.Error(), part.Name))
				return errLoad
			}
			if err := ld.pace(); err != nil {
				return err
			}
		}
		if err := ld.tell(c.offset); err != nil {
			return err
		}
		if c.err != nil {
			if c.err == io.EOF {
				return nil
			}
			return c.err
		}
		if !c.kept && !ld.replay.queues() {
			select {
			case used <- c:
			default:
			}
		}
	}
	return nil
}

// readChunks reads to the end of a file, or until quit is closed, into chunks that were used if there are any.
func readChunks(reader *aof.Reader, chunks chan<- *chunk, used <-chan *chunk, quit <-chan struct{}) {
	defer close(chunks)
	for {
		var c *chunk
		select {
		case c = <-used:
		default:
			c = &chunk{room: make([]byte, 0, chunkBytes)}
		}
		c.read(reader)
		select {
		case chunks <- c:
		case <-quit:
			return
		}
		if c.err != nil {
			return
		}
	}
}

// read copies the words of records, which are the reader's until the next one.
func (c *chunk) read(reader *aof.Reader) {
	c.records, c.words = c.records[:0], c.words[:0]
	room := c.room[:0]
	for len(c.records) < chunkRecords {
		record, err := reader.Next()
		if err != nil {
			c.err = err
			break
		}
		first := len(c.words)
		for _, word := range record.Words {
			at := len(room)
			if at+len(word) > cap(room) {
				room, at, c.kept = make([]byte, 0, max(chunkBytes, len(word))), 0, true
			}
			room = append(room, word...)
			c.words = append(c.words, room[at:len(room):len(room)])
		}
		c.records = append(c.records, chunkRecord{c.words[first:len(c.words):len(c.words)], record.Inside})
		if c.offset = record.End; len(room) > chunkBytes/2 {
			break
		}
	}
	c.kept = c.kept || cap(c.words) > chunkWords
}
