package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

const (
	silentTime    = 80 * time.Millisecond
	untilTimeout  = 10 * time.Second
	maxMismatches = 40 // of one run of a script, then it ends
)

func TestMain(m *testing.M) { peer.Main(m) }

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		s, err := parseScript(string(text))
		require.NoError(t, err, file)
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, proto := range []int{2, 3} {
			for _, loops := range []string{"1", "4"} {
				t.Run(fmt.Sprintf("%s/resp%d/loops%s", name, proto, loops), func(t *testing.T) {
					t.Parallel()
					runScript(t, file, s, proto, "--io-threads", loops)
				})
			}
		}
	}
}

// runner is one run of a script.
type runner struct {
	t            *testing.T
	file         string
	script       script
	proto        int
	ours, theirs *side
	mismatches   int
}

// side is one of the two servers and what the script has of it.
type side struct {
	server *peer.Server
	conns  map[string]*wire.Conn
	values map[string]string // of @let
	// followers follow what the server propagates, its keyspace events, and what MONITOR shows, in a script that asks for it: by the action
	// that does.
	followers map[string]follower
	// names are those of connections by address, closed ones too.
	names map[string]string
}

func runScript(t *testing.T, file string, s script, proto int, directives ...string) {
	theirs := peer.StartRedis(t, append(directives, s.start...)...)
	ours := startOurs(t, append(directives, s.start...)...)
	r := &runner{t: t, file: file, script: s, proto: proto, ours: newSide(t, ours, s), theirs: newSide(t, theirs, s)}
	for _, l := range s.lines {
		r.step(l)
		if r.mismatches >= maxMismatches {
			t.Fatalf("%s: %d mismatches; the rest isn't run", file, r.mismatches)
		}
	}
	r.finish()
}

// startOurs starts our server, with the race detector if it has several loops: one has less to race with, and is much faster without.
func startOurs(t *testing.T, directives ...string) *peer.Server {
	if slices.Contains(directives, "4") {
		return peer.StartOurs(t, directives...)
	}
	return peer.StartMeasured(t, directives...)
}

func newSide(t *testing.T, server *peer.Server, s script) *side {
	side := &side{server: server, conns: map[string]*wire.Conn{}, values: map[string]string{}, followers: map[string]follower{},
		names: map[string]string{}}
	if s.follows["stream"] {
		side.followers["stream"] = peer.Observe(t, server)
	}
	if s.follows["events"] {
		side.followers["events"] = peer.Listen(t, server)
	}
	if s.follows["shown"] {
		side.followers["shown"] = namedWatcher{peer.Watch(t, server), side.names}
	}
	return side
}

// finish sees that no reply is left over: on each connection the next reply is the one to a last ECHO, unless that is refused.
func (r *runner) finish() {
	const mark = "end of the script"
	for name := range r.theirs.conns {
		if r.ours.conns[name] == nil {
			continue
		}
		l := line{text: name + "> ECHO " + mark, conn: name, words: []string{"ECHO", mark}, how: how{mode: "exact", replies: 1}}
		ours, theirs := r.ask(r.ours, l, l.words), r.ask(r.theirs, l, l.words)
		r.judge(l, []wire.Reply{ours, theirs})
		if !theirs.IsError() && theirs.Text != mark {
			r.mismatch(l, "a reply was left over:\n%s", theirs.String())
		}
	}
}

// sides are those that a line concerns.
func (r *runner) sides(l line) []*side {
	if l.how.mode == "ours" {
		if peer.TestsRedis() {
			return nil
		}
		return []*side{r.ours}
	}
	return []*side{r.ours, r.theirs}
}

func (r *runner) step(l line) {
	sides := r.sides(l)
	for _, s := range sides {
		r.connect(s, l)
	}
	switch l.action {
	case "", "raw", "read":
		r.exchange(l, sides)
	case "let":
		for _, s := range sides {
			reply := r.ask(s, l, l.words[1:])
			s.values[l.words[0]] = reply.Text
		}
	case "until":
		for _, s := range sides {
			r.until(s, l)
		}
	case "silent":
		for _, s := range sides {
			silent, err := s.conns[l.conn].Silent(silentTime)
			r.check(s, l, err)
			if !silent {
				r.mismatch(l, "%s was to stay silent, and isn't", s.server.Name)
			}
		}
	case "close":
		for _, s := range sides {
			r.check(s, l, s.conns[l.conn].Close())
			delete(s.conns, l.conn)
		}
	case "expect-closed":
		r.expectClosed(l, sides)
	case "stream", "events", "shown":
		r.effects(l)
	}
}

// effects compares what both servers propagated, or told as events, since the last time.
func (r *runner) effects(l line) {
	fx, err := readEffects(l.action, r.ours.followers[l.action], r.theirs.followers[l.action])
	require.NoError(r.t, err, "%s", r.where(l))
	switch l.how.mode {
	case "ignore":
		return
	case "sorted":
		fx = fx.sorted()
	}
	if complaint := fx.complaint(); complaint != "" {
		r.mismatch(l, "%s", complaint)
	}
}

