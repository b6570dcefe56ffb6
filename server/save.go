package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

const (
	// saveRetry is how long after a save that failed the rules may begin another.
	saveRetry = 5
	// syncEvery is after how many bytes a file that is being written is synced where that is asked for.
	syncEvery = 4 << 20
	// formatVersion is the Redis whose format is written.
	formatVersion = "7.0.15"
)

// saves is what there is to know of snapshots. It belongs to the section.
//
// A save is one view, opened in the section, and a goroutine that writes it with nothing held; there is one at a time, whether SAVE, BGSAVE
// or a rule has begun it. FLUSHALL, SHUTDOWN and DEBUG RELOAD write one while they hold the section or their client waits; they break off the
// one under way, and its file is not put in place any more.
type saves struct {
	files vfs.FS
	// running is the one under way, nil if there is none.
	running *save
	// scheduled: BGSAVE SCHEDULE, or BGSAVE in a transaction, wants one as soon as it can be.
	scheduled bool
	// lastSave and lastTry are Unix times in seconds, lastTook a number of seconds, -1 before there was any.
	lastSave, lastTry, lastTook int64
	failed                      bool
	// begun counts all of them, told is set once it was said that some keys have something beside them.
	begun int64
	told  bool
	// writers counts those that have not ended, those broken off too.
	writers int
	aside   asideFiles
	// trouble is set while a disk fails such that dispatch must look whether writes are refused. It may be read at any time.
	trouble atomic.Bool
}

// asideFiles are the names of files that are being written and have not got their own name yet.
type asideFiles struct {
	mu    sync.Mutex
	names []string
}

func (a *asideFiles) add(name string) {
	a.mu.Lock()
	a.names = append(a.names, name)
	a.mu.Unlock()
}

func (a *asideFiles) remove(name string) {
	a.mu.Lock()
	a.names = slices.DeleteFunc(a.names, func(other string) bool { return other == name })
	a.mu.Unlock()
}

// Abandon removes the files that are being written and would be left behind, for a process that is about to end at once.
func (s *Server) Abandon() {
	s.saves.aside.mu.Lock() // and never given back, so that no other file is begun
	for _, name := range s.saves.aside.names {
		_ = s.saves.files.Remove(name) // relative to dir, where the process is
	}
}

// save is one snapshot being written.
type save struct {
	server  *Server
	view    *datatypes.View
	file    snapshot.File
	options snapshot.WriteOptions
	// changes is how many the view has that the last save had not.
	changes  int64
	startedS int64
	// keys is how many the view has, done how many of them are written.
	keys int64
	done atomic.Int64
	// delay is rdb-key-save-delay.
	delay keyDelay
	// beside is how many keys have something that the version has no place for, once all are written.
	beside int64
	// brokenOff is closed, in the section and under commits, when nobody wants the file any more; under commits it gets its name.
	brokenOff chan struct{}
	commits   sync.Mutex
}

func newSaves(nowS int64) saves {
	return saves{files: vfs.OS{}, lastSave: nowS, lastTook: -1}
}

// nowS is the Unix time in seconds.
func (s *Server) nowS() int64 { return s.clock.nowMs() / 1000 }

// newSave opens a view and makes all ready to write it. In the section.
func (s *Server) newSave(background bool) *save {
	sv := &save{server: s, view: s.store.View(), changes: s.sequence.changes, startedS: s.nowS(), brokenOff: make(chan struct{})}
	sv.file = snapshot.File{
		System: s.saves.files, Dir: s.config.String("dir"), Name: s.config.String("dbfilename"), Temporary: s.saves.temporary(),
		Commit: sv.commit,
	}
	if s.config.Bool("rdb-save-incremental-fsync") {
		sv.file.SyncEvery = syncEvery
	}
	sv.delay = keyDelay(s.config.Int("rdb-key-save-delay"))
	s.saves.aside.add(sv.file.Temporary)
	sv.options = s.snapshotOptions(background)
	sv.options.Progress, sv.options.Every = sv.progress, sv.delay.every()
	sv.keys = int64(s.keyCount())
	s.saves.begun++
	s.saves.writers++
	return sv
}

