package main

import (
	"errors"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// newServer makes the service that a start runs.
func newServer(*conf.Config, *oplog.Logger) (service, error) {
	return nil, errors.New("the server is not built yet")
}
