package server

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"time"
)

// identity is what INFO server shows of this run of the program.
type identity struct {
	// runID and replicationID are 40 hexadecimal digits.
	runID, replicationID string
	executable           string
	pid                  int
	started              time.Time
}

func newIdentity() identity {
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	return identity{runID: randomHex(20), replicationID: randomHex(20), executable: executable, pid: os.Getpid(), started: time.Now()}
}

// randomHex is count random bytes as hexadecimal digits.
func randomHex(count int) string {
	b := make([]byte, count)
	rand.Read(b)
	return hex.EncodeToString(b)
}
