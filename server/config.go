package server

import (
	"errors"
	"strings"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// What CONFIG SET says where port and bind can't be followed, in Redis's words.
var (
	errPort = errors.New("Unable to listen on this port. Check server logs.")
	errBind = errors.New("Failed to bind to specified addresses.")
)

// watchConfig connects the directives that have an effect on the running server with what they change. Every one runs in the exclusive
// section, as CONFIG SET does.
func (s *Server) watchConfig() {
	reload := func() error {
		s.settings.Store(settingsOf(s.config))
		return nil
	}
	for _, name := range []string{"proto-max-bulk-len", "client-query-buffer-limit", "client-output-buffer-limit", "maxclients", "timeout",
		"protected-mode", "slowlog-log-slower-than", "latency-monitor-threshold", "latency-tracking", "notify-keyspace-events",
		"min-replicas-to-write", "min-replicas-max-lag", "maxmemory-clients", "maxmemory-samples", "maxmemory-eviction-tenacity",
		"busy-reply-threshold"} {
		s.config.OnChange(name, reload)
	}
	s.config.OnChange("tracking-table-max-keys", func() error {
		s.settings.Store(settingsOf(s.config))
		s.followTracked()
		return nil
	})
	for _, name := range []string{"set-max-intset-entries", "set-max-listpack-entries", "set-max-listpack-value",
		"zset-max-listpack-entries", "zset-max-listpack-value", "hash-max-listpack-entries", "hash-max-listpack-value"} {
		s.follow(name, func() error {
			s.shape(s.store)
			return nil
		})
	}
	s.follow("requirepass", func() error {
		s.access.setPassword(s.config.String("requirepass"))
		return nil
	})
	s.config.OnChange("tcp-keepalive", s.setKeepAlive)
	s.config.OnChange("port", func() error {
		if s.relisten() != nil {
			return errPort
		}
		return nil
	})
	s.config.OnChange("bind", func() error {
		if s.relisten() != nil {
			return errBind
		}
		return nil
	})
	s.follow("acllog-max-len", func() error {
		s.aclLog.setMax(int(s.config.Int("acllog-max-len")))
		return nil
	})
	s.config.OnChange("maxmemory", func() error {
		reload()
		s.followLimit()
		return nil
	})
	s.config.OnChange("maxmemory-policy", func() error {
		reload()
		s.shape(s.store)
		s.wakeEvictor()
		return nil
	})
	for _, name := range []string{"lfu-log-factor", "lfu-decay-time"} {
		s.follow(name, func() error {
			s.shape(s.store)
			return nil
		})
	}
	s.watchLogConfig()
	s.follow("slowlog-max-len", func() error {
		s.slowLog.setMax(int(s.config.Int("slowlog-max-len")))
		return nil
	})
}

// evictsByUse tells whether a policy of eviction asks when, or how often, each key was used.
func evictsByUse(policy string) bool {
	return strings.HasSuffix(policy, "-lru") || strings.HasSuffix(policy, "-lfu")
}

// frequency is how uses of keys are counted, nil where a policy doesn't ask for it.
func (s *Server) frequency(policy string) *datatypes.Frequency {
	if !strings.HasSuffix(policy, "-lfu") {
		return nil
	}
	return &datatypes.Frequency{LogFactor: int(s.config.Int("lfu-log-factor")), DecayMinutes: int(s.config.Int("lfu-decay-time"))}
}

// follow applies a directive now and whenever it changes.
func (s *Server) follow(name string, apply func() error) {
	s.config.OnChange(name, apply)
	if err := apply(); err != nil {
		s.log.Warning("Applying %s failed: %s", name, err)
	}
}

// shape tells a store up to which sizes collections show their small encodings, and whether it is asked when each key was used.
func (s *Server) shape(store *datatypes.Store) {
	policy := s.config.String("maxmemory-policy")
	store.FineClocks(evictsByUse(policy))
	store.CountUses(s.frequency(policy))
	store.SetLimits(datatypes.Limits{
		SetIntset:        int(s.config.Int("set-max-intset-entries")),
		SetListpack:      int(s.config.Int("set-max-listpack-entries")),
		SetListpackValue: int(s.config.Int("set-max-listpack-value")),

		ZSetListpack:      int(s.config.Int("zset-max-listpack-entries")),
		ZSetListpackValue: int(s.config.Int("zset-max-listpack-value")),

		HashListpack:      int(s.config.Int("hash-max-listpack-entries")),
		HashListpackValue: int(s.config.Int("hash-max-listpack-value")),
	})
}
