package conf

import "math"

var clusterDirectives = inGroup("Cluster", []Directive{
	{
		Name: "cluster-enabled", Kind: Bool, Default: "no", Flags: Immutable, Since: "3.0.0",
		Doc:  "Be a node of a cluster. Stops the start until cluster mode is built.",
		rule: rule{unbuilt: isSet, unbuiltText: "cluster-enabled yes: cluster mode is not built yet"},
	},
	{
		Name: "cluster-config-file", Kind: String, Default: "nodes.conf", Flags: Immutable, Since: "3.0.0",
		Doc: "Where a node keeps what it knows of the others.",
	},
	{
		Name: "cluster-node-timeout", Kind: Int, Default: "15000", Max: math.MaxInt64, Since: "3.0.0",
		Doc: "Milliseconds after which a silent node counts as failing.",
	},
	{
		Name: "cluster-port", Kind: Int, Default: "0", Max: 65535, Flags: Immutable, Since: "7.0.0",
		Doc: "The port of the cluster bus; 0 is the port plus 10000.",
	},
	{
		Name: "cluster-announce-ip", Kind: String, Flags: NullIfEmpty, Since: "4.0.0",
		Example: "192.0.2.12",
		Doc:     "The address this node gives for itself.",
	},
	{
		Name: "cluster-announce-port", Kind: Int, Default: "0", Max: 65535, Since: "4.0.0",
		Doc: "The port it gives; 0 gives the real one.",
	},
	{
		Name: "cluster-announce-tls-port", Kind: Int, Default: "0", Max: 65535, Since: "6.2.2",
		Doc: "The TLS port it gives.",
	},
	{
		Name: "cluster-announce-bus-port", Kind: Int, Default: "0", Max: 65535, Since: "4.0.0",
		Doc: "The bus port it gives.",
	},
	{
		Name: "cluster-announce-hostname", Kind: String, Flags: NullIfEmpty, Since: "7.0.0",
		Example: "node-1.example.com",
		Doc:     "The host name it gives.",
		rule:    rule{settle: settleHostname},
	},
	{
		Name: "cluster-announce-human-nodename", Kind: String, Flags: Hidden | NullIfEmpty, Since: "7.2.0",
		Example: "node-1",
		Doc:     "A name for the log, where people read of this node.",
	},
	{
		Name: "cluster-preferred-endpoint-type", Kind: Enum, Default: "ip", Since: "7.0.0",
		Words: []string{"ip", "hostname", "unknown-endpoint"},
		Doc:   "Whether clients are sent to an ip, a hostname or an unknown-endpoint.",
	},
	{
		Name: "cluster-replica-validity-factor", Alias: "cluster-slave-validity-factor", Kind: Int, Default: "10", Max: math.MaxInt32, Since: "3.0.0",
		Doc: "How old a replica's data may be, in timeouts, for it to take over; 0 is any age.",
	},
	{
		Name: "cluster-migration-barrier", Kind: Int, Default: "1", Max: math.MaxInt32, Since: "3.0.0",
		Doc: "Replicas a master must keep before one moves to an orphaned master.",
	},
	{
		Name: "cluster-allow-replica-migration", Kind: Bool, Default: "yes", Since: "6.2.2",
		Doc: "Let replicas move to masters that have none.",
	},
	{
		Name: "cluster-replica-no-failover", Alias: "cluster-slave-no-failover", Kind: Bool, Default: "no", Since: "4.0.9",
		Doc: "Never take over by itself.",
	},
	{
		Name: "cluster-require-full-coverage", Kind: Bool, Default: "yes", Since: "3.0.0",
		Doc: "Refuse queries while any slot has no node.",
	},
	{
		Name: "cluster-allow-reads-when-down", Kind: Bool, Default: "no", Since: "6.0.0",
		Doc: "Answer reads while the cluster is down.",
	},
	{
		Name: "cluster-allow-pubsubshard-when-down", Kind: Bool, Default: "yes", Since: "7.0.0",
		Doc: "Serve shard channels while the cluster is down.",
	},
	{
		Name: "cluster-link-sendbuf-limit", Kind: Memory, Default: "0", Max: -1, Flags: Unsigned, Since: "7.0.0",
		Doc: "Bytes that may wait for another node before the link is dropped; 0 is no limit.",
	},
})