// connect opens the line's connection where it is new.
func (r *runner) connect(s *side, l line) {
	if s.conns[l.conn] != nil {
		return
	}
	s.conns[l.conn] = s.server.Dial(r.t)
	s.names[s.conns[l.conn].LocalAddr().String()] = l.conn
	if r.proto == 3 && !r.script.manualHello {
		reply, err := s.conns[l.conn].Do("HELLO", "3")
		r.check(s, l, err)
		require.Equal(r.t, byte('%'), reply.Kind, "%s: %s: HELLO 3: %s", r.where(l), s.server.Name, reply.String())
	}
}

func (r *runner) exchange(l line, sides []*side) {
	if l.action != "read" {
		for _, s := range sides {
			r.check(s, l, s.conns[l.conn].Send(r.bytes(s, l)))
		}
	}
	for range l.how.replies {
		var replies []wire.Reply
		for _, s := range sides {
			reply, err := s.conns[l.conn].Receive()
			r.check(s, l, err)
			replies = append(replies, reply)
		}
		r.judge(l, replies)
	}
}

// judge compares the replies: ours, then Redis's.
func (r *runner) judge(l line, replies []wire.Reply) {
	if len(l.expected) > 0 && !peer.TestsRedis() {
		want := ""
		for _, e := range l.expected {
			if e.proto == 0 || e.proto == r.proto {
				want += e.text + "\n"
			}
		}
		if got := replies[0].String(); got != want {
			r.mismatch(l, "not as written in the script (-):\n%s", difference(want, got))
		}
	}
	if len(replies) == 2 && !l.how.agree(replies[0], replies[1]) {
		r.mismatch(l, "Redis (-) and ours (+):\n%s", difference(l.how.view(replies[1]), l.how.view(replies[0])))
	}
}

// ask sends words and reads one reply.
func (r *runner) ask(s *side, l line, words []string) wire.Reply {
	r.check(s, l, s.conns[l.conn].Send(wire.Frame(r.expand(s, words)...)))
	reply, err := s.conns[l.conn].Receive()
	r.check(s, l, err)
	return reply
}

func (r *runner) until(s *side, l line) {
	var last wire.Reply
	want := r.expand(s, l.words[:1])[0]
	for deadline := time.Now().Add(untilTimeout); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if last = r.ask(s, l, l.words[1:]); strings.Contains(string(last.Raw), want) {
			return
		}
	}
	require.FailNow(r.t, "in vain", "%s: %s: the last reply:\n%s", r.where(l), s.server.Name, last.String())
}

func (r *runner) expectClosed(l line, sides []*side) {
	var said []string
	for _, s := range sides {
		rest, err := s.conns[l.conn].Rest()
		if err != nil {
			r.mismatch(l, "%s was to close the connection, but: %v; it said:\n%s", s.server.Name, err, wire.Readable(rest))
		}
		said = append(said, wire.Readable(rest))
		s.conns[l.conn].Close()
		delete(s.conns, l.conn)
	}
	if len(said) == 2 && said[0] != said[1] && l.how.mode != "ignore" {
		r.mismatch(l, "before closing, Redis (-) and ours (+):\n%s", difference(said[1], said[0]))
	}
}

// bytes are what a line sends to a side.
func (r *runner) bytes(s *side, l line) []byte {
	words := r.expand(s, l.words)
	if l.action == "raw" {
		return []byte(strings.Join(words, ""))
	}
	return wire.Frame(words...)
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// expand puts values in the places of ${...}.
func (r *runner) expand(s *side, words []string) []string {
	expanded := make([]string, len(words))
	for i, word := range words {
		expanded[i] = variable.ReplaceAllStringFunc(word, func(v string) string { return r.value(s, v[2:len(v)-1]) })
	}
	return expanded
}

func (r *runner) value(s *side, name string) string {
	if text, ok := s.values[name]; ok {
		return text
	}
	conn, what, _ := strings.Cut(name, ".")
	switch {
	case name == "proto":
		return strconv.Itoa(r.proto)
	case name == "port":
		return strconv.Itoa(s.server.Port)
	case what == "addr" && s.conns[conn] != nil:
		return s.conns[conn].LocalAddr().String()
	case what == "laddr" && s.conns[conn] != nil:
		return s.conns[conn].RemoteAddr().String()
	case strings.HasPrefix(name, "repeat:"):
		parts := strings.SplitN(name, ":", 3)
		n, err := strconv.Atoi(parts[2])
		require.NoError(r.t, err, name)
		return strings.Repeat(parts[1], n)
	}
	require.FailNow(r.t, "unknown ${"+name+"}", "%s", r.file)
	return ""
}

// check ends the run where a connection failed.
func (r *runner) check(s *side, l line, err error) {
	if err != nil {
		require.FailNow(r.t, "no reply", "%s: %s: %v", r.where(l), s.server.Name, err)
	}
}

func (r *runner) mismatch(l line, format string, values ...any) {
	r.mismatches++
	r.t.Errorf("%s\n%s", r.where(l), fmt.Sprintf(format, values...))
}

func (r *runner) where(l line) string { return fmt.Sprintf("%s:%d: %s", r.file, l.number, l.text) }
