//go:build race

package server

// raceDetector tells whether the test runs under it.
const raceDetector = true
