package conf

import "math"

var generalDirectives = inGroup("General", []Directive{
	{
		Name: "include", Kind: List, Flags: MultiArg | FileOnly, Since: "2.0.0", Built: true,
		Example: "/etc/cinnabar/common.conf",
		Doc:     "Read another file in this place; a later line wins over an earlier one. A pattern with * ? or [ reads every file it matches, and may match none. As in Redis, save lines after an include replace each other instead of adding up.",
	},
	{
		Name: "loadmodule", Kind: List, Flags: MultiArg | FileOnly, Since: "4.0.0",
		Example: "/usr/lib/redis/modules/module.so",
		Doc:     "Redis modules cannot be loaded; this line stops the start.",
	},
	{
		Name: "daemonize", Kind: Bool, Default: "no", Flags: Immutable, Since: "2.0.0", Built: true,
		Doc: "Run in the background. The pid is then written to pidfile.",
	},
	{
		Name: "supervised", Kind: Enum, Default: "no", Flags: Immutable, Since: "3.2.0", Built: true,
		Words: []string{"upstart", "systemd", "auto", "no"},
		Doc:   "Tell a supervisor when the server is ready: systemd by its notify socket, upstart by stopping itself, auto by what the environment says.",
	},
	{
		Name: "pidfile", Kind: String, Flags: Immutable | NullIfEmpty, Since: "2.0.0", Built: true,
		Example: "/run/cinnabar/cinnabar.pid",
		Doc:     "Where to write the process number. In the background /var/run/redis.pid if unset.",
	},
	{
		Name: "loglevel", Kind: Enum, Default: "notice", Since: "2.0.0", Built: true,
		Words: []string{"debug", "verbose", "notice", "warning"},
		Doc:   "How much to log: debug, verbose, notice or warning.",
	},
	{
		Name: "logfile", Kind: String, Flags: Immutable, Since: "2.0.0", Built: true,
		Example: "/var/log/cinnabar/cinnabar.log",
		Doc:     "The log file; unset is standard output.",
	},
	{
		Name: "syslog-enabled", Built: true, Kind: Bool, Default: "no", Flags: Immutable, Since: "2.2.0",
		Doc: "Log to the system log as well.",
	},
	{
		Name: "syslog-ident", Built: true, Kind: String, Default: "redis", Flags: Immutable, Since: "2.2.0",
		Doc: "The name in the system log.",
	},
	{
		Name: "syslog-facility", Built: true, Kind: Enum, Default: "local0", Flags: Immutable, Since: "2.2.0",
		Words: []string{"user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"},
		Doc:   "The facility in the system log: user, or local0 to local7.",
	},
	{
		Name: "crash-log-enabled", Kind: Bool, Default: "yes", Since: "6.2.0", Built: true,
		Doc: "Write a report to the log when the server crashes.",
	},
	{
		Name: "crash-memcheck-enabled", Kind: Bool, Default: "yes", Since: "6.2.0",
		Doc: "Test the memory as part of a crash report. Go's runtime leaves nothing to test.",
	},
	{
		Name: "databases", Kind: Int, Default: "16", Min: 1, Max: math.MaxInt32, Flags: Immutable, Since: "2.0.0", Built: true,
		Doc: "How many databases SELECT can choose from, numbered from 0.",
	},
	{
		Name: "always-show-logo", Built: true, Kind: Bool, Default: "no", Flags: Immutable, Since: "4.0.0",
		Doc: "Show the start-up picture even when the log is not a terminal.",
	},
	{
		Name: "set-proc-title", Kind: Bool, Default: "yes", Flags: Immutable, Since: "6.2.0",
		Doc: "Change the title of the process to proc-title-template.",
	},
	{
		Name: "proc-title-template", Kind: String, Default: "{title} {listen-addr} {server-mode}", Since: "6.2.0",
		Doc:  "The title of the process. Variables: title, listen-addr, server-mode, port, tls-port, unixsocket, config-file.",
		rule: rule{settle: settleProcTitle},
	},
	{
		Name: "locale-collate", Kind: String, Flags: Hidden, Since: "7.2.0",
		Example: "C",
		Doc:     "The locale by which Lua scripts compare strings; unset takes it from the environment.",
	},
	{
		Name: "hide-user-data-from-log", Kind: Bool, Default: "no", Flags: Hidden, Since: "7.4.0",
		Doc: "Keep keys and values out of crash reports.",
	},
	{
		Name: "ignore-warnings", Kind: String, Since: "5.0.11",
		Example: "ARM64-COW-BUG",
		Doc:     "Names of start-up checks whose failure is not to stop the start.",
	},
	{
		Name: "dir", Kind: String, Default: "./", Flags: Protected | DenyLoading, Since: "2.0.0", Built: true,
		Doc:  "The working directory: where snapshots and the append only file go, and what relative paths mean from here on.",
		rule: rule{settle: settleDir},
	},
	{
		Name: "shutdown-timeout", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "7.0.0",
		Doc: "Seconds to wait at a shutdown for replicas that lag; 0 does not wait.",
	},
	{
		Name: "shutdown-on-sigint", Kind: Flags, Default: "default", Flags: MultiArg, Since: "7.0.0", Built: true,
		Words: []string{"default", "save", "nosave", "now", "force"},
		Doc:   "What SIGINT does: default saves if save rules exist; or some of save, nosave, now and force, as in SHUTDOWN.",
		rule:  rule{settle: settleShutdownFlags},
	},
	{
		Name: "shutdown-on-sigterm", Kind: Flags, Default: "default", Flags: MultiArg, Since: "7.0.0", Built: true,
		Words: []string{"default", "save", "nosave", "now", "force"},
		Doc:   "What SIGTERM does; the words are those of shutdown-on-sigint.",
		rule:  rule{settle: settleShutdownFlags},
	},
	{
		Name: "hz", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "2.6.11",
		Doc:  "How often background work runs, in calls a second, 1 to 500. Here it is paced by need instead.",
		rule: rule{settle: settleHZ},
	},
	{
		Name: "dynamic-hz", Kind: Bool, Default: "yes", Since: "5.0.0",
		Doc: "Run background work more often when many clients are connected.",
	},
})

