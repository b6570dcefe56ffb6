//go:build !race

package commands

// raceDetector tells whether the test runs under it.
const raceDetector = false
