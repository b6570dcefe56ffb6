package oplog

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// write puts one piece where the log goes. The caller holds mu. Errors are dropped: there is nowhere left to tell them.
func (l *Logger) write(b []byte) {
	if l.path == "" {
		_, _ = l.out.Write(b)
		return
	}
	l.follow()
	if l.file != nil {
		_, _ = l.file.Write(b)
	}
}

// follow makes l.file the file that path names now. Where the name can't be opened the old file is kept: a line in
// the rotated file is better than none.
func (l *Logger) follow() {
	if l.file != nil {
		named, err := os.Stat(l.path)
		if err == nil {
			if held, err := l.file.Stat(); err == nil && os.SameFile(named, held) {
				return
			}
		}
	}
	f, err := openAppend(l.path)
	if err != nil {
		return
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file = f
}

// openAppend opens as fopen(path, "a") does; the umask takes its share of the mode.
func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
}

// Reason is what C's strerror would say of an error of the operating system, without the name of the call or file
// ("No such file or directory"); Redis's messages end in it. Any other error's text is returned as it is.
func Reason(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	text := errno.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
