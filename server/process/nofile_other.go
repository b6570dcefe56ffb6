//go:build !unix || freebsd || dragonfly

package process

// systemFileLimit is empty where there is no such limit, or (freebsd, dragonfly) its figures are signed.
var systemFileLimit fileLimit