var accessDirectives = inGroup("Access", []Directive{
	{
		Name: "requirepass", Kind: String, Flags: Sensitive | NullIfEmpty, Since: "2.0.0", Built: true,
		Example: "a-long-random-password",
		Doc:     "The password of the default user; clients then begin with AUTH or HELLO.",
	},
	{
		Name: "rename-command", Kind: List, Flags: MultiArg | FileOnly, Since: "2.2.0", Built: true,
		Example: "CONFIG \"\"",
		Doc:     "Give a command another name, or take it away with an empty one.",
	},
	{
		Name: "enable-protected-configs", Kind: Enum, Default: "no", Flags: Immutable, Since: "7.0.0", Built: true,
		Words: []string{"no", "yes", "local"},
		Doc:   "Whether CONFIG SET may change dir and dbfilename: no, yes, or local for clients of this machine.",
	},
	{
		Name: "enable-debug-command", Kind: Enum, Default: "no", Flags: Immutable, Since: "7.0.0", Built: true,
		Words: []string{"no", "yes", "local"},
		Doc:   "Whether DEBUG may be used: no, yes, or local.",
	},
	{
		Name: "enable-module-command", Kind: Enum, Default: "no", Flags: Immutable, Since: "7.0.0",
		Words: []string{"no", "yes", "local"},
		Doc:   "Whether MODULE may be used: no, yes, or local.",
	},
	{
		Name: "user", Kind: List, Flags: MultiArg | FileOnly, Since: "6.0.0",
		Example: "default on nopass ~* &* +@all",
		Doc:     "A user and its rules. Stops the start until access control lists are built, unless it only describes the open default user.",
	},
	{
		Name: "aclfile", Kind: String, Flags: Immutable, Since: "6.0.0",
		Example: "/etc/cinnabar/users.acl",
		Doc:     "A file of users. Stops the start until access control lists are built.",
		rule:    rule{unbuilt: isSet, unbuiltText: "aclfile: access control lists are not built yet, its users would not exist"},
	},
	{
		Name: "acl-pubsub-default", Kind: Enum, Default: "resetchannels", Since: "6.2.0",
		Words: []string{"allchannels", "resetchannels"},
		Doc:   "The channels of a new user: none (resetchannels) or all (allchannels).",
	},
	{
		Name: "acllog-max-len", Built: true, Kind: Int, Default: "128", Max: math.MaxInt64, Since: "6.0.0",
		Doc: "How many entries ACL LOG keeps.",
	},
})
