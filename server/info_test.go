package server

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// info asks for sections and parses the answer: the titles in their order, and the fields by name.
func info(t *testing.T, c *wire.Conn, sections ...string) (titles []string, fields map[string]string) {
	t.Helper()
	require.NoError(t, c.Send(wire.Frame(append([]string{"INFO"}, sections...)...)))
	reply, err := c.Receive()
	require.NoError(t, err)
	_, text, found := strings.Cut(string(reply.Raw), "\r\n")
	require.True(t, found)
	fields = map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			titles = append(titles, title)
			continue
		}
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		require.True(t, ok, "a line without a colon: %q", line)
		require.NotContains(t, fields, name, "twice")
		fields[name] = value
	}
	return titles, fields
}

// number is a field that must be a whole one.
func number(t *testing.T, fields map[string]string, name string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(fields[name], 10, 64)
	require.NoError(t, err, "%s:%s", name, fields[name])
	return n
}

// integer is an integer reply's number.
func integer(t *testing.T, reply string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Trim(reply, ":\r\n"), 10, 64)
	require.NoError(t, err)
	return n
}

// TestInfoSections asks for sections in all ways; their order is always the same.
func TestInfoSections(t *testing.T) {
	c := startServer(t, nil).dial(t)
	usual := []string{"Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Errorstats", "Cluster", "Keyspace"}
	all := slices.Insert(slices.Clone(usual), 8, "Commandstats")
	all = slices.Insert(all, 10, "Latencystats")
	for _, test := range []struct {
		words string
		want  []string
	}{
		{"", usual}, {"default", usual}, {"all", all}, {"EVERYTHING", all}, {"all nosuch", all}, {"default commandstats latencystats", all},
		{"server", all[:1]}, {"SERVER server", all[:1]}, {"cpu Server", []string{"Server", "CPU"}}, {"modules", []string{"Modules"}},
		{"module_list", []string{"Modules"}}, {"nosuch", nil}, {"nosuch keyspace", []string{"Keyspace"}},
	} {
		titles, _ := info(t, c, strings.Fields(test.words)...)
		require.Equal(t, test.want, titles, "INFO %s", test.words)
	}
	require.Equal(t, "$0\r\n\r\n", do(t, c, "INFO", ""))
	do(t, c, "HELLO", "3")
	require.Equal(t, "=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n", do(t, c, "INFO", "cluster"))
}

// TestInfoFiguresAreTrue does a few things and finds them counted, then forgotten by CONFIG RESETSTAT.
func TestInfoFiguresAreTrue(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2", "--databases", "4", "--min-replicas-to-write", "0")
	c := s.dial(t)
	others := []*wire.Conn{s.dial(t), s.dial(t)}
	for _, other := range others {
		require.Equal(t, "+PONG\r\n", do(t, other, "PING"))
	}
	for _, command := range []string{
		"SET a 1", "SET b 2 PX 1000000", "GET a", "GET nosuch", "GET", "NOSUCH x", "INCR a", "SELECT 3", "SET c x", "INCR c", "SELECT 0",
		"CONFIG GET nosuch",
	} {
		do(t, c, strings.Fields(command)...)
	}
	_, fields := info(t, c, "everything")
	require.Equal(t, "7.2.4", fields["redis_version"])
	require.Equal(t, "cinnabar", fields["server_name"])
	require.EqualValues(t, 3, number(t, fields, "connected_clients"))
	require.EqualValues(t, 3, number(t, fields, "total_connections_received"))
	require.EqualValues(t, 12, number(t, fields, "total_commands_processed"), "all but those refused")
	require.EqualValues(t, 3, number(t, fields, "total_error_replies"))
	require.Equal(t, "count=3", fields["errorstat_ERR"])
	require.EqualValues(t, 1, number(t, fields, "keyspace_hits"))
	require.EqualValues(t, 1, number(t, fields, "keyspace_misses"))
	require.EqualValues(t, 4, number(t, fields, "rdb_changes_since_last_save"))
	require.Regexp(t, `^keys=2,expires=1,avg_ttl=(9\d{5}|1000000)$`, fields["db0"])
	require.Equal(t, "keys=1,expires=0,avg_ttl=0", fields["db3"])
	require.NotContains(t, fields, "db1")
	require.Regexp(t, `^calls=2,usec=\d+,usec_per_call=[\d.]+,rejected_calls=1,failed_calls=0$`, fields["cmdstat_get"])
	require.Regexp(t, `^calls=2,.*failed_calls=1$`, fields["cmdstat_incr"])
	require.Regexp(t, `^p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$`, fields["latency_percentiles_usec_config|get"])
	require.Positive(t, number(t, fields, "total_net_input_bytes"))
	require.Positive(t, number(t, fields, "used_memory"))
	require.Positive(t, number(t, fields, "used_memory_rss"))
	require.Equal(t, fields["total_reads_processed"], fields["io_threaded_reads_processed"], "two loops")
	require.GreaterOrEqual(t, number(t, fields, "used_memory_peak"), number(t, fields, "used_memory"))

	peak := number(t, fields, "used_memory_peak")
	do(t, c, "DEL", "a", "b")
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "RESETSTAT"))
	titles, fields := info(t, c, "commandstats", "errorstats", "stats", "memory")
	require.Equal(t, []string{"Memory", "Stats", "Commandstats", "Errorstats"}, titles)
	require.GreaterOrEqual(t, number(t, fields, "used_memory_peak"), peak, "the peak stays")
	require.EqualValues(t, 1, number(t, fields, "total_commands_processed"), "RESETSTAT itself")
	require.Regexp(t, `^calls=1,`, fields["cmdstat_config|resetstat"])
	require.NotContains(t, fields, "cmdstat_get")
	require.NotContains(t, fields, "errorstat_ERR")
	for _, name := range []string{"keyspace_hits", "keyspace_misses", "total_error_replies", "total_connections_received", "expired_keys",
		"instantaneous_ops_per_sec"} {
		require.Zero(t, number(t, fields, name), name)
	}
}

