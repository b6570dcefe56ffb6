//go:build !linux

package snapshot

// yieldProcessor does nothing here.
func yieldProcessor() {}
