package conf

import "math"

var snapshotDirectives = inGroup("Snapshots", []Directive{
	{
		Name: "save", Kind: List, Default: "3600 1 300 100 60 10000", Flags: MultiArg, Since: "2.0.0", Built: true,
		Doc:  "Write a snapshot when so many seconds have passed and at least so many keys have changed; several pairs may be given, on one line or on many. The empty string asks for none.",
		rule: rule{list: saveRule},
	},
	{
		Name: "dbfilename", Kind: String, Default: "dump.rdb", Flags: Protected, Since: "2.0.0", Built: true,
		Doc:  "The name of the snapshot, within dir.",
		rule: rule{settle: settleBaseName("dbfilename", "filename", true)},
	},
	{
		Name: "rdb-version", Kind: Int, Default: "10", Min: 10, Max: 12, Flags: Hidden, Since: SinceCinnabar, Built: true,
		Doc: "The version of the format that snapshots are written in: 10 is read by Redis 7.0 and later, 11 by 7.2 and 12 by 7.4. Before 12 there is no place for deadlines of hash fields, which Redis then skips.",
	},
	{
		Name: "rdbcompression", Kind: Bool, Default: "yes", Since: "2.0.0", Built: true,
		Doc: "Compress strings in snapshots.",
	},
	{
		Name: "rdbchecksum", Kind: Bool, Default: "yes", Flags: Immutable, Since: "2.6.0", Built: true,
		Doc: "End a snapshot with a checksum, and check it at loading.",
	},
	{
		Name: "rdb-save-incremental-fsync", Kind: Bool, Default: "yes", Since: "5.0.0", Built: true,
		Doc: "Sync a snapshot in pieces while it is written, not all at the end.",
	},
	{
		Name: "rdb-del-sync-files", Kind: Bool, Default: "no", Since: "6.0.0",
		Doc: "Delete snapshots that only replication needed, where nothing else is persisted.",
	},
	{
		Name: "stop-writes-on-bgsave-error", Kind: Bool, Default: "yes", Since: "2.6.0", Built: true,
		Doc: "Refuse writes after a snapshot failed, so that somebody notices.",
	},
	{
		Name: "sanitize-dump-payload", Kind: Enum, Default: "no", Since: "6.2.0",
		Words: []string{"no", "yes", "clients"},
		Doc:   "Check what RESTORE and snapshots bring in: no, yes, or clients for RESTORE alone.",
	},
})

var logDirectives = inGroup("Append only file", []Directive{
	{
		Name: "appendonly", Kind: Bool, Built: true, Default: "no", Flags: DenyLoading, Since: "2.0.0",
		Doc: "Log every write, and load the log at start.",
	},
	{
		Name: "appendfilename", Kind: String, Built: true, Default: "appendonly.aof", Flags: Immutable, Since: "2.0.0",
		Doc:  "The base name of the log's files.",
		rule: rule{settle: settleBaseName("appendfilename", "filename", false)},
	},
	{
		Name: "appenddirname", Kind: String, Built: true, Default: "appendonlydir", Flags: Immutable, Since: "7.0.0",
		Doc:  "The directory of the log's files, within dir.",
		rule: rule{settle: settleBaseName("appenddirname", "dirname", false)},
	},
	{
		Name: "appendfsync", Kind: Enum, Built: true, Default: "everysec", Since: "2.0.0",
		Words: []string{"everysec", "always", "no"},
		Doc:   "When to sync the log: always before a reply, everysec, or no for the kernel's own time.",
	},
	{
		Name: "no-appendfsync-on-rewrite", Kind: Bool, Built: true, Default: "no", Since: "2.2.0",
		Doc: "Do not sync the log while a rewrite or snapshot is running.",
	},
	{
		Name: "auto-aof-rewrite-percentage", Kind: Int, Built: true, Default: "100", Max: math.MaxInt32, Since: "2.4.0",
		Doc: "Rewrite the log when it has grown by so many percent since the last time; 0 never does.",
	},
	{
		Name: "auto-aof-rewrite-min-size", Kind: Memory, Built: true, Default: "64mb", Max: math.MaxInt64, Since: "2.4.0",
		Doc: "Do not rewrite a log smaller than this.",
	},
	{
		Name: "aof-load-truncated", Kind: Bool, Built: true, Default: "yes", Since: "2.8.15",
		Doc: "Load a log whose end is torn off, and cut the tail; no stops the start instead.",
	},
	{
		Name: "aof-use-rdb-preamble", Kind: Bool, Built: true, Default: "yes", Since: "4.0.0",
		Doc: "Begin a rewritten log with a snapshot, which is smaller and loads faster.",
	},
	{
		Name: "aof-timestamp-enabled", Kind: Bool, Built: true, Default: "no", Since: "7.0.0",
		Doc: "Note the time in the log, for restoring to a moment.",
	},
	{
		Name: "aof-rewrite-incremental-fsync", Kind: Bool, Built: true, Default: "yes", Since: "2.6.13",
		Doc: "Sync a rewritten log in pieces while it is written.",
	},
	{
		Name: "aof-disable-auto-gc", Kind: Bool, Built: true, Default: "no", Since: "7.0.0",
		Doc: "Leave log files in place that a rewrite made superfluous.",
	},
})