// TestInfoFieldsOfClients holds the fields that redis_exporter, RedisInsight, sentinels and redis-cli --stat read, and that they are
// numbers where those want numbers.
func TestInfoFieldsOfClients(t *testing.T) {
	_, fields := info(t, startServer(t, nil, "--min-replicas-to-write", "1").dial(t), "everything")
	for _, name := range strings.Fields(`uptime_in_seconds uptime_in_days process_id tcp_port connected_clients blocked_clients tracking_clients
		clients_in_timeout_table cluster_connections maxclients client_recent_max_input_buffer client_recent_max_output_buffer used_memory
		used_memory_rss used_memory_peak used_memory_lua used_memory_overhead used_memory_startup used_memory_dataset used_memory_vm_eval
		used_memory_scripts_eval used_memory_vm_functions used_memory_vm_total used_memory_functions used_memory_scripts
		allocator_active allocator_allocated allocator_resident allocator_frag_bytes allocator_rss_bytes rss_overhead_bytes maxmemory
		mem_fragmentation_bytes mem_clients_normal mem_clients_slaves mem_not_counted_for_evict mem_total_replication_buffers
		lazyfree_pending_objects lazyfreed_objects active_defrag_running number_of_cached_scripts number_of_functions number_of_libraries
		loading async_loading rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time rdb_last_bgsave_time_sec
		rdb_current_bgsave_time_sec rdb_saves rdb_last_cow_size rdb_last_load_keys_expired rdb_last_load_keys_loaded aof_enabled
		aof_rewrite_in_progress aof_rewrite_scheduled aof_last_rewrite_time_sec aof_current_rewrite_time_sec aof_last_cow_size
		total_connections_received total_commands_processed rejected_connections total_net_input_bytes total_net_output_bytes
		instantaneous_ops_per_sec expired_keys expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys evicted_clients
		keyspace_hits keyspace_misses pubsub_channels pubsub_patterns pubsubshard_channels latest_fork_usec sync_full sync_partial_ok
		sync_partial_err tracking_total_keys tracking_total_items tracking_total_prefixes unexpected_error_replies total_error_replies
		dump_payload_sanitizations total_reads_processed total_writes_processed io_threaded_reads_processed io_threaded_writes_processed
		client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections connected_slaves min_slaves_good_slaves
		master_repl_offset second_repl_offset repl_backlog_active repl_backlog_size repl_backlog_first_byte_offset repl_backlog_histlen
		cluster_enabled`) {
		number(t, fields, name)
	}
	for _, name := range strings.Fields(`instantaneous_input_kbps instantaneous_output_kbps mem_fragmentation_ratio allocator_frag_ratio
		allocator_rss_ratio rss_overhead_ratio`) {
		_, err := strconv.ParseFloat(fields[name], 64)
		require.NoError(t, err, name)
	}
	require.Equal(t, "master", fields["role"])
	require.Equal(t, "standalone", fields["redis_mode"])
	require.Equal(t, "noeviction", fields["maxmemory_policy"])
	require.Regexp(t, "^[0-9a-f]{40}$", fields["run_id"])
	require.Regexp(t, "^[0-9a-f]{40}$", fields["master_replid"])
	for _, name := range []string{"rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status"} {
		require.Equal(t, "ok", fields[name])
	}
	for _, name := range []string{"os", "redis_build_id", "executable", "go_version", "used_memory_human", "maxmemory_human"} {
		require.NotEmpty(t, fields[name], name)
	}
}

