// Package order proves that there is one order of what happens to the keyspace, whoever looks: on one loop or four, in place, on a view, in a
// transaction, after waiting.
//
// # How
//
// Clients, 8 to 16 of them, ask for random things on ten keys over real connections (generate.go, record.go), and note when they asked and were answered.
// Porcupine then looks for an order of all requests in which each lies between its two times and is answered as the model answers
// (model.go, strings.go, collections.go), which is a sequential server in a value that can be compared. If there is none, the server isn't
// linearizable, or the model is wrong; that redis-server's own histories are accepted speaks for the model.
// Nothing is left open in a reply: the model gives its bytes. Where several replies would do (a pop that waits), it accepts each.
//
// Keys depend on each other through requests, so that a history can't be checked key by key. What keeps the search short is in
// search.go. It is compared with a search without any of that, on small histories. A few histories still take too long; they count as unknown,
// and only a few may.
//
// # What is covered
//
//   - Single commands on strings, counters, lists, sets and sorted sets, those on several keys (MSET, MSETNX, MGET, RENAME, COPY, LMOVE, SMOVE,
//     DEL) and on all (KEYS, DBSIZE, FLUSHDB), wrong types and other errors among them.
//   - EXEC of several commands as one step, that reads what it has written; DISCARD, and EXEC of what couldn't be queued.
//   - WATCH: EXEC refuses if a watched key has changed since, and only then. What counts as a change is what redis-server counts.
//   - BLPOP and BLMOVE, served or not. Served: what they give was at that end of that list, and is gone. Not: there was a moment in which
//     none of their keys held a list.
//   - Reads on views, and results that are built on views and stored later (SUNIONSTORE and its like, BITOP), since DEBUG IN-PLACE sends all
//     commands there that can go, now and then; other views are opened and closed, writers are paused meanwhile.
//   - The order of one connection: requests that were sent together are run in their order, whatever goes on elsewhere between them.
//
// Not covered: keys that expire (time is no part of the model), who is served first among several that wait, other databases and SWAPDB, and the
// order of messages and events; tests/compat and package server look at these.
//
// server/order_test.go leaves gates out on purpose and shows that the histories have no order then: EXEC that gives the section up between two
// commands or doesn't look at its marks, a change marked that was none, MGET that gives its gate up between two keys, a result stored although its
// sources have changed, a long read on an older view. These are servers that still touch memory one at a time; one that doesn't
// ends by itself or is told by the race detector, which proves less about order.
//
// bank_test.go is the other proof: accounts whose total stays the same under transfers by 64 clients.
//
// CINNABAR_ORDER_SEED repeats the choices of a run, which its log tells; how the clients meet isn't repeated.
//
// Begin reading at model.go.
package order
