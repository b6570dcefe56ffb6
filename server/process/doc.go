// Package process is what an operating system wants of a daemon, done as redis-server 7.0.15 does it: leaving the
// terminal, the pid file, telling systemd or upstart, signals, the limit of open files, the OOM killer's score, and
// the words of --version.
//
// Everything here acts on the whole process, so only a program's main uses it; a server embedded in another program
// never does. What a system lacks (Windows has no setsid, only Linux has an OOM score) answers with an error or does
// nothing, as said at each function; nothing panics.
//
// Locks: Signals and Supervisor may be used from any goroutine (atomics); OOMScore has a mutex of its own; the other
// functions keep nothing.
//
// Redis forks to become a daemon. A Go process can't fork and go on, so Detach starts the program again with the same
// words, and the copy knows itself by an environment variable (see Daemonized).
//
// set-proc-title has no counterpart: Go offers no way to write over the arguments' memory.
//
// Begin reading at Detach.
package process
