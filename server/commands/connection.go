package commands

// ConnectionRows are the rows of the connection commands that need no more of the connection than its database.
func ConnectionRows() []Row {
	return []Row{
		{
			Name: "echo", Arity: 2, Flags: FlagLoading | FlagStale | FlagFast,
			ACL: ACLConnection, Group: "connection", Since: "1.0.0",
			Summary:    "Returns the message sent.",
			Complexity: "O(1)",
			Syntax:     `message`,
			Handler:    cmdEcho,
		},
		{
			Name: "select", Arity: 2, Flags: FlagLoading | FlagStale | FlagFast,
			ACL: ACLConnection, Group: "connection", Since: "1.0.0",
			Summary:    "Selects a database for the connection.",
			Complexity: "O(1)",
			Syntax:     `index:integer`,
			Handler:    cmdSelect,
		},
	}
}

// cmdEcho answers ECHO message.
func cmdEcho(c *Call) { c.Reply.Bulk(c.Args[1]) }

// cmdSelect answers SELECT index.
func cmdSelect(c *Call) {
	if index, ok := c.databaseIndex(c.Args[1]); ok {
		c.Client.SelectDatabase(index)
		c.Reply.OK()
	}
}