// temporary is the name of a file of the next save, which none that goes on has.
func (s *saves) temporary() string {
	if s.writers == 0 {
		return fmt.Sprintf("temp-%d.rdb", os.Getpid())
	}
	return fmt.Sprintf("temp-%d-%d.rdb", os.Getpid(), s.begun)
}

// snapshotOptions are how the configuration wants snapshots written, in the background or while nobody is served. In the section.
func (s *Server) snapshotOptions(background bool) snapshot.WriteOptions {
	return snapshot.WriteOptions{
		Background: background,
		Options: rdb.Options{
			Version: int(s.config.Int("rdb-version")), Compress: s.config.Bool("rdbcompression"), Checksum: s.config.Bool("rdbchecksum"),
		},
		Facts: snapshot.Facts{
			RedisVersion: formatVersion, CreatedS: s.nowS(), UsedMemory: s.usedMemory(), Libraries: s.libraries.Codes(),
		},
		Use: s.useOptions(func(look func()) {
			s.gates.waitSection()
			defer s.gates.leaveSection()
			look()
		}),
	}
}

// useOptions are for a snapshot that tells how keys were used, nil where no policy asks for that.
func (s *Server) useOptions(inStore func(look func())) *snapshot.UseOptions {
	if !evictsByUse(s.config.String("maxmemory-policy")) {
		return nil
	}
	return &snapshot.UseOptions{ClockS: datatypes.ClockS(s.clock.nowMs()), InStore: inStore}
}

// write writes the view to its file and closes it. Nothing need be held.
func (sv *save) write() error {
	defer sv.view.Close()
	return sv.file.Write(func(w io.Writer) error {
		written, err := snapshot.Write(w, sv.view, sv.server.store.Databases(), sv.options)
		sv.beside = written.Beside
		return err
	})
}

// commit gives the file its name, unless nobody wants it any more.
func (sv *save) commit(rename func() error) error {
	sv.commits.Lock()
	defer sv.commits.Unlock()
	if err := sv.pause(0); err != nil {
		return err
	}
	return rename()
}

// progress is told of keys that were written.
func (sv *save) progress(keys int) error {
	sv.done.Add(int64(keys))
	return sv.pause(sv.delay.of(keys))
}

// pause waits, unless rdb-key-save-delay is 0 by now, and tells at once if the save is broken off.
func (sv *save) pause(d time.Duration) error {
	for d > 0 && sv.server.settings.Load().log.keyDelay != 0 {
		step := min(d, lookEvery)
		select {
		case <-sv.brokenOff:
			return snapshot.ErrGivenUp
		case <-time.After(step):
			d -= step
		}
	}
	select {
	case <-sv.brokenOff:
		return snapshot.ErrGivenUp
	default:
		return nil
	}
}

// begin makes a save the one under way. In the section.
func (s *saves) begin(sv *save) {
	s.running = sv
	s.lastTry = sv.startedS
}

// breakOff ends the save under way, if there is one: its file doesn't get its name any more. In the section.
func (s *saves) breakOff() {
	if sv := s.running; sv != nil {
		sv.commits.Lock()
		close(sv.brokenOff)
		sv.commits.Unlock()
		s.running = nil
	}
}

// saved notes how a save has ended, and says so in the log. In the section.
func (s *Server) saved(sv *save, err error) {
	s.saves.writers--
	s.saves.aside.remove(sv.file.Temporary)
	if s.saves.running == sv {
		s.saves.running = nil
	}
	if err != nil {
		s.logSaveError(sv, err)
		return
	}
	s.log.Notice("DB saved on disk")
	if sv.beside > 0 && !s.saves.told {
		s.saves.told = true
		s.log.Notice("Of %d keys the snapshot tells something that RDB version %d has no place for: Redis will skip it. See rdb-version.",
			sv.beside, sv.options.Version)
	}
	if sv.pause(0) == nil { // otherwise who has broken it off counts its changes
		s.sequence.changes -= sv.changes
	}
	s.saves.lastSave, s.saves.failed = s.nowS(), false
}

