package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

const errLoading = "LOADING Redis is loading the dataset in memory"

// loading is what there is to know of data that is read from disk. At the start it goes into a store of its own, which nobody else knows, on
// a goroutine that holds nothing: loops answer meanwhile, most commands with LOADING. The section then puts that store in place.
type loading struct {
	// active changes in the section. As long as it is set the keyspace is empty and stays so.
	active bool
	// done is closed when the data of the start is there, or can't be.
	done   chan struct{}
	failed atomic.Bool
	// startedS, total and usedMemory are about the file, loaded is how far it was read, in bytes.
	startedS                  int64
	total, usedMemory, loaded atomic.Int64
	// expired and keys are what the last one has left out and put in place. They belong to the section.
	expired, keys int64
	// skipChecksum is DEBUG SET-SKIP-CHECKSUM-VALIDATION. It belongs to the section.
	skipChecksum bool
}

// errStopped ends a loading since the server ends.
var errStopped = errors.New("the server ends")

// AwaitData waits for the data that the start reads from disk, and tells whether it is there. If not, the server has stopped or is about to.
func (s *Server) AwaitData() bool {
	<-s.loading.done
	return !s.loading.failed.Load()
}

// isLoading tells whether the start still reads its data. Any goroutine may ask.
func (s *Server) isLoading() bool {
	select {
	case <-s.loading.done:
		return false
	default:
		return true
	}
}

// Loading tells how far the data of the start is read, in bytes of the file.
func (s *Server) Loading() (loaded, total int64) {
	return s.loading.loaded.Load(), s.loading.total.Load()
}

// beginLoading sees whether there is anything to read, and if so closes the keyspace to clients and begins. Before anything is served.
func (s *Server) beginLoading() {
	if s.config.Bool("appendonly") {
		s.beginLoadingLog()
		return
	}
	file, err := s.saves.files.Open(s.snapshotPath())
	if errors.Is(err, fs.ErrNotExist) {
		close(s.loading.done)
		return
	}
	s.loading.active, s.loading.startedS = true, s.nowS()
	load, store := s.newLoad(snapshot.LoadOptions{NowMs: s.clock.nowMs()}), s.emptyStore()
	s.goRun(func() {
		defer close(s.loading.done)
		began := time.Now()
		if err == nil {
			err = load.run(store, file)
		}
		if err != nil {
			s.loading.failed.Store(true)
			if !errors.Is(err, errStopped) {
				s.logLoadError(load.path, err)
				s.stop(1)
			}
			return
		}
		s.install(store, load)
		s.log.Notice("DB loaded from disk: %.3f seconds", time.Since(began).Seconds())
	})
}

// install puts what was loaded in place. As the start goes on, nobody has seen anything of the keyspace that was.
func (s *Server) install(store *datatypes.Store, load *load) {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	s.store = store
	s.shape(store) // CONFIG SET may have changed meanwhile what it began with
	s.notePeak()
	load.note()
	s.loading.active = false
}

// emptyStore makes a store that is as the configuration wants it. In the section, or before anything is served.
func (s *Server) emptyStore() *datatypes.Store {
	store := datatypes.NewStore(s.store.Databases())
	s.shape(store)
	return store
}

func (s *Server) snapshotPath() string {
	return filepath.Join(s.config.String("dir"), s.config.String("dbfilename"))
}

// load is one snapshot being loaded.
type load struct {
	server  *Server
	path    string
	delay   keyDelay
	options snapshot.LoadOptions
	read    rdb.ReadOptions
	loaded  snapshot.Loaded
	// libraries are what libraries of functions are added to, told is when the log was told last how far it is.
	libraries *scripting.Libraries
	told      time.Time
	// empty is how many keys without elements the log was told.
	empty atomic.Int64
}

// newLoad makes all ready to load the snapshot. In the section, or before anything is served.
func (s *Server) newLoad(options snapshot.LoadOptions) *load {
	l := &load{server: s, path: s.snapshotPath(), options: options, libraries: s.newLibraries(), told: time.Now()}
	l.delay = keyDelay(s.config.Int("key-load-delay"))
	l.read.SkipChecksum = s.loading.skipChecksum || !s.config.Bool("rdbchecksum")
	l.options.Fact, l.options.Library, l.options.Progress, l.options.Empty = l.fact, l.library, l.progress, l.skipped
	l.options.ClockS = datatypes.ClockS(s.clock.nowMs())
	l.options.Interval = s.config.Int("loading-process-events-interval-bytes")
	if l.options.Every = l.delay.every(); l.options.Every > 0 {
		l.options.Pace = l.pace
	}
	return l
}

