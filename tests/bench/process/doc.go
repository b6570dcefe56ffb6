//go:build linux

// Package process starts the servers that are measured, each on a free port of 127.0.0.1 and in a folder of its own, and tells what they take.
package process
