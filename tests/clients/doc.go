// Package clients runs programs that use the server as users' programs do, by the clients, frameworks and tools that users have: each folder
// beside this file is one of them, and its programs are examples, too.
//
// # Programs
//
// An executable file of a folder is a program, in whatever language; a line at its head says which (#!). It is run as
//
//	program PORT [TIMES]
//
// on a server of its own on 127.0.0.1 that holds nothing yet. It does its work TIMES times as long (1 if absent), says on stdout what it did,
// and ends with 0. What is wrong ends it with another code and a word why. Its directory is a fresh one, its processes end with it, and it is
// bounded in time (rules.bound). Files that aren't executable belong to the programs: modules, settings, lists of versions.
//
// What a program can't do itself it asks for, by a line on stdout, and reads on stdin a line that says it is done; a user who tries the program
// does it by hand and presses return:
//
//	@kill     the server is killed by SIGKILL
//	@start    the killed server is started again, on the same port in the same directory
//
// A line on stdout that begins with "with " names what the program runs on and in which version; docs/clients.md has them.
//
// make test-clients runs all of them (CINNABAR_CLIENTS=1): on redis-server, which shows what the client's own doing is, and on the server
// under test. make test runs those of some folders, briefly, on the server under test alone (rules.briefly).
//
// # Clients in Go
//
// Folders that are Go packages have tests instead of programs; what they share with this package is OnServers.
//
// # A new client
//
// Make a folder with a program, add a line to folders, and what it needs to scripts/install-clients.
//
// Begin reading at folders.go.
package clients
