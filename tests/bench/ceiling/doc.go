//go:build linux

// Command ceiling tells what redis-benchmark can measure at most on a machine: it has it talk to a server that does nothing but answer, and to
// redis-server, in turn.
//
//	go run ./tests/bench/ceiling [--peer redis-server] [--rounds 3] [--only lpush,zadd] [--pipelines 16,64]
//
// redis-benchmark is one thread, which makes requests and reads replies. With long pipelines that costs about as much as running them, and no server can
// show more of redis-server's rate than the ratio printed here. The server that does nothing parses the first request of a connection, takes all
// that follow to be as long, and answers by their bytes.
package main
