package server

import "github.com/cinnabar-db/cinnabar/server/commands"

// moduleRows are the commands about modules, of which there are none: Redis's are C libraries.
func (s *Server) moduleRows() []commands.Row {
	return []commands.Row{
		{
			Name: "module", Arity: -2,
			Group: "server", Since: "4.0.0",
			Summary:    "Shows and governs modules.",
			Complexity: "Depends on subcommand.",
			Subcommands: []commands.Row{
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "5.0.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdModuleHelp,
				},
				{
					Name: "list", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript,
					Group: "server", Since: "4.0.0",
					Summary:    "Lists the loaded modules.",
					Complexity: "O(N) where N is the number of loaded modules.",
					Tips:       []string{"nondeterministic_output_order"},
					Handler:    cmdModuleList,
				},
				{
					Name: "load", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading | commands.FlagProtected,
					Group: "server", Since: "4.0.0",
					Summary:    "Loads a module.",
					Complexity: "O(1)",
					Syntax:     `path [arg...]`,
					Handler:    s.cmdModuleLoad,
				},
				{
					Name: "loadex", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading | commands.FlagProtected,
					Group: "server", Since: "7.0.0",
					Summary:    "Loads a module with configuration.",
					Complexity: "O(1)",
					Syntax:     `path [CONFIG=configs:{name value}...=] [ARGS=args:{arg}...]`,
					Handler:    s.cmdModuleLoad,
				},
				{
					Name: "unload", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading | commands.FlagProtected,
					Group: "server", Since: "4.0.0",
					Summary:    "Unloads a module.",
					Complexity: "O(1)",
					Syntax:     `name`,
					Handler:    cmdModuleUnload,
				},
			},
		},
	}
}

// cmdModuleHelp answers MODULE HELP.
func cmdModuleHelp(c *commands.Call) {
	c.Help(
		"LIST",
		"    Return a list of loaded modules.",
		"LOAD <path> [<arg> ...]",
		"    Load a module library from <path>, passing to it any optional arguments.",
		"LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
		"    Load a module library from <path>, while passing it module configurations and optional arguments.",
		"UNLOAD <name>",
		"    Unload a module.",
	)
}

// cmdModuleList answers MODULE LIST.
func cmdModuleList(c *commands.Call) { c.Reply.Array(0) }

// cmdModuleLoad answers MODULE LOAD and LOADEX.
func (s *Server) cmdModuleLoad(c *commands.Call) {
	s.log.Warning("Module %s failed to load: modules are not supported", c.Args[2])
	c.Error("ERR Error loading the extension. Please check the server logs.")
}

// cmdModuleUnload answers MODULE UNLOAD name.
func cmdModuleUnload(c *commands.Call) {
	c.Error("ERR Error unloading module: no such module with that name")
}
