package memcached

import (
	"encoding/base64"
	"math"
)

const (
	// metaTokensMax is how many tokens a meta command may have, with its name and memcached's empty last one; opaqueMax the length of an opaque
	// one, its letter included.
	metaTokensMax = 20
	opaqueMax     = 32

	errToken     = "CLIENT_ERROR bad token in command line format"
	errFlags     = "CLIENT_ERROR invalid or duplicate flag"
	errOpaque    = "CLIENT_ERROR opaque token too long"
	errTooMany   = "CLIENT_ERROR options flags too long"
	errTooMany2  = "CLIENT_ERROR options flags are too long"
	errDuplicate = "CLIENT_ERROR duplicate flag"
	errFlag      = "CLIENT_ERROR invalid flag"
)

// meta is what a meta command says beside what others say too.
type meta struct {
	// flags are its words behind the key, or the size, in their order; seen the letters that they begin with.
	flags [metaTokensMax][]byte
	count int
	seen  [2]uint64
	mode  byte
	// key is the key as it was sent, in base64 if the flag b is there; decoded is room for it.
	key     []byte
	decoded [KeyMax]byte
	// recacheTime is the argument of R, newNumber that of E.
	recacheTime int64
	newNumber   uint64
}

func (m *meta) reset() { m.count, m.seen, m.mode, m.key, m.newNumber = 0, [2]uint64{}, 0, nil, 0 }

// has tells whether there is a flag of that letter.
func (m *meta) has(letter byte) bool { return m.seen[letter>>6]>>(letter&63)&1 != 0 }

// parseMeta reads a meta command. What it returns is as for parseLine.
func parseMeta(line []byte, limits *Limits, r *Request) (valueSize int, follows bool) {
	var w words
	w.split(line)
	switch w.list[0][1] {
	case 'g':
		r.verb = verbMetaGet
	case 's':
		r.verb = verbMetaSet
		return parseMetaSet(&w, limits, r)
	case 'd':
		r.verb = verbMetaDelete
	case 'a':
		r.verb = verbMetaArithmetic
	case 'e':
		parseMetaDebug(&w, r)
		return 0, false
	case 'n':
		r.say("MN")
		return 0, false
	default:
		r.say(errCommand)
		return 0, false
	}
	r.Key = w.at(1)
	switch {
	case r.Key == nil:
		r.say(errCommand)
	case len(r.Key) > KeyMax:
		r.say(errFormat)
	case w.more || w.tokens() > metaTokensMax:
		if r.verb == verbMetaGet {
			r.say(errTooMany2)
		} else {
			r.say(errTooMany)
		}
	default:
		parseMetaFlags(&w, 2, r)
	}
	return 0, false
}

// parseMetaFlags reads the flags of mg, md and ma.
func parseMetaFlags(w *words, from int, r *Request) {
	answer := r.readFlags(w, from)
	switch {
	case answer == "":
	case r.verb == verbMetaGet:
		r.fail(answer)
		return
	default:
		r.fail(errFlags)
		return
	}
	switch {
	case r.verb == verbMetaArithmetic && !r.arithmeticMode():
		r.fail("CLIENT_ERROR invalid mode for ma M token")
	case r.opaqueTooLong():
		r.fail(errOpaque)
	}
}

// arithmeticMode applies the flag M of ma.
func (r *Request) arithmeticMode() bool {
	if !r.meta.has('D') {
		r.delta = 1
	}
	switch r.meta.mode {
	case 0, 'I', '+':
	case 'D', '-':
		r.decrement = true
	default:
		return false
	}
	return true
}

func parseMetaDebug(w *words, r *Request) {
	r.Key = w.at(1)
	if r.Key == nil || len(r.Key) > KeyMax {
		r.say(errFormat)
		return
	}
	r.verb, r.meta.key = verbMetaDebug, r.Key
	if flag := w.at(2); len(flag) == 1 && flag[0] == 'b' {
		r.meta.seen['b'>>6] |= 1 << ('b' & 63)
		if !r.decodeKey() {
			r.say(errFormat)
		}
	}
}

