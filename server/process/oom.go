package process

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// oomScorePath is where Linux keeps a process's own addition to the OOM killer's score.
const oomScorePath = "/proc/self/oom_score_adj"

// oomScoreMax bounds the kernel's value on both sides.
const oomScoreMax = 1000

// ErrNoOOMScore is Apply's answer on a system that has no such score.
var ErrNoOOMScore = errors.New("process: no oom_score_adj on this system")

// OOMScore sets the process's oom_score_adj and remembers what it was, to put it back. One for a process.
type OOMScore struct {
	log  *oplog.Logger
	path string

	mu     sync.Mutex
	active bool
	base   int
}

// NewOOMScore touches nothing yet.
func NewOOMScore(log *oplog.Logger) *OOMScore {
	return &OOMScore{log: log, path: oomScorePath}
}

// Apply takes the word of the directive oom-score-adj and the value of oom-score-adj-values for the server's role.
// "relative" and "yes" add it to the score found at first, "absolute" sets it, "no" puts the first score back if one
// of the others was applied before. The result is brought into -1000..1000. Failures are logged in Redis's words too.
func (o *OOMScore) Apply(mode string, value int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if strings.EqualFold(mode, "no") {
		if !o.active {
			return nil
		}
		o.active = false
		return o.write(o.base)
	}
	if !hasOOMScore {
		return ErrNoOOMScore
	}
	if !o.active {
		base, err := o.read()
		if err != nil {
			return err
		}
		o.active, o.base = true, base
	}
	if !strings.EqualFold(mode, "absolute") {
		value += o.base
	}
	return o.write(min(max(value, -oomScoreMax), oomScoreMax))
}

func (o *OOMScore) read() (int, error) {
	b, err := os.ReadFile(o.path)
	if err != nil {
		o.log.Warning("Unable to read oom_score_adj: %s", oplog.Reason(err))
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

func (o *OOMScore) write(value int) error {
	f, err := os.OpenFile(o.path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(strconv.Itoa(value) + "\n")
		_ = f.Close()
	}
	if err != nil {
		o.log.Warning("Unable to write oom_score_adj: %s", oplog.Reason(err))
	}
	return err
}
