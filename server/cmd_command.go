package server

import (
	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// commandRows are COMMAND and its subcommands, which answer from the table that they are part of.
func (s *Server) commandRows() []commands.Row {
	return commands.CommandRows(func() *commands.Table { return s.table }, conf.Match)
}
