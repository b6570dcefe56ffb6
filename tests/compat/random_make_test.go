package compat

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// maker makes random commands from a table.
type maker struct {
	random *rand.Rand
	table  []randomCommand
	names  []string // of commands that are no containers
}

func newMaker(seed uint64, table []randomCommand) *maker {
	m := &maker{random: rand.New(rand.NewPCG(seed, 0)), table: table}
	for _, c := range table {
		if !strings.Contains(c.name, "|") {
			m.names = append(m.names, c.name)
		}
	}
	return m
}

// call is a made command.
type call struct {
	words []string
	how   how
}

func (c call) String() string {
	quoted := make([]string, len(c.words))
	for i, word := range c.words {
		quoted[i] = strconv.Quote(word)
	}
	return strings.Join(quoted, " ")
}

var (
	keys    = []string{"k1", "k2", "k3", "k4", ""}
	strange = []string{"", " 1", "abc", "1.5", "-0", "01", "+1", "1e3", "\x00\xff\r\n", strings.Repeat("x", 300), "*", "-", "GET", "nx"}
	whole   = []string{
		"0", "1", "2", "3", "10", "100", "-1", "-2", "4294967296", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
	}
	doubles = []string{"0", "1.5", "-2.25", "3e2", "inf", "-inf", "nan", "1e400"}
	plain   = []string{"a", "b", "hello", "10", "-1", "9223372036854775807", "3.5", "some longer text than fits in a few bytes of a page"}
	// named are the words for arguments whose name says more than their kind.
	named = map[string][]string{
		"parameter": {"hz", "slowlog-max-len", "maxmemory-policy", "lazyfree-lazy-user-del", "notify-keyspace-events", "nosuch", "daemonize"},
		"username":  {"default", "nobody"},
		"category":  {"read", "string", "nosuch"},
		"protover":  {"2", "3", "4"},
		"event":     {"command", "fork", "nosuch"},
	}
)

const (
	farSeconds  = "1000000000" // a deadline that no run lives to see
	nearSeconds = 100_000_000  // a deadline below it might pass during a run
)

func (m *maker) pick(list []string) string { return list[m.random.IntN(len(list))] }

func (m *maker) chance(percent int) bool { return m.random.IntN(100) < percent }

// next is a random command: from its argument tree, and sometimes spoilt.
func (m *maker) next() call {
	c := m.table[m.random.IntN(len(m.table))]
	words := strings.Split(c.name, "|")
	fixed := len(words)
	for _, a := range c.arguments {
		words = m.argument(words, a, 0)
	}
	for m.chance(30) {
		words = m.spoil(words, fixed)
	}
	words = m.postpone(words)
	for i := range fixed {
		words[i] = m.letterCase(words[i])
	}
	return call{words: words, how: c.how}
}

const maxDepth = 8

func (m *maker) argument(words []string, a argument, depth int) []string {
	if depth > maxDepth || a.optional && m.chance(60) {
		return words
	}
	times := 1
	if a.multiple {
		times += m.random.IntN(3)
	}
	for i := range times {
		if a.token != "" && (i == 0 || a.multipleToken) {
			words = append(words, m.letterCase(a.token))
		}
		words = m.value(words, a, depth)
	}
	return words
}

func (m *maker) value(words []string, a argument, depth int) []string {
	switch {
	case a.kind == "pure-token":
		return words
	case a.kind == "oneof":
		return m.argument(words, a.parts[m.random.IntN(len(a.parts))], depth+1)
	case a.kind == "block":
		for _, part := range a.parts {
			words = m.argument(words, part, depth+1)
		}
		return words
	case named[a.name] != nil && m.chance(90):
		return append(words, m.pick(named[a.name]))
	case strings.HasPrefix(a.name, "command") && m.chance(90):
		return append(words, m.letterCase(m.pick(m.names)))
	case m.chance(8):
		return append(words, m.pick(strange))
	}
	switch a.kind {
	case "key":
		return append(words, m.pick(keys))
	case "integer", "unix-time":
		return append(words, m.pick(whole))
	case "double":
		return append(words, m.pick(doubles))
	}
	return append(words, m.pick(plain))
}

// spoil changes one thing behind the command's name.
func (m *maker) spoil(words []string, fixed int) []string {
	rest := len(words) - fixed
	at := fixed
	if rest > 0 {
		at += m.random.IntN(rest)
	}
	kind := m.random.IntN(6)
	switch {
	case rest == 0 || kind == 0:
		return slices.Insert(words, at, m.pick([][]string{strange, whole, plain, keys}[m.random.IntN(4)]))
	case kind == 1:
		return slices.Delete(words, at, at+1)
	case kind == 2:
		return append(words, words[at:]...)
	case kind == 3:
		words[at] = m.pick([][]string{strange, whole}[m.random.IntN(2)])
	case kind == 4:
		other := fixed + m.random.IntN(rest)
		words[at], words[other] = words[other], words[at]
	case kind == 5:
		return words[:at]
	}
	return words
}

// postpone moves deadlines that might pass during the run far away, and replaces what differs between servers: ids that the clock would
// make, the whole configuration, and values of the configuration with a NUL byte, where Redis's C strings end.
func (m *maker) postpone(words []string) []string {
	for i := range words {
		n, err := strconv.ParseInt(words[i], 10, 64)
		if err == nil && n > 0 && n < nearSeconds && i > 0 && takesDeadline(words[0], words[i-1]) {
			words[i] = farSeconds
		}
		if words[0] == "xadd" && words[i] == "*" {
			words[i] = "5-*"
		}
		if words[0] == "config" && (words[i] == "*" || strings.Contains(words[i], "\x00")) {
			words[i] = "hz*"
		}
	}
	return words
}

func takesDeadline(command, previous string) bool {
	switch command {
	case "setex", "psetex", "expire", "pexpire", "restore":
		return true
	}
	return strings.EqualFold(previous, "EX") || strings.EqualFold(previous, "PX")
}

func (m *maker) letterCase(word string) string {
	switch m.random.IntN(4) {
	case 0:
		return strings.ToLower(word)
	case 1:
		mixed := []byte(strings.ToLower(word))
		for i := range mixed {
			if m.chance(50) {
				mixed[i] = strings.ToUpper(string(mixed[i]))[0]
			}
		}
		return string(mixed)
	}
	return strings.ToUpper(word)
}
