//go:build !unix

package process

import "syscall"

const canDetach = false

func detachedAttr() *syscall.SysProcAttr { return nil }
