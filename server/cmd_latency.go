package server

import (
	"math"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// latencyRows are the commands about the latency log and the histograms.
func (s *Server) latencyRows() []commands.Row {
	return []commands.Row{
		{
			Name: "latency", Arity: -2,
			Group: "server", Since: "2.8.13",
			Summary:    "Shows what made the server slow.",
			Complexity: "Depends on subcommand.",
			Subcommands: []commands.Row{
				{
					Name: "doctor", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.13",
					Summary:    "Judges the latency events in plain words.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
					Handler:    s.cmdLatencyDoctor,
				},
				{
					Name: "graph", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.13",
					Summary:    "Draws the latency of an event over time.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
					Syntax:     `event`,
					Handler:    s.cmdLatencyGraph,
				},
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.13",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdLatencyHelp,
				},
				{
					Name: "histogram", Arity: -2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "7.0.0",
					Summary:    "Tells how long calls of commands took, in powers of two.",
					Complexity: "O(N) where N is the number of commands with latency information being retrieved.",
					Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
					Syntax:     `[command...]`,
					Exclusive:  true,
					Handler:    s.cmdLatencyHistogram,
				},
				{
					Name: "history", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.13",
					Summary:    "Lists the samples of an event.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
					Syntax:     `event`,
					Handler:    s.cmdLatencyHistory,
				},
				{
					Name: "latest", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.13",
					Summary:    "Lists the latest sample of each event.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
					Handler:    s.cmdLatencyLatest,
				},
				{
					Name: "reset", Arity: -2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.13",
					Summary:    "Forgets the samples of events.",
					Complexity: "O(1)",
					Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
					Syntax:     `[event...]`,
					Handler:    s.cmdLatencyReset,
				},
			},
		},
	}
}

// cmdLatencyLatest answers LATENCY LATEST.
func (s *Server) cmdLatencyLatest(c *commands.Call) {
	events := s.latency.all()
	c.Reply.Array(len(events))
	for _, e := range events {
		last := e.samples[len(e.samples)-1]
		c.Reply.Array(4)
		c.Reply.BulkString(e.name)
		c.Reply.Int(last.unixS)
		c.Reply.Int(last.took.Milliseconds())
		c.Reply.Int(e.max.Milliseconds())
	}
}

// cmdLatencyHistory answers LATENCY HISTORY event.
func (s *Server) cmdLatencyHistory(c *commands.Call) {
	e, _ := s.latency.history(string(c.Args[2]))
	c.Reply.Array(len(e.samples))
	for _, sample := range e.samples {
		c.Reply.Array(2)
		c.Reply.Int(sample.unixS)
		c.Reply.Int(sample.took.Milliseconds())
	}
}

// cmdLatencyReset answers LATENCY RESET [event ...].
func (s *Server) cmdLatencyReset(c *commands.Call) {
	var names []string
	for _, word := range c.Args[2:] {
		names = append(names, string(word))
	}
	c.Reply.Int(int64(s.latency.reset(names)))
}

// cmdLatencyGraph answers LATENCY GRAPH event.
func (s *Server) cmdLatencyGraph(c *commands.Call) {
	e, found := s.latency.history(string(c.Args[2]))
	if !found {
		c.Errorf("ERR No samples available for event '%s'", cString(c.Args[2], math.MaxInt))
		return
	}
	c.Reply.Verbatim("txt", e.graph(c.NowMs/1000))
}

// cmdLatencyDoctor answers LATENCY DOCTOR: what was seen, in plain words.
func (s *Server) cmdLatencyDoctor(c *commands.Call) {
	c.Reply.Verbatim("txt", latencyReport(s.latency.all(), c.NowMs/1000, s.config.Int("slowlog-log-slower-than"),
		s.config.Int("latency-monitor-threshold")))
}

// cmdLatencyHistogram answers LATENCY HISTOGRAM [command ...]; a container stands for its subcommands.
func (s *Server) cmdLatencyHistogram(c *commands.Call) {
	wanted := s.table.Commands()
	if len(c.Args) > 2 {
		wanted = nil
		for _, word := range c.Args[2:] {
			if command := s.table.FindFullName(word); command != nil {
				wanted = append(append(wanted, command), command.Subs...)
			}
		}
	}
	count, length := 0, c.Reply.Defer()
	for _, command := range wanted {
		if h := s.latencyOf(command); h.total > 0 {
			c.Reply.BulkString(command.FullName())
			replyHistogram(c, h)
			count++
		}
	}
	c.Reply.SetDeferredMap(length, count)
}

// replyHistogram writes how many calls took no longer than each of a series of times, where that are more than for the one before. The
// times are powers of two of 1,024 ns, written in microseconds as Redis writes them: as the end of the bucket that begins there, which
// is 1/128 wide.
func replyHistogram(c *commands.Call, h *histogram) {
	r := c.Reply
	r.Map(2)
	r.BulkString("calls")
	r.Int(int64(h.total))
	r.BulkString("histogram_usec")
	length, count := r.Defer(), 0
	var before uint64
	for end := uint64(1024); before < h.total; end *= 2 {
		if below := h.below(end); below > before {
			r.Int(int64((end + end/128 - 1) / uint64(time.Microsecond)))
			r.Int(int64(below))
			before = below
			count++
		}
	}
	r.SetDeferredMap(length, count)
}

// cmdLatencyHelp answers LATENCY HELP.
func cmdLatencyHelp(c *commands.Call) {
	c.Help(
		"DOCTOR",
		"    Return a human readable latency analysis report.",
		"GRAPH <event>",
		"    Return an ASCII latency graph for the <event> class.",
		"HISTORY <event>",
		"    Return time-latency samples for the <event> class.",
		"LATEST",
		"    Return the latest latency samples for all events.",
		"RESET [<event> ...]",
		"    Reset latency data of one or more <event> classes.",
		"    (default: reset all data for all event classes)",
		"HISTOGRAM [COMMAND ...]",
		"    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
		"    If no commands are specified then all histograms are replied.",
	)
}
