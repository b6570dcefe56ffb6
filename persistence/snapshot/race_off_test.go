//go:build !race

package snapshot

// raceDetector tells whether the test runs under it.
const raceDetector = false
