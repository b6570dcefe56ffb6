package server

import "github.com/cinnabar-db/cinnabar/server/commands"

// families are the rows of every command: first those that need keys, the time and a reply alone, then those of the server itself.
func (s *Server) families() [][]commands.Row {
	return [][]commands.Row{
		commands.StringRows(),
		commands.NewerStringRows(),
		commands.BitmapRows(),
		commands.ListRows(),
		commands.SetRows(),
		commands.ZSetRows(),
		commands.HashRows(),
		commands.SortRows(),
		commands.GenericRows(),
		commands.KeyRows(),
		commands.ExpireRows(),
		commands.ScanRows(),
		commands.ObjectRows(),
		s.flushing(commands.DatabaseRows()),
		commands.ConnectionRows(),
		s.connectionRows(),
		s.clientRows(),
		s.configRows(),
		s.commandRows(),
		s.debugRows(),
		s.shutdownRows(),
		s.saveRows(),
		s.logRows(),
		s.dumpRows(),
		s.migrateRows(),
		s.aclRows(),
		s.replicationRows(),
		s.clusterRows(),
		s.moduleRows(),
		s.infoRows(),
		s.slowLogRows(),
		s.latencyRows(),
		s.memoryRows(),
		s.lolwutRows(),
		s.transactionRows(),
		s.scriptRows(),
		s.pubSubRows(),
		s.monitorRows(),
		s.shardRows(),
		s.functionRows(),
	}
}
