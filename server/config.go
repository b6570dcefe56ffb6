package server

// watchConfig connects the directives that have an effect on the running server with what they change. Every one runs in the exclusive
// section, as CONFIG SET does.
func (s *Server) watchConfig() {
	reload := func() error {
		s.settings.Store(settingsOf(s.config))
		return nil
	}
	for _, name := range []string{"proto-max-bulk-len", "client-query-buffer-limit", "client-output-buffer-limit", "maxclients", "timeout",
		"tcp-keepalive", "protected-mode", "slowlog-log-slower-than", "latency-monitor-threshold",
		"min-replicas-to-write", "min-replicas-max-lag"} {
		s.config.OnChange(name, reload)
	}
	s.follow("requirepass", func() error {
		s.access.setPassword(s.config.String("requirepass"))
		return nil
	})
	s.follow("slowlog-max-len", func() error {
		s.slowLog.setMax(int(s.config.Int("slowlog-max-len")))
		return nil
	})
}

// follow applies a directive now and whenever it changes.
func (s *Server) follow(name string, apply func() error) {
	s.config.OnChange(name, apply)
	if err := apply(); err != nil {
		s.log.Warning("Applying %s failed: %s", name, err)
	}
}
