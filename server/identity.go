package server

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"time"

	"github.com/cinnabar-db/cinnabar/server/process"
)

// identity is what INFO server shows of this run of the program.
type identity struct {
	// runID and replicationID are 40 hexadecimal digits.
	runID, replicationID string
	executable           string
	pid                  int
	started              time.Time
	build                process.Build
	// kernel names the operating system.
	kernel string
}

func newIdentity() identity {
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	return identity{runID: randomHex(20), replicationID: randomHex(20), executable: executable, pid: os.Getpid(), started: time.Now(),
		build: process.ReadBuild(), kernel: kernelName()}
}

// randomHex is count random bytes as hexadecimal digits.
func randomHex(count int) string {
	b := make([]byte, count)
	rand.Read(b)
	return hex.EncodeToString(b)
}
