package server

import (
	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tx"
)

// operation is one command of the sequence of effects, as it is to be run again.
type operation struct {
	database int
	words    [][]byte
	// forced is set for a command that changed no key: replicas want it, the log doesn't. logged is set for one that replicas don't want.
	forced, logged bool
}

// sameDatabase is the database of an operation for which none needs to be selected.
const sameDatabase = -2

// sink takes the sequence of effects in its one order: the log, a replica, an observer. It is called in the exclusive section and
// neither blocks nor fails; what it keeps it copies.
type sink interface {
	// takes tells whether an operation is for it; append passes over others.
	takes(op operation) bool
	append(op operation)
}

// sequence is the one order of what happened to the keyspace. Everything in it belongs to the exclusive section.
//
// What one command, or one transaction, did is a unit. A unit of several commands is passed on between MULTI and EXEC, so that whoever
// follows the sequence sees all of it or nothing.
type sequence struct {
	sinks []sink
	unit  []operation
	// units counts those that were passed on.
	units int64
	// running is the loop whose goroutine has the section, nil if another goroutine does.
	running *loop
	// open is set while a transaction or a script runs: its commands are one unit.
	open bool
	// withheld is from whom a script keeps what its commands do (redis.set_repl).
	withheld scripting.Replication
	// event is where keyspace events are put together.
	event eventRoom
	// changes counts changes since the last save, total since the start.
	changes, total int64
}

// Words of the sequence that nobody sent.
var (
	wordMulti = [][]byte{[]byte("MULTI")}
	wordExec  = [][]byte{[]byte("EXEC")}
)

// add puts a command into the unit, if anybody takes it.
func (q *sequence) add(op operation) {
	for _, sink := range q.sinks {
		if sink.takes(op) {
			q.unit = append(q.unit, op)
			return
		}
	}
}

// addChange is add for what a command did, which a script may keep from some.
func (q *sequence) addChange(op operation) {
	if q.withheld != scripting.ReplicateAll {
		op.forced = op.forced || q.withheld&scripting.ReplicateAOF != 0
		op.logged = q.withheld&scripting.ReplicateReplica != 0
		q.add(op)
	}
}

// own copies the words of the unit from that index on: those of a script's commands lie in memory that the next of them uses.
func (q *sequence) own(from int) {
	for i := from; i < len(q.unit); i++ {
		q.unit[i].words = tx.CopyWords(q.unit[i].words)
	}
}

// forget drops the unit.
func (q *sequence) forget() {
	clear(q.unit)
	q.unit = q.unit[:0]
}

// end passes the unit on, unless a transaction goes on. A loose one is not held together by MULTI and EXEC, since its parts have nothing
// to do with each other: keys found expired by a SCAN.
func (q *sequence) end(loose bool) {
	if len(q.unit) == 0 || q.open {
		return
	}
	q.units++
	whole := len(q.unit) > 1 && !loose
	if whole {
		q.pass(operation{database: q.unit[0].database, words: wordMulti})
	}
	for _, op := range q.unit {
		q.pass(op)
	}
	if whole {
		q.pass(operation{database: q.unit[len(q.unit)-1].database, words: wordExec})
	}
	q.forget()
}

func (q *sequence) pass(op operation) {
	for _, sink := range q.sinks {
		sink.append(op)
	}
}

func (q *sequence) count(changes int) {
	q.changes += int64(changes)
	q.total += int64(changes)
}

// observe passes on what a command did: called right after its handler, in the gate or section that ran it.
func (s *Server) observe(call *commands.Call) {
	fx := &call.Effects
	if len(fx.Events) > 0 {
		s.notify(fx.Events)
	}
	if fx.Changes > 0 || len(fx.Touched) > 0 || fx.Forced {
		s.observeChange(call)
	}
	if s.caching.engaged {
		s.track(call)
	}
	if len(s.sequence.unit) > 0 {
		s.sequence.end(call.Cmd.Flags&commands.FlagTouchesArbitraryKeys != 0)
	}
}

func (s *Server) observeChange(call *commands.Call) {
	fx := &call.Effects
	s.sequence.count(fx.Changes)
	s.stats.expiredFields.Add(int64(fx.ExpiredFields))
	if s.watches.Any() {
		s.markWatched(fx)
	}
	if s.waiting.count > 0 {
		s.noteReady(fx)
	}
	if len(s.sequence.sinks) == 0 || fx.Changes == 0 && !fx.Forced {
		return
	}
	database, forced := call.Client.Database(), fx.Changes == 0 && len(fx.Touched) == 0 && fx.Flushed == commands.NoDatabase
	if len(fx.Commands) == 0 {
		s.sequence.addChange(operation{database: database, words: call.Args, forced: forced})
	}
	for _, words := range fx.Commands {
		s.sequence.addChange(operation{database: database, words: words, forced: forced})
	}
}

// markWatched tells those who watch what a command changed.
func (s *Server) markWatched(fx *commands.Effects) {
	for _, touch := range fx.Touched {
		s.watches.Touch(touch.Database, touch.Key, s.lookWatched)
	}
	if fx.Swapped != [2]int{} {
		s.watches.Swap(fx.Swapped[0], fx.Swapped[1], s.lookWatched)
	}
	switch {
	case fx.Flushed >= 0:
		s.watches.Flush(fx.Flushed)
	case fx.Flushed == commands.AllDatabases:
		for index := range s.store.Databases() {
			s.watches.Flush(index)
		}
	}
}

// lookWatched is what a key is to who watches it.
func (s *Server) lookWatched(database int, key []byte) tx.State {
	return s.stateAt(database, key, s.clock.nowMs())
}
