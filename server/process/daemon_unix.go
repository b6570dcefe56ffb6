//go:build unix

package process

import "syscall"

const canDetach = true

func detachedAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
