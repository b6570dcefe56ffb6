package commands

import (
	"math"
)

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
	n, ok := ParseInt(c.Args[1])
	switch {
	case !ok:
		c.Error(ErrNotInteger)
	case n < math.MinInt32 || n > math.MaxInt32:
		c.Errorf("ERR value is out of range, value must between %d and %d", math.MinInt32, math.MaxInt32)
	case n < 0 || n >= int64(c.Keys.Databases()):
		c.Error(ErrDBOutOfRange)
	default:
		c.Client.SelectDatabase(int(n))
		c.Reply.OK()
	}
}
