package server

import (
	"math"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// slowLogRows are the commands about the slow log.
func (s *Server) slowLogRows() []commands.Row {
	return []commands.Row{
		{
			Name: "slowlog", Arity: -2,
			Group: "server", Since: "2.2.12",
			Summary:    "Shows the commands that took long.",
			Complexity: "Depends on subcommand.",
			Subcommands: []commands.Row{
				{
					Name: "get", Arity: -2, Flags: commands.FlagAdmin | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.2.12",
					Summary:    "Lists the latest slow commands.",
					Complexity: "O(N) where N is the number of entries returned",
					History:    []commands.Change{{Version: "4.0.0", What: "Added client IP address, port and name to the reply."}},
					Tips:       []string{"request_policy:all_nodes", "nondeterministic_output"},
					Syntax:     `[count:integer]`,
					Handler:    s.cmdSlowLogGet,
				},
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.2.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdSlowLogHelp,
				},
				{
					Name: "len", Arity: 2, Flags: commands.FlagAdmin | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.2.12",
					Summary:    "Counts the entries of the slow log.",
					Complexity: "O(1)",
					Tips:       []string{"request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"},
					Handler:    s.cmdSlowLogLen,
				},
				{
					Name: "reset", Arity: 2, Flags: commands.FlagAdmin | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.2.12",
					Summary:    "Empties the slow log.",
					Complexity: "O(N) where N is the number of entries in the slowlog",
					Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
					Handler:    s.cmdSlowLogReset,
				},
			},
		},
	}
}

const (
	// slowLogShown is how many entries SLOWLOG GET shows unless told.
	slowLogShown    = 10
	errSlowLogCount = "ERR count should be greater than or equal to -1"
)

// cmdSlowLogGet answers SLOWLOG GET [count].
func (s *Server) cmdSlowLogGet(c *commands.Call) {
	count := int64(slowLogShown)
	switch {
	case len(c.Args) > 3:
		c.UnknownSubcommand()
		return
	case len(c.Args) == 3:
		var ok bool
		if count, ok = commands.ParseInt(c.Args[2]); !ok || count < -1 {
			c.Error(errSlowLogCount)
			return
		}
	}
	entries := s.slowLog.newest(int(min(count, math.MaxInt32)))
	c.Reply.Array(len(entries))
	for _, e := range entries {
		c.Reply.Array(6)
		c.Reply.Int(e.id)
		c.Reply.Int(e.unixS)
		c.Reply.Int(e.took.Microseconds())
		c.Reply.Array(len(e.words))
		for _, word := range e.words {
			c.Reply.BulkString(word)
		}
		c.Reply.BulkString(e.addr)
		c.Reply.BulkString(e.client)
	}
}

// cmdSlowLogLen answers SLOWLOG LEN.
func (s *Server) cmdSlowLogLen(c *commands.Call) { c.Reply.Int(int64(s.slowLog.len())) }

// cmdSlowLogReset answers SLOWLOG RESET.
func (s *Server) cmdSlowLogReset(c *commands.Call) {
	s.slowLog.reset()
	c.Reply.OK()
}

// cmdSlowLogHelp answers SLOWLOG HELP.
func cmdSlowLogHelp(c *commands.Call) {
	c.Help(
		"GET [<count>]",
		"    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
		"    Entries are made of:",
		"    id, timestamp, time in microseconds, arguments array, client IP and port,",
		"    client name",
		"LEN",
		"    Return the length of the slowlog.",
		"RESET",
		"    Reset the slowlog.",
	)
}
