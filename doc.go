// Package cinnabar runs a Cinnabar server, a Redis-compatible in-memory database, inside a Go program: for tests that want a real server and
// nothing installed, and for programs that bring their own.
//
//	db, err := cinnabar.Open(cinnabar.Options{})
//	...
//	client := redis.NewClient(&redis.Options{Addr: db.Addr()})
//	...
//	err = db.Close()
//
// Several servers can live in one process. One thing they share with the program: a server sets the collector's target (debug.SetGCPercent)
// to what suits a large heap without pointers, 5 % of it and at least 32 MiB.
package cinnabar