// run loads the file and closes it. Nothing need be held; the store belongs to it alone.
func (l *load) run(store *datatypes.Store, file vfs.File) error {
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return err
	}
	l.server.loading.total.Store(size)
	in := io.NewSectionReader(file, 0, size)
	l.options.Size = size
	reader, err := rdb.NewReader(in, l.read)
	if err == nil {
		l.loaded, err = snapshot.Load(store, reader, l.options)
	}
	if err != nil {
		return err
	}
	l.logDone()
	return nil
}

func (l *load) logDone() {
	text := fmt.Sprintf("Done loading RDB, keys loaded: %d, keys expired: %d", l.loaded.Keys, l.loaded.Expired)
	if l.loaded.Empty > 0 {
		l.server.log.Warning("%s, empty keys skipped: %d.", text, l.loaded.Empty)
		return
	}
	l.server.log.Notice("%s.", text)
}

// note tells the server what was loaded. In the section.
func (l *load) note() {
	s := l.server
	s.loading.keys, s.loading.expired = l.loaded.Keys, l.loaded.Expired
	s.libraries = l.libraries
}

// fact logs what the file tells of itself, as Redis does.
func (l *load) fact(name, text []byte) {
	s := l.server
	number := func() int64 {
		n, _ := strconv.ParseInt(string(text), 10, 64)
		return n
	}
	switch {
	case strings.HasPrefix(string(name), "%"):
		s.log.Notice("RDB '%s': %s", name, text)
	case string(name) == "redis-ver":
		s.log.Notice("Loading RDB produced by version %s", text)
	case string(name) == "ctime":
		s.log.Notice("RDB age %d seconds", max(0, s.nowS()-number()))
	case string(name) == "used-mem":
		s.log.Notice("RDB memory usage when created %.2f Mb", float64(number())/(1<<20))
		s.loading.usedMemory.Store(number())
	case string(name) == "aof-preamble" && number() != 0:
		s.log.Notice("RDB has an AOF tail")
	case string(name) == "aof-base" && number() != 0:
		s.log.Notice("RDB is base AOF")
	}
}

// maxEmptyTold is how many keys without elements the log names.
const maxEmptyTold = 1000

// skipped names a key that was left out, having no elements.
func (l *load) skipped(key []byte) {
	if l.empty.Add(1) <= maxEmptyTold {
		l.server.log.Warning("rdbLoadObject skipping empty key: %s", key)
	}
}

// progressEvery is the time between two lines of the log about a long loading.
const progressEvery = 5 * time.Second

// progress is told how far the file was used.
func (l *load) progress(offset int64) error {
	s := l.server
	s.loading.loaded.Store(offset)
	if total := s.loading.total.Load(); total > 0 && time.Since(l.told) >= progressEvery {
		l.told = time.Now()
		s.log.Notice("Loading: %d of %d MB (%d%%)", offset>>20, total>>20, offset*100/total)
	}
	return s.goOnLoading()
}

// pace slows the loading down for key-load-delay, and ends it when the server ends.
func (l *load) pace(keys int) error {
	select {
	case <-l.server.quit:
		return errStopped
	case <-time.After(l.delay.of(keys)):
		return nil
	}
}

// logLoadError says why the data can't be loaded, in Redis's words where there are such.
func (s *Server) logLoadError(path string, err error) {
	var wrong *rdb.Error
	if !errors.As(err, &wrong) {
		s.log.Warning("Fatal error loading the DB: %s. Exiting.", oplog.Reason(err))
		return
	}
	var library *rdb.LibraryError
	if errors.As(err, &library) {
		s.log.Warning("Failed loading library, %s", library.Text)
	}
	if library != nil || errors.Is(err, io.ErrUnexpectedEOF) {
		s.log.Warning("Short read or OOM loading DB. Unrecoverable error, aborting now.")
	}
	s.log.Warning("Internal error in RDB reading %s", err)
	s.logChecked(path)
	s.log.Warning("Terminating server after rdb file reading failure.")
}

// logChecked writes what check-rdb says of a file into the log, as Redis does.
func (s *Server) logChecked(path string) {
	file, err := s.saves.files.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return
	}
	var said strings.Builder
	checker := rdb.Checker{Out: &said, NowMs: s.clock.nowMs()}
	checker.Check(path, io.NewSectionReader(file, 0, size))
	s.log.Raw(oplog.LevelWarning, said.String())
}
