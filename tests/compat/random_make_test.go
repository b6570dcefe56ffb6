package compat

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maker makes random commands from a table.
type maker struct {
	random *rand.Rand
	table  []randomCommand
	data   []randomCommand // those about keys
	names  []string        // of commands that are no containers
	next   []call          // made already
	// deadlines counts those that were made.
	deadlines int
	now       int64 // the Unix time in seconds, near enough to tell deadlines that have passed
}

func newMaker(seed uint64, table []randomCommand) *maker {
	m := &maker{random: rand.New(rand.NewPCG(seed, 0)), table: table, now: time.Now().Unix()}
	for _, c := range table {
		if slices.Contains(dataGroups, c.group) {
			m.data = append(m.data, c)
		}
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
		"parameter":        {"hz", "slowlog-max-len", "maxmemory-policy", "lazyfree-lazy-user-del", "notify-keyspace-events", "nosuch", "daemonize"},
		"username":         {"default", "nobody"},
		"category":         {"read", "string", "nosuch"},
		"protover":         {"2", "3", "4"},
		"event":            {"command", "fork", "nosuch"},
		"encoding":         {"u1", "i8", "u8", "i5", "u16", "i64", "u63", "u64", "i65", "x8"},
		"offset":           {"0", "1", "7", "8", "20", "100", "2000", "#0", "#3", "-1", "4294967296"},
		"bit":              {"0", "1", "0", "1", "2"},
		"index":            {"0", "0", "1", "2", "15", "16"},
		"index1":           {"0", "1", "2", "16"},
		"index2":           {"0", "1", "2", "-1"},
		"db":               {"0", "1", "2", "16"},
		"numkeys":          {"1", "1", "2", "2", "3", "0", "-1", "9223372036854775807"},
		"weight":           {"1", "0", "-1", "2.5", "0.1", "inf", "-inf", "-0", "1e308", "nan"},
		"serialized-value": payloads,
		"frequency":        {"0", "1", "255", "256", "-1"},
		"pattern":          {"*", "k*", "k[1-3]", "?1", "", "[^k]*", "\\k1"},
		"function":         {"f", "f", "F", "reads", "lies", "nosuch"},
		"function-code":    libraries,
		"library-name":     {"a", "a", "b", "A", "nosuch"},
	}
)

// libraries are codes of libraries of functions, a function each: in which order Redis lists several nobody knows.
var libraries = []string{
	"#!lua name=a\nredis.register_function('f', function(keys, args) return redis.call('set', keys[1] or 'k1', args[1] or 'v') end)",
	"#!lua name=a\nredis.register_function{function_name='reads', callback=function(keys) return redis.call('type', keys[1] or 'k2') end, flags={'no-writes'}}",
	"#!lua name=b\nredis.register_function('f', function(keys, args) redis.call('incr', 'k3') return {#keys, #args, redis.pcall('incr', 'k3')} end)",
	"#!lua name=b\nredis.register_function{function_name='lies', callback=function(keys) return redis.pcall('del', 'k1', 'k2') end, flags={'no-writes'}}",
	"#!lua name=b\nlocal n = 0 redis.register_function('F', function() n = n + 1 return n end)",
	"#!lua name=nosuch\n", "#!js name=a\n", "#!lua name=a\nredis.register_function('f', 1)", "#!lua name=a\nredis.call('ping')", "return 1",
}

// nearSeconds are times to live that might pass during a run, or that might be given twice: which of the two deadlines is later, with GT and
// LT, would depend on when the server got to it. farAway makes others of them.
const nearSeconds = 1 << 33

// farAway is a time to live that no run lives to see the end of, in seconds or in milliseconds, no other like it within ten thousand.
func (m *maker) farAway() string {
	const places, step, apart = 10007, 7919, 100_000
	m.deadlines++
	return strconv.Itoa(1_000_000_000 + m.deadlines*step%places*apart)
}

func (m *maker) pick(list []string) string { return list[m.random.IntN(len(list))] }

func (m *maker) chance(percent int) bool { return m.random.IntN(100) < percent }

// call is the next random command.
func (m *maker) call() call {
	for len(m.next) == 0 {
		m.make()
	}
	c := m.next[0]
	m.next = m.next[1:]
	return c
}

// make makes a command or several that belong together.
func (m *maker) make() {
	if m.chance(3) {
		m.makeTransaction()
		return
	}
	c := m.command(spoiltPercent)
	if strings.EqualFold(c.words[0], "multi") && m.chance(90) {
		return // so seldom is a transaction made of what comes
	}
	m.add(c)
}

const (
	// spoiltPercent are spoilt, once or several times; of those in a transaction fewer, or none would be carried out.
	spoiltPercent         = 30
	spoiltPercentQueued   = 3
	maxTransactionCalls   = 6
	transactionEndPercent = 85 // that ends with EXEC and not with DISCARD
	dataPercent           = 70
)

// makeTransaction makes one, with or without WATCH.
func (m *maker) makeTransaction() {
	plain := func(words ...string) call { return call{words: words, how: how{mode: "exact", replies: 1}} }
	if m.chance(40) {
		m.add(plain("watch", m.pick(keys)))
		for m.chance(30) {
			m.add(m.command(spoiltPercent))
		}
	}
	m.add(plain("multi"))
	for range m.random.IntN(maxTransactionCalls) {
		m.add(m.command(spoiltPercentQueued))
	}
	if m.chance(transactionEndPercent) {
		m.add(plain("exec"))
		return
	}
	m.add(plain("discard"))
}

