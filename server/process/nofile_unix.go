//go:build unix && !freebsd && !dragonfly

package process

import "syscall"

var systemFileLimit = fileLimit{
	get: func() (soft, hard uint64, err error) {
		var l syscall.Rlimit
		err = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l)
		return l.Cur, l.Max, err
	},
	set: func(soft, hard uint64) error {
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: soft, Max: hard})
	},
}
