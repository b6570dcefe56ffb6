package order

import "slices"

// keySet is a bit for each key.
type keySet uint16

const allKeys keySet = 1<<keyCount - 1

// footprint is what a request has to do with keys, as far as its words and its reply tell: those that it changes if anything, those that
// its reply depends on. It is pure if it can't have changed anything.
type footprint struct {
	reads, writes keySet
	pure          bool
}

// meets tells whether it may matter which of two comes first.
func (f footprint) meets(other footprint) bool {
	return f.writes&(other.reads|other.writes) != 0 || f.reads&other.writes != 0
}

func footprintOf(r *request, reply string) footprint {
	if r.words[0] != "EXEC" {
		return footprintOfCommand(r.words, reply)
	}
	all := footprint{pure: true}
	if reply == replyNullArray || r.broken() {
		return all
	}
	for _, words := range r.queued {
		f := footprintOfCommand(words, "")
		all = footprint{all.reads | f.reads, all.writes | f.writes, all.pure && f.pure}
	}
	return all
}

// harmless are the commands that change no key, and the replies of others that say that nothing was changed.
var harmless = map[string]string{
	"GET": "", "MGET": "", "EXISTS": "", "KEYS": "", "DBSIZE": "", "LRANGE": "", "LLEN": "", "SMEMBERS": "", "SUNION": "", "ZRANGE": "",
	"WATCH": "", "UNWATCH": "", "DISCARD": "",
	"SET": replyNull, "GETDEL": replyNull, "LPOP": replyNull, "RPOP": replyNull, "LMOVE": replyNull, "BLPOP": replyNullArray, "BLMOVE": replyNullArray,
	"DEL": ":0\r\n", "SADD": ":0\r\n", "SREM": ":0\r\n", "SMOVE": ":0\r\n", "ZREM": ":0\r\n", "COPY": ":0\r\n", "RENAMENX": ":0\r\n", "MSETNX": ":0\r\n",
}

// footprintOfCommand is that of one command; its reply may be unknown, "".
func footprintOfCommand(words []string, reply string) footprint {
	keys, destination := keysOf(words)
	saying, known := harmless[words[0]]
	switch {
	case known && saying == "", known && saying == reply, reply != "" && reply[0] == '-':
		return footprint{reads: keys, pure: true}
	case destination != 0:
		return footprint{reads: keys, writes: destination}
	}
	return footprint{reads: keys, writes: keys}
}

// keysOf are a command's keys, and the one among them that alone may be changed, if there is one.
func keysOf(words []string) (keys, destination keySet) {
	switch words[0] {
	case "KEYS", "DBSIZE", "FLUSHDB":
		return allKeys, 0
	}
	for _, word := range words[1:] {
		if len(word) == 2 && slices.Contains(keyNames, word) {
			keys |= 1 << place(word)
		}
	}
	switch words[0] {
	case "SUNIONSTORE", "SDIFFSTORE", "SINTERSTORE", "ZUNIONSTORE":
		destination = 1 << place(words[1])
	case "BITOP", "COPY":
		destination = 1 << place(words[2])
	}
	return keys, destination
}
