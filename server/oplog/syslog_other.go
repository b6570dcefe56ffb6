//go:build windows || plan9

package oplog

import "errors"

var errNoSyslog = errors.New("oplog: this system has no syslog")

func dialSyslog(Syslog) (syslogConn, error) { return nil, errNoSyslog }
