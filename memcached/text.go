package memcached

import (
	"bytes"
	"math"
)

// Answers that many commands have.
const (
	errCommand   = "ERROR"
	errFormat    = "CLIENT_ERROR bad command line format"
	errExptime   = "CLIENT_ERROR invalid exptime argument"
	errDelta     = "CLIENT_ERROR invalid numeric delta argument"
	errNoNumber  = "CLIENT_ERROR cannot increment or decrement non-numeric value"
	errTooLarge  = "SERVER_ERROR object too large for cache"
	errNoMemory  = "SERVER_ERROR out of memory storing object"
	errNoMemory2 = "SERVER_ERROR out of memory"
	errUsage     = "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]"
)

// Version is what version answers: clients look at it to tell what a server knows.
const Version = "1.6.18"

// modeOf is how a storing command stores; ok is false for any other.
func modeOf(command []byte) (m mode, ok bool) {
	switch string(command) {
	case "set":
		return modeSet, true
	case "add":
		return modeAdd, true
	case "replace":
		return modeReplace, true
	case "append":
		return modeAppend, true
	case "prepend":
		return modePrepend, true
	case "cas":
		return modeCAS, true
	}
	return 0, false
}

// parseLine reads a command of the text protocol. If follows, a value of so many bytes and a line end come behind it.
func parseLine(line []byte, limits *Limits, r *Request) (valueSize int, follows bool) {
	command, rest := nextWord(line)
	if len(command) < 2 {
		r.say(errCommand)
		return 0, false
	}
	if len(command) == 2 && command[0] == 'm' {
		return parseMeta(line, limits, r)
	}
	if m, stores := modeOf(command); stores {
		r.mode = m
		return parseStore(line, limits, r)
	}
	switch string(command) {
	case "get", "bget":
		parseGet(rest, r)
	case "gets":
		r.returnsNumber = true
		parseGet(rest, r)
	case "gat":
		parseGetAndTouch(rest, r)
	case "gats":
		r.returnsNumber = true
		parseGetAndTouch(rest, r)
	default:
		var w words
		w.split(line)
		parseOther(&w, r)
	}
	return 0, false
}

func parseGet(keys []byte, r *Request) {
	r.Key = firstWord(keys)
	switch {
	case len(r.Key) == 0:
		r.say(errCommand)
	case !keysFit(keys):
		r.say(errFormat)
	default:
		r.verb, r.value = verbGet, keys
	}
}

func parseGetAndTouch(words []byte, r *Request) {
	word, keys := nextWord(words)
	exptime, ok := signed32(word)
	r.Key = firstWord(keys)
	switch {
	case len(word) == 0:
		r.say(errCommand)
	case !ok:
		r.say(errExptime)
	case !keysFit(keys):
		r.say(errFormat)
	case len(r.Key) == 0:
		r.say("END")
	default:
		r.verb, r.value, r.exptime = verbGetAndTouch, keys, int64(exptime)
	}
}

// parseStore reads set and its like.
func parseStore(line []byte, limits *Limits, r *Request) (valueSize int, follows bool) {
	var w words
	w.split(line)
	least := 6
	if r.mode == modeCAS {
		least = 7
	}
	if w.more || w.tokens() != least && w.tokens() != least+1 {
		r.say(errCommand)
		return 0, false
	}
	r.setQuiet(&w)
	r.Key = w.list[1]
	var ok, ok2, ok3 bool
	var size, exptime int32
	ok4 := true
	r.flags, ok = unsigned32(w.list[2])
	exptime, ok2 = signed32(w.list[3])
	size, ok3 = signed32(w.list[4])
	if r.mode == modeCAS {
		r.number, ok4 = unsigned(w.list[5])
		r.compares = true
	}
	if len(r.Key) > KeyMax || !ok || !ok2 || !ok3 || !ok4 || size < 0 || size > math.MaxInt32-2 {
		r.say(errFormat)
		return 0, false
	}
	r.verb, r.exptime = verbStore, int64(exptime)
	if !limits.fits(len(r.Key), r.flags, int(size)) {
		r.verb, r.answer, r.removes = verbTooLarge, errTooLarge, r.mode == modeSet
	}
	return int(size), true
}

// setQuiet drops the reply if the last word says so.
func (r *Request) setQuiet(w *words) bool {
	r.quiet = string(w.last()) == "noreply"
	return r.quiet
}

// parseOther reads the commands that have neither several keys nor a value.
func parseOther(w *words, r *Request) {
	switch string(w.list[0]) {
	case "incr", "decr":
		parseArithmetic(w, r)
	case "delete":
		parseDelete(w, r)
	case "touch":
		parseTouch(w, r)
	case "flush_all":
		parseFlush(w, r)
	case "stats":
		parseStats(w, r)
	case "version":
		r.say("VERSION " + Version)
	case "quit":
		r.End = true
	case "verbosity":
		switch {
		case wrongCount(w, 3, 4):
			r.say(errCommand)
		default:
			r.setQuiet(w)
			if _, ok := unsigned32(w.list[1]); ok {
				r.say("OK")
			} else {
				r.say(errFormat)
			}
		}
	case "cache_memlimit":
		parseMemoryLimit(w, r)
	default:
		parseSwitchedOff(w, r)
	}
}

