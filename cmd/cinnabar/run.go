package main

import (
	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// newServer makes the service that a start runs.
func newServer(c *conf.Config, log *oplog.Logger) (service, error) { return server.New(c, log) }
