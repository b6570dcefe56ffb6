package server

import (
	"io"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
)

// logBase is a base that has been written and synced.
type logBase struct {
	file *aof.NewBase
	rdb  bool
	size int64
}

// baseSource is what a base is written from: a view, and what an RDB file tells beside it.
type baseSource struct {
	view    *datatypes.View
	options snapshot.WriteOptions
}

// baseOptions are how a base is written as an RDB file. In the section, or before anything is served.
func (s *Server) baseOptions(background bool) snapshot.WriteOptions {
	options := s.snapshotOptions(background)
	options.AOFBase = true
	return options
}

// writeBase writes the base of a rewrite into a temporary file, syncs it, and closes the view. After an error nothing is left of it.
func (l *appendLog) writeBase(r *rewrite) (logBase, error) {
	defer r.source.view.Close()
	file, err := l.createBase()
	if err != nil {
		return logBase{}, err
	}
	set := &l.server.settings.Load().log
	out := &baseFile{to: file, file: file}
	if set.syncBase {
		out.every = syncEvery
	}
	err = l.writeView(out, r.source, set.rdbBase, func(keys int) error { return l.goOn(r, keys) })
	if err == nil {
		err = file.Sync() // here, and not while the folder is held
	}
	if err != nil {
		file.Abort()
		return logBase{}, err
	}
	l.server.log.Notice("Successfully created the temporary AOF base file %s", l.temporary())
	return logBase{file: file, rdb: set.rdbBase, size: out.size}, nil
}

func (l *appendLog) createBase() (*aof.NewBase, error) {
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	folder, err := l.folder()
	if err != nil {
		return nil, err
	}
	return folder.CreateBase(l.process())
}

// lookEvery is the time between two looks whether a rewrite that dawdles is given up.
const lookEvery = 10 * time.Millisecond

// goOn tells a rewrite whether to go on, once it has written so many keys more; it waits as rdb-key-save-delay says.
func (l *appendLog) goOn(r *rewrite, keys int) error {
	delay := keyDelay(l.server.settings.Load().log.keyDelay).of(keys)
	for {
		if r.gone.Load() || l.server.stopped.Load() {
			return errGivenUp
		}
		if delay <= 0 || l.server.settings.Load().log.keyDelay == 0 {
			return nil
		}
		pause := min(delay, lookEvery)
		time.Sleep(pause)
		delay -= pause
	}
}

// writeView writes a base: an RDB file, or commands.
func (l *appendLog) writeView(out io.Writer, source baseSource, asRDB bool, progress func(keys int) error) error {
	s := l.server
	if !asRDB {
		stampS := int64(0)
		if s.settings.Load().log.stamps {
			stampS = time.Now().Unix()
		}
		records := snapshot.RecordOptions{StampS: stampS, Libraries: source.options.Libraries, Progress: progress}
		return snapshot.WriteRecords(out, source.view, s.store.Databases(), records)
	}
	options := source.options
	options.Progress, options.Every = progress, keyDelay(s.settings.Load().log.keyDelay).every()
	_, err := snapshot.Write(out, source.view, s.store.Databases(), options)
	return err
}

// baseFile counts what is written, and syncs a file after each so many bytes, unless that is 0.
type baseFile struct {
	to             io.Writer
	file           interface{ Sync() error }
	size, unsynced int64
	every          int64
}

// Write implements io.Writer.
func (b *baseFile) Write(p []byte) (int, error) {
	n, err := b.to.Write(p)
	b.size += int64(n)
	if b.unsynced += int64(n); err == nil && b.every > 0 && b.unsynced >= b.every {
		b.unsynced = 0
		err = b.file.Sync()
	}
	return n, err
}