// wrongCount tells whether a line has neither so many tokens nor so many.
func wrongCount(w *words, tokens, orTokens int) bool {
	return w.more || w.tokens() != tokens && w.tokens() != orTokens
}

func parseArithmetic(w *words, r *Request) {
	if wrongCount(w, 4, 5) {
		r.say(errCommand)
		return
	}
	r.setQuiet(w)
	r.Key, r.decrement = w.list[1], w.list[0][0] == 'd'
	var ok bool
	r.delta, ok = unsigned(w.list[2])
	switch {
	case len(r.Key) > KeyMax:
		r.say(errFormat)
	case !ok:
		r.say(errDelta)
	default:
		r.verb = verbArithmetic
	}
}

func parseDelete(w *words, r *Request) {
	tokens := w.tokens()
	if w.more || tokens < 3 || tokens > 5 {
		r.say(errCommand)
		return
	}
	if tokens > 3 {
		zero, quiet := string(w.list[2]) == "0", r.setQuiet(w)
		if tokens == 4 && !zero && !quiet || tokens == 5 && (!zero || !quiet) {
			r.say(errUsage)
			return
		}
	}
	if r.Key = w.list[1]; len(r.Key) > KeyMax {
		r.say(errFormat)
		return
	}
	r.verb = verbDelete
}

func parseTouch(w *words, r *Request) {
	if wrongCount(w, 4, 5) {
		r.say(errCommand)
		return
	}
	r.setQuiet(w)
	r.Key = w.list[1]
	exptime, ok := signed32(w.list[2])
	switch {
	case len(r.Key) > KeyMax:
		r.say(errFormat)
	case !ok:
		r.say(errExptime)
	default:
		r.verb, r.exptime = verbTouch, int64(exptime)
	}
}

func parseFlush(w *words, r *Request) {
	tokens := w.tokens()
	if w.more || tokens > 4 {
		r.say(errCommand)
		return
	}
	plain := 2
	if r.setQuiet(w) {
		plain = 3
	}
	r.verb = verbFlush
	if tokens != plain {
		exptime, ok := signed32(w.list[1])
		if r.exptime = int64(exptime); !ok {
			r.say(errExptime)
		}
	}
}

func parseStats(w *words, r *Request) {
	r.verb, r.value = verbStats, w.at(1)
	if string(r.value) != "detail" {
		return
	}
	switch string(w.at(2)) {
	case "on", "off":
		r.say("OK")
	case "dump":
		r.say("END")
	default:
		r.say("CLIENT_ERROR usage: stats detail on|off|dump")
	}
}

func parseMemoryLimit(w *words, r *Request) {
	if wrongCount(w, 3, 4) {
		r.say(errCommand)
		return
	}
	r.setQuiet(w)
	limit, ok := unsigned32(w.list[1])
	switch {
	case !ok:
		r.say(errCommand)
	case limit < 8:
		r.say("MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m")
	case limit > 1000000000:
		r.say("MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes")
	default:
		r.say("MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust")
	}
}

// parseSwitchedOff answers what memcached answers where its slabs, its crawler and its watchers are switched off, and what is no command.
func parseSwitchedOff(w *words, r *Request) {
	tokens, second := w.tokens(), string(w.at(1))
	if w.more {
		tokens = maxTokens + 1
	}
	switch string(w.list[0]) {
	case "shutdown":
		r.say("ERROR: shutdown not enabled")
	case "slabs":
		if tokens == 5 && second == "reassign" {
			r.say("CLIENT_ERROR slab reassignment disabled")
			return
		}
		r.say(errCommand)
	case "lru_crawler":
		switch {
		case tokens == 4 && (second == "crawl" || second == "metadump" || second == "mgdump"):
			r.say("CLIENT_ERROR lru crawler disabled")
		default:
			r.say(errCommand)
		}
	case "watch":
		r.say("CLIENT_ERROR watch commands not allowed")
	default:
		if r.End = speaksHTTP(w.list[0]) && bytes.HasPrefix(w.last(), []byte("HTTP/")); !r.End {
			r.say(errCommand)
		}
	}
}

// speaksHTTP tells whether the last word of an unknown command tells that somebody speaks HTTP: memcached looks for that where the command begins with
// none of the letters that many commands begin with.
func speaksHTTP(command []byte) bool { return bytes.IndexByte([]byte("gsacidt"), command[0]) < 0 }
