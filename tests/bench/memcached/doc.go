//go:build linux

// Command memcached measures the memcached protocol's gets and sets beside memcached, in turn, in one run.
//
//	go run ./tests/bench/memcached --server bin/cinnabar [--peer "memcached -t 4"] [--rounds 5] [--connections 50]
//
// 100,000 items of a 16-byte key and 32 bytes are stored first. Then each row keeps one request a connection under way, or sixteen, for keys drawn at
// random, all of which are there. The load is one thread with one epoll set, so that both servers meet the same. Medians of the rounds are
// printed, the ratio being the median of the rounds' own.
package main