func parseMetaSet(w *words, limits *Limits, r *Request) (valueSize int, follows bool) {
	r.Key = w.at(1)
	switch {
	case r.Key == nil:
		r.say(errCommand)
		return 0, false
	case len(r.Key) > KeyMax, w.count == 2:
		r.say(errFormat)
		return 0, false
	case w.more || w.tokens() > metaTokensMax:
		r.say(errTooMany)
		return 0, false
	}
	size, ok := signed32(w.list[2])
	if !ok || size < 0 || size > math.MaxInt32-2 {
		r.say(errFormat)
		return 0, false
	}
	answer := r.readFlags(w, 3)
	if answer == "" {
		answer = r.storingMode()
	}
	switch {
	case answer != "":
		r.fail(answer)
	case !limits.fits(len(r.Key), r.flags, int(size)):
		r.verb, r.answer, r.removes, r.quiet = verbTooLarge, errTooLarge, true, false
	}
	return int(size), true
}

// storingMode applies the flag M of ms; it returns an error's text.
func (r *Request) storingMode() (answer string) {
	switch r.meta.mode {
	case 0, 'S':
	case 'E':
		r.mode = modeAdd
	case 'A':
		r.mode = modeAppend
	case 'P':
		r.mode = modePrepend
	case 'R':
		r.mode = modeReplace
	default:
		return "CLIENT_ERROR invalid mode for ms M token"
	}
	if r.opaqueTooLong() {
		return errOpaque
	}
	if r.compares && (r.mode == modeSet || r.mode == modeReplace) {
		r.mode = modeCAS
	}
	return ""
}

func (r *Request) opaqueTooLong() bool {
	for _, flag := range r.meta.flags[:r.meta.count] {
		if flag[0] == 'O' && len(flag) > opaqueMax {
			return true
		}
	}
	return false
}

// decodeKey reads a key in base64.
func (r *Request) decodeKey() bool {
	m := &r.meta
	if base64.StdEncoding.DecodedLen(len(r.Key)) > len(m.decoded) {
		return false
	}
	n, err := base64.StdEncoding.Strict().Decode(m.decoded[:], r.Key)
	r.Key = m.decoded[:n:n]
	return err == nil && n > 0
}

// readFlags reads the flags from a word on. It returns an error's text; of several that of the last, but for what can't be gone on after.
func (r *Request) readFlags(w *words, from int) (answer string) {
	m := &r.meta
	m.key = r.Key
	for _, flag := range w.list[from:w.count] {
		letter := flag[0]
		if letter >= 127 || m.has(letter) {
			return errDuplicate
		}
		m.seen[letter>>6] |= 1 << (letter & 63)
		m.flags[m.count] = flag
		m.count++
		wrong, known := r.readFlag(letter, flag[1:])
		if !known {
			return errFlag
		}
		if wrong != "" {
			answer = wrong
		}
	}
	return answer
}

// readFlag reads one flag; wrong is an error's text.
func (r *Request) readFlag(letter byte, argument []byte) (wrong string, known bool) {
	ok := true
	switch letter {
	case 'O', 'P', 'L', 'k', 's', 't', 'f', 'v', 'h', 'l', 'u', 'I', 'x':
	case 'c':
		r.returnsNumber = true
	case 'q':
		r.quiet = true
	case 'b':
		if !r.decodeKey() {
			return "CLIENT_ERROR error decoding key", true
		}
	case 'N':
		r.vivify = true
		r.vivifyTime, ok = seconds(argument)
	case 'T':
		r.exptime, ok = seconds(argument)
	case 'R':
		r.meta.recacheTime, ok = seconds(argument)
	case 'F':
		if r.flags, ok = unsigned32(argument); !ok {
			return errFormat, true
		}
	case 'C':
		r.number, ok = unsigned(argument)
		r.compares = true
	case 'E':
		r.meta.newNumber, ok = unsigned(argument)
	case 'M':
		if len(argument) != 1 {
			return "CLIENT_ERROR incorrect length for M token", true
		}
		r.meta.mode = argument[0]
	case 'J':
		if r.initial, ok = unsigned(argument); !ok {
			return "CLIENT_ERROR invalid numeric initial value", true
		}
	case 'D':
		if r.delta, ok = unsigned(argument); !ok {
			return "CLIENT_ERROR invalid numeric delta value", true
		}
	default:
		return "", false
	}
	if !ok {
		return errToken, true
	}
	return "", true
}

func seconds(word []byte) (s int64, ok bool) {
	short, ok := signed32(word)
	return int64(short), ok
}
