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

// infoCPU writes the processor seconds of the process. There is no main thread and there are no children to tell apart.
func (s *Server) infoCPU(w *infoWriter) {
	var self unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &self) != nil {
		return
	}
	seconds := func(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	w.fixed("used_cpu_sys", seconds(self.Stime), 6)
	w.fixed("used_cpu_user", seconds(self.Utime), 6)
	w.fixed("used_cpu_sys_children", 0, 6)
	w.fixed("used_cpu_user_children", 0, 6)
}