// add adds a command to those that come next. A key that has expired when it is set is looked at, so that there is one at most: found by
// some commands, several would be deleted in an order of the server's own.
func (m *maker) add(c call) {
	if strings.EqualFold(c.words[0], "sort") {
		// Redis takes all numbers for wrong after one that was too large, until it reads another in this way.
		m.next = append(m.next, call{words: []string{"zincrby", "k1", "none", "member"}, how: how{mode: "exact", replies: 1}})
	}
	m.next = append(m.next, m.scripted(c))
	if strings.EqualFold(c.words[0], "set") && len(c.words) > 2 && m.hasPassed(c.words[2:]) {
		m.next = append(m.next, call{words: []string{"get", c.words[1]}, how: how{mode: "exact", replies: 1}})
	}
}

// scripts run the command that is their arguments: alone, twice, between others, with its errors caught, kept from others.
var scripts = []string{
	"return redis.call(unpack(ARGV))",
	"return redis.pcall(unpack(ARGV))",
	"redis.pcall(unpack(ARGV)) return redis.pcall(unpack(ARGV))",
	"redis.call('incr', 'counter') local r = redis.call(unpack(ARGV)) redis.call('append', KEYS[1], 'x') return r",
	"pcall(redis.call, 'lpush', KEYS[1], 'x') local ok, r = pcall(redis.call, unpack(ARGV)) return r",
	"redis.call('select', 1) redis.pcall(unpack(ARGV)) redis.call('select', 0) return redis.pcall(unpack(ARGV))",
	"redis.set_repl(redis.REPL_NONE) return redis.pcall(unpack(ARGV))",
	"redis.set_repl(redis.REPL_AOF) redis.pcall('incr', KEYS[1]) redis.set_repl(redis.REPL_ALL) return redis.pcall(unpack(ARGV))",
	"#!lua flags=no-writes\nreturn redis.call(unpack(ARGV))",
	"#!lua\nreturn redis.pcall(unpack(ARGV))",
}

// scriptedPercent are called by a script.
const scriptedPercent = 8

// scripted has a command called by a script, now and then.
func (m *maker) scripted(c call) call {
	switch strings.ToLower(c.words[0]) {
	case "multi", "exec", "discard", "info":
		return c
	}
	if !m.chance(scriptedPercent) {
		return c
	}
	name := "eval"
	if m.chance(10) {
		name = "eval_ro"
	}
	return call{words: append([]string{name, m.pick(scripts), "1", m.pick(keys)}, c.words...), how: c.how}
}

// hasPassed tells whether there is a deadline in the past among words.
func (m *maker) hasPassed(words []string) bool {
	for i := range words[1:] {
		n, err := strconv.ParseInt(words[i+1], 10, 64)
		seconds := strings.EqualFold(words[i], "EXAT")
		if err == nil && (seconds && n <= m.now || strings.EqualFold(words[i], "PXAT") && n <= m.now*1000) {
			return true
		}
	}
	return false
}

// command makes a command: from its argument tree, and sometimes spoilt.
func (m *maker) command(spoilt int) call {
	table := m.table
	if m.chance(dataPercent) && len(m.data) > 0 {
		table = m.data
	}
	c := table[m.random.IntN(len(table))]
	words := strings.Split(c.name, "|")
	fixed := len(words)
	for _, a := range c.arguments {
		words = m.argument(words, a, 0)
	}
	for m.chance(spoilt) {
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
		switch {
		case err != nil || n <= 0 || i == 0:
		case words[0] == "restore" && strings.EqualFold(words[i-1], "IDLETIME"):
			words[i] = "1" // where nobody evicts by use it has no effect here
		case n < nearSeconds && takesDeadline(words[0], words[i-1]):
			words[i] = m.farAway()
		}
		if words[0] == "xadd" && words[i] == "*" {
			words[i] = "5-*"
		}
		if i == scanCursors[words[0]] && i > 0 {
			words[i] = "0" // other cursors are each server's own
		}
		if words[0] == "config" && (words[i] == "*" || strings.Contains(words[i], "\x00")) {
			words[i] = "hz*"
		}
	}
	if words[0] == "sort" {
		words = m.settleSort(words)
	}
	if scanCursors[words[0]] > 0 {
		words = append(words, "COUNT", "10000") // all at once, or parts of the server's choice would come
	}
	return words
}

// settleSort has SORT depend on nothing but what there is: not on the order in which a set lies, in which weights are looked up, which
// elements that are alike keep, and in which those come that aren't sorted. What is stored is always sorted, by all their bytes.
func (m *maker) settleSort(words []string) []string {
	settled := false
	for i := 2; i < len(words); i++ {
		by := strings.EqualFold(words[i], "BY")
		if by && i+1 < len(words) {
			words[i+1] = strings.ReplaceAll(words[i+1], "*", "")
		}
		settled = settled || by || strings.EqualFold(words[i], "ALPHA")
	}
	if settled {
		words = append(words, "STORE", m.pick(keys))
	}
	return words
}

// scanCursors are where the cursors of scans stand.
var scanCursors = map[string]int{"scan": 1, "sscan": 2, "zscan": 2, "hscan": 2}

func takesDeadline(command, previous string) bool {
	switch command {
	case "setex", "psetex", "expire", "pexpire":
		return true
	case "restore":
		return !strings.EqualFold(previous, "FREQ")
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
