package conf

import "math"

var replicationDirectives = inGroup("Replication", []Directive{
	{
		Name: "replicaof", Alias: "slaveof", Kind: List, Flags: Immutable | MultiArg, Since: "2.0.0",
		Example: "192.0.2.10 6379",
		Doc:     "Be a replica of the server at this address and port. Stops the start until replication is built.",
		rule:    rule{list: replicaofRule, unbuilt: isSet, unbuiltText: "replicaof: replication is not built yet, the data of the master would not arrive"},
	},
	{
		Name: "masterauth", Kind: String, Flags: Sensitive | NullIfEmpty, Since: "2.0.0",
		Example: "a-long-random-password",
		Doc:     "The password for the master.",
	},
	{
		Name: "masteruser", Kind: String, Flags: Sensitive | NullIfEmpty, Since: "6.0.0",
		Example: "replica",
		Doc:     "The user for the master; unset uses the password alone.",
	},
	{
		Name: "replica-serve-stale-data", Alias: "slave-serve-stale-data", Kind: Bool, Default: "yes", Since: "2.2.0",
		Doc: "Answer from old data while the link to the master is down.",
	},
	{
		Name: "replica-read-only", Alias: "slave-read-only", Kind: Bool, Default: "yes", Since: "2.6.0",
		Doc: "Refuse writes from clients on a replica.",
	},
	{
		Name: "replica-priority", Alias: "slave-priority", Kind: Int, Default: "100", Max: math.MaxInt32, Since: "2.4.17",
		Doc: "Sentinel promotes the replica of the lowest priority; 0 is never promoted.",
	},
	{
		Name: "replica-announced", Kind: Bool, Default: "yes", Since: "6.2.2",
		Doc: "Let Sentinel tell clients of this replica.",
	},
	{
		Name: "replica-announce-ip", Alias: "slave-announce-ip", Kind: String, Flags: NullIfEmpty, Since: "3.2.2",
		Example: "192.0.2.11",
		Doc:     "The address this replica gives for itself, where the master sees another.",
	},
	{
		Name: "replica-announce-port", Alias: "slave-announce-port", Kind: Int, Default: "0", Max: 65535, Since: "3.2.2",
		Doc: "The port this replica gives for itself; 0 gives the real one.",
	},
	{
		Name: "replica-ignore-maxmemory", Alias: "slave-ignore-maxmemory", Kind: Bool, Default: "yes", Since: "5.0.0",
		Doc: "Leave eviction to the master; its deletions arrive.",
	},
	{
		Name: "replica-ignore-disk-write-errors", Kind: Bool, Default: "no", Since: "7.0.0",
		Doc: "Go on applying the master's writes where the disk fails, instead of stopping.",
	},
	{
		Name: "replica-lazy-flush", Alias: "slave-lazy-flush", Kind: Bool, Default: "no", Since: "4.0.0",
		Doc: "Free the old data in the background when a full copy arrives. Here that never takes time.",
	},
	{
		Name: "repl-diskless-sync", Kind: Bool, Default: "yes", Since: "2.8.18",
		Doc: "Send a full copy straight to the sockets, without a file.",
	},
	{
		Name: "repl-diskless-sync-delay", Kind: Int, Default: "5", Max: math.MaxInt32, Since: "2.8.18",
		Doc: "Seconds to wait for more replicas before such a copy begins.",
	},
	{
		Name: "repl-diskless-sync-max-replicas", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "7.0.0",
		Doc: "Begin at once when so many replicas wait; 0 always waits.",
	},
	{
		Name: "repl-diskless-load", Kind: Enum, Default: "disabled", Flags: DenyLoading, Since: "6.0.0",
		Words: []string{"disabled", "on-empty-db", "swapdb"},
		Doc:   "How a replica loads a full copy without a file: disabled, on-empty-db, or swapdb beside its old data.",
	},
	{
		Name: "repl-ping-replica-period", Alias: "repl-ping-slave-period", Kind: Int, Default: "10", Min: 1, Max: math.MaxInt32, Since: "2.4.3",
		Doc: "Seconds between the master's pings.",
	},
	{
		Name: "repl-timeout", Kind: Int, Default: "60", Min: 1, Max: math.MaxInt32, Since: "2.4.3",
		Doc: "Seconds of silence after which the link counts as broken.",
	},
	{
		Name: "repl-disable-tcp-nodelay", Kind: Bool, Default: "no", Since: "2.6.10",
		Doc: "Send to replicas in fewer, larger packets, later.",
	},
	{
		Name: "repl-backlog-size", Kind: Memory, Default: "1mb", Min: 1, Max: math.MaxInt64, Since: "2.8.0",
		Doc:  "How much of the stream is kept for replicas that come back.",
		rule: rule{settle: settleBacklog},
	},
	{
		Name: "repl-backlog-ttl", Kind: Int, Default: "3600", Max: math.MaxInt64, Since: "2.8.0",
		Doc: "Seconds after the last replica left at which that memory is given back; 0 keeps it.",
	},
	{
		Name: "min-replicas-to-write", Built: true, Alias: "min-slaves-to-write", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "2.8.0",
		Doc: "Refuse writes unless so many replicas keep up; 0 asks for none.",
	},
	{
		Name: "min-replicas-max-lag", Built: true, Alias: "min-slaves-max-lag", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "2.8.0",
		Doc: "Seconds a replica may lag and still keep up.",
	},
	{
		Name: "propagation-error-behavior", Kind: Enum, Default: "ignore", Since: "7.0.0",
		Words: []string{"ignore", "panic", "panic-on-replicas"},
		Doc:   "What to do when a command from the master fails: ignore, panic, or panic-on-replicas.",
	},
})
