//go:build !linux

package snapshot

// yieldProcessor is for Linux.
func yieldProcessor() {}
