// Package peer starts servers for tests: the binary under test and Debian's redis-server, each in a directory of its own on a free
// port of 127.0.0.1, and ends them with the test.
//
// The binary under test is the one that CINNABAR_BINARY names; without it cmd/cinnabar is built once a test process. A program that
// isn't installed skips the test that needs it, or fails it where CINNABAR_REQUIRE_PEERS=1.
//
// A server's log is shown where its test failed. A data race, a panic or an unclean end of the binary under test fails the test it
// served.
//
// Observe follows what a server propagates, as a replica would; Listen its keyspace events.
//
// Begin reading at server.go.
package peer
