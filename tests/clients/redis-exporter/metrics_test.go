package redisexporter

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// fields are the metrics that the exporter makes of one field of INFO each.
var fields = map[string]string{
	"uptime_in_seconds": "uptime_in_seconds", "process_id": "process_id",

	"connected_clients": "connected_clients", "blocked_clients": "blocked_clients", "tracking_clients": "tracking_clients",
	"client_recent_max_output_buffer_bytes": "client_recent_max_output_buffer", "client_recent_max_input_buffer_bytes": "client_recent_max_input_buffer",

	"allocator_active_bytes": "allocator_active", "allocator_allocated_bytes": "allocator_allocated", "allocator_resident_bytes": "allocator_resident",
	"allocator_frag_ratio": "allocator_frag_ratio", "allocator_frag_bytes": "allocator_frag_bytes", "allocator_rss_ratio": "allocator_rss_ratio",
	"allocator_rss_bytes": "allocator_rss_bytes",
	"memory_used_bytes":   "used_memory", "memory_used_rss_bytes": "used_memory_rss", "memory_used_peak_bytes": "used_memory_peak",
	"memory_used_lua_bytes": "used_memory_lua", "memory_used_overhead_bytes": "used_memory_overhead", "memory_used_startup_bytes": "used_memory_startup",
	"memory_used_dataset_bytes": "used_memory_dataset", "memory_used_scripts_bytes": "used_memory_scripts", "memory_max_bytes": "maxmemory",
	"mem_fragmentation_ratio": "mem_fragmentation_ratio", "mem_fragmentation_bytes": "mem_fragmentation_bytes",
	"mem_clients_slaves": "mem_clients_slaves", "mem_clients_normal": "mem_clients_normal",
	"mem_not_counted_for_eviction_bytes": "mem_not_counted_for_evict",
	"lazyfree_pending_objects":           "lazyfree_pending_objects", "active_defrag_running": "active_defrag_running",
	"migrate_cached_sockets_total": "migrate_cached_sockets", "defrag_hits": "active_defrag_hits", "defrag_misses": "active_defrag_misses",
	"defrag_key_hits": "active_defrag_key_hits", "defrag_key_misses": "active_defrag_key_misses",
	"expired_time_cap_reached_total": "expired_time_cap_reached_count", "expired_stale_percentage": "expired_stale_perc",

	"loading_dump_file": "loading", "rdb_changes_since_last_save": "rdb_changes_since_last_save", "rdb_bgsave_in_progress": "rdb_bgsave_in_progress",
	"rdb_last_save_timestamp_seconds": "rdb_last_save_time", "rdb_last_bgsave_duration_sec": "rdb_last_bgsave_time_sec",
	"rdb_current_bgsave_duration_sec": "rdb_current_bgsave_time_sec", "rdb_last_cow_size_bytes": "rdb_last_cow_size",
	"aof_enabled": "aof_enabled", "aof_rewrite_in_progress": "aof_rewrite_in_progress", "aof_rewrite_scheduled": "aof_rewrite_scheduled",
	"aof_last_rewrite_duration_sec": "aof_last_rewrite_time_sec", "aof_current_rewrite_duration_sec": "aof_current_rewrite_time_sec",
	"aof_last_cow_size_bytes": "aof_last_cow_size", "aof_current_size_bytes": "aof_current_size", "aof_base_size_bytes": "aof_base_size",
	"aof_pending_rewrite": "aof_pending_rewrite", "aof_buffer_length": "aof_buffer_length", "aof_pending_bio_fsync": "aof_pending_bio_fsync",
	"aof_delayed_fsync": "aof_delayed_fsync", "module_fork_in_progress": "module_fork_in_progress", "module_fork_last_cow_size": "module_fork_last_cow_size",

	"pubsub_channels": "pubsub_channels", "pubsub_patterns": "pubsub_patterns", "number_of_cached_scripts": "number_of_cached_scripts",
	"clients_in_timeout_table": "clients_in_timeout_table", "cluster_connections": "cluster_connections", "cluster_enabled": "cluster_enabled",
	"dump_payload_sanitizations": "dump_payload_sanitizations", "io_threads_active": "io_threads_active",
	"io_threaded_reads_processed": "io_threaded_reads_processed", "io_threaded_writes_processed": "io_threaded_writes_processed",
	"total_reads_processed": "total_reads_processed", "total_writes_processed": "total_writes_processed", "total_error_replies": "total_error_replies",
	"unexpected_error_replies": "unexpected_error_replies", "tracking_total_keys": "tracking_total_keys",
	"tracking_total_items": "tracking_total_items", "tracking_total_prefixes": "tracking_total_prefixes",
	"connected_slaves": "connected_slaves", "replication_backlog_bytes": "repl_backlog_size", "repl_backlog_is_active": "repl_backlog_active",
	"repl_backlog_first_byte_offset": "repl_backlog_first_byte_offset", "repl_backlog_history_bytes": "repl_backlog_histlen",
	"master_repl_offset": "master_repl_offset", "second_repl_offset": "second_repl_offset", "slave_expires_tracked_keys": "slave_expires_tracked_keys",
	"replica_resyncs_full": "sync_full", "replica_partial_resync_accepted": "sync_partial_ok", "replica_partial_resync_denied": "sync_partial_err",

	"connections_received_total": "total_connections_received", "commands_processed_total": "total_commands_processed",
	"rejected_connections_total": "rejected_connections", "net_input_bytes_total": "total_net_input_bytes",
	"net_output_bytes_total": "total_net_output_bytes", "expired_keys_total": "expired_keys", "evicted_keys_total": "evicted_keys",
	"keyspace_hits_total": "keyspace_hits", "keyspace_misses_total": "keyspace_misses", "cpu_sys_seconds_total": "used_cpu_sys",
	"cpu_user_seconds_total": "used_cpu_user", "cpu_sys_children_seconds_total": "used_cpu_sys_children",
	"cpu_user_children_seconds_total": "used_cpu_user_children", "cpu_sys_main_thread_seconds_total": "used_cpu_sys_main_thread",
	"cpu_user_main_thread_seconds_total": "used_cpu_user_main_thread",
}

