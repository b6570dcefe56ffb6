package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/process"
)

var errOOMScore = errors.New("Failed to set current oom_score_adj. Check server logs.") //nolint:staticcheck // Redis's words

// followConfig makes CONFIG SET act on the process: directives that a server inside another program must not touch.
// It also sets the OOM killer's score for the first time, whose failure is a line in the log alone.
func (b *boot) followConfig() {
	b.cfg.OnChange("loglevel", func() error {
		level, _ := oplog.ParseLevel(b.cfg.String("loglevel"))
		b.log.SetLevel(level)
		return nil
	})
	b.cfg.OnChange("dir", func() error {
		if err := os.Chdir(b.cfg.String("dir")); err != nil {
			return errors.New(oplog.Reason(err))
		}
		return nil
	})
	b.cfg.OnChange("maxclients", b.checkMaxClients)
	report := func() error {
		b.reports.Store(b.cfg.Bool("crash-log-enabled"))
		return nil
	}
	_ = report()
	b.cfg.OnChange("crash-log-enabled", report)

	score := process.NewOOMScore(b.log)
	apply := func() error {
		if score.Apply(b.cfg.String("oom-score-adj"), b.cfg.OOMScores()[0]) != nil {
			return errOOMScore
		}
		return nil
	}
	_ = apply()
	b.cfg.OnChange("oom-score-adj", apply)
	b.cfg.OnChange("oom-score-adj-values", apply)
}

// checkMaxClients refuses more clients than the limit of open files allows.
func (b *boot) checkMaxClients() error {
	asked := int(b.cfg.Int("maxclients"))
	fits, err := process.AdjustOpenFiles(asked, b.log)
	if err != nil || fits != asked {
		return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d", fits)
	}
	return nil
}
