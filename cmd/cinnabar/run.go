package main

import (
	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// newServer makes the service that a start runs.
func newServer(cfg *conf.Config, log *oplog.Logger) (service, error) {
	s, err := server.New(cfg, log)
	if err != nil {
		return nil, err // not s: a nil *Server in an interface is no nil
	}
	return s, nil
}
