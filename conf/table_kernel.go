package conf

var kernelDirectives = inGroup("Threads and the kernel", []Directive{
	{
		Name: "io-threads", Kind: Int, Default: defaultIOThreads(), Min: 1, Max: 128, Flags: Immutable, Since: "6.0.0", Built: true,
		Example: "3",
		Doc:     "How many event loops serve the connections. The default is the number of cores less one, and at least one.",
	},
	{
		Name: "io-threads-do-reads", Kind: Bool, Default: "no", Flags: Immutable, Since: "6.0.0",
		Doc: "Let threads read as well as write. The loops always do both.",
	},
	{
		Name: "server_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
		Example: "0-3",
		Doc:     "The cores the server may run on.",
	},
	{
		Name: "bio_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
		Example: "4",
		Doc:     "The cores for background threads.",
	},
	{
		Name: "aof_rewrite_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
		Example: "5",
		Doc:     "The cores for rewriting the log.",
	},
	{
		Name: "bgsave_cpulist", Kind: String, Flags: Immutable | NullIfEmpty, Since: "6.0.2",
		Example: "6",
		Doc:     "The cores for writing snapshots.",
	},
	{
		Name: "oom-score-adj", Built: true, Kind: Enum, Default: "no", Since: "6.0.7",
		Words: []string{"no", "yes", "relative", "absolute"},
		Doc:   "Tell Linux whom to kill first when memory runs out: no, yes (relative to the present score), or absolute.",
		rule:  rule{settle: settleOOMScoreAdj},
	},
	{
		Name: "oom-score-adj-values", Built: true, Kind: List, Default: "0 200 800", Flags: MultiArg, Since: "6.0.7",
		Doc:  "The scores of a master, a replica and a background process.",
		rule: rule{list: oomScoreRule},
	},
	{
		Name: "disable-thp", Kind: Bool, Default: "yes", Flags: Immutable, Since: "6.2.0",
		Doc: "Turn transparent huge pages off for this process.",
	},
})
