package compat

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const (
	defaultSeconds  = 5
	episodeCalls    = 1500 // then both servers start anew
	maxPipeline     = 16
	maxMinimising   = 60 // replays, each on fresh servers
	maxShownCalls   = 60
	replayTimeout   = 3 * time.Second
	secondsVariable = "CINNABAR_COMPAT_SECONDS"
	seedVariable    = "CINNABAR_COMPAT_SEED"
)

// TestRandom sends random commands to both servers and compares. It goes on for CINNABAR_COMPAT_SECONDS, in episodes of fresh servers.
func TestRandom(t *testing.T) {
	seconds := number(t, secondsVariable, defaultSeconds)
	seed := number(t, seedVariable, uint64(time.Now().UnixNano()))
	t.Logf("%s=%d repeats this run", seedVariable, seed)
	table := tableOfTheServers(t)
	t.Logf("%d commands", len(table))
	deadline := time.Now().Add(time.Duration(seconds) * time.Second)
	for episode := uint64(0); episode == 0 || time.Now().Before(deadline); episode++ {
		s := setting{proto: 2 + int(episode%2), loops: []string{"1", "4"}[episode/2%2], events: episode/4%2 == 1}
		ok := t.Run(fmt.Sprintf("episode%d", episode), func(t *testing.T) {
			runEpisode(t, newMaker(seed+episode, table), s, deadline)
		})
		if !ok {
			t.Fatalf("the run began with %s=%d; this episode with %d", seedVariable, seed, seed+episode)
		}
	}
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	given := os.Getenv(variable)
	if given == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(given, 10, 64)
	require.NoError(t, err, variable)
	return n
}

func tableOfTheServers(t *testing.T) []randomCommand {
	var table []randomCommand
	peer.Need(t, "redis-server")
	ok := t.Run("table", func(t *testing.T) { // a test of its own, which ends its servers
		table = readTable(t, peer.StartOurs(t).Dial(t), peer.StartRedis(t).Dial(t))
	})
	require.True(t, ok, "no table")
	return table
}

// setting is how an episode's servers are started and spoken to.
type setting struct {
	proto int
	loops string
	// events says whether keyspace events, and what MONITOR shows, are told and compared.
	events bool
}

// pair is a connection to each of two fresh servers.
type pair struct {
	ours, theirs *wire.Conn
	// queued is how the replies of the commands are compared that wait for EXEC.
	queued []how
	// follow begins to follow what both servers do; from then on effects compares it.
	follow  func()
	effects []func() (effects, error)
}

func startPair(t *testing.T, s setting) *pair {
	directives := []string{"--io-threads", s.loops}
	if s.events {
		// Not A: a CONFIG SET that fails has Redis 7.0 put what it had back by its name, in which A swallows the n.
		directives = append(directives, "--notify-keyspace-events", "KEg$lshzxtmn")
	}
	theirs, ours := peer.StartRedis(t, directives...), startOurs(t, directives...)
	p := &pair{ours: ours.Dial(t), theirs: theirs.Dial(t)}
	for _, conn := range []*wire.Conn{p.ours, p.theirs} {
		conn.SetTimeout(replayTimeout)
		// Keys expire when somebody looks at them, and not whenever a server gets to it.
		_, err := conn.Do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
		require.NoError(t, err)
		_, err = conn.Do("HELLO", strconv.Itoa(s.proto))
		require.NoError(t, err)
	}
	p.follow = func() {
		add := func(what string, ours, theirs follower) {
			p.effects = append(p.effects, func() (effects, error) { return readEffects(what, ours, theirs) })
		}
		if s.events {
			add("events", peer.Listen(t, ours), peer.Listen(t, theirs))
			add("shown", watch(t, ours, p.ours), watch(t, theirs, p.theirs))
		}
		add("effects", peer.Observe(t, ours), peer.Observe(t, theirs))
	}
	return p
}

// watch has MONITOR sent to a server and knows the connection that the random commands go over.
func watch(t *testing.T, server *peer.Server, conn *wire.Conn) follower {
	return namedWatcher{peer.Watch(t, server), map[string]string{conn.LocalAddr().String(): defaultConn}}
}

func runEpisode(t *testing.T, m *maker, s setting, deadline time.Time) {
	p := startPair(t, s)
	p.follow()
	var done []call
	for len(done) < episodeCalls && (len(done) == 0 || time.Now().Before(deadline)) {
		batch := make([]call, 1+m.random.IntN(maxPipeline))
		for i := range batch {
			batch[i] = m.call()
		}
		if at, complaint := p.exchange(batch); complaint != "" {
			report(t, s, append(done, batch[:at+1]...), complaint)
			return
		}
		done = append(done, batch...)
	}
	for _, c := range finalLook {
		done = append(done, c)
		if _, complaint := p.exchange([]call{c}); complaint != "" {
			report(t, s, done, complaint)
			return
		}
	}
}

// finalLook is asked at the end of each episode: what is in the store, what was counted, what was propagated.
var finalLook = lookAtAll()

