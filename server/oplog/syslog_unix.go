//go:build !windows && !plan9

package oplog

import (
	"fmt"
	"log/syslog"
	"strings"
)

// facilities are the words Redis allows for syslog-facility.
var facilities = map[string]syslog.Priority{
	"user":   syslog.LOG_USER,
	"local0": syslog.LOG_LOCAL0,
	"local1": syslog.LOG_LOCAL1,
	"local2": syslog.LOG_LOCAL2,
	"local3": syslog.LOG_LOCAL3,
	"local4": syslog.LOG_LOCAL4,
	"local5": syslog.LOG_LOCAL5,
	"local6": syslog.LOG_LOCAL6,
	"local7": syslog.LOG_LOCAL7,
}

type syslogWriter struct{ *syslog.Writer }

func dialSyslog(to Syslog) (syslogConn, error) {
	facility, ok := facilities[strings.ToLower(to.Facility)]
	if !ok {
		return nil, fmt.Errorf("oplog: unknown syslog facility %q", to.Facility)
	}
	w, err := syslog.Dial(to.Network, to.Address, facility|syslog.LOG_NOTICE, to.Ident)
	if err != nil {
		return nil, fmt.Errorf("oplog: reaching syslog: %w", err)
	}
	return syslogWriter{w}, nil
}

func (w syslogWriter) send(level Level, message string) error {
	switch level.clamp() {
	case LevelDebug:
		return w.Debug(message)
	case LevelVerbose:
		return w.Info(message)
	case LevelNotice:
		return w.Notice(message)
	default:
		return w.Warning(message)
	}
}
