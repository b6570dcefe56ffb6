package conf

import "math"

var observeDirectives = inGroup("Observing", []Directive{
	{
		Name: "slowlog-log-slower-than", Kind: Int, Default: "10000", Min: -1, Max: math.MaxInt64, Since: "2.2.12", Built: true,
		Doc: "Note commands that take longer than so many microseconds; 0 notes all, -1 none.",
	},
	{
		Name: "slowlog-max-len", Kind: Int, Default: "128", Max: math.MaxInt64, Since: "2.2.12", Built: true,
		Doc: "How many of them to keep.",
	},
	{
		Name: "latency-monitor-threshold", Kind: Int, Default: "0", Max: math.MaxInt64, Since: "2.8.13", Built: true,
		Doc: "Note events that take so many milliseconds or more, for LATENCY; 0 notes none.",
	},
	{
		Name: "latency-tracking", Kind: Bool, Default: "yes", Since: "7.0.0", Built: true,
		Doc: "Keep a histogram of each command's times.",
	},
	{
		Name: "latency-tracking-info-percentiles", Kind: List, Default: "50 99 99.9", Flags: MultiArg, Since: "7.0.0", Built: true,
		Doc:  "The percentiles that INFO shows of them; the empty string shows none.",
		rule: rule{list: percentilesRule},
	},
	{
		Name: "notify-keyspace-events", Kind: String, Since: "2.8.0", Built: true,
		Example: "KEA",
		Doc:     "Which changes of keys to publish: K and E for the two kinds of channels, then g $ l s h z x e t d n m by class, A for all but n and m. Empty publishes nothing.",
		rule:    rule{settle: settleKeyspaceEvents},
	},
	{
		Name: "busy-reply-threshold", Alias: "lua-time-limit", Kind: Int, Default: "5000", Max: math.MaxInt64, Since: "2.6.0", Built: true,
		Doc: "Milliseconds after which a running script, or any other long command, lets other clients be answered with BUSY.",
	},
})
