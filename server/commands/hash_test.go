package commands

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
)

// hashServer is as much of a server as the commands about hashes need.
type hashServer struct {
	*bitServer
	// gate has fields that are due noted alone, which noted tells of.
	gate  bool
	noted []string
}

func newHashServer() *hashServer {
	s := &hashServer{bitServer: newBitServer()}
	s.store.SetLimits(datatypes.Limits{HashListpack: 128, HashListpackValue: 64})
	for _, row := range HashRows() {
		s.rows[row.Name] = row
	}
	return s
}

func (s *hashServer) ExpireFields(index int, key, field []byte) (expired int, emptied bool) {
	if s.gate {
		s.noted = append(s.noted, string(field))
		return 0, false
	}
	s.store.Edit(index).ChangeHash(&datatypes.Entry{}, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
		if field == nil {
			expired = f.RemoveDue(edit, s.call.NowMs, math.MaxInt, nil)
		} else if f.RemoveIfDue(edit, field, s.call.NowMs, nil) {
			expired = 1
		}
		emptied = f.Len() == 0
	})
	return expired, emptied
}

func (s *hashServer) do(row *Row, words [][]byte) {
	s.reply.Reset()
	s.call.Begin(nil, words, 1)
	s.call.Reply, s.call.Client, s.call.Keys = &s.reply, s, s
	row.Handler(&s.call)
}

func (s *hashServer) ask(text string) string {
	words := bytes.Fields([]byte(text))
	row := s.rows[strings.ToLower(string(words[0]))]
	s.do(&row, words)
	return strings.ReplaceAll(string(bytes.Join(s.reply.Segments(nil, 1<<20), nil)), "\r\n", " ")
}

// hotHashes are commands that allocate nothing but pages.
var hotHashes = []string{"HSET k field-3 other", "HSET k field-3 some field-4 text", "HMSET k field-3 other", "HSETNX k field-3 some", "HGET k field-3",
	"HGET k nosuch", "HMGET k field-3 nosuch field-5", "HEXISTS k field-3", "HSTRLEN k field-3", "HLEN k", "HINCRBY k number 1",
	"HINCRBY k number -1", "HINCRBYFLOAT k number 0.5", "HINCRBYFLOAT k number -0.5", "HGETALL k", "HKEYS k", "HVALS k"}

func TestHashesAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	for _, size := range []int{10, 1000} {
		s := newHashServer()
		s.ask("HSET k number 1000")
		for i := range size {
			s.ask(fmt.Sprintf("HSET k field-%d value", i))
		}
		for _, text := range hotHashes {
			words := bytes.Fields([]byte(text))
			row := s.rows[strings.ToLower(string(words[0]))]
			s.do(&row, words)
			require.Zero(t, testing.AllocsPerRun(100, func() { s.do(&row, words) }), "%s, of %d", text, size)
		}
	}
}

// dueCases are commands about a hash k with a field "due", which is due, "late" and "num", of the values 5, which will be, and others; what
// they reply, and how many fields HLEN counts afterwards.
var dueCases = []struct {
	command, reply string
	// went is whether the due field is deleted, or noted; written what has become of it otherwise.
	went, written bool
}{
	{"HGET k due", "$-1 ", true, false},
	{"HMGET k due late", "*2 $-1 $1 5 ", true, false},
	{"HEXISTS k due", ":0 ", true, false},
	{"HSTRLEN k due", ":0 ", true, false},
	{"HGET k late", "$1 5 ", false, false},
	{"HSETNX k due new", ":1 ", true, true},
	{"HINCRBY k due 3", ":3 ", true, true},
	{"HINCRBYFLOAT k due 0.5", "$3 0.5 ", true, true},
	{"HDEL k due", ":1 ", false, false},
	{"HSET k due 1", ":0 ", false, true},
	{"HSET k late 1", ":0 ", false, false},
	{"HINCRBY k num 1", ":6 ", false, false},
}