// statuses are the fields that say ok, which the exporter tells as 1.
var statuses = map[string]string{
	"rdb_last_bgsave_status": "rdb_last_bgsave_status", "aof_last_bgrewrite_status": "aof_last_bgrewrite_status", "aof_last_write_status": "aof_last_write_status",
}

// moving are the fields that may be anything between a moment before and one after, and somewhat beyond: how memory lies just now.
var moving = regexp.MustCompile(`^(allocator|used_memory|mem_|client_recent)`)

// metrics are what was scraped: the value by "name{labels}", "redis_" left out.
type metrics map[string]float64

// value gives the metric of that name and labels.
func (m metrics) value(t *testing.T, name string) float64 {
	t.Helper()
	value, found := m[name]
	require.True(t, found, "%s is not there", name)
	return value
}

var sample = regexp.MustCompile(`^redis_([a-z0-9_]+(?:\{.*\})?) (\S+)$`)

// scrape asks an exporter as Prometheus does. An exporter that doesn't answer yet gives an error.
func scrape(t *testing.T, url string) (metrics, error) {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", text)
	found := metrics{}
	for line := range strings.Lines(string(text)) {
		if parts := sample.FindStringSubmatch(strings.TrimSpace(line)); parts != nil {
			found[parts[1]], err = strconv.ParseFloat(parts[2], 64)
			require.NoError(t, err, line)
		}
	}
	return found, nil
}

// series are the metrics' names with those labels that are the same for every server.
func (m metrics) series() map[string]bool {
	all := map[string]bool{}
	for name := range m {
		bare, labels, _ := strings.Cut(name, "{")
		switch {
		case strings.HasPrefix(labels, `key="dir"`) || strings.HasPrefix(labels, `key="port"`):
			key, _, _ := strings.Cut(labels, ",")
			bare += "{" + key
		case labels != "" && !strings.HasPrefix(bare, "exporter_"):
			bare += "{" + ownLabels.ReplaceAllString(labels, `$1=""`)
		}
		all[bare] = true
	}
	return all
}

// ownLabels are a server's own: its processes, clients and versions.
var ownLabels = regexp.MustCompile(`(role|redis_version|redis_build_id|redis_mode|os|tcp_port|run_id|process_id|master_replid|created_at|idle_since|omem|host|port)="[^"]*"`)

// info is what INFO says.
func info(t *testing.T, s *peer.Server) map[string]string {
	t.Helper()
	reply, err := s.Dial(t).Do("INFO", "EVERYTHING")
	require.NoError(t, err)
	found := map[string]string{}
	for line := range strings.Lines(reply.Text) {
		if name, value, isField := strings.Cut(strings.TrimSpace(line), ":"); isField {
			found[name] = value
		}
	}
	return found
}
