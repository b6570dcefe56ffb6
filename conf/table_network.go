package conf

import "math"

var networkDirectives = inGroup("all", []Directive{
	{
		Name: "rdbchecksum", Kind: Bool, Default: "yes", Flags: Immutable, Since: "2.6.0",
	},
	{
		Name: "daemonize", Kind: Bool, Default: "no", Flags: Immutable, Since: "1.3.6",
	},
	{
		Name: "io-threads-do-reads", Kind: Bool, Default: "no", Flags: Immutable, Since: "6.0.0",
	},
	{
		Name: "always-show-logo", Kind: Bool, Default: "no", Flags: Immutable, Since: "4.0.0",
	},
	{
		Name: "protected-mode", Kind: Bool, Default: "yes", Since: "3.2.0",
	},
	{
		Name: "rdbcompression", Kind: Bool, Default: "yes", Since: "1.3.6",
	},
	{
		Name: "rdb-del-sync-files", Kind: Bool, Default: "no", Since: "6.0.0",
	},
	{
		Name: "activerehashing", Kind: Bool, Default: "yes", Since: "v1.3.9",
	},
	{
		Name: "stop-writes-on-bgsave-error", Kind: Bool, Default: "yes", Since: "2.6.0",
	},
	{
		Name: "set-proc-title", Kind: Bool, Default: "yes", Flags: Immutable, Since: "6.2.0",
	},
	{
		Name: "dynamic-hz", Kind: Bool, Default: "yes", Since: "5.0.0",
	},
	{
		Name: "lazyfree-lazy-eviction", Kind: Bool, Default: "no", Since: "4.0.0",
	},
	{
		Name: "lazyfree-lazy-expire", Kind: Bool, Default: "no", Since: "4.0.0",
	},
	{
		Name: "lazyfree-lazy-server-del", Kind: Bool, Default: "no", Since: "4.0.0",
	},
	{
		Name: "lazyfree-lazy-user-del", Kind: Bool, Default: "no", Since: "6.0.0",
	},
	{
		Name: "lazyfree-lazy-user-flush", Kind: Bool, Default: "no", Since: "6.2.0",
	},
	{
		Name: "repl-disable-tcp-nodelay", Kind: Bool, Default: "no", Since: "2.6.10",
	},
	{
		Name: "repl-diskless-sync", Kind: Bool, Default: "yes", Since: "2.8.18",
	},
	{
		Name: "aof-rewrite-incremental-fsync", Kind: Bool, Default: "yes", Since: "2.6.13",
	},
	{
		Name: "no-appendfsync-on-rewrite", Kind: Bool, Default: "no", Since: "2.2.0",
	},
	{
		Name: "cluster-require-full-coverage", Kind: Bool, Default: "yes", Since: "3.0.0",
	},
	{
		Name: "rdb-save-incremental-fsync", Kind: Bool, Default: "yes", Since: "5.0.0",
	},
	{
		Name: "aof-load-truncated", Kind: Bool, Default: "yes", Since: "2.8.15",
	},
	{
		Name: "aof-use-rdb-preamble", Kind: Bool, Default: "yes", Since: "4.0.0",
	},
	{
		Name: "aof-timestamp-enabled", Kind: Bool, Default: "no", Since: "7.0.0",
	},
	{
		Name: "cluster-replica-no-failover", Alias: "cluster-slave-no-failover", Kind: Bool, Default: "no", Since: "4.0.9",
	},
	{
		Name: "replica-lazy-flush", Alias: "slave-lazy-flush", Kind: Bool, Default: "no", Since: "4.0.0",
	},
	{
		Name: "replica-serve-stale-data", Alias: "slave-serve-stale-data", Kind: Bool, Default: "yes", Since: "2.2.0",
	},
	{
		Name: "replica-read-only", Alias: "slave-read-only", Kind: Bool, Default: "yes", Since: "2.6.0",
	},
	{
		Name: "replica-ignore-maxmemory", Alias: "slave-ignore-maxmemory", Kind: Bool, Default: "yes", Since: "5.0.0",
	},
	{
		Name: "jemalloc-bg-thread", Kind: Bool, Default: "yes", Since: "6.0.0",
	},
	{
		Name: "activedefrag", Kind: Bool, Default: "no", Since: "4.0.0",
		rule: rule{settle: settleActiveDefrag},
	},
	{
		Name: "syslog-enabled", Kind: Bool, Default: "no", Flags: Immutable, Since: "2.2.0",
	},
	{
		Name: "cluster-enabled", Kind: Bool, Default: "no", Flags: Immutable, Since: "3.0.0",
		rule: rule{unbuilt: isSet, unbuiltText: "cluster-enabled yes: cluster mode is not built yet"},
	},
	{
		Name: "appendonly", Kind: Bool, Default: "no", Flags: DenyLoading, Since: "1.3.6",
		rule: rule{unbuilt: isSet, unbuiltText: "appendonly yes: the append only file is not built yet, nothing would be kept on disk"},
	},
	{
		Name: "cluster-allow-reads-when-down", Kind: Bool, Default: "no", Since: "6.0.0",
	},
	{
		Name: "cluster-allow-pubsubshard-when-down", Kind: Bool, Default: "yes", Since: "7.0.0",
	},
	{
		Name: "crash-log-enabled", Kind: Bool, Default: "yes", Since: "6.2.0",
	},
	{
		Name: "crash-memcheck-enabled", Kind: Bool, Default: "yes", Since: "6.2.0",
	},
	{
		Name: "use-exit-on-panic", Kind: Bool, Default: "no", Flags: Hidden, Since: "6.2.0",
	},
	{
		Name: "disable-thp", Kind: Bool, Default: "yes", Flags: Immutable, Since: "6.2.0",
	},
	{
		Name: "cluster-allow-replica-migration", Kind: Bool, Default: "yes", Since: "6.2.2",
	},
	{
		Name: "replica-announced", Kind: Bool, Default: "yes", Since: "6.2.2",
	},
	{
		Name: "latency-tracking", Kind: Bool, Default: "yes", Since: "7.0.0",
	},
	{
		Name: "aof-disable-auto-gc", Kind: Bool, Default: "no", Since: "7.0.0",
	},
	{
		Name: "replica-ignore-disk-write-errors", Kind: Bool, Default: "no", Since: "7.0.0",
	},
	{
		Name: "aclfile", Kind: String, Flags: Immutable, Since: "6.0.0",
		rule: rule{unbuilt: isSet, unbuiltText: "aclfile: access control lists are not built yet, its users would not exist"},
	},
	{
		Name: "unixsocket", Kind: String, Flags: Immutable | NullIfEmpty, Since: "2.2.0",
	},
	{
		Name: "pidfile", Kind: String, Flags: Immutable | NullIfEmpty, Since: "1.3.6",
	},
	{
		Name: "replica-announce-ip", Alias: "slave-announce-ip", Kind: String, Flags: NullIfEmpty, Since: "3.2.2",
	},
	{
		Name: "masteruser", Kind: String, Flags: Sensitive | NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "cluster-announce-ip", Kind: String, Flags: NullIfEmpty, Since: "4.0.0",
	},
	{
		Name: "cluster-config-file", Kind: String, Default: "nodes.conf", Flags: Immutable, Since: "3.0.0",
	},
	{
		Name: "cluster-announce-hostname", Kind: String, Flags: NullIfEmpty, Since: "7.0.0",
		rule: rule{settle: settleHostname},
	},
	{
		Name: "syslog-ident", Kind: String, Default: "redis", Flags: Immutable, Since: "2.2.0",
	},
	{
		Name: "dbfilename", Kind: String, Default: "dump.rdb", Flags: Protected, Since: "1.3.6",
		rule: rule{settle: settleBaseName("dbfilename", "filename", true)},
	},
	{
		Name: "appendfilename", Kind: String, Default: "appendonly.aof", Flags: Immutable, Since: "v1.3.12",
		rule: rule{settle: settleBaseName("appendfilename", "filename", false)},
	},
	{
		Name: "appenddirname", Kind: String, Default: "appendonlydir", Flags: Immutable, Since: "7.0.0",
		rule: rule{settle: settleBaseName("appenddirname", "dirname", false)},
	},
	{
		Name: "server_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
	},
	{
		Name: "bio_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
	},
	{
		Name: "aof_rewrite_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
	},
	{
		Name: "bgsave_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
	},
	{
		Name: "ignore-warnings", Kind: String, Since: "5.0.11",
	},
	{
		Name: "proc-title-template", Kind: String, Default: "{title} {listen-addr} {server-mode}", Since: "6.2.0",
		rule: rule{settle: settleProcTitle},
	},
	{
		Name: "bind-source-addr", Kind: String, Flags: NullIfEmpty, Since: "7.0.0",
	},
	{
		Name: "logfile", Kind: String, Flags: Immutable, Since: "1.3.6",
	},
	{
		Name: "masterauth", Kind: String, Flags: Sensitive | NullIfEmpty, Since: "1.3.6",
	},
	{
		Name: "requirepass", Kind: String, Flags: Sensitive | NullIfEmpty, Since: "1.3.6",
	},
	{
		Name: "supervised", Kind: Enum, Default: "no", Flags: Immutable, Since: "3.2.0",
		Words: []string{"upstart", "systemd", "auto", "no"},
	},
	{
		Name: "syslog-facility", Kind: Enum, Default: "local0", Flags: Immutable, Since: "2.2.0",
		Words: []string{"user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"},
	},
	{
		Name: "repl-diskless-load", Kind: Enum, Default: "disabled", Flags: DenyLoading, Since: "6.0.0",
		Words: []string{"disabled", "on-empty-db", "swapdb"},
	},
	{
		Name: "loglevel", Kind: Enum, Default: "notice", Since: "1.3.6",
		Words: []string{"debug", "verbose", "notice", "warning"},
	},
	{
		Name: "maxmemory-policy", Kind: Enum, Default: "noeviction", Since: "2.2.0",
		Words: []string{"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"},
	},
	{
		Name: "appendfsync", Kind: Enum, Default: "everysec", Since: "1.3.6",
		Words: []string{"everysec", "always", "no"},
	},
	{
		Name: "oom-score-adj", Kind: Enum, Default: "no", Since: "6.0.7",
		Words: []string{"no", "yes", "relative", "absolute"},
		rule:  rule{settle: settleOOMScoreAdj},
	},
	{
		Name: "acl-pubsub-default", Kind: Enum, Default: "resetchannels", Since: "6.2.0",
		Words: []string{"allchannels", "resetchannels"},
	},
	{
		Name: "sanitize-dump-payload", Kind: Enum, Default: "no", Since: "6.2.0",
		Words: []string{"no", "yes", "clients"},
	},
	{
		Name: "enable-protected-configs", Kind: Enum, Default: "no", Flags: Immutable, Since: "7.0.0",
		Words: []string{"no", "yes", "local"},
	},
	{
		Name: "enable-debug-command", Kind: Enum, Default: "no", Flags: Immutable, Since: "7.0.0",
		Words: []string{"no", "yes", "local"},
	},
	{
		Name: "enable-module-command", Kind: Enum, Default: "no", Flags: Immutable, Since: "7.0.0",
		Words: []string{"no", "yes", "local"},
	},
	{
		Name: "cluster-preferred-endpoint-type", Kind: Enum, Default: "ip", Since: "7.0.0",
		Words: []string{"ip", "hostname", "unknown-endpoint"},
	},
	{
		Name: "propagation-error-behavior", Kind: Enum, Default: "ignore", Since: "7.0.0",
		Words: []string{"ignore", "panic", "panic-on-replicas"},
	},
	{
		Name: "shutdown-on-sigint", Kind: Flags, Default: "default", Flags: MultiArg, Since: "7.0.0",
		Words: []string{"default", "save", "nosave", "now", "force"},
		rule:  rule{settle: settleShutdownFlags},
	},
	{
		Name: "shutdown-on-sigterm", Kind: Flags, Default: "default", Flags: MultiArg, Since: "7.0.0",
		Words: []string{"default", "save", "nosave", "now", "force"},
		rule:  rule{settle: settleShutdownFlags},
	},
	{
		Name: "databases", Kind: Int, Default: "16", Min: 1, Max: math.MaxInt32, Flags: Immutable, Since: "1.3.6",
	},
	{
		Name: "port", Kind: Int, Default: "6379", Max: 65535, Since: "1.3.6",
	},
	{
		Name: "io-threads", Kind: Int, Default: "1", Min: 1, Max: 128, Flags: Immutable, Since: "6.0.0",
	},
	{
		Name: "auto-aof-rewrite-percentage", Kind: Int, Default: "100", Max: math.MaxInt32, Since: "2.4.0",
	},
	{
		Name: "cluster-replica-validity-factor", Alias: "cluster-slave-validity-factor", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "3.0.0",
	},
	{
		Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Kind: Int, Default: "-2", Min: math.MinInt32, Max: math.MaxInt32, Since: "3.2.0",
	},
	{
		Name: "tcp-keepalive", Kind: Int, Default: "300", Max: math.MaxInt32, Since: "2.6.10",
	},
	{
		Name: "cluster-migration-barrier", Kind: Int, Default: "1", Max: math.MaxInt32, Since: "3.0.0",
	},
	{
		Name: "active-defrag-cycle-min", Kind: Int, Default: "1", Min: 1, Max: 99, Since: "4.0.0",
	},
	{
		Name: "active-defrag-cycle-max", Kind: Int, Default: "25", Min: 1, Max: 99, Since: "4.0.0",
	},
	{
		Name: "active-defrag-threshold-lower", Kind: Int, Default: "10", Max: 1000, Since: "4.0.0",
	},
	{
		Name: "active-defrag-threshold-upper", Kind: Int, Default: "100", Max: 1000, Since: "4.0.0",
	},
	{
		Name: "lfu-log-factor", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "4.0.0",
	},
	{
		Name: "lfu-decay-time", Kind: Int, Default: "1", Max: math.MaxInt32, Since: "4.0.0",
	},
	{
		Name: "replica-priority", Alias: "slave-priority", Kind: Int, Default: "100", Max: math.MaxInt32, Since: "2.4.17",
	},
	{
		Name: "repl-diskless-sync-delay", Kind: Int, Default: "5", Max: math.MaxInt32, Since: "2.8.18",
	},
	{
		Name: "maxmemory-samples", Kind: Int, Default: "5", Min: 1, Max: math.MaxInt32, Since: "2.2.0",
	},
	{
		Name: "maxmemory-eviction-tenacity", Kind: Int, Default: "10", Max: 100, Since: "6.2.0",
	},
	{
		Name: "timeout", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "1.3.6",
	},
	{
		Name: "replica-announce-port", Alias: "slave-announce-port", Kind: Int, Default: "0", Max: 65535, Since: "3.2.2",
	},
	{
		Name: "tcp-backlog", Kind: Int, Default: "511", Max: math.MaxInt32, Flags: Immutable, Since: "2.8.5",
	},
	{
		Name: "cluster-port", Kind: Int, Default: "0", Max: 65535, Flags: Immutable, Since: "7.0.0",
	},
	{
		Name: "cluster-announce-bus-port", Kind: Int, Default: "0", Max: 65535, Since: "4.0.0",
	},
	{
		Name: "cluster-announce-port", Kind: Int, Default: "0", Max: 65535, Since: "4.0.0",
	},
	{
		Name: "cluster-announce-tls-port", Kind: Int, Default: "0", Max: 65535, Since: "6.2.2",
	},
	{
		Name: "repl-timeout", Kind: Int, Default: "60", Min: 1, Max: math.MaxInt32, Since: "2.4.3",
	},
	{
		Name: "repl-ping-replica-period", Alias: "repl-ping-slave-period", Kind: Int, Default: "10", Min: 1, Max: math.MaxInt32, Since: "2.4.3",
	},
	{
		Name: "list-compress-depth", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "3.2.0",
	},
	{
		Name: "rdb-key-save-delay", Kind: Int, Default: "0", Min: math.MinInt32, Max: math.MaxInt32, Flags: Hidden, Since: "6.0.0",
	},
	{
		Name: "key-load-delay", Kind: Int, Default: "0", Min: math.MinInt32, Max: math.MaxInt32, Flags: Hidden, Since: "6.0.0",
	},
	{
		Name: "active-expire-effort", Kind: Int, Default: "1", Min: 1, Max: 10, Since: "6.0.0",
	},
	{
		Name: "hz", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "2.6.11",
		rule: rule{settle: settleHZ},
	},
	{
		Name: "min-replicas-to-write", Alias: "min-slaves-to-write", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "2.8.0",
	},
	{
		Name: "min-replicas-max-lag", Alias: "min-slaves-max-lag", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "2.8.0",
	},
	{
		Name: "watchdog-period", Kind: Int, Default: "0", Max: math.MaxInt32, Flags: Hidden, Since: "2.6.0",
	},
	{
		Name: "shutdown-timeout", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "7.0.0",
	},
	{
		Name: "repl-diskless-sync-max-replicas", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "7.0.0",
	},
	{
		Name: "maxclients", Kind: Int, Default: "10000", Min: 1, Max: math.MaxUint32, Flags: Unsigned, Since: "1.3.6",
	},
	{
		Name: "unixsocketperm", Kind: Octal, Default: "0", Max: 0o777, Flags: Immutable | Unsigned, Since: "2.4.0",
	},
	{
		Name: "socket-mark-id", Kind: Int, Default: "0", Max: math.MaxUint32, Flags: Immutable | Unsigned, Since: "7.0.0",
	},
	{
		Name: "active-defrag-max-scan-fields", Kind: Int, Default: "1000", Min: 1, Max: math.MaxInt64, Since: "5.0.0",
	},
	{
		Name: "slowlog-max-len", Kind: Int, Default: "128", Max: math.MaxInt64, Since: "2.2.12",
	},
	{
		Name: "acllog-max-len", Kind: Int, Default: "128", Max: math.MaxInt64, Since: "6.0.0",
	},
	{
		Name: "busy-reply-threshold", Alias: "lua-time-limit", Kind: Int, Default: "5000", Max: math.MaxInt64, Since: "2.6.0",
	},
	{
		Name: "cluster-node-timeout", Kind: Int, Default: "15000", Max: math.MaxInt64, Since: "3.0.0",
	},
	{
		Name: "slowlog-log-slower-than", Kind: Int, Default: "10000", Min: -1, Max: math.MaxInt64, Since: "2.2.12",
	},
	{
		Name: "latency-monitor-threshold", Kind: Int, Default: "0", Max: math.MaxInt64, Since: "2.8.13",
	},
	{
		Name: "proto-max-bulk-len", Kind: Memory, Default: "512mb", Min: 1 << 20, Max: math.MaxInt64, Since: "4.0.7",
	},
	{
		Name: "stream-node-max-entries", Kind: Int, Default: "100", Max: math.MaxInt64, Since: "5.0.0",
	},
	{
		Name: "repl-backlog-size", Kind: Memory, Default: "1mb", Min: 1, Max: math.MaxInt64, Since: "2.8.0",
	},
	{
		Name: "maxmemory", Kind: Memory, Default: "0", Max: -1, Flags: Unsigned, Since: "1.3.6",
	},
	{
		Name: "cluster-link-sendbuf-limit", Kind: Memory, Default: "0", Max: -1, Flags: Unsigned, Since: "7.0.0",
	},
	{
		Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", Kind: Int, Default: "512", Max: math.MaxInt64, Flags: Unsigned, Since: "2.6.0",
	},
	{
		Name: "set-max-intset-entries", Kind: Int, Default: "512", Max: math.MaxInt64, Flags: Unsigned, Since: "2.2.0",
	},
	{
		Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", Kind: Int, Default: "128", Max: math.MaxInt64, Flags: Unsigned, Since: "2.4.0",
	},
	{
		Name: "active-defrag-ignore-bytes", Kind: Memory, Default: "100mb", Min: 1, Max: math.MaxInt64, Flags: Unsigned, Since: "4.0.0",
	},
	{
		Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", Kind: Memory, Default: "64", Max: math.MaxInt64, Flags: Unsigned, Since: "2.6.0",
	},
	{
		Name: "stream-node-max-bytes", Kind: Memory, Default: "4096", Max: math.MaxInt64, Flags: Unsigned, Since: "5.0.0",
	},
	{
		Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", Kind: Memory, Default: "64", Max: math.MaxInt64, Flags: Unsigned, Since: "2.4.0",
	},
	{
		Name: "hll-sparse-max-bytes", Kind: Memory, Default: "3000", Max: math.MaxInt64, Flags: Unsigned, Since: "2.8.9",
	},
	{
		Name: "tracking-table-max-keys", Kind: Int, Default: "1000000", Max: math.MaxInt64, Flags: Unsigned, Since: "6.0.0",
	},
	{
		Name: "client-query-buffer-limit", Kind: Memory, Default: "1gb", Min: 1 << 20, Max: math.MaxInt64, Flags: Unsigned, Since: "4.0.7",
	},
	{
		Name: "maxmemory-clients", Kind: MemoryOrPart, Default: "0", Min: -100, Max: math.MaxInt64, Since: "7.0.0",
	},
	{
		Name: "repl-backlog-ttl", Kind: Int, Default: "3600", Max: math.MaxInt64, Since: "2.8.0",
	},
	{
		Name: "auto-aof-rewrite-min-size", Kind: Memory, Default: "64mb", Max: math.MaxInt64, Since: "2.4.0",
	},
	{
		Name: "loading-process-events-interval-bytes", Kind: Int, Default: "2097152", Min: 1024, Max: math.MaxInt32, Flags: Hidden, Since: "7.0.0",
	},
	{
		Name: "tls-port", Kind: Int, Default: "0", Max: 65535, Since: "6.0.0",
		rule: rule{unbuilt: isSet, unbuiltText: "tls-port: TLS is not built yet, the port would not be served"},
	},
	{
		Name: "tls-session-cache-size", Kind: Int, Default: "20480", Max: math.MaxInt32, Since: "6.0.6",
	},
	{
		Name: "tls-session-cache-timeout", Kind: Int, Default: "300", Max: math.MaxInt32, Since: "6.0.6",
	},
	{
		Name: "tls-cluster", Kind: Bool, Default: "no", Since: "6.0.0",
	},
	{
		Name: "tls-replication", Kind: Bool, Default: "no", Since: "6.0.0",
	},
	{
		Name: "tls-auth-clients", Kind: Enum, Default: "yes", Since: "6.0.0",
		Words: []string{"no", "yes", "optional"},
	},
	{
		Name: "tls-prefer-server-ciphers", Kind: Bool, Default: "no", Since: "6.0.0",
	},
	{
		Name: "tls-session-caching", Kind: Bool, Default: "yes", Since: "6.0.6",
	},
	{
		Name: "tls-cert-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-key-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-key-file-pass", Kind: String, Flags: NullIfEmpty, Since: "6.2.2",
	},
	{
		Name: "tls-client-cert-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.2.0",
	},
	{
		Name: "tls-client-key-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.2.0",
	},
	{
		Name: "tls-client-key-file-pass", Kind: String, Flags: NullIfEmpty, Since: "6.2.2",
	},
	{
		Name: "tls-dh-params-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-ca-cert-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-ca-cert-dir", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-protocols", Kind: String, Flags: NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-ciphers", Kind: String, Flags: NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "tls-ciphersuites", Kind: String, Flags: NullIfEmpty, Since: "6.0.0",
	},
	{
		Name: "dir", Kind: String, Default: "./", Flags: Protected | DenyLoading, Since: "1.3.6",
		rule: rule{settle: settleDir},
	},
	{
		Name: "save", Kind: List, Default: "3600 1 300 100 60 10000", Flags: MultiArg, Since: "1.3.6",
		rule: rule{list: saveRule},
	},
	{
		Name: "client-output-buffer-limit", Kind: List, Default: "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60", Flags: MultiArg, Since: "2.6.0",
		rule: rule{list: outputLimitRule},
	},
	{
		Name: "oom-score-adj-values", Kind: List, Default: "0 200 800", Flags: MultiArg, Since: "6.0.7",
		rule: rule{list: oomScoreRule},
	},
	{
		Name: "notify-keyspace-events", Kind: String, Since: "2.8.0",
		rule: rule{settle: settleKeyspaceEvents},
	},
	{
		Name: "bind", Kind: List, Default: "* -::*", Flags: MultiArg, Since: "1.3.6",
		rule: rule{list: bindRule},
	},
	{
		Name: "replicaof", Alias: "slaveof", Kind: List, Flags: Immutable | MultiArg, Since: "1.3.6",
		rule: rule{list: replicaofRule, unbuilt: isSet, unbuiltText: "replicaof: replication is not built yet, the data of the master would not arrive"},
	},
	{
		Name: "latency-tracking-info-percentiles", Kind: List, Default: "50 99 99.9", Flags: MultiArg, Since: "7.0.0",
		rule: rule{list: percentilesRule},
	},
	{
		Name: "include", Kind: List, Flags: MultiArg | FileOnly, Since: "v1.3.7",
	},
	{
		Name: "rename-command", Kind: List, Flags: MultiArg | FileOnly, Since: "2.2.0",
	},
	{
		Name: "user", Kind: List, Flags: MultiArg | FileOnly, Since: "2.2.0",
	},
	{
		Name: "loadmodule", Kind: List, Flags: MultiArg | FileOnly, Since: "4.0.0",
	},
})