// logSaveError says why a file was not written, in Redis's words.
func (s *Server) logSaveError(sv *save, err error) {
	step, reason := snapshot.StepWrite, oplog.Reason(err)
	var failed *snapshot.FileError
	if errors.As(err, &failed) {
		step, reason = failed.Step, oplog.Reason(failed.Err)
	}
	switch {
	case errors.Is(err, snapshot.ErrGivenUp):
	case step == snapshot.StepOpen:
		s.log.Warning("Failed opening the temp RDB file %s (in server root dir %s) for saving: %s", sv.file.Temporary, sv.file.Dir, reason)
	case step == snapshot.StepRename:
		s.log.Warning("Error moving temp DB file %s on the final destination %s (in server root dir %s): %s", sv.file.Temporary,
			sv.file.Name, sv.file.Dir, reason)
	default:
		s.log.Warning("Write error saving DB on disk(%s): %s", step, reason)
	}
}

// beginBackgroundSave begins a save on a goroutine of its own. In the section; none is under way.
func (s *Server) beginBackgroundSave() {
	sv := s.newSave(true)
	s.saves.begin(sv)
	s.saves.scheduled = false
	s.log.Notice("Background saving started by pid %d", os.Getpid())
	s.goRun(func() {
		err := sv.write()
		s.gates.waitSection()
		defer s.gates.leaveSection()
		s.saved(sv, err)
		s.endedInBackground(sv, err)
	})
}

func (s *Server) endedInBackground(sv *save, err error) {
	s.saves.lastTook = s.nowS() - sv.startedS
	switch {
	case err == nil:
		s.log.Notice("Background saving terminated with success")
	case errors.Is(err, snapshot.ErrGivenUp):
		s.log.Warning("Background saving broken off")
	default:
		s.log.Warning("Background saving error")
		s.saves.failed = true
		s.saves.trouble.Store(true)
	}
}

// saveNow writes a snapshot where it stands and breaks off the one under way: for who keeps everybody waiting anyway. In the section.
func (s *Server) saveNow() error {
	s.saves.breakOff()
	sv := s.newSave(false)
	sv.options.Use = s.useOptions(func(look func()) { look() })
	err := sv.write()
	s.saved(sv, err)
	return err
}

// upkeepSaves begins what is due: what was scheduled, or what a rule asks for. In the section.
func (s *Server) upkeepSaves() {
	if s.saves.running != nil || s.loading.active || s.busySaving() {
		return
	}
	nowS, changes := s.nowS(), s.sequence.changes
	mayTry := !s.saves.failed || nowS-s.saves.lastTry > saveRetry
	if !mayTry {
		return
	}
	for _, rule := range s.config.SaveRules() {
		if changes >= rule.Changes && nowS-s.saves.lastSave > rule.Seconds {
			s.log.Notice("%d changes in %d seconds. Saving...", rule.Changes, rule.Seconds)
			s.beginBackgroundSave()
			return
		}
	}
	if s.saves.scheduled {
		s.beginBackgroundSave()
	}
}

// busySaving tells whether something else writes all keys to disk, beside which Redis begins no save.
func (s *Server) busySaving() bool { return s.rewritingLog() }

// refusesWrites is why no command may change keys, "" if one may: a disk fails. In the gate or section.
func (s *Server) refusesWrites() string {
	if s.saves.failed && s.config.Bool("stop-writes-on-bgsave-error") && len(s.config.SaveRules()) > 0 {
		return errNotSaved
	}
	return s.logRefusal()
}

const errNotSaved = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify " +
	"the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails " +
	"(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."

// keyDelay is rdb-key-save-delay or key-load-delay: microseconds a key, or if negative so many keys a microsecond, for tests.
type keyDelay int

// every is after how many keys somebody wants to be asked, 0 for no wish.
func (d keyDelay) every() int {
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -int(d)
	}
	return 0
}

// of is how long so many keys are to take longer.
func (d keyDelay) of(keys int) time.Duration {
	switch {
	case d > 0:
		return time.Duration(d) * time.Microsecond * time.Duration(keys)
	case d < 0:
		return time.Microsecond * time.Duration(keys/-int(d))
	}
	return 0
}
