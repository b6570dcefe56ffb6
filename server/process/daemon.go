package process

import (
	"errors"
	"fmt"
	"os"
)

// daemonMark is set in the environment of the copy that Detach starts.
const daemonMark = "CINNABAR_DAEMONIZED"

// Daemonized tells whether this process is the copy that Detach started. It takes the mark out of the environment, so
// that programs started from here don't bear it; only the first call can answer true. Call it before anything else.
func Daemonized() bool {
	if os.Getenv(daemonMark) == "" {
		return false
	}
	_ = os.Unsetenv(daemonMark)
	return true
}

// ErrNoDaemon is Detach's answer where the system has no sessions to leave.
var ErrNoDaemon = errors.New("daemonize is not possible on this system")

// Detach starts this program again with the same words and environment, in a session of its own, in the folder dir,
// with standard input, output and error at /dev/null. The caller then exits with code 0. The copy reads its
// configuration again: dir must be where the first process was started, and stdin what that one read from its
// standard input (nil if it read nothing).
//
// Detach returns once the copy runs and has taken all of stdin; a failure of the copy after that, such as a port in
// use, shows in its log only, as with Redis.
func Detach(dir string, stdin []byte) error {
	if !canDetach {
		return ErrNoDaemon
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("process: finding the program to start as a daemon: %w", err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("process: %w", err)
	}
	defer null.Close()
	input := null
	var feed *os.File
	if stdin != nil {
		if input, feed, err = os.Pipe(); err != nil {
			return fmt.Errorf("process: %w", err)
		}
		defer feed.Close()
	}
	child, err := os.StartProcess(executable, os.Args, &os.ProcAttr{
		Dir:   dir,
		Env:   append(os.Environ(), daemonMark+"=1"),
		Files: []*os.File{input, null, null},
		Sys:   detachedAttr(),
	})
	if feed != nil {
		_ = input.Close() // ours: a copy that dies early then makes the write below fail instead of hang
	}
	if err != nil {
		return fmt.Errorf("process: starting the daemon: %w", err)
	}
	if feed != nil {
		_, err = feed.Write(stdin)
	}
	_ = child.Release()
	return err
}
