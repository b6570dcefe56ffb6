// Package examples holds small programs as users write them with go-redis, each a file and a test: a leaderboard, a queue of jobs, circles of
// friends, shopping carts. Each runs on a server of its own from several clients at once, knows by a model of its own what the server must
// answer, and ends by comparing all that the server holds with it.
//
// With plain go test they are small; CINNABAR_LONG=1 (make test-long) runs them at full size and writes figures. CINNABAR_EXAMPLES_SEED repeats
// the random choices of a run, which its log tells.
//
// Begin reading at example_test.go.
package examples
