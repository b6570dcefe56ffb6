// Package style holds tests of the source itself: which package may know which (the picture in ARCHITECTURE.md), and the rules of form
// that a program can see. It holds tests alone.
package style
