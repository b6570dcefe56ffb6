package oplog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// messageMaxBytes is what Redis keeps of a formatted message: LOG_MAX_LEN less the closing zero of C.
const messageMaxBytes = 1023

// timeLayout is Redis's date with milliseconds, which are cut and not rounded.
const timeLayout = "02 Jan 2006 15:04:05.000"

// Options say where a Logger writes. Their zero value writes everything to standard output, as a starting server.
type Options struct {
	// Path is the log file; empty means Stdout. A relative path follows the working directory, as in Redis.
	Path string
	// Level is the lowest level written.
	Level Level
	// Role is RoleStarting if left at 0.
	Role Role
	// Syslog, where set, gets every line too.
	Syslog *Syslog
	// Quiet drops the lines of signals that would go to standard output, as a daemon's do.
	Quiet bool
	// Stdout, Now and Pid stand in for os.Stdout, time.Now and os.Getpid.
	Stdout io.Writer
	Now    func() time.Time
	Pid    int
}

// Logger writes the operator's log. Make one with Open, New or Discard; a nil Logger drops everything.
type Logger struct {
	level atomic.Int32
	role  atomic.Uint32

	path  string
	out   io.Writer
	quiet bool
	now   func() time.Time
	pid   int

	mu     sync.Mutex
	file   *os.File // nil when path is empty, or could not be opened again
	line   []byte   // reused
	syslog *syslogSink
}

// Open makes a Logger and opens its file, to learn now what could not be mended later. The error is Redis's line
// "Can't open the log file: ...". An absent syslog daemon is no error: it may come later.
func Open(o Options) (*Logger, error) {
	l := newLogger(o)
	if l.path != "" {
		f, err := openAppend(l.path)
		if err != nil {
			return nil, errors.New("Can't open the log file: " + Reason(err))
		}
		l.file = f
	}
	return l, nil
}

// New makes a Logger that writes to w at the given level: for tests and for a server embedded in another program.
func New(w io.Writer, level Level) *Logger {
	return newLogger(Options{Stdout: w, Level: level, Role: RoleMaster})
}

// Discard is a Logger that writes nothing.
func Discard() *Logger { return nil }

func newLogger(o Options) *Logger {
	l := &Logger{path: o.Path, out: o.Stdout, quiet: o.Quiet, now: o.Now, pid: o.Pid}
	if l.out == nil {
		l.out = os.Stdout
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.pid == 0 {
		l.pid = os.Getpid()
	}
	if o.Role == 0 {
		o.Role = RoleStarting
	}
	l.role.Store(uint32(o.Role))
	l.SetLevel(o.Level)
	if o.Syslog != nil {
		l.syslog = &syslogSink{to: *o.Syslog}
	}
	return l
}

// Debug, Verbose, Notice and Warning format as fmt.Sprintf does and write one line, cut at 1023 bytes of message.
func (l *Logger) Debug(format string, args ...any)   { l.printf(LevelDebug, format, args) }
func (l *Logger) Verbose(format string, args ...any) { l.printf(LevelVerbose, format, args) }
func (l *Logger) Notice(format string, args ...any)  { l.printf(LevelNotice, format, args) }
func (l *Logger) Warning(format string, args ...any) { l.printf(LevelWarning, format, args) }

func (l *Logger) printf(level Level, format string, args []any) {
	if !l.Enabled(level) {
		return
	}
	message := fmt.Sprintf(format, args...)
	if len(message) > messageMaxBytes {
		message = message[:messageMaxBytes]
	}
	l.Message(level, message)
}

// Message writes one line with the message as it is, whatever its length: what Redis does for a script's redis.log.
func (l *Logger) Message(level Level, message string) {
	if !l.Enabled(level) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line = l.appendLine(l.line[:0], level, message)
	l.write(l.line)
	if l.syslog != nil {
		l.syslog.send(level, message, l.now())
	}
}

// Raw writes the text as it is, without process id, time or a newline: banners and the parts of a crash report.
func (l *Logger) Raw(level Level, text string) {
	if !l.Enabled(level) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write([]byte(text))
	if l.syslog != nil {
		l.syslog.send(level, text, l.now())
	}
}

// Signal writes the line of a received signal, for which Redis has a form of its own with the time in seconds:
// "1234:signal-handler (1700000000) Received SIGTERM scheduling shutdown...". A daemon drops it where the log is
// standard output; syslog never gets it.
func (l *Logger) Signal(level Level, message string) {
	if !l.Enabled(level) || (l.path == "" && l.quiet) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line = fmt.Appendf(l.line[:0], "%d:signal-handler (%d) %s\n", l.pid, l.now().Unix(), message)
	l.write(l.line)
}

// Enabled tells whether a line of this level would be written; ask before work that only a line needs.
func (l *Logger) Enabled(level Level) bool {
	return l != nil && int32(level) >= l.level.Load()
}

// SetLevel changes the level from the next line on.
func (l *Logger) SetLevel(level Level) {
	if l != nil {
		l.level.Store(int32(level.clamp()))
	}
}

// Level is the lowest level written now. A nil Logger's is LevelWarning.
func (l *Logger) Level() Level {
	if l == nil {
		return LevelWarning
	}
	return Level(l.level.Load())
}

// SetRole changes the letter behind the process id from the next line on.
func (l *Logger) SetRole(role Role) {
	if l != nil {
		l.role.Store(uint32(role))
	}
}

// Close closes the file and the syslog connection. A line written later opens them again.
func (l *Logger) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.file != nil {
		err = l.file.Close()
		l.file = nil
	}
	if l.syslog != nil {
		l.syslog.close()
	}
	return err
}

func (l *Logger) appendLine(b []byte, level Level, message string) []byte {
	b = strconv.AppendInt(b, int64(l.pid), 10)
	b = append(b, ':', byte(l.role.Load()), ' ')
	b = l.now().AppendFormat(b, timeLayout)
	b = append(b, ' ', levelMarks[level.clamp()], ' ')
	b = append(b, message...)
	return append(b, '\n')
}
