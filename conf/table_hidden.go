package conf

import "math"

var hiddenDirectives = inGroup("Testing", []Directive{
	{
		Name: "use-exit-on-panic", Kind: Bool, Default: "no", Flags: Hidden, Since: "6.2.0",
		Doc: "End by exit instead of abort after a panic.",
	},
	{
		Name: "rdb-key-save-delay", Kind: Int, Default: "0", Min: math.MinInt32, Max: math.MaxInt32, Flags: Hidden, Since: "6.0.0", Built: true,
		Doc: "Wait so many microseconds after each key that a snapshot writes; negative waits once in so many keys.",
	},
	{
		Name: "key-load-delay", Kind: Int, Default: "0", Min: math.MinInt32, Max: math.MaxInt32, Flags: Hidden, Since: "6.0.0", Built: true,
		Doc: "Wait so many microseconds after each key that is loaded; negative waits once in so many keys.",
	},
	{
		Name: "loading-process-events-interval-bytes", Kind: Int, Default: "2097152", Min: 1024, Max: math.MaxInt32, Flags: Hidden, Since: "7.0.0", Built: true,
		Doc: "Serve clients each time so many bytes were loaded.",
	},
	{
		Name: "watchdog-period", Kind: Int, Default: "0", Max: math.MaxInt32, Flags: Hidden, Since: "2.6.0",
		Doc: "Report what the server is doing when it stands still for so many milliseconds; 0 is off.",
	},
})
