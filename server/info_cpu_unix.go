//go:build unix

package server

import "golang.org/x/sys/unix"

// processorMicros is the processor time of the process, in microseconds.
func processorMicros() (user, system int64) {
	var self unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &self) != nil {
		return 0, 0
	}
	micros := func(t unix.Timeval) int64 { return int64(t.Sec)*1e6 + int64(t.Usec) }
	return micros(self.Utime), micros(self.Stime)
}

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
