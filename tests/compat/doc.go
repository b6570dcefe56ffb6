// Package compat compares the server with Debian's redis-server, reply by reply. It holds tests alone.
//
// # Scripts
//
// Each testdata/*.txt is a script: it is sent to a fresh redis-server and to a fresh server under test, in RESP2 and in RESP3, with one
// event loop and with four, and the raw replies are compared. A line is
//
//	[connection>] [~how ...] command words ...
//
// Words are separated by blanks; a word that begins with " is a Go string literal. Connections are made at their first use and called
// as one likes; without a name it is c1. Lines that begin with # are comments. How replies are compared, exactly where nothing is said:
//
//	~sorted        the elements of the outermost aggregate in any order (of a map, its pairs)
//	~pairs         the same of arrays in which keys and values take turns
//	~scan          the same of the second element of a reply of SCAN; its first, the cursor, exactly
//	~shape         kinds and counts alone
//	~rounded=N     numbers may differ by N
//	~mask=REGEXP   what matches is not looked at, nor are lengths of strings
//	~lines=REGEXP  the same, and the lines of texts in any order
//	~client        fields of CLIENT LIST that depend on time, memory and socket are masked, and those that Redis 7.2 added
//	~has=A,B       each text has lines that begin with A: and with B:, and they stand in the same order
//	~fields=A,B    of a text of name:value lines, these lines alone
//	~ignore        a reply comes
//	~differs       ours is held to the lines that follow instead
//	~ours          sent to the server under test alone, and held to the lines that follow
//	~replies=N     N replies come, not one
//	~pipeline      sent, and its reply read by @read or by the next line that reads
//
// Lines of the form "= text" after a command are the expected reply, a line of RESP each ("=2 text" and "=3 text" for one protocol).
//
// Instead of a command:
//
//	@start --directive value ...   at the head: how both servers are started
//	@hello manual                  at the head: connections send no HELLO 3 by themselves
//	@raw "bytes" ...               bytes as they are
//	@read                          nothing is sent; a reply comes
//	@let name command ...          keeps the reply's text, each server's own, for ${name}
//	@until text command ...        again and again, until the reply holds the text
//	@silent                        nothing comes for a while
//	@close                         the connection is closed from our side
//	@expect-closed                 the server closes the connection; what it says before is compared
//	@stream                        what both servers propagated since the last @stream is compared
//	@events                        the keyspace events since the last @events are compared
//	@shown                         what MONITOR showed since the last @shown is compared
//
// In words ${proto} is 2 or 3, ${port} the server's, ${NAME.addr} and ${NAME.laddr} a connection's two addresses as the server sees
// them, ${repeat:TEXT:N} is N times the text.
//
// # What is propagated
//
// In a script with @stream an observer follows each server from the beginning, as a replica would (peer.Observe): two connections more, which
// INFO and CLIENT LIST show, and a dataset that was saved once. @stream compares the commands that both were sent, exactly, word by word,
// with SELECT, MULTI and EXEC in their places; deadlines in Unix milliseconds may differ by what the clocks do. "~sorted @stream" compares
// them in any order, "~ignore @stream" leaves out what came so far. A script of commands that write best ends with one, and has more where it
// helps to see which command is to blame. Keys that expire by themselves are propagated when they are found, by Redis and by us at other times:
// such a script begins with DEBUG SET-ACTIVE-EXPIRE 0.
//
// In a script with @events a listener is subscribed to all keyspace events of each server; which there are the script says with CONFIG SET
// notify-keyspace-events or @start. @events compares channels and messages, with ~sorted and ~ignore as above. Where events are compared too,
// @events stands before @stream, since it publishes something.
//
// In a script with @shown a client of each server has sent MONITOR before anything else. @shown compares its lines but for their times, with
// ~ignore as above; connections are told by their names in the script.
//
// # Random runs
//
// TestRandom makes commands out of the command table of the server under test (COMMAND DOCS), valid and invalid, alone and in transactions,
// sends them to both servers and compares; random_test.go says how. New commands take part by having a row. Each episode ends by comparing
// DEBUG DIGEST, the counts of changes, hits, misses and expired keys, everything that was propagated and, in half of the episodes, all
// keyspace events and what MONITOR showed; what differs is brought down to a few calls. CINNABAR_COMPAT_SECONDS is how long,
// CINNABAR_COMPAT_SEED repeats a run.
//
// # Golden files
//
// testdata/golden/*.txt hold what commands do that Debian's redis-server doesn't have: golden_test.go says how. "go test -run Goldens -rewrite"
// writes them anew.
//
// With CINNABAR_BINARY naming a redis-server, everything is sent to Redis twice, which shows that the scripts are deterministic.
//
// Begin reading at script_test.go.
package compat
