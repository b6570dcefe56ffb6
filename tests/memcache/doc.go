// Package memcache compares conversations in memcached's protocols with Debian's memcached.
//
// # Scripts
//
// testdata/*.txt are scripts, a line each:
//
//	# ...          a comment
//	> text         sends text and a line end
//	>> text        sends text as it is
//	?              reads the answers to what was sent since the last one, and compares them
//	@new           goes on with a new connection
//	@closed        reads to the end of the connection, which the server must close, and compares
//	@wait 1.1      lets time pass, in seconds
//
// Text has Go's escapes (\x00), and {x*1000} for a thousand of x. Numbers for cas aren't compared: the first one that a script meets is $1 from then on, the
// second $2, in what is sent and what is shown. Seconds left are compared as tens.
//
// Begin reading in script.go; server.go starts memcached.
package memcache
