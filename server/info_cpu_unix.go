//go:build unix

package server

import "golang.org/x/sys/unix"

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
