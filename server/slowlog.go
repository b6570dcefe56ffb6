package server

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// slowLog keeps the last commands that took longer than slowlog-log-slower-than. It has a lock of its own, since reads of several loops
// may be slow at once. Adding an entry costs the same however long the log is.
type slowLog struct {
	mu     sync.Mutex
	lastID int64
	max    int
	// entries from index first on are the log, oldest first; what lies before has been dropped.
	entries []slowEntry
	first   int
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

// add enters a command and drops the oldest entries beyond slowlog-max-len.
func (sl *slowLog) add(e slowEntry) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	e.id = sl.lastID
	sl.lastID++
	sl.entries = append(sl.entries, e)
	sl.trim()
}

// trim drops the oldest entries. The room before first is used again once it is half of all, so that an entry is moved once on average.
func (sl *slowLog) trim() {
	for len(sl.entries)-sl.first > sl.max {
		sl.entries[sl.first] = slowEntry{}
		sl.first++
	}
	if sl.first > len(sl.entries)/2 {
		sl.entries = slices.Delete(sl.entries, 0, sl.first)
		sl.first = 0
	}
}

// setMax follows slowlog-max-len.
func (sl *slowLog) setMax(max int) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.max = max
	sl.trim()
}

// reset forgets every entry; numbers go on.
func (sl *slowLog) reset() {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.entries, sl.first = nil, 0
}

// newest are up to count entries, the newest first; -1 asks for all.
func (sl *slowLog) newest(count int) []slowEntry {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	kept := sl.entries[sl.first:]
	if count >= 0 && count < len(kept) {
		kept = kept[len(kept)-count:]
	}
	kept = slices.Clone(kept)
	slices.Reverse(kept)
	return kept
}

func (sl *slowLog) len() int {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return len(sl.entries) - sl.first
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
		addr, name := c.conn.RemoteAddr(), c.session.name
		if call.Scripted { // as in Redis, where scripts have a client of their own
			addr, name = "?:0", ""
		}
		s.slowLog.add(slowEntry{unixS: nowMs / 1000, took: took, words: slowWords(call.ShownArgs()), addr: addr, client: name})
	}
}
