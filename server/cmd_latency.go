package server

import (
	"fmt"
	"strings"
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
		c.Errorf("ERR No samples available for event '%s'", c.Args[2])
		return
	}
	c.Reply.Verbatim("txt", e.graph(c.NowMs/1000))
}

// cmdLatencyDoctor answers LATENCY DOCTOR: what was seen, in plain words.
func (s *Server) cmdLatencyDoctor(c *commands.Call) {
	events := s.latency.all()
	var report strings.Builder
	switch {
	case len(events) == 0 && s.config.Int("latency-monitor-threshold") == 0:
		report.WriteString("I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG " +
			"SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to " +
			"take a look at https://redis.io/topics/latency-monitor.\n")
	case len(events) == 0:
		report.WriteString("Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I " +
			"honestly think you ought to sit down calmly, take a stress pill, and think things over.\n")
	default:
		report.WriteString("Latency spikes were observed. For each event: how many, their mean and worst.\n\n")
		for i, e := range events {
			fmt.Fprintf(&report, "%d. %s: %d latency spikes (average %dms). Worst all time event %dms.\n", i+1, e.name, len(e.samples),
				e.mean().Milliseconds(), e.max.Milliseconds())
		}
		report.WriteString("\nSLOWLOG GET shows the commands that were slow by themselves; LATENCY HISTOGRAM how each command is spread.\n")
	}
	c.Reply.Verbatim("txt", report.String())
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

// replyHistogram writes the calls at or below 1, 2, 4, ... microseconds (each the last before the next power of two of 1,024 ns), where
// there are more than below the one before.
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
			r.Int(int64(end / uint64(time.Microsecond)))
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
