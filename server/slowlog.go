package server

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// slowLog keeps the last commands that took longer than slowlog-log-slower-than, newest first. It has a lock of its own, since reads of
// several loops may be slow at once.
type slowLog struct {
	mu      sync.Mutex
	lastID  int64
	max     int
	entries []slowEntry
}

// slowEntry is one line of SLOWLOG GET.
type slowEntry struct {
	id     int64
	unixS  int64
	took   time.Duration
	words  []string
	addr   string
	client string
}

const (
	// slowWordsMax and slowWordBytesMax bound what an entry keeps of a command, as in Redis.
	slowWordsMax     = 32
	slowWordBytesMax = 128
)

// add puts an entry in front and drops the oldest ones beyond slowlog-max-len.
func (sl *slowLog) add(e slowEntry) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	e.id = sl.lastID
	sl.lastID++
	sl.entries = slices.Insert(sl.entries, 0, e)
	sl.trim()
}

func (sl *slowLog) trim() {
	if len(sl.entries) > sl.max {
		clear(sl.entries[sl.max:])
		sl.entries = sl.entries[:sl.max]
	}
}

// setMax follows slowlog-max-len.
func (sl *slowLog) setMax(max int) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.max = max
	sl.trim()
}

// reset forgets every entry.
func (sl *slowLog) reset() {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.entries = nil
}

// newest are up to count entries; -1 asks for all.
func (sl *slowLog) newest(count int) []slowEntry {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if count < 0 || count > len(sl.entries) {
		count = len(sl.entries)
	}
	return slices.Clone(sl.entries[:count])
}

func (sl *slowLog) len() int {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return len(sl.entries)
}

// slowWords is what the slow log keeps of a command's words.
func slowWords(args [][]byte) []string {
	shown := min(len(args), slowWordsMax)
	words := make([]string, 0, shown)
	for i, arg := range args[:shown] {
		switch {
		case i == slowWordsMax-1 && len(args) > slowWordsMax:
			words = append(words, fmt.Sprintf("... (%d more arguments)", len(args)-slowWordsMax+1))
		case len(arg) > slowWordBytesMax:
			words = append(words, fmt.Sprintf("%s... (%d more bytes)", arg[:slowWordBytesMax], len(arg)-slowWordBytesMax))
		default:
			words = append(words, string(arg))
		}
	}
	return words
}

// noteSlow enters a command into the slow log and the latency log, as far as it was slow enough for either.
func (s *Server) noteSlow(c *client, call *commands.Call, took time.Duration, limits slowLimits, nowMs int64) {
	if took >= limits.latency {
		event := "command"
		if call.Cmd.Flags&commands.FlagFast != 0 {
			event = "fast-command"
		}
		s.latency.add(event, nowMs/1000, took)
	}
	if took >= limits.log && call.Cmd.Flags&commands.FlagSkipSlowlog == 0 {
		s.slowLog.add(slowEntry{unixS: nowMs / 1000, took: took, words: slowWords(call.ShownArgs()), addr: c.conn.RemoteAddr(),
			client: c.session.name})
	}
}
