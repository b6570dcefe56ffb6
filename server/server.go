package server

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/tx"
)

// Server is one running server. Make it with New, then Listen, Serve and Wait.
type Server struct {
	config   *conf.Config
	settings atomic.Pointer[settings]
	log      *oplog.Logger
	clock    *clock
	identity identity
	access   access

	table   *commands.Table
	loops   []*loop
	clients *registry
	pause   pause
	reading
	guarded
	listening
	observed
	lifetime
}

// reading bounds long reads: inPlace is how much a command may look at on its loop, workers how many read on views at once.
type reading struct {
	inPlace int
	workers chan struct{}
}

// guarded is the store, what guards it and what follows from it.
type guarded struct {
	store    *datatypes.Store
	gates    *gates
	sequence sequence
	expired  expiredKeys
	eviction eviction
	views    viewPlaces
	waiting  waiting
	saves    saves
	loading  loading
	monitors monitors
	watches  *tx.Watches
	pubsub   *pubsub.Registry
	caching  caching
	scripted
	// appendLog is the append only log, on or off.
	appendLog *appendLog
}

// scripted is what runs scripts, and the libraries of functions.
type scripted struct {
	scripts   scripts
	libraries *scripting.Libraries
}

// observed is what the server notes about itself.
type observed struct {
	stats   serverStats
	errors  errorStats
	slowLog slowLog
	latency latencyLog
	aclLog  aclLog
	// purging is set while a MEMORY PURGE is under way.
	purging atomic.Bool
	rates   rates
}

// lifetime is the server's end. stopped is set once; exitCode before it.
type lifetime struct {
	stopped  atomic.Bool
	stopping sync.Once
	exitCode atomic.Int32
	// asked is set while a signal has asked for the end and upkeep, which sees to it, is paused (DEBUG PAUSE-CRON).
	asked atomic.Bool
	// signal is the name of the last one, givenUp is called when the end that it asked for doesn't come.
	signal  atomic.Pointer[string]
	givenUp func()
	// quit is closed at the stop; running waits for every goroutine.
	quit    chan struct{}
	running sync.WaitGroup
	// exit ends the process; tests put another in its place.
	exit func(code int)
}

// New makes a server of a configuration; it doesn't listen yet.
func New(config *conf.Config, log *oplog.Logger) (*Server, error) { return newServer(config, log) }

// newServer makes a server that knows the rows of more, too: commands that only tests have.
func newServer(config *conf.Config, log *oplog.Logger, more ...commands.Row) (*Server, error) {
	s := &Server{config: config, log: log, clock: newClock(), identity: newIdentity(), clients: newRegistry()}
	s.givenUp = func() {}
	s.quit, s.exit = make(chan struct{}), exitProcess
	s.inPlace, s.workers = inPlaceLooks, make(chan struct{}, longReads)
	s.settings.Store(settingsOf(config))
	s.store = datatypes.NewStore(int(config.Int("databases")))
	s.expired.found, s.eviction.wanted = make(chan struct{}, 1), make(chan struct{}, 1)
	s.waiting = newWaiting(s.store.Databases())
	s.saves, s.loading.done = newSaves(s.nowS()), make(chan struct{})
	s.appendLog, s.libraries = newAppendLog(s), s.newLibraries()
	s.watches, s.pubsub = tx.NewWatches(s.store.Databases()), pubsub.New(commands.Match)
	var err error
	if s.table, err = commands.NewTable(append(s.families(), more)...); err != nil {
		return nil, fmt.Errorf("the command table is wrong: %w", err)
	}
	if err := s.addItemCommands(); err != nil {
		return nil, err
	}
	for _, r := range config.Renames() {
		if err := s.table.Rename(r.From, r.To); err != nil {
			return nil, &conf.LoadError{At: r.At, Reason: err.Error()}
		}
	}
	count := int(config.Int("io-threads"))
	s.gates = newGates(count)
	s.pause.parked = make([][]*client, count)
	for id := range count {
		l, err := newLoop(s, id)
		if err != nil {
			return nil, err
		}
		s.loops = append(s.loops, l)
	}
	s.watchConfig()
	return s, nil
}

// Listen binds every address of the configuration; who connects waits until Serve. On an error nothing stays bound.
func (s *Server) Listen() error { return s.listen() }

// ListenAt is Listen for one address, "host:port", whatever the configuration says; port 0 takes a free one, which the configuration then has.
func (s *Server) ListenAt(address string) error { return s.listenAt(address) }

// Serve starts every goroutine of the server. Clients are served at once, but most commands only once the data on disk has been read, which
// AwaitData waits for.
func (s *Server) Serve() {
	s.keepWithinGroup(os.DirFS("/"))
	s.beginLoading()
	for _, l := range s.loops {
		s.goRun(l.run)
	}
	for _, ln := range s.listeners {
		s.goRun(func() { s.serveListener(ln, s.accept) })
	}
	for _, ln := range s.items.listeners {
		s.goRun(func() { s.serveListener(ln, s.acceptItems) })
	}
	s.goRun(s.upkeep)
	s.goRun(s.expirer)
	s.goRun(s.evictor)
	s.goRun(s.keepHeadroom)
	s.goRun(s.flusher)
	s.goRun(s.keeper)
}

// goRun starts a goroutine that ends by itself soon after the stop; Wait waits for it.
func (s *Server) goRun(fn func()) {
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		fn()
	}()
}

// Wait returns the exit code once the server has stopped.
func (s *Server) Wait() int {
	<-s.quit
	s.running.Wait()
	s.scripts.strand.end()
	_ = s.appendLog.shut() // where the end was no orderly one
	// Who was accepted and never adopted by a loop is closed here.
	for _, c := range s.clients.all() {
		c.conn.Close()
	}
	return int(s.exitCode.Load())
}

// stop ends the server: listeners are closed and every loop ends after its round.
func (s *Server) stop(code int) {
	s.stopping.Do(func() {
		s.exitCode.Store(int32(code))
		s.stopped.Store(true)
		close(s.quit)
		s.closeListeners()
		for _, l := range s.loops {
			l.poller.Wake()
		}
	})
}

// Shutdown asks for an orderly end, as a signal does, whose name it is given: SIGTERM or SIGINT. It returns at once.
func (s *Server) Shutdown(signal string) {
	s.signal.Store(&signal)
	if s.rates.paused.Load() {
		s.asked.Store(true)
		return
	}
	s.endSoon()
}

// OnEndGivenUp has tell called each time that an end which was asked for doesn't come, since it was taken back or the last snapshot can't be
// written. Call it before Serve.
func (s *Server) OnEndGivenUp(tell func()) { s.givenUp = tell }

// Kill ends the server at once and saves nothing. It returns before all is over, which Wait waits for.
func (s *Server) Kill() { s.stop(0) }

// OnFatal has exit called, instead of os.Exit, where going on would break a promise; it must not return. Call it before Serve.
func (s *Server) OnFatal(exit func(code int)) { s.exit = exit }

// endSoon ends the server in order, once the section is to be had.
func (s *Server) endSoon() {
	go func() {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		var words [][]byte
		for _, word := range s.config.Words("shutdown-on-" + strings.ToLower(*s.signal.Load())) {
			words = append(words, []byte(word))
		}
		args, _ := parseShutdown(words) // "default" asks for nothing
		s.finish(args)
	}()
}
