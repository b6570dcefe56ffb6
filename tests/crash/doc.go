// Package crash ends servers in every way but the orderly one and looks at what the next start finds, and exchanges files with redis-server.
//
// What a client was told must be there, what it was not told may be, and nothing else: kill_test.go counts both while it writes. Files that one
// server has written the other one loads to the same DEBUG DIGEST, and the same commands leave the same records (exchange_test.go).
//
// make test kills a few times, make test-long two hundred. CINNABAR_CRASH_SEED repeats a run's choices, though not its timing.
//
// Begin reading at kill_test.go.
package crash
