package server

import (
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

const errReloadWords = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."

// debugReload answers DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]: the snapshot is written and takes the keys' place, while everybody waits.
func (s *Server) debugReload(c *commands.Call) {
	save, flush, merge := true, true, false
	for _, word := range c.Args[2:] {
		switch {
		case commands.IsWord(word, "MERGE"):
			merge = true
		case commands.IsWord(word, "NOFLUSH"):
			flush = false
		case commands.IsWord(word, "NOSAVE"):
			save = false
		default:
			c.Error(errReloadWords)
			return
		}
	}
	clientOf(c).goElsewhere(func(c *commands.Call) {
		if save && s.saveNow() != nil {
			c.Error("ERR")
			return
		}
		if flush {
			for index := range s.store.Databases() {
				s.store.Edit(index).Clear()
			}
			s.libraries = s.newLibraries()
		}
		if err := s.loadNow(snapshot.LoadOptions{NowMs: s.clock.nowMs(), Replace: merge}); err != nil {
			s.logLoadError(s.snapshotPath(), err)
			c.Error("ERR Error trying to load the RDB dump")
			return
		}
		s.log.Warning("DB reloaded by DEBUG RELOAD")
		c.Reply.OK()
	})
}

// loadNow loads the snapshot into the keyspace as it is, and libraries among those that there are. In the section.
func (s *Server) loadNow(options snapshot.LoadOptions) error {
	file, err := s.saves.files.Open(s.snapshotPath())
	if err != nil {
		return err
	}
	load := s.newLoad(options)
	load.libraries = s.libraries
	if err := load.run(s.store, file); err != nil {
		return err
	}
	load.note()
	return nil
}

// debugSkipChecksum answers DEBUG SET-SKIP-CHECKSUM-VALIDATION 0|1.
func (s *Server) debugSkipChecksum(c *commands.Call) {
	s.loading.skipChecksum = leadingInt(c.Args[2]) != 0
	c.Reply.OK()
}
