//go:build !linux

package server

import "runtime"

func residentBytes(heap heapState) int64 { return heap.total }

func systemMemory() int64 { return 0 }

func kernelName() string { return runtime.GOOS + " " + runtime.GOARCH }

func multiplexing() string { return "goroutines" }
