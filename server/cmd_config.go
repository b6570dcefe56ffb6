package server

import (
	"errors"
	"math"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// configRows are CONFIG and its subcommands.
func (s *Server) configRows() []commands.Row {
	return []commands.Row{
		{
			Name: "config", Arity: -2,
			Group: "server", Since: "2.0.0",
			Summary:    "Shows and changes the configuration.",
			Complexity: "Depends on subcommand.",
			Subcommands: []commands.Row{
				{
					Name: "get", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.0.0",
					Summary:    "Shows the directives that match patterns.",
					Complexity: "O(N) when N is the number of configuration parameters provided",
					History:    []commands.Change{{Version: "7.0.0", What: "Added the ability to pass multiple pattern parameters in one call"}},
					Syntax:     `parameter:{parameter}...`,
					Handler:    s.cmdConfigGet,
				},
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "5.0.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdConfigHelp,
				},
				{
					Name: "resetstat", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.0.0",
					Summary:    "Sets the statistics of INFO to zero.",
					Complexity: "O(1)",
					Exclusive:  true,
					Handler:    s.cmdConfigResetStat,
				},
				{
					Name: "rewrite", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.8.0",
					Summary:    "Writes the configuration in force to its file.",
					Complexity: "O(1)",
					Exclusive:  true,
					Handler:    s.cmdConfigRewrite,
				},
				{
					Name: "set", Arity: -4, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "2.0.0",
					Summary:    "Changes directives while the server runs.",
					Complexity: "O(N) when N is the number of configuration parameters provided",
					History:    []commands.Change{{Version: "7.0.0", What: "Added the ability to set multiple parameters in one call."}},
					Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
					Syntax:     `parameter_value:{parameter value}...`,
					Exclusive:  true,
					Handler:    s.cmdConfigSet,
				},
			},
		},
	}
}

var configHelp = []string{
	"GET <pattern>",
	"    Return parameters matching the glob-like <pattern> and their values.",
	"SET <directive> <value>",
	"    Set the configuration <directive> to <value>.",
	"RESETSTAT",
	"    Reset statistics reported by the INFO command.",
	"REWRITE",
	"    Rewrite the configuration file.",
}

func cmdConfigHelp(c *commands.Call) { c.Help(configHelp...) }

// cmdConfigGet answers CONFIG GET pattern ....
func (s *Server) cmdConfigGet(c *commands.Call) {
	patterns := make([]string, 0, len(c.Args)-2)
	for _, arg := range c.Args[2:] {
		patterns = append(patterns, string(arg))
	}
	pairs := s.config.Get(patterns)
	c.Reply.Map(len(pairs))
	for _, p := range pairs {
		c.Reply.BulkString(p.Name)
		c.Reply.BulkString(p.Value)
	}
}

// cmdConfigSet answers CONFIG SET directive value ...: all of it or nothing.
func (s *Server) cmdConfigSet(c *commands.Call) {
	args := c.Args[2:]
	if len(args)%2 != 0 {
		c.Error(commands.ErrSyntax)
		return
	}
	pairs := make([]conf.Pair, 0, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name := string(args[i])
		if d, ok := conf.Lookup(name); ok && d.Has(conf.Sensitive) {
			c.Redact(2 + i + 1)
		}
		pairs = append(pairs, conf.Pair{Name: name, Value: string(args[i+1])})
	}
	conn := clientOf(c).conn
	err := s.config.Set(pairs, conf.Caller{Local: conn.Loopback() || conn.Unix(), Loading: s.loading.active})
	if err == nil {
		c.Reply.OK()
		return
	}
	var failed *conf.SetError
	if errors.As(err, &failed) {
		if failed.Rollback != nil {
			s.log.Warning("Going back to the previous settings of CONFIG SET failed: %s", failed.Rollback)
		}
		failed.Argument = string(cString([]byte(failed.Argument), math.MaxInt))
		c.Error("ERR " + failed.Error())
		return
	}
	c.Error(err.Error())
}

// cmdConfigRewrite answers CONFIG REWRITE. It waits for the disk, so that it goes elsewhere.
func (s *Server) cmdConfigRewrite(c *commands.Call) {
	clientOf(c).goElsewhere(func(c *commands.Call) {
		err := s.config.Rewrite()
		if err == nil {
			s.log.Warning("CONFIG REWRITE executed with success.")
			c.Reply.OK()
			return
		}
		if err != conf.ErrNoFile {
			s.log.Warning("CONFIG REWRITE failed: %s", err)
		}
		c.Error("ERR " + err.Error())
	})
}

// cmdConfigResetStat answers CONFIG RESETSTAT.
func (s *Server) cmdConfigResetStat(c *commands.Call) {
	s.resetStats()
	c.Reply.OK()
}
