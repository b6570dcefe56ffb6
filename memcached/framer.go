package memcached

import "bytes"

// Framer cuts what a connection sends into requests. The zero value is one of which nothing is known yet.
type Framer struct {
	protocol protocol
	// line is set while the rest of a line is passed over, keys while the keys of a get come in parts.
	line bool
	keys keysState
	// skip is how many bytes are passed over, of a value that is too large.
	skip int
}

// keysState tells of a get that has more keys than are looked at once whether its values come with numbers.
type keysState uint8

const (
	keysNone keysState = iota
	keysPlain
	keysNumbered
)

const (
	// lineMax is the size of a line, from which on only a get may be longer.
	lineMax = 2048
	// leadingBlanks is how many may stand before it.
	leadingBlanks = 100
	// loginMax bounds what is sent to log in, in bytes.
	loginMax = 1024
)

// Next makes r the first request of in. size is how many bytes it takes, 0 if it isn't there whole yet; want is then the size that it is known
// to have, or 0. A framer that was given back what After says goes on behind that request.
func (f *Framer) Next(in []byte, limits *Limits, r *Request) (size, want int) {
	if len(in) == 0 {
		return 0, 0
	}
	if f.protocol == protocolUnknown {
		f.protocol = protocolText
		if in[0] == requestMagic {
			f.protocol = protocolBinary
		}
	}
	r.reset(f.protocol)
	switch {
	case f.skip > 0:
		size = min(f.skip, len(in))
		f.skip -= size
	case f.line:
		size = bytes.IndexByte(in, '\n') + 1
		if f.line = size == 0; f.line {
			size = len(in)
		}
	case f.protocol == protocolBinary:
		size, want = f.binary(in, limits, r)
	case limits.Unauthenticated:
		size, want = f.login(in, r)
	case f.keys != keysNone:
		size = f.moreKeys(in, r)
	default:
		size, want = f.text(in, limits, r)
	}
	r.after = *f
	return size, want
}

// text cuts a line, with the value behind it if it has one.
func (f *Framer) text(in []byte, limits *Limits, r *Request) (size, want int) {
	end := bytes.IndexByte(in, '\n')
	if end < 0 {
		return f.longLine(in, r), 0
	}
	line := in[:end]
	if end > 1 && in[end-1] == '\r' {
		line = in[:end-1]
	}
	if zero := bytes.IndexByte(line, 0); zero >= 0 {
		line = line[:zero] // it ends a string in C
	}
	valueSize, follows := parseLine(line, limits, r)
	size = end + 1
	switch {
	case !follows:
		return size, 0
	case r.verb == verbAnswer || r.verb == verbTooLarge:
		f.skip = valueSize + 2
		return size, 0
	case len(in) < size+valueSize+2:
		return 0, size + valueSize + 2
	}
	r.value = in[size : size+valueSize : size+valueSize]
	size += valueSize + 2
	if in[size-2] != '\r' || in[size-1] != '\n' {
		if r.verb == verbMetaSet {
			r.quiet = false
		}
		r.say("CLIENT_ERROR bad data chunk")
	}
	return size, 0
}

// longLine is a line whose end hasn't come.
func (f *Framer) longLine(in []byte, r *Request) (size int) {
	if len(in) <= lineMax {
		return 0
	}
	line := bytes.TrimLeft(in, " ")
	switch {
	case len(in)-len(line) > leadingBlanks:
	case bytes.HasPrefix(line, []byte("get ")):
		f.keys = keysPlain
	case bytes.HasPrefix(line, []byte("gets ")):
		f.keys = keysNumbered
	}
	if f.keys == keysNone {
		r.End = true
		return len(in)
	}
	began := len(in) - len(line) + bytes.IndexByte(line, ' ') + 1
	size = f.moreKeys(in[began:], r)
	if size == 0 {
		return 0
	}
	return began + size
}

// moreKeys is a part of a line of keys: as far as keys are there whole, or up to its end.
func (f *Framer) moreKeys(in []byte, r *Request) (size int) {
	r.verb, r.returnsNumber = verbGet, f.keys == keysNumbered
	r.more = true
	if end := bytes.IndexByte(in, '\n'); end >= 0 {
		r.more, f.keys = false, keysNone
		r.value = bytes.TrimSuffix(in[:end], []byte("\r"))
		size = end + 1
	} else if size = bytes.LastIndexByte(in, ' ') + 1; size > 0 {
		r.value = in[:size]
	} else if len(in) <= KeyMax+1 {
		return 0 // a key that may still be short enough
	}
	if size == 0 || !keysFit(r.value) {
		f.keys, f.line = keysNone, r.more
		if size == 0 {
			size = len(in)
		}
		r.say(errFormat)
	}
	if r.Key = firstWord(r.value); len(r.Key) == 0 && r.verb == verbGet {
		if r.verb = verbNothing; !r.more {
			r.say("END")
		}
	}
	return size
}

// keysFit tells whether no key of a line is too long.
func keysFit(line []byte) bool {
	for len(line) > 0 {
		var key []byte
		if key, line = nextWord(line); len(key) > KeyMax {
			return false
		}
	}
	return true
}

// nextWord is the first word of a line, and what follows it.
func nextWord(line []byte) (word, rest []byte) {
	for len(line) > 0 && line[0] == ' ' {
		line = line[1:]
	}
	end := bytes.IndexByte(line, ' ')
	if end < 0 {
		return line, nil
	}
	return line[:end], line[end:]
}

func firstWord(line []byte) []byte {
	word, _ := nextWord(line)
	return word
}

// login is what a connection sends that must log in: a set of any key, whose value is a name and a password.
func (f *Framer) login(in []byte, r *Request) (size, want int) {
	end := bytes.IndexByte(in, '\n')
	if end < 0 {
		if len(in) <= lineMax {
			return 0, 0
		}
		r.End = true
		return len(in), 0
	}
	size = end + 1
	var w words
	w.split(in[:end])
	valueSize, ok := uint32(0), w.count >= 5 && string(w.list[0]) == "set"
	if ok {
		valueSize, ok = unsigned32(w.list[4])
	}
	switch {
	case !ok:
		r.say("CLIENT_ERROR unauthenticated")
		return size, 0
	case valueSize > loginMax:
		f.skip = int(valueSize) + 2
		r.say("CLIENT_ERROR auth token too long")
		return size, 0
	}
	total := size + int(valueSize) + 2
	if len(in) < total {
		return 0, total
	}
	r.value = in[size : total-2]
	if string(in[total-2:total]) != "\r\n" {
		r.say("CLIENT_ERROR bad command line termination")
		return total, 0
	}
	w.split(r.value)
	if w.count < 2 {
		r.say("CLIENT_ERROR bad authentication token format")
		return total, 0
	}
	r.verb, r.Key, r.value = verbLogin, w.list[0], w.list[1]
	return total, 0
}
