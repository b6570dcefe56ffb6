package server

import "github.com/cinnabar-db/cinnabar/server/commands"

// replicationRows are the commands about the server's part in replication, which it has none in yet: it is a master without replicas.
func (s *Server) replicationRows() []commands.Row {
	return []commands.Row{
		s.syncRow(),
		{
			Name: "wait", Arity: 3, Flags: commands.FlagNoScript,
			ACL: commands.ACLConnection, Group: "generic", Since: "3.0.0",
			Summary:    "Waits until replicas have what the connection wrote.",
			Complexity: "O(1)",
			Tips:       []string{"request_policy:all_shards", "response_policy:agg_min"},
			Syntax:     `numreplicas:integer timeout:integer`,
			Exclusive:  true,
			Handler:    s.cmdWait,
		},
		{
			Name: "role", Arity: 1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast,
			ACL: commands.ACLAdmin | commands.ACLDangerous, Group: "server", Since: "2.8.12",
			Summary:    "Tells the server's part in replication.",
			Complexity: "O(1)",
			Handler:    cmdRole,
		},
		{
			Name: "replicaof", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagStale | commands.FlagNoAsyncLoading,
			Group: "server", Since: "5.0.0",
			Summary:    "Makes the server a replica of another, or a master again.",
			Complexity: "O(1)",
			Syntax:     `args:<host-port:{host port:integer}|no-one:{"NO" "ONE"}>`,
			Handler:    cmdReplicaOf,
		},
		{
			Name: "slaveof", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagStale | commands.FlagNoAsyncLoading,
			Group: "server", Since: "1.0.0",
			Summary:    "Makes the server a replica of another, or a master again.",
			Complexity: "O(1)",
			Deprecated: &commands.Deprecation{Since: "5.0.0", Replaced: "`REPLICAOF`"},
			Syntax:     `args:<host-port:{host port:integer}|no-one:{"NO" "ONE"}>`,
			Handler:    cmdReplicaOf,
		},
	}
}

// errNoReplication is the refusal to become a replica: pretending would leave a user without the copy he counts on.
const errNoReplication = "ERR replication is not built yet, the server can't follow another"

// cmdRole answers ROLE.
func cmdRole(c *commands.Call) {
	c.Reply.Array(3)
	c.Reply.BulkString("master")
	c.Reply.Int(0)
	c.Reply.Array(0)
}

// cmdReplicaOf answers REPLICAOF host port and REPLICAOF NO ONE.
func cmdReplicaOf(c *commands.Call) {
	if commands.IsWord(c.Args[1], "NO") && commands.IsWord(c.Args[2], "ONE") {
		c.Reply.OK()
		return
	}
	if port, ok := commands.ParseInt(c.Args[2]); !ok || port < 0 || port > 65535 {
		c.Error("ERR Invalid master port")
		return
	}
	c.Error(errNoReplication)
}
