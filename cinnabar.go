package cinnabar

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// Options say how a server is opened. The zero value is a server on a free port of 127.0.0.1 that keeps nothing on disk.
type Options struct {
	// Addr is where to listen, "host:port"; port 0 takes a free one. "" is 127.0.0.1:0.
	Addr string
	// Dir is where data is kept, read at Open and saved by the rules of redis.conf and at Close. With "" nothing is read or written.
	Dir string
	// Config are lines of a redis.conf, as "appendonly yes" or "requirepass secret"; "include /etc/redis/redis.conf" reads a file.
	Config []string
	// Log takes the server's log; nil drops it.
	Log io.Writer
	// Exit ends the program where going on would break a promise: a log under "appendfsync always" that can't be written, or a command that
	// failed half-way through a change. It must not return; nil is os.Exit.
	Exit func(code int)
}

// DB is a running server.
type DB struct {
	server *server.Server
	addr   string
	// givenUp is told when an end that was asked for doesn't come.
	givenUp chan struct{}
	ended   chan struct{}
	closing sync.Mutex
}

// ErrNotSaved is what Close returns where the last snapshot, or the end of the log, couldn't be written: the server goes on, with all its data,
// and may be closed again. Its log says why.
var ErrNotSaved = errors.New("cinnabar: the data could not be saved; the server goes on")

// errData is what Open returns where there is data that can't be read.
var errData = errors.New("cinnabar: the data on disk can't be read; the log says why")

// Open starts a server and returns once the data in its directory has been read.
func Open(o Options) (*DB, error) {
	words, err := o.words()
	if err != nil {
		return nil, err
	}
	config, err := conf.Load(words, nil)
	if err != nil {
		return nil, fmt.Errorf("cinnabar: %w", err)
	}
	if missing := config.Unbuilt(); len(missing) > 0 {
		return nil, errors.New("cinnabar: " + missing[0].Message)
	}
	s, err := server.New(config, o.logger(config))
	if err != nil {
		return nil, fmt.Errorf("cinnabar: %w", err)
	}
	db := &DB{server: s, givenUp: make(chan struct{}, 1), ended: make(chan struct{})}
	s.OnEndGivenUp(func() {
		select {
		case db.givenUp <- struct{}{}:
		default: // Close knows already
		}
	})
	if o.Exit != nil {
		s.OnFatal(o.Exit)
	}
	addr := o.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if err := s.ListenAt(addr); err != nil {
		return nil, fmt.Errorf("cinnabar: %w", err)
	}
	db.addr = s.Addrs()[0].String()
	s.Serve()
	go func() {
		s.Wait()
		close(db.ended)
	}()
	if !s.AwaitData() {
		<-db.ended
		return nil, errData
	}
	return db, nil
}

// words are the options as redis-server's command line.
func (o *Options) words() ([]string, error) {
	var words []string
	if o.Dir == "" {
		words = append(words, "--save", "", "--dir", os.TempDir())
	} else {
		dir, err := filepath.Abs(o.Dir)
		if err != nil {
			return nil, fmt.Errorf("cinnabar: %w", err)
		}
		words = append(words, "--dir", dir)
	}
	for _, line := range o.Config {
		directive, ok := conf.SplitWords(line)
		if !ok || len(directive) == 0 {
			return nil, fmt.Errorf("cinnabar: not a line of a redis.conf: %q", line)
		}
		words = append(append(words, "--"+directive[0]), directive[1:]...)
	}
	return words, nil
}

func (o *Options) logger(config *conf.Config) *oplog.Logger {
	if o.Log == nil {
		return oplog.Discard()
	}
	level, _ := oplog.ParseLevel(config.String("loglevel"))
	return oplog.New(o.Log, level)
}

// Addr is the address listened on, "host:port".
func (db *DB) Addr() string { return db.addr }

// Close ends the server in order, as SIGTERM does: clients are let go, and what the configuration wants saved is. If that can't be written it returns
// ErrNotSaved and the server goes on. A second Close does nothing.
func (db *DB) Close() error {
	db.closing.Lock()
	defer db.closing.Unlock()
	select {
	case <-db.ended: // a client's SHUTDOWN does that, too
		return nil
	case <-db.givenUp: // of an earlier one
	default:
	}
	db.server.Shutdown("SIGTERM")
	select {
	case <-db.ended:
		return nil
	case <-db.givenUp:
		return ErrNotSaved
	}
}

// Kill ends the server at once, as kill -9 would: what isn't on disk is lost.
func (db *DB) Kill() {
	db.server.Kill()
	<-db.ended
}