// Fields that are due aren't there for who asks for one of them, in pieces and in trees, in the section and under a gate.
func TestDueFields(t *testing.T) {
	for _, size := range []int{10, 1000} {
		for _, gate := range []bool{false, true} {
			for _, c := range dueCases {
				what := fmt.Sprintf("%s, of %d, under a gate: %t", c.command, size, gate)
				s := newHashServer()
				s.gate = gate
				s.fill(size)
				require.Equal(t, c.reply, s.ask(c.command), what)
				events := eventNames(s.call.Effects.Events)
				if c.went && gate {
					require.Equal(t, []string{"due"}, s.noted, what)
				} else {
					require.Empty(t, s.noted, what)
				}
				require.Equal(t, c.went && !gate, strings.HasPrefix(events, "hexpired"), what)
				f := s.hash()
				at := f.Find([]byte("due"))
				switch {
				case c.written:
					require.True(t, at.Found(), what)
					require.Equal(t, hash.NoDeadline, at.DeadlineMs, what)
				default:
					gone := c.went && !gate || strings.HasPrefix(c.command, "HDEL")
					require.Equal(t, gone, !at.Found(), what)
				}
				late := f.Find([]byte("late"))
				require.Equal(t, c.command == "HSET k late 1", late.DeadlineMs == hash.NoDeadline, what)
				number := f.Find([]byte("num"))
				require.NotEqual(t, hash.NoDeadline, number.DeadlineMs, what)
			}
		}
	}
}

// Commands that read whole hashes leave out what is due, in place and on a view, and HRANDFIELD has it deleted.
func TestDueFieldsOfWholeHashes(t *testing.T) {
	for _, size := range []int{10, 1000} {
		for _, inPlace := range []int{1 << 30, -1} {
			for _, gate := range []bool{false, true} {
				s := newHashServer()
				s.gate, s.inPlace = gate, inPlace
				s.fill(size)
				live := size - 1
				for command, heads := range map[string]int{
					"HGETALL k": 2 * live, "HKEYS k": live, "HVALS k": live, "HSCAN k 0 COUNT 5000": 2*live + 2, "HSCAN k 0 MATCH due": 2,
					"HSCAN k 0 NOVALUES COUNT 5000": live + 2, "HRANDFIELD k 5000": live, "HRANDFIELD k -7 WITHVALUES": 14,
				} {
					reply := s.ask(command)
					require.NotContains(t, reply, "$3 due", command)
					if command == "HSCAN k 0 MATCH due" {
						require.True(t, strings.HasSuffix(reply, "*0 "), reply)
						continue
					}
					require.Equal(t, heads, strings.Count(reply, "$")+strings.Count(strings.TrimPrefix(reply, "*"), "*"), command)
				}
				f := s.hash()
				at := f.Find([]byte("due"))
				require.Equal(t, gate, at.Found(), "HRANDFIELD")
			}
		}
	}
}

// Of a hash in which everything is due nothing is left, or shown.
func TestAllFieldsDue(t *testing.T) {
	for _, gate := range []bool{false, true} {
		for command, reply := range map[string]string{
			"HRANDFIELD k": "$-1 ", "HRANDFIELD k 5": "*0 ", "HRANDFIELD k -5 WITHVALUES": "*0 ", "HGET k due": "$-1 ", "HMGET k due due": "*2 $-1 $-1 ",
			"HGETALL k": "*0 ", "HSCAN k 0": "*2 $1 0 *0 ", "HLEN k": ":1 ", "HSETNX k due 2": ":1 ", "HINCRBY k due 2": ":2 ",
		} {
			s := newHashServer()
			s.ask("HSET k due 1")
			s.setDeadline("due", 1)
			s.gate = gate
			require.Equal(t, reply, s.ask(command), command)
			events := eventNames(s.call.Effects.Events)
			switch whole := command == "HGETALL k" || command == "HSCAN k 0" || command == "HLEN k"; {
			case whole:
				require.Empty(t, events, command)
			case !gate && strings.HasPrefix(command, "HSETNX"):
				require.Equal(t, "hexpired del new hset ", events)
			case !gate && strings.HasPrefix(command, "HINCRBY"):
				require.Equal(t, "hexpired del new hincrby ", events)
			case !gate:
				require.Equal(t, "hexpired del ", events, command)
				require.Equal(t, ":0 ", s.ask("HLEN k"), command)
			}
		}
	}
}

// fill makes the hash k of dueCases, of so many fields.
func (s *hashServer) fill(size int) {
	s.ask("HSET k due 5 late 5 num 5")
	for i := range size - 3 {
		s.ask(fmt.Sprintf("HSET k field-%d value", i))
	}
	s.setDeadline("due", 1)
	s.setDeadline("late", 2)
	s.setDeadline("num", 3)
}

func (s *hashServer) setDeadline(field string, deadlineMs int64) {
	s.store.Edit(0).ChangeHash(&datatypes.Entry{}, []byte("k"), datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
		f.SetDeadline(edit, []byte(field), deadlineMs)
	})
}

// hash is the hash k.
func (s *hashServer) hash() hash.Form {
	var e datatypes.Entry
	s.store.DB(0).Find(&e, []byte("k"), 1)
	return e.Hash()
}

func eventNames(events []Event) (names string) {
	for _, event := range events {
		names += event.Name + " "
	}
	return names
}