func lookAtAll() []call {
	exact := how{mode: "exact", replies: 1}
	calls := []call{{words: []string{"RESET"}, how: exact}}
	for _, key := range keys {
		calls = append(calls, call{words: []string{"TYPE", key}, how: exact}, call{words: []string{"GET", key}, how: exact})
	}
	fields := how{mode: "fields", argument: "keyspace_hits,keyspace_misses,expired_keys,rdb_changes_since_last_save", replies: 1}
	return append(calls,
		call{words: []string{"DEBUG", "DIGEST"}, how: exact},
		call{words: []string{"INFO", "stats", "persistence"}, how: fields},
		call{words: []string{lookAtEffects}})
}

// lookAtEffects stands in the place of a command where what was propagated is compared.
const lookAtEffects = "(effects)"

// exchange sends calls in one piece to both servers and compares their replies. The complaint tells of the first that differ.
func (p *pair) exchange(batch []call) (at int, complaint string) {
	if batch[0].words[0] == lookAtEffects {
		return 0, p.compareEffects()
	}
	var frames []byte
	for _, c := range batch {
		frames = append(frames, wire.Frame(c.words...)...)
	}
	for _, conn := range []*wire.Conn{p.ours, p.theirs} {
		if err := conn.Send(frames); err != nil {
			return 0, fmt.Sprintf("sending: %v", err)
		}
	}
	for i, c := range batch {
		theirs, err := p.theirs.Receive()
		if err != nil {
			return i, fmt.Sprintf("Redis gives no reply: %v", err)
		}
		ours, err := p.ours.Receive()
		if err != nil {
			return i, fmt.Sprintf("ours gives no reply: %v; Redis's:\n%s", err, theirs.String())
		}
		if complaint := p.compare(c, ours, theirs); complaint != "" {
			return i, complaint
		}
	}
	return 0, ""
}

// compare compares two replies, those of EXEC one by one as the commands in the queue ask for it.
func (p *pair) compare(c call, ours, theirs wire.Reply) (complaint string) {
	word := strings.ToLower(c.words[0])
	isList := func(r wire.Reply) bool { return r.Kind == '*' && !r.Null && len(r.Items) == len(p.queued) }
	if word == "exec" && isList(ours) && isList(theirs) {
		for i, h := range p.queued {
			if complaint := compareReplies(h, ours.Items[i], theirs.Items[i]); complaint != "" {
				return fmt.Sprintf("the reply number %d of EXEC: %s", i+1, complaint)
			}
		}
		p.queued = nil
		return ""
	}
	switch {
	case theirs.Kind == '+' && theirs.Text == "QUEUED":
		p.queued = append(p.queued, c.how)
		return compareReplies(how{mode: "exact"}, ours, theirs)
	case word == "exec" || word == "discard" || word == "reset":
		if len(c.words) == 1 || strings.HasPrefix(theirs.Text, "EXECABORT") {
			p.queued = nil
		}
		return compareReplies(how{mode: "exact"}, ours, theirs)
	}
	return compareReplies(c.how, ours, theirs)
}

func compareReplies(h how, ours, theirs wire.Reply) (complaint string) {
	if h.agree(ours, theirs) {
		return ""
	}
	return fmt.Sprintf("Redis (-) and ours (+), compared %s:\n%s", h.mode, difference(h.view(theirs), h.view(ours)))
}

// compareEffects compares what was propagated, if that is followed.
func (p *pair) compareEffects() (complaint string) {
	for _, read := range p.effects {
		fx, err := read()
		if err != nil {
			return err.Error()
		}
		if complaint := fx.complaint(); complaint != "" {
			return complaint
		}
	}
	return ""
}

// report fails the test, with as few calls as are found to end in a mismatch.
func report(t *testing.T, s setting, calls []call, complaint string) {
	t.Errorf("RESP%d, %s loops, after %d calls: %s\n%s", s.proto, s.loops, len(calls)-1, calls[len(calls)-1], complaint)
	least := minimise(t, s, calls)
	if len(least) == len(calls) {
		least = least[max(0, len(least)-maxShownCalls):]
		t.Logf("sent one by one the calls could not be made fewer; the last %d:\n%s", len(least), listing(least))
		return
	}
	t.Logf("these %d calls end in a mismatch:\n%s", len(least), listing(least))
}

func listing(calls []call) string {
	var b strings.Builder
	for _, c := range calls[max(0, len(calls)-maxShownCalls):] {
		b.WriteString("  " + c.String() + "\n")
	}
	return b.String()
}

// minimise leaves out calls, in ever smaller pieces, as long as the last one still gets other replies.
func minimise(t *testing.T, s setting, calls []call) []call {
	replays := 0
	differs := func(candidate []call) bool {
		replays++
		failed := false
		t.Run("replay", func(t *testing.T) {
			p := startPair(t, s)
			if candidate[len(candidate)-1].words[0] == lookAtEffects {
				p.follow()
			}
			for i, c := range candidate {
				if _, complaint := p.exchange([]call{c}); complaint != "" {
					failed = i == len(candidate)-1
					return
				}
			}
		})
		return failed
	}
	for size := len(calls) - 1; size > 0; size /= 2 {
		for from := 0; from+size < len(calls) && replays < maxMinimising; {
			candidate := append(append([]call(nil), calls[:from]...), calls[from+size:]...)
			if differs(candidate) {
				calls = candidate
			} else {
				from += size
			}
		}
	}
	return calls
}
