// Command cinnabar is the server, and stands wherever redis-server stood:
//
//	cinnabar [/path/to/redis.conf] [-] [--directive value ...] [-]
//
//	cinnabar check-rdb FILE
//	cinnabar check-aof [--fix|--truncate-to-timestamp SECONDS] FILE
//
// The first word decides: the name of a subcommand calls that one, anything else goes with all that follows to the
// subcommand server. Its words are never looked at by the command-line library; package conf alone knows
// redis-server's grammar. Called by the name redis-check-rdb or redis-check-aof, the program is that one.
//
// The exit code is 0 after an orderly shutdown, and for a process that has put a daemon in its place; 1 otherwise.
//
// Reading order: main.go (words), start.go (a start from configuration to the last line of the log), announce.go (the
// lines that tools wait for), live.go (what CONFIG SET changes in the process), run.go (where package server comes in);
// check.go by itself (the programs that check files).
package main
