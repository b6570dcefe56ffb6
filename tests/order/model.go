package order

import (
	"strconv"
	"strings"
)

// families are the first letters of the keys: counters, other strings, lists, sets and sorted sets. A command may meet the other kinds, too.
const (
	families    = "nslaz"
	ofEach      = 2
	keyCount    = len(families) * ofEach
	maxClients  = 16
	members     = "abcdef" // of sets and sorted sets
	elementSize = 4        // of lists: each element is made once in a history
)

// key is the name of the key at a place, place the other way round.
func key(place int) string { return families[place/ofEach:][:1] + strconv.Itoa(place%ofEach) }

// keyNames are all there are.
var keyNames = func() (all []string) {
	for at := range keyCount {
		all = append(all, key(at))
	}
	return all
}()

func place(key string) int { return ofEach*strings.IndexByte(families, key[0]) + int(key[1]-'0') }

// kind is what a key holds.
type kind byte

const (
	absent kind = iota
	text
	list
	set
	sorted
)

// value is what a key holds, written so that equal values have equal data: of a list the elements one behind the other, of a set the
// members in the order of the alphabet, of a sorted set "a=5 b=7" by score and member.
type value struct {
	kind kind
	data string
}

// world is the state of the model: comparable, so that the checker finds states that it has seen.
type world struct {
	values [keyCount]value
	// watched are the clients that watch a key, a bit each, dirty those for whom a key has changed; these are no longer in watched.
	watched [keyCount]uint16
	dirty   uint16
	// done counts each client's requests: those that were sent together are run in their order.
	done [maxClients]uint16
}

// request is what is run as one: a command, or a transaction with what was queued.
type request struct {
	client, number int
	words          []string
	queued         [][]string
}

// step runs a request and tells whether the reply is its own.
func (w *world) step(r *request, got string) bool {
	if int(w.done[r.client]) != r.number {
		return false
	}
	w.done[r.client]++
	switch bit := uint16(1) << r.client; r.words[0] {
	case "WATCH":
		for _, key := range r.words[1:] {
			w.watched[place(key)] |= bit &^ w.dirty
		}
		return got == replyOK
	case "UNWATCH", "DISCARD":
		w.unwatch(bit)
		return got == replyOK
	case "EXEC":
		return w.exec(r, got)
	case "BLPOP":
		return w.waitPop(r.words, got)
	case "BLMOVE":
		return w.waitMove(r.words, got)
	}
	return got == w.run(r.words)
}

// run runs a command at once and gives its reply.
func (w *world) run(words []string) string { return commands[words[0]](w, words) }

// commands are those that a transaction may hold.
var commands = map[string]func(w *world, words []string) string{
	"GET": runGet, "SET": runSet, "GETSET": runGetSet, "GETDEL": runGetDel, "APPEND": runAppend, "INCRBY": runIncrBy,
	"MGET": runMGet, "MSET": runMSet, "MSETNX": runMSetNX, "BITOP": runBitOp,
	"DEL": runDel, "EXISTS": runExists, "RENAME": runRename, "RENAMENX": runRename, "COPY": runCopy, "KEYS": runKeys, "DBSIZE": runDBSize,
	"FLUSHDB": runFlush,
	"LPUSH":   runPush, "RPUSH": runPush, "LPOP": runPop, "RPOP": runPop, "LMOVE": runMove, "LRANGE": runRange, "LLEN": runLen,
	"BLPOP": runPopFirst, "BLMOVE": runMove,
	"SADD": runAdd, "SREM": runRemove, "SMOVE": runMoveMember, "SMEMBERS": runCombined, "SUNION": runCombined,
	"SUNIONSTORE": runStored, "SDIFFSTORE": runStored, "SINTERSTORE": runStored,
	"ZINCRBY": runZIncrBy, "ZREM": runZRem, "ZRANGE": runZRange, "ZUNIONSTORE": runZUnionStore,
}

// exec runs a transaction: not if a watched key has changed, and only then.
func (w *world) exec(r *request, got string) bool {
	bit := uint16(1) << r.client
	changed := w.dirty&bit != 0
	w.unwatch(bit)
	switch {
	case r.broken():
		return got == replyAborted
	case changed:
		return got == replyNullArray
	}
	var want strings.Builder
	want.WriteString(arrayHead(len(r.queued)))
	for _, words := range r.queued {
		want.WriteString(w.run(words))
		if !strings.HasPrefix(got, want.String()) {
			return false
		}
	}
	return got == want.String()
}

// broken tells whether a command of the transaction couldn't be queued.
func (r *request) broken() bool {
	for _, words := range r.queued {
		if words[0] == "GET" && len(words) == 1 {
			return true
		}
	}
	return false
}

func (w *world) unwatch(bits uint16) {
	for i := range w.watched {
		w.watched[i] &^= bits
	}
	w.dirty &^= bits
}

// put has a key hold something, which is a change.
func (w *world) put(at int, v value) {
	if v.data == "" && v.kind != text {
		v = value{}
	}
	w.values[at] = v
	if bits := w.watched[at]; bits != 0 {
		w.unwatch(bits)
		w.dirty |= bits
	}
}

// remove deletes a key; it is a change if it was there.
func (w *world) remove(at int) (removed bool) {
	if w.values[at].kind == absent {
		return false
	}
	w.put(at, value{})
	return true
}

// look gives what a key holds; wrong tells of another kind.
func (w *world) look(key string, k kind) (at int, data string, wrong bool) {
	at = place(key)
	v := w.values[at]
	return at, v.data, v.kind != absent && v.kind != k
}

// Replies.
const (
	replyOK        = "+OK\r\n"
	replyNull      = "$-1\r\n"
	replyNullArray = "*-1\r\n"
	replyWrong     = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	replyNotInt    = "-ERR value is not an integer or out of range\r\n"
	replyOverflow  = "-ERR increment or decrement would overflow\r\n"
	replyNoKey     = "-ERR no such key\r\n"
	replySameKey   = "-ERR source and destination objects are the same\r\n"
	replyAborted   = "-EXECABORT Transaction discarded because of previous errors.\r\n"
)

func integer(n int) string { return ":" + strconv.Itoa(n) + "\r\n" }

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

func arrayHead(n int) string { return "*" + strconv.Itoa(n) + "\r\n" }

func array(items ...string) string { return arrayHead(len(items)) + strings.Join(items, "") }
