package memcached

import (
	"bytes"
	"encoding/binary"
)

// verb is what a request asks for.
type verb uint8

const (
	verbNothing verb = iota // bytes that are passed over
	verbAnswer              // the answer is known: an error, or nothing to do
	verbGet
	verbGetAndTouch
	verbStore
	verbTooLarge
	verbTouch
	verbDelete
	verbArithmetic
	verbFlush
	verbStats
	verbLogin
	verbMetaGet
	verbMetaSet
	verbMetaDelete
	verbMetaArithmetic
	verbMetaDebug
)

// protocol is what a connection speaks, told by its first byte.
type protocol uint8

const (
	protocolUnknown protocol = iota
	protocolText
	protocolBinary
)

// mode is how a value is stored.
type mode uint8

const (
	modeSet mode = iota
	modeAdd
	modeReplace
	modeAppend
	modePrepend
	modeCAS
)

// maxTokens is how many words of a line are told apart; what follows is one.
const maxTokens = 23

// Request is one command. Its slices lie in the bytes that it was parsed from.
type Request struct {
	verb     verb
	protocol protocol
	mode     mode
	// quiet drops the reply: what of it depends on the protocol.
	quiet bool
	// End is set where the connection ends with the request's reply.
	End bool
	// answer is the reply of verbAnswer, without a line end.
	answer string
	// Key is the key, of several the first; none if there is none.
	Key []byte
	// value is what is to be stored, the keys of a get, or the word behind stats.
	value []byte
	item
	arithmetic
	// more is set for a get of which more keys follow in another request.
	more   bool
	meta   meta
	packet packet
	// after is the framer when the request was cut.
	after Framer
}

// item is what a request says of an item.
type item struct {
	flags   uint32
	exptime int64
	// number is the one that the item must have, if compares.
	number   uint64
	compares bool
	// returnsNumber asks for the item's.
	returnsNumber bool
	// removes is set for what is too large where the value that was there goes.
	removes bool
}

// arithmetic is what incr and decr say.
type arithmetic struct {
	delta, initial uint64
	decrement      bool
	// vivify creates what isn't there, with the deadline vivifyTime.
	vivify     bool
	vivifyTime int64
}

// packet is what the binary protocol's replies repeat.
type packet struct {
	opcode byte
	opaque uint32
	// status is that of verbAnswer.
	status status
}

// words are the words of a line.
type words struct {
	list  [maxTokens][]byte
	count int
	// more is set if the line has more words.
	more bool
}

// at is a word, nil if there are not so many.
func (w *words) at(i int) []byte {
	if i >= w.count {
		return nil
	}
	return w.list[i]
}

// last is the last word.
func (w *words) last() []byte { return w.list[w.count-1] }

// split cuts a line at its blanks.
func (w *words) split(line []byte) {
	w.count, w.more = 0, false
	for i := 0; i < len(line); {
		if line[i] == ' ' {
			i++
			continue
		}
		if w.count == maxTokens {
			w.more = true
			return
		}
		from := i
		for i < len(line) && line[i] != ' ' {
			i++
		}
		w.list[w.count] = line[from:i]
		w.count++
	}
}

// tokens is how many memcached counts: its list ends with one that is empty.
func (w *words) tokens() int { return w.count + 1 }

// reset makes a request ready for the next one.
func (r *Request) reset(p protocol) {
	r.verb, r.protocol, r.mode, r.quiet, r.End, r.answer = verbNothing, p, modeSet, false, false, ""
	r.Key, r.value = nil, nil
	r.item, r.arithmetic, r.more = item{}, arithmetic{}, false
	r.meta.reset()
}

// say makes the answer of a request known.
func (r *Request) say(answer string) { r.verb, r.answer = verbAnswer, answer }

// fail is say for an error that a quiet request has, too.
func (r *Request) fail(answer string) {
	r.quiet = false
	r.say(answer)
}

// After is the framer as it was behind the request: where it goes on if what follows is parsed again.
func (r *Request) After() Framer { return r.after }

// Idle tells whether there is nothing to do: bytes to be passed over.
func (r *Request) Idle() bool { return r.verb == verbNothing && !r.End }

// UsesKeys tells whether the request looks at keys.
func (r *Request) UsesKeys() bool {
	switch r.verb {
	case verbNothing, verbAnswer, verbStats, verbLogin:
		return false
	}
	return true
}

// Writes tells whether the request must be run in the exclusive section from the beginning.
func (r *Request) Writes() bool {
	switch r.verb {
	case verbNothing, verbAnswer, verbGet, verbStats, verbLogin, verbMetaDebug:
		return false
	case verbTooLarge:
		return r.removes
	case verbMetaGet:
		return r.vivify || r.meta.has('T')
	}
	return true
}

// names are what requests are called in logs.
var names = [...]string{verbNothing: "", verbAnswer: "answer", verbGet: "get", verbGetAndTouch: "gat", verbStore: "set", verbTooLarge: "set",
	verbTouch: "touch", verbDelete: "delete", verbArithmetic: "incr", verbFlush: "flush_all", verbStats: "stats", verbLogin: "auth",
	verbMetaGet: "mg", verbMetaSet: "ms", verbMetaDelete: "md", verbMetaArithmetic: "ma", verbMetaDebug: "me"}

// nameWords are the same as words.
var nameWords = func() (words [len(names)][]byte) {
	for i, name := range names {
		words[i] = []byte(name)
	}
	return words
}()

// AppendWords appends the request as it may be shown to others: its name, the keys, and what is to be stored under them.
func (r *Request) AppendWords(dst [][]byte) [][]byte {
	dst = append(dst, nameWords[r.verb])
	switch {
	case !r.UsesKeys():
	case (r.verb == verbGet || r.verb == verbGetAndTouch) && r.protocol == protocolText:
		for key, keys := nextWord(r.value); len(key) > 0; key, keys = nextWord(keys) {
			dst = append(dst, key)
		}
	case r.verb == verbStore || r.verb == verbMetaSet:
		dst = append(dst, r.Key, r.value)
	case r.Key != nil:
		dst = append(dst, r.Key)
	}
	return dst
}

// Kind is what a request does, as far as that matters to who runs it.
type Kind uint8

// The kinds of requests.
const (
	KindOther Kind = iota
	KindRead
	KindStore
	KindTouch
	KindDelete
	KindArithmetic
	KindFlush
	KindStats
	KindLogin
	Kinds
)

// Kind is the request's.
func (r *Request) Kind() Kind {
	switch r.verb {
	case verbGet, verbMetaDebug:
		return KindRead
	case verbMetaGet:
		if r.Writes() {
			return KindTouch
		}
		return KindRead
	case verbStore, verbMetaSet:
		return KindStore
	case verbGetAndTouch, verbTouch:
		return KindTouch
	case verbDelete, verbMetaDelete:
		return KindDelete
	case verbTooLarge:
		if r.removes {
			return KindDelete
		}
	case verbArithmetic, verbMetaArithmetic:
		return KindArithmetic
	case verbFlush:
		return KindFlush
	case verbStats:
		return KindStats
	case verbLogin:
		return KindLogin
	}
	return KindOther
}

// Clone is a copy that lies in no connection's bytes. Requests that read can be cloned.
func (r *Request) Clone() *Request {
	other := *r
	other.Key, other.value, other.meta.key = bytes.Clone(r.Key), bytes.Clone(r.value), bytes.Clone(r.meta.key)
	for i, flag := range r.meta.flags[:r.meta.count] {
		other.meta.flags[i] = bytes.Clone(flag)
	}
	return &other
}

var big = binary.BigEndian
