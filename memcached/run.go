package memcached

import (
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// Outcome is what has become of a request.
type Outcome uint8

const (
	// Done: it is answered, or needs no answer.
	Done Outcome = iota
	// Again: it is to be run in the exclusive section. It has changed nothing; what it has replied is to be taken back.
	Again
	// Long: it is to be run on a view. It has changed nothing; what it has replied is to be taken back.
	Long
)

// Runner runs requests, one after the other. What it keeps from one to the next is room.
type Runner struct {
	store Store
	out   Reply
	entry datatypes.Entry
	// change and note are what is handed to the store.
	change Change
	note   datatypes.Note
	// wasMs is the deadline that the item had before the request.
	wasMs int64
	// line is where replies are put together.
	line []byte
	// counted is what the request counts if it is done.
	counted [counters]int8
	many    [2]int64 // hits and misses of a get
}

// wholeReply is up to which size a value is put together with what stands around it.
const wholeReply = 64 << 10

// Run runs a request.
func (x *Runner) Run(r *Request, store Store, out Reply) Outcome {
	x.store, x.out, x.line = store, out, x.line[:0]
	x.counted, x.many = [counters]int8{}, [2]int64{}
	outcome := x.run(r)
	if outcome == Done {
		x.count()
		out.Raw(x.line)
	}
	x.store, x.out, x.change.Value = nil, nil, nil
	x.entry = datatypes.Entry{}
	if cap(x.line) > 2*wholeReply {
		x.line = nil
	}
	return outcome
}

func (x *Runner) run(r *Request) Outcome {
	switch r.verb {
	case verbAnswer:
		x.answer(r, r.answer, r.packet.status)
	case verbGet, verbGetAndTouch:
		return x.get(r)
	case verbStore:
		x.storeItem(r)
	case verbTooLarge:
		x.tooLarge(r)
	case verbTouch:
		x.touch(r)
	case verbDelete:
		x.delete(r)
	case verbArithmetic:
		x.arithmetic(r)
	case verbFlush:
		x.flush(r)
	case verbStats:
		x.stats(r)
	case verbLogin:
		x.login(r)
	case verbMetaGet:
		return x.metaGet(r)
	case verbMetaSet:
		x.metaSet(r)
	case verbMetaDelete:
		x.metaDelete(r)
	case verbMetaArithmetic:
		x.metaArithmetic(r)
	case verbMetaDebug:
		return x.metaDebug(r)
	}
	return Done
}

// Refuse answers a request that isn't run, for a reason of the server's.
func (x *Runner) Refuse(r *Request, reason string, out Reply) {
	x.line = x.line[:0]
	if r.verb == verbNothing || r.quiet && r.protocol == protocolText && r.meta.count == 0 {
		return
	}
	if r.protocol == protocolBinary {
		x.packet(r, statusOutOfMemory, 0, nil, len(reason), 0)
		x.line = append(x.line, reason...)
	} else {
		x.line = append(append(append(x.line, "SERVER_ERROR "...), reason...), '\r', '\n')
	}
	out.Raw(x.line)
}

// count counts what the request has done.
func (x *Runner) count() {
	c := x.store.Counters()
	for i, n := range x.counted {
		if n != 0 {
			c.add(Counter(i), int64(n))
		}
	}
}

// met notes something to be counted.
func (x *Runner) met(which Counter) { x.counted[which]++ }

// answer replies with a line, or with a packet of that status; a packet that succeeds has no text of a line but what was asked for.
func (x *Runner) answer(r *Request, text string, s status) {
	switch {
	case r.protocol == protocolBinary:
		if !r.quiet {
			x.packet(r, s, 0, nil, len(text), 0)
			x.line = append(x.line, text...)
		}
	case !r.quiet && (text != "" || !r.End):
		x.say(text)
	}
}

// say replies with a line.
func (x *Runner) say(text string) { x.line = append(append(x.line, text...), '\r', '\n') }

// packet begins a response of the binary protocol.
func (x *Runner) packet(r *Request, s status, extras int, key []byte, rest int, number uint64) {
	p := append(x.line, responseMagic, r.packet.opcode)
	p = big.AppendUint16(p, uint16(len(key)))
	p = append(p, byte(extras), 0)
	p = big.AppendUint16(p, uint16(s))
	p = big.AppendUint32(p, uint32(extras+len(key)+rest))
	p = big.AppendUint32(p, r.packet.opaque)
	x.line = big.AppendUint64(p, number)
}

// done answers a request of text or binary form that has succeeded.
func (x *Runner) done(r *Request, text string, number uint64) {
	switch {
	case r.quiet:
	case r.protocol == protocolBinary:
		x.packet(r, statusOK, 0, nil, 0, number)
	default:
		x.say(text)
	}
}

// failed answers a request that has failed: a packet even if it is quiet.
func (x *Runner) failed(r *Request, text string, s status) {
	switch {
	case r.protocol == protocolBinary:
		x.packet(r, s, 0, nil, len(statusTexts[s]), 0)
		x.line = append(x.line, statusTexts[s]...)
	case !r.quiet:
		x.say(text)
	}
}

// find looks an item up for reading, look for what is about it, and peek for writing.
func (x *Runner) find(key []byte) bool { return x.store.Find(&x.entry, key) && x.isItem() }
func (x *Runner) look(key []byte) bool { return x.store.Look(&x.entry, key) && x.isItem() }
func (x *Runner) peek(key []byte) bool { return x.store.Peek(&x.entry, key) && x.isItem() }

func (x *Runner) isItem() bool { return x.entry.Kind() == datatypes.KindString }

const (
	// relativeMost is the largest time to live in seconds; what is larger is a time since 1970.
	relativeMost = 60 * 60 * 24 * 30
	second       = 1000
)

// deadline is when an item expires whose time to live is that, and whether that is now or before.
func (x *Runner) deadline(exptime int64) (ms int64, past bool) {
	nowMs := x.store.NowMs()
	switch {
	case exptime == 0:
		return datatypes.NoDeadline, false
	case exptime < 0:
		return 1, true
	case exptime <= relativeMost:
		return nowMs + exptime*second, false
	}
	return exptime * second, exptime*second <= nowMs
}

// timeLeft is for how many seconds an item with that deadline will be there, -1 for ever.
func (x *Runner) timeLeft(deadlineMs int64) int64 {
	if deadlineMs == datatypes.NoDeadline {
		return -1
	}
	return max(0, (deadlineMs-x.store.NowMs()+second-1)/second)
}

// numbered sees that the item that was found has a number, and tells it; ok is false if that takes the exclusive section.
func (x *Runner) numbered(key []byte) (number uint64, ok bool) {
	if x.note = x.entry.Note(); x.note.Number != 0 {
		return x.note.Number, true
	}
	if !x.store.Exclusive() {
		return 0, false
	}
	x.note.Number = x.store.NextNumber()
	x.store.Note(&x.entry, key, &x.note, false)
	return x.note.Number, true
}

// appendValue appends the item's value to the reply.
func (x *Runner) appendValue() {
	e := &x.entry
	if piece, ok := e.StringPiece(); ok {
		x.line = append(x.line, piece...)
		return
	}
	if n, ok := e.Int(); ok {
		x.line = strconv.AppendInt(x.line, n, 10)
		return
	}
	x.out.Raw(x.line)
	x.line = x.line[:0]
	e.StringRange(0, e.StringLen(), func(piece []byte) bool {
		x.out.Raw(piece)
		return true
	})
}

// get answers get, gets, gat, gats, and the packets that do the same.
func (x *Runner) get(r *Request) Outcome {
	total := 0
	for keys := r.value; len(keys) > 0; {
		var key []byte
		if r.protocol == protocolBinary {
			key, keys = keys, nil
		} else if key, keys = nextWord(keys); len(key) == 0 {
			break
		}
		if !x.find(key) {
			x.miss(r)
			continue
		}
		if total += x.entry.StringLen(); x.store.Long(total) && r.verb == verbGet {
			return x.long(r)
		}
		if len(x.line) >= wholeReply {
			x.out.Raw(x.line)
			x.line = x.line[:0]
		}
		number := uint64(0)
		if r.returnsNumber {
			var ok bool
			if number, ok = x.numbered(key); !ok {
				return Again
			}
		}
		deadlineMs, past := int64(0), false
		if r.verb == verbGetAndTouch {
			deadlineMs, past = x.deadline(r.exptime)
			x.met(TouchHits)
			x.met(CmdTouch)
		} else {
			x.many[0]++
		}
		x.hit(r, key, number)
		if r.verb == verbGetAndTouch {
			x.touched(key, deadlineMs, past)
		}
	}
	if r.protocol == protocolText && !r.more {
		x.line = append(x.line, "END\r\n"...)
	}
	c := x.store.Counters()
	c.add(CmdGet, x.many[0]+x.many[1])
	c.add(GetHits, x.many[0])
	c.add(GetMisses, x.many[1])
	return Done
}

// long sends a get to a view, which gives no numbers: all items have theirs then.
func (x *Runner) long(r *Request) Outcome {
	for keys := r.value; r.returnsNumber && len(keys) > 0; {
		key := keys
		if keys = nil; r.protocol == protocolText {
			key, keys = nextWord(key)
		}
		if len(key) == 0 || !x.peek(key) {
			continue
		}
		if _, ok := x.numbered(key); !ok {
			return Again
		}
	}
	return Long
}

// hit replies with an item.
func (x *Runner) hit(r *Request, key []byte, number uint64) {
	e, size := &x.entry, x.entry.StringLen()
	flags := e.Note().Flags
	if r.protocol == protocolBinary {
		x.hitPacket(r, key, flags, size, number)
		return
	}
	x.line = append(append(append(x.line, "VALUE "...), key...), ' ')
	x.line = append(strconv.AppendUint(x.line, uint64(flags), 10), ' ')
	x.line = strconv.AppendInt(x.line, int64(size), 10)
	if r.returnsNumber {
		x.line = strconv.AppendUint(append(x.line, ' '), number, 10)
	}
	x.line = append(x.line, '\r', '\n')
	x.appendValue()
	x.line = append(x.line, '\r', '\n')
}

func (x *Runner) hitPacket(r *Request, key []byte, flags uint32, size int, number uint64) {
	opcode, quiet := loud[r.packet.opcode]
	if !quiet {
		opcode = r.packet.opcode
	}
	if opcode == opTouch {
		size = 0
	}
	if opcode != opGetK && opcode != opGATK {
		key = nil
	}
	x.packet(r, statusOK, 4, key, size, number)
	x.line = append(big.AppendUint32(x.line, flags), key...)
	if opcode != opTouch {
		x.appendValue()
	}
}

// miss answers a get of what isn't there.
func (x *Runner) miss(r *Request) {
	if r.verb == verbGetAndTouch {
		x.met(TouchMisses)
		x.met(CmdTouch)
	} else {
		x.many[1]++
	}
	switch {
	case r.protocol != protocolBinary, r.quiet:
	case r.packet.opcode == opGetK, r.packet.opcode == opGATK:
		x.packet(r, statusNotFound, 0, r.Key, 0, 0)
		x.line = append(x.line, r.Key...)
	default:
		x.failed(r, "", statusNotFound)
	}
}

// touched gives the item that was found another deadline.
func (x *Runner) touched(key []byte, deadlineMs int64, past bool) {
	if past {
		x.store.Delete(&x.entry, key)
		return
	}
	x.store.SetDeadline(&x.entry, key, deadlineMs)
}

func (x *Runner) touch(r *Request) {
	x.met(CmdTouch)
	if !x.find(r.Key) {
		x.met(TouchMisses)
		x.failed(r, "NOT_FOUND", statusNotFound)
		return
	}
	x.met(TouchHits)
	deadlineMs, past := x.deadline(r.exptime)
	x.touched(r.Key, deadlineMs, past)
	x.done(r, "TOUCHED", 0)
}

func (x *Runner) delete(r *Request) {
	if !x.peek(r.Key) {
		x.met(DeleteMisses)
		x.failed(r, "NOT_FOUND", statusNotFound)
		return
	}
	if r.compares && r.number != x.entry.Note().Number {
		x.failed(r, "EXISTS", statusExists)
		return
	}
	x.met(DeleteHits)
	x.store.Delete(&x.entry, r.Key)
	x.done(r, "DELETED", 0)
}

func (x *Runner) flush(r *Request) {
	x.met(CmdFlush)
	atMs := int64(0)
	if r.exptime > 0 {
		if ms, past := x.deadline(r.exptime); !past {
			atMs = ms
		}
	}
	x.store.Flush(atMs)
	x.done(r, "OK", 0)
}

func (x *Runner) login(r *Request) {
	x.met(AuthCmds)
	if x.store.Login(r.Key, r.value) {
		if r.protocol == protocolBinary {
			x.answer(r, "Authenticated", statusOK)
		} else {
			x.say("STORED")
		}
		return
	}
	x.met(AuthErrors)
	x.failed(r, "CLIENT_ERROR authentication failure", statusAuthError)
}
