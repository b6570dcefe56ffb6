package oplog

import "time"

// syslogRetry is the least time between two tries to reach a syslog daemon that did not answer.
const syslogRetry = time.Second

// Syslog names the daemon, and under what name and facility the server writes to it.
type Syslog struct {
	// Ident stands before the process id in each record (directive syslog-ident).
	Ident string
	// Facility is "user" or "local0" to "local7", in any case (directive syslog-facility).
	Facility string
	// Network and Address are those of log/syslog's Dial; both empty mean this machine's daemon.
	Network, Address string
}

// syslogConn is a connection to the daemon; nil stands for none.
type syslogConn interface {
	send(level Level, message string) error
	Close() error
}

// syslogSink is the connection and what is needed to make it again. The Logger's mu guards it.
type syslogSink struct {
	to      Syslog
	conn    syslogConn
	retryAt time.Time
}

// send hands one message to the daemon. A record that can't be sent is lost.
func (s *syslogSink) send(level Level, message string, now time.Time) {
	if s.conn == nil {
		if now.Before(s.retryAt) {
			return
		}
		conn, err := dialSyslog(s.to)
		if err != nil {
			s.retryAt = now.Add(syslogRetry)
			return
		}
		s.conn = conn
	}
	if s.conn.send(level, message) != nil {
		s.close()
		s.retryAt = now.Add(syslogRetry)
	}
}

func (s *syslogSink) close() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}
