package server

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// residentBytes is the resident size of the process, from /proc; what Go holds of the system where that can't be read.
func residentBytes(heap heapState) int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if pages, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	return heap.total
}

// systemMemory is the memory of the machine, 0 if unknown.
func systemMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}

// kernelName is what INFO shows as os.
func kernelName() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return "Linux"
	}
	return unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:]) + " " +
		unix.ByteSliceToString(name.Machine[:])
}

func multiplexing() string { return "epoll" }
