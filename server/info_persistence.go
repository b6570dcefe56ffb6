package server

// infoPersistence writes how the data gets to disk and back.
func (s *Server) infoPersistence(w *infoWriter) {
	s.infoSaving(w)
	s.infoLog(w)
	w.numbers(0, "module_fork_in_progress", "module_fork_last_cow_size")
	s.infoLogSizes(w)
	if s.loading.active {
		s.infoLoading(w)
	}
}

// infoSaving writes what is known of snapshots. What Redis calls copy-on-write is what lies twice since a view is open.
func (s *Server) infoSaving(w *infoWriter) {
	sv, copied := s.saves.running, int64(0)
	if sv != nil {
		copied = s.store.Memory().Displaced
	}
	w.number("loading", oneIf(s.loading.active))
	w.number("async_loading", 0)
	w.number("current_cow_peak", copied)
	w.number("current_cow_size", copied)
	w.number("current_cow_size_age", 0)
	var done, keys, took int64 = 0, 0, -1
	if sv != nil {
		done, keys, took = sv.done.Load(), sv.keys, w.nowMs/1000-sv.startedS
	}
	w.fixed("current_fork_perc", 100*float64(done)/float64(max(keys, 1)), 2)
	w.number("current_save_keys_processed", done)
	w.number("current_save_keys_total", keys)
	w.number("rdb_changes_since_last_save", s.sequence.changes)
	w.number("rdb_bgsave_in_progress", oneIf(sv != nil && sv.options.Background))
	w.number("rdb_last_save_time", s.saves.lastSave)
	w.line("rdb_last_bgsave_status", okUnless(s.saves.failed))
	w.number("rdb_last_bgsave_time_sec", s.saves.lastTook)
	w.number("rdb_current_bgsave_time_sec", took)
	w.number("rdb_saves", s.saves.begun)
	w.number("rdb_last_cow_size", 0)
	w.number("rdb_last_load_keys_expired", s.loading.expired)
	w.number("rdb_last_load_keys_loaded", s.loading.keys)
}

// infoLoading writes how far the data is read that the start reads.
func (s *Server) infoLoading(w *infoWriter) {
	l := &s.loading
	loaded, total, elapsed := l.loaded.Load(), l.total.Load(), w.nowMs/1000-l.startedS
	eta := int64(1)
	if elapsed > 0 {
		eta = elapsed * (total - loaded) / (loaded + 1)
	}
	w.number("loading_start_time", l.startedS)
	w.number("loading_total_bytes", total)
	w.number("loading_rdb_used_mem", l.usedMemory.Load())
	w.number("loading_loaded_bytes", loaded)
	w.fixed("loading_loaded_perc", 100*float64(loaded)/float64(max(total, 1)), 2)
	w.number("loading_eta_seconds", eta)
}

func oneIf(condition bool) int64 {
	if condition {
		return 1
	}
	return 0
}

func okUnless(failed bool) string {
	if failed {
		return "err"
	}
	return "ok"
}