func TestInfoSupervisorAndListeners(t *testing.T) {
	s := startServer(t, nil, "--port", "7001", "--bind", "127.0.0.1", "-::1", "--supervised", "auto", "--unixsocket", "/nosuch/socket")
	t.Setenv("NOTIFY_SOCKET", "")
	_, fields := info(t, s.dial(t), "server")
	require.Equal(t, "7001", fields["tcp_port"])
	require.Equal(t, "name=tcp,bind=127.0.0.1,bind=-::1,port=7001", fields["listener0"])
	require.Equal(t, "name=unix,bind=/nosuch/socket", fields["listener1"])
	require.Equal(t, "no", fields["process_supervised"])
	t.Setenv("NOTIFY_SOCKET", "/nosuch/notify")
	_, fields = info(t, s.dial(t), "server")
	require.Equal(t, "systemd", fields["process_supervised"])
}

func TestHumanBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 1024: "1.00K", 1536: "1.50K", 1<<20 - 1: "1024.00K", 1 << 20: "1.00M",
		25276502016: "23.54G", 3 << 40: "3.00T", 5 << 50: "5.00P"} {
		require.Equal(t, want, humanBytes(n))
	}
	for p, want := range map[float64]string{50: "50", 99.9: "99.9", 0: "0", 100: "100", 99.999999: "99.999999"} {
		require.Equal(t, want, percentileName(p))
	}
}

func TestErrorCode(t *testing.T) {
	for text, want := range map[string]string{"ERR no": "ERR", "WRONGTYPE Operation": "WRONGTYPE", "nothing": "ERR", "": "ERR",
		strings.Repeat("X", 30) + " y": strings.Repeat("X", 30), strings.Repeat("X", 31) + " y": "ERR"} {
		require.Equal(t, want, errorCode(text), text)
	}
	require.Equal(t, "a_b_c__", safeName("a:b#c\r\n"))
}

// TestBufferPeaksForget looks at clients second by second: a large buffer is shown for eight, whatever seconds are left out.
func TestBufferPeaksForget(t *testing.T) {
	var peaks bufferPeaks
	shows := func(input, output int64) {
		t.Helper()
		in, out := peaks.largest()
		require.Equal(t, [2]int64{input, output}, [2]int64{in, out})
	}
	c := &client{}
	c.traffic.inputBytes.Store(1000)
	c.traffic.inputRoom.Store(24)
	c.traffic.replyMemory.Store(5000)
	const now = 5
	peaks.begin(now)
	peaks.note(c)
	peaks.note(&client{})
	for _, later := range []int64{0, 1, 2, 5, recentSeconds - 1} {
		peaks.begin(now + later)
		shows(1024, 5000)
	}
	peaks.begin(now + recentSeconds)
	shows(0, 0)
	peaks.note(c)
	peaks.begin(now + 10*recentSeconds)
	shows(0, 0)
}

// TestRates feeds ten thousand commands a second for two seconds.
func TestRates(t *testing.T) {
	var r rates
	for i := range int64(20) {
		r.sample(time.Duration(i)*100*time.Millisecond, totals{processed: 1000 * i, inputBytes: 2000 * i, outputBytes: 3000 * i})
	}
	ops, input, output := r.perSecond()
	require.Equal(t, []int64{10_000, 20_000, 30_000}, []int64{ops, input, output})
	r.reset()
	ops, _, _ = r.perSecond()
	require.Zero(t, ops)
	r.sample(2*time.Second, totals{})
	r.sample(2100*time.Millisecond, totals{processed: 160})
	ops, _, _ = r.perSecond()
	require.EqualValues(t, 100, ops, "a sixteenth of 1,600")
}

func TestTime(t *testing.T) {
	c := startServer(t, nil).dial(t)
	before := time.Now().UnixMicro()
	parts := strings.Split(do(t, c, "TIME"), "\r\n")
	after := time.Now().UnixMicro()
	require.Len(t, parts, 6)
	seconds, err := strconv.ParseInt(parts[2], 10, 64)
	require.NoError(t, err)
	us, err := strconv.ParseInt(parts[4], 10, 64)
	require.NoError(t, err)
	const slackUs = 100_000
	require.Greater(t, seconds*1_000_000+us, before-slackUs)
	require.Less(t, seconds*1_000_000+us, after+slackUs)
	require.Less(t, us, int64(1_000_000))
}
