// Package oplog is the operator's log: the lines a Redis 7.0.15 server writes to standard output or to its logfile,
// in the same form, so that what people built to read Redis's log reads this one.
//
//	1234:M 05 Nov 2026 10:11:12.345 * Ready to accept connections
//	pid:role day month year time.milliseconds level message
//
// The role is C before the server is initialised, M for a master and S for a replica. The level is one of . - * #
// for debug, verbose, notice and warning.
//
// Promises: all methods may be called from any goroutine; a line is written by one write call and lines never mix;
// no failure to write is ever returned to, or stops, the caller (the line is lost, as in Redis); a line below the
// level costs one atomic load beside its arguments. A nil *Logger drops everything.
//
// The log file stays open and is compared with its name before each line. After a rotation (renamed or removed) the
// next line opens the name again, so logrotate needs no signal. Opening it for each line, as Redis does, was rejected:
// a server that has run out of file descriptors could then not say so.
//
// Locks: Logger.mu guards the open file, the line buffer and the syslog connection, and is held during the write.
// Begin reading at Logger.Message.
package oplog
