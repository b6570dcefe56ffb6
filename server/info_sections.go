package server

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/process"
)

// infoServer writes what hardly changes while the server runs.
func (s *Server) infoServer(w *infoWriter) {
	id := &s.identity
	uptime := int64(time.Since(id.started).Seconds())
	w.line("redis_version", redisVersion)
	w.line("server_name", "cinnabar")
	w.line("cinnabar_version", process.Version)
	w.line("redis_git_sha1", id.build.Commit)
	w.number("redis_git_dirty", int64(id.build.Dirty()))
	w.line("redis_build_id", strconv.FormatUint(id.build.ID, 16))
	w.line("redis_mode", "standalone")
	w.line("os", id.kernel)
	w.number("arch_bits", strconv.IntSize)
	w.line("monotonic_clock", "Go runtime")
	w.line("multiplexing_api", multiplexing())
	w.line("go_version", runtime.Version())
	w.number("process_id", int64(id.pid))
	if supervisor := s.supervisor(); supervisor != "" {
		w.line("process_supervised", supervisor)
	}
	w.line("run_id", id.runID)
	w.number("tcp_port", s.config.Int("port"))
	w.number("server_time_usec", s.clock.nowUs())
	w.number("uptime_in_seconds", uptime)
	w.number("uptime_in_days", uptime/(24*3600))
	w.number("hz", int64(time.Second/upkeepInterval))
	w.number("configured_hz", s.config.Int("hz"))
	w.number("lru_clock", w.nowMs/1000&(1<<24-1))
	w.line("executable", id.executable)
	w.line("config_file", s.config.File())
	w.number("io_threads_active", int64(min(len(s.loops)-1, 1)))
	s.infoListeners(w)
}

// supervisor is what the process is supervised by, "" where that isn't known: upstart leaves no trace.
func (s *Server) supervisor() string {
	switch mode := s.config.String("supervised"); {
	case mode == process.SupervisedNo:
		return process.SupervisedNo
	case mode == process.SupervisedUpstart:
		return ""
	case os.Getenv("NOTIFY_SOCKET") != "":
		return process.SupervisedSystemd
	}
	return process.SupervisedNo
}

// infoListeners writes where the server is reached, as Redis 7.2 does.
func (s *Server) infoListeners(w *infoWriter) {
	if port := s.config.Int("port"); port != 0 {
		w.line("listener0", "name=tcp,bind="+strings.Join(s.config.Words("bind"), ",bind=")+",port="+strconv.FormatInt(port, 10))
	}
	if path := s.config.String("unixsocket"); path != "" {
		w.line("listener1", "name=unix,bind="+path)
	}
}

func (s *Server) infoStats(w *infoWriter) {
	for _, l := range s.loops {
		l.stats.publish()
	}
	t := s.totals()
	commands, input, output := s.rates.perSecond()
	w.number("total_connections_received", s.stats.accepted.Load())
	w.number("total_commands_processed", t.processed)
	w.number("instantaneous_ops_per_sec", commands)
	w.number("total_net_input_bytes", t.inputBytes)
	w.number("total_net_output_bytes", t.outputBytes)
	w.numbers(0, "total_net_repl_input_bytes", "total_net_repl_output_bytes")
	w.fixed("instantaneous_input_kbps", float64(input)/1024, 2)
	w.fixed("instantaneous_output_kbps", float64(output)/1024, 2)
	w.fixed("instantaneous_input_repl_kbps", 0, 2)
	w.fixed("instantaneous_output_repl_kbps", 0, 2)
	w.number("rejected_connections", s.stats.refused.Load())
	w.numbers(0, "sync_full", "sync_partial_ok", "sync_partial_err")
	w.number("expired_keys", s.stats.expiredKeys.Load())
	w.number("expired_subkeys", s.stats.expiredFields.Load())
	w.number("expired_time_cap_reached_count", 0)
	w.number("expire_cycle_cpu_milliseconds", time.Duration(s.stats.expiry.held.Load()).Milliseconds())
	w.number("evicted_keys", s.stats.evictedKeys.Load())
	w.number("evicted_clients", s.stats.evictedClients.Load())
	total, current := s.eviction.exceeded(s.clock.mono())
	w.number("total_eviction_exceeded_time", total.Milliseconds())
	w.number("current_eviction_exceeded_time", current.Milliseconds())
	w.number("keyspace_hits", t.hits)
	w.number("keyspace_misses", t.misses)
	w.number("pubsub_channels", int64(s.pubsub.Count(pubsub.Channel)))
	w.number("pubsub_patterns", int64(s.pubsub.Count(pubsub.Pattern)))
	w.number("pubsubshard_channels", int64(s.pubsub.Count(pubsub.Shard)))
	w.numbers(0, "latest_fork_usec", "total_forks")
	w.number("migrate_cached_sockets", int64(s.targets.count()))
	w.numbers(0, "slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits",
		"active_defrag_key_misses", "total_active_defrag_time", "current_active_defrag_time")
	s.infoTracking(w)
	w.number("unexpected_error_replies", 0)
	w.number("total_error_replies", s.errors.sum())
	w.number("dump_payload_sanitizations", 0)
	w.number("total_reads_processed", t.reads)
	w.number("total_writes_processed", t.writes)
	// One loop is Redis's main thread; of several, each is what Redis calls an I/O thread.
	threaded := int64(min(len(s.loops)-1, 1))
	w.number("io_threaded_reads_processed", threaded*t.reads)
	w.number("io_threaded_writes_processed", threaded*t.writes)
	w.numbers(0, "reply_buffer_shrinks", "reply_buffer_expands")
	w.number("client_query_buffer_limit_disconnections", s.stats.queryBufferClosed.Load())
	w.number("client_output_buffer_limit_disconnections", s.stats.replyLimitClosed.Load())
	w.number("command_panics", s.stats.panics.Load())
}

