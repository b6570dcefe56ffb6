package server

import (
	"errors"

	"github.com/cinnabar-db/cinnabar/conf"
)

// logSettings is what the log does by that doesn't hold the section: a part of settings.
type logSettings struct {
	// quietRewrites is no-appendfsync-on-rewrite, syncBase aof-rewrite-incremental-fsync, rdbBase aof-use-rdb-preamble, keepHistory
	// aof-disable-auto-gc, stamps aof-timestamp-enabled.
	quietRewrites, syncBase, rdbBase, keepHistory, stamps bool
	// growPercent and growBytes are auto-aof-rewrite-percentage and -min-size.
	growPercent, growBytes int64
	// keyDelay is rdb-key-save-delay.
	keyDelay int64
}

func logSettingsOf(c *conf.Config) logSettings {
	return logSettings{
		quietRewrites: c.Bool("no-appendfsync-on-rewrite"),
		syncBase:      c.Bool("aof-rewrite-incremental-fsync"),
		rdbBase:       c.Bool("aof-use-rdb-preamble"),
		keepHistory:   c.Bool("aof-disable-auto-gc"),
		stamps:        c.Bool("aof-timestamp-enabled"),
		growPercent:   c.Int("auto-aof-rewrite-percentage"),
		growBytes:     c.Int("auto-aof-rewrite-min-size"),
		keyDelay:      c.Int("rdb-key-save-delay"),
	}
}

// logDirectives are those that logSettings are made of and that may change.
var logDirectives = []string{"no-appendfsync-on-rewrite", "aof-rewrite-incremental-fsync", "aof-use-rdb-preamble", "aof-timestamp-enabled",
	"auto-aof-rewrite-percentage", "auto-aof-rewrite-min-size", "rdb-key-save-delay"}

// errLogOn is what CONFIG SET says where the log can't be switched on, in Redis's words.
var errLogOn = errors.New("Unable to turn on AOF. Check server logs.")

// watchLogConfig connects the log's directives with what they change.
func (s *Server) watchLogConfig() {
	l := s.appendLog
	reload := func() error {
		s.settings.Store(settingsOf(s.config))
		l.stamps.wanted = s.settings.Load().log.stamps
		return nil
	}
	for _, name := range logDirectives {
		s.config.OnChange(name, reload)
	}
	l.stamps.wanted = s.config.Bool("aof-timestamp-enabled")
	s.follow("appendfsync", func() error {
		l.pulse.always.Store(s.config.String("appendfsync") == "always")
		if w := l.writer.Load(); w != nil {
			w.SetPolicy(l.policy())
		}
		return nil
	})
	s.config.OnChange("aof-disable-auto-gc", func() error {
		s.settings.Store(settingsOf(s.config))
		s.goRun(l.deleteHistory)
		return nil
	})
	s.config.OnChange("appendonly", func() error {
		switch wanted := s.config.Bool("appendonly"); {
		case wanted && l.state == logOff:
			return l.switchOn()
		case !wanted && l.state != logOff:
			l.switchOff()
		}
		return nil
	})
}

// switchOn begins a log while the server runs: it is one when it has a base. In the section.
func (l *appendLog) switchOn() error {
	s := l.server
	l.become(logAwaited)
	if l.running != nil { // a base alone, which is not this log's
		s.log.Warning("AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.")
		l.giveUp()
	}
	switch {
	case s.saves.running != nil:
		l.scheduled.Store(true)
		s.log.Warning("AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.")
	case s.sequence.open:
		l.scheduled.Store(true)
		s.log.Warning("AOF was enabled during a transaction. An AOF background was scheduled to start when possible.")
	default:
		if l.beginFirst() != nil {
			l.become(logOff)
			s.log.Warning("Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for more " +
				"info about the error.")
			return errLogOn
		}
	}
	return nil
}

// switchOff ends the log, whose files stay; all of it is written and synced before. In the section.
func (l *appendLog) switchOff() {
	s := l.server
	first := l.running != nil && l.state == logAwaited
	l.giveUp()
	l.scheduled.Store(false)
	if err := l.shut(); err != nil {
		s.log.Warning("Fail to fsync the AOF file: %s", conf.Reason(err))
	}
	l.become(logOff)
	w := l.detach()
	l.trouble.text.Store(nil)
	l.sizes.offset.Store(0)
	if first && w != nil {
		l.files.mu.Lock()
		_ = l.files.folder.AbortFirst() // a base that has just been finished has given it another name
		l.files.mu.Unlock()
	}
}
