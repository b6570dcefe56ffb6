package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// DefaultPidFile is where a daemon without the directive pidfile writes its process id.
const DefaultPidFile = "/var/run/redis.pid"

// WritePidFile writes this process's id and a newline to path, over whatever was there. Redis drops the error; here
// the caller may log it, but should start all the same.
func WritePidFile(path string) error {
	return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o666) // less the umask, as fopen's
}

// pidMaxBytes is more than a process id needs.
const pidMaxBytes = 32

// RemovePidFile removes the file if it still holds this process's id: where a second server was started with the same
// pidfile, it is that one's now. (Redis removes it whatever it holds.) An absent file is no error.
func RemovePidFile(path string) error {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	b := make([]byte, pidMaxBytes)
	n, err := f.Read(b)
	_ = f.Close()
	if err != nil {
		return fmt.Errorf("process: pid file: %w", err)
	}
	if strings.TrimSpace(string(b[:n])) != strconv.Itoa(os.Getpid()) {
		return nil
	}
	return os.Remove(path)
}