// infoTracking writes what is remembered for those who cache what they read.
func (s *Server) infoTracking(w *infoWriter) {
	var keys, items int64
	if k := &s.caching; k.engaged {
		keys, items = k.table.Keys(), k.table.Items()
	}
	w.number("tracking_total_keys", keys)
	w.number("tracking_total_items", items)
	w.number("tracking_total_prefixes", int64(s.caching.prefixes.Len()))
}

func (s *Server) infoReplication(w *infoWriter) {
	w.line("role", "master")
	w.number("connected_slaves", 0)
	if s.settings.Load().wantsReplicas {
		w.number("min_slaves_good_slaves", 0)
	}
	w.line("master_failover_state", "no-failover")
	w.line("master_replid", s.identity.replicationID)
	w.line("master_replid2", strings.Repeat("0", 40))
	w.number("master_repl_offset", 0)
	w.number("second_repl_offset", -1)
	w.number("repl_backlog_active", 0)
	w.number("repl_backlog_size", s.config.Int("repl-backlog-size"))
	w.numbers(0, "repl_backlog_first_byte_offset", "repl_backlog_histlen")
}

func (s *Server) infoModules(*infoWriter) {}

// infoCommandStats writes a line for each command that was called, or refused, since the last reset.
func (s *Server) infoCommandStats(w *infoWriter) {
	for _, command := range s.table.Commands() {
		var sum commandStats
		for _, l := range s.loops {
			sum.add(&l.stats.commands[command.ID])
		}
		if sum.calls+sum.rejected+sum.failed == 0 {
			continue
		}
		us, perCall := sum.took.Microseconds(), 0.0
		if sum.calls > 0 {
			perCall = float64(us) / float64(sum.calls)
		}
		w.line("cmdstat_"+command.FullName(), fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			sum.calls, us, perCall, sum.rejected, sum.failed))
	}
}

func (s *Server) infoErrorStats(w *infoWriter) {
	codes := s.errors.copy()
	names := make([]string, 0, len(codes))
	for name := range codes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w.line("errorstat_"+safeName(name), fmt.Sprintf("count=%d", codes[name]))
	}
}

// infoLatencyStats writes the percentiles of latency-tracking-info-percentiles for each command that was called.
func (s *Server) infoLatencyStats(w *infoWriter) {
	if !s.config.Bool("latency-tracking") {
		return
	}
	percentiles := s.config.Percentiles()
	for _, command := range s.table.Commands() {
		h := s.latencyOf(command)
		if h.total == 0 {
			continue
		}
		parts := make([]string, 0, len(percentiles))
		for _, p := range percentiles {
			parts = append(parts, fmt.Sprintf("p%s=%.3f", percentileName(p), float64(h.percentile(p))/float64(time.Microsecond)))
		}
		w.line("latency_percentiles_usec_"+command.FullName(), strings.Join(parts, ","))
	}
}

func (s *Server) infoCluster(w *infoWriter) { w.number("cluster_enabled", 0) }

// infoKeyspace writes a line for each database that has keys.
func (s *Server) infoKeyspace(w *infoWriter) {
	for index := range s.store.Databases() {
		if db := s.store.DB(index); db.Len() > 0 {
			text := fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", db.Len(), db.Deadlines(), db.MeanTTLMs(w.nowMs))
			if hashes := db.FieldDeadlines(); hashes > 0 {
				text += fmt.Sprintf(",subexpiry=%d", hashes) // as in 7.4; those who know 7.0 alone have none
			}
			w.line(fmt.Sprintf("db%d", index), text)
		}
	}
}

// safeName is a name that a client may have chosen, without what would break the lines of INFO.
func safeName(name string) string {
	return strings.NewReplacer("#", "_", ":", "_", "\n", "_", "\r", "_").Replace(name)
}

// percentileName writes 99.9 for 99.9 and 50 for 50.
func percentileName(p float64) string {
	text := strings.TrimRight(strconv.FormatFloat(p, 'f', 6, 64), "0")
	return strings.TrimRight(text, ".")
}
