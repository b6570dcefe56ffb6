//go:build !linux

package process

const hasOOMScore = false
