package server

import (
	"errors"
	"io"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// beginLoadingLog is beginLoading where the log is on: it holds the data, and a snapshot isn't looked at. Before anything is served.
func (s *Server) beginLoadingLog() {
	s.loading.active, s.loading.startedS = true, s.nowS()
	store := s.emptyStore()
	load, err := s.newLogLoad(store)
	options := s.baseOptions(false)
	s.goRun(func() {
		defer close(s.loading.done)
		if err == nil {
			err = load.run()
		}
		var started aof.Started
		if err == nil {
			started, err = s.openLog(store, options)
		}
		if err != nil {
			s.loading.failed.Store(true)
			if !errors.Is(err, errStopped) {
				s.stop(1)
			}
			return
		}
		s.startLog(started)
		s.install(store, load.snapshot)
	})
}

// openLog opens the log for writing, once what it had was loaded into a store that nobody else uses; one without files is given a base first,
// which has nothing in it. After an error, which is in the log, the server must not serve.
func (s *Server) openLog(store *datatypes.Store, options snapshot.WriteOptions) (aof.Started, error) {
	l := s.appendLog
	asRDB := s.settings.Load().log.rdbBase
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	folder, err := l.folder()
	var started aof.Started
	if err == nil {
		started, err = folder.Start(asRDB, l.process(), func(out io.Writer) error {
			counted, source := &baseFile{to: out}, baseSource{store.View(), options}
			defer source.view.Close()
			err := l.writeView(counted, source, asRDB, func(int) error { return nil })
			l.sizes.offset.Store(counted.size)
			l.sizes.base.Store(counted.size)
			return err
		})
	}
	if err != nil {
		s.log.Warning("%s", err)
		return started, errLoad
	}
	if started.BaseName != "" {
		s.log.Notice("Creating AOF base file %s on server start", started.BaseName)
	}
	what := "Opening"
	if started.Created {
		what = "Creating"
	}
	s.log.Notice("%s AOF incr file %s on server start", what, started.Name)
	return started, nil
}

// startLog has the log take what happens from now on.
func (s *Server) startLog(started aof.Started) {
	l := s.appendLog
	s.gates.waitSection()
	l.become(logOn)
	l.attach(l.newWriter(started.File, started.Size))
	s.gates.leaveSection()
	l.deleteHistory()
}

// debugLoadLog answers DEBUG LOADAOF: the keys are those of the log on disk from then on. Where it can't be loaded the process ends, as in Redis.
func (s *Server) debugLoadLog(c *commands.Call) {
	clientOf(c).goElsewhere(func(c *commands.Call) {
		l := s.appendLog
		w := l.writer.Load()
		if w != nil {
			l.flushAll(w)
		}
		for index := range s.store.Databases() {
			s.watches.Flush(index)
			s.store.Edit(index).Clear()
		}
		if s.caching.engaged {
			s.invalidateAll(clientOf(c))
		}
		if err := s.loadLogNow(); err != nil {
			s.exit(1)
			c.Error("ERR " + err.Error())
			return
		}
		if w != nil {
			l.sizes.offset.Add(-w.Stats().Written)
		}
		s.sequence.changes = 0
		s.log.Warning("Append Only File loaded by DEBUG LOADAOF")
		c.Reply.OK()
	})
}

// loadLogNow loads the log into the keyspace as it is. In the section. What is on disk counts, whoever has written it.
func (s *Server) loadLogNow() error {
	load, err := s.newLogLoad(s.store)
	if err == nil {
		err = load.run()
	}
	if err == nil {
		load.snapshot.note()
	}
	return err
}
