package server

import (
	"math"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// settings is the part of the configuration that loops need at every turn, taken from conf whenever it changes. It is never changed in
// place: a loop takes the pointer once and sees one state of it.
type settings struct {
	frame            resp.Limits
	queryBufferLimit int64
	// replyLimits are client-output-buffer-limit's by class: normal, replica, subscriber.
	replyLimits [3]conf.OutputLimit
	maxClients  int64
	// clientsLimit is how much memory clients may take together, in bytes; 0 for no limit.
	clientsLimit  int64
	timeoutMs     int64
	protectedMode bool
	// wantsReplicas is set where writes need replicas that the server doesn't have.
	wantsReplicas bool
	slow          slowLimits
	// trackLatency is latency-tracking: whether the times of commands go into histograms.
	trackLatency bool
	// events are the classes of keyspace events that are published, and to which kinds of channels.
	events commands.EventClass
	// trackedKeys is tracking-table-max-keys: how many keys are remembered for those who cache them, 0 for no limit.
	trackedKeys int64
	// busyThreshold is for how long a script may keep everybody waiting, 0 for ever.
	busyThreshold time.Duration
	log           logSettings
	eviction      evictionSettings
}

func frameLimits(c *conf.Config) resp.Limits {
	limits := resp.DefaultLimits()
	limits.MaxBulk = c.Int("proto-max-bulk-len")
	return limits
}

func settingsOf(c *conf.Config) *settings {
	s := &settings{
		frame:            frameLimits(c),
		queryBufferLimit: c.Int("client-query-buffer-limit"),
		replyLimits:      c.OutputLimits(),
		maxClients:       c.Int("maxclients"),
		clientsLimit:     clientsLimit(c),
		timeoutMs:        c.Int("timeout") * 1000,
		protectedMode:    c.Bool("protected-mode"),
		wantsReplicas:    c.Int("min-replicas-to-write") > 0 && c.Int("min-replicas-max-lag") > 0,
	}
	s.log = logSettingsOf(c)
	s.eviction = evictionSettingsOf(c)
	s.events = eventClasses(c.KeyspaceEvents())
	s.trackLatency = c.Bool("latency-tracking")
	s.busyThreshold = milliseconds(c.Int("busy-reply-threshold"))
	s.trackedKeys = c.Int("tracking-table-max-keys")
	s.slow = slowLimitsOf(c.Int("slowlog-log-slower-than"), c.Int("latency-monitor-threshold"))
	return s
}

// never is a duration that no command reaches.
const never = time.Duration(math.MaxInt64)

// milliseconds is a time of the configuration, never if it is too long to be one.
func milliseconds(ms int64) time.Duration {
	if ms > int64(never/time.Millisecond) {
		return never
	}
	return time.Duration(ms) * time.Millisecond
}

// slowLimitsOf reads slowlog-log-slower-than in microseconds, negative for never, and latency-monitor-threshold in milliseconds, 0 for
// never.
func slowLimitsOf(logUs, latencyMs int64) slowLimits {
	limits := slowLimits{log: never, latency: never}
	if logUs >= 0 && logUs < math.MaxInt64/1000 {
		limits.log = time.Duration(logUs) * time.Microsecond
	}
	if latencyMs > 0 && latencyMs < math.MaxInt64/1_000_000 {
		limits.latency = time.Duration(latencyMs) * time.Millisecond
	}
	limits.least = min(limits.log, limits.latency)
	return limits
}
