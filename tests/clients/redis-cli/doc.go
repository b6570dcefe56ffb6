// Package rediscli tests redis-cli in every mode that users reach for, typed on a terminal too, and redis-benchmark. It holds tests alone.
//
// Begin reading at cli_test.go.
package rediscli
