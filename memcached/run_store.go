package memcached

import (
	"math"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// result is what has become of a value that was to be stored.
type result uint8

const (
	resultStored result = iota
	resultNotStored
	resultExists
	resultNotFound
	resultNoMemory
)

// results are what the text protocol and the meta commands call them.
var (
	results     = [...]string{"STORED", "NOT_STORED", "EXISTS", "NOT_FOUND"}
	metaResults = [...]string{"HD", "NS", "EX", "NF"}
)

// storeItem answers set and its like.
func (x *Runner) storeItem(r *Request) {
	res, number := x.put(r)
	switch {
	case res == resultStored:
		x.done(r, results[res], number)
	case res == resultNoMemory:
		x.failed(r, errNoMemory, statusOutOfMemory)
	case r.protocol != protocolBinary:
		x.failed(r, results[res], 0)
	case res == resultExists, res == resultNotStored && r.mode == modeAdd:
		x.failed(r, "", statusExists)
	case res == resultNotFound, res == resultNotStored && r.mode == modeReplace:
		x.failed(r, "", statusNotFound)
	default:
		x.failed(r, "", statusNotStored)
	}
}

// put stores the value of a request, and tells its number if it is asked for.
func (x *Runner) put(r *Request) (res result, number uint64) {
	x.met(CmdSet)
	full := x.store.Full() // it may have to make room, before anything is looked up
	item := x.peek(r.Key)
	found := x.entry.Found()
	if full {
		x.met(StoreNoMemory)
		if found && r.mode == modeSet {
			x.store.Delete(&x.entry, r.Key) // rather nothing than what is out of date
		}
		return resultNoMemory, 0
	}
	x.note = datatypes.Note{Flags: r.flags}
	deadlineMs, past := x.deadline(r.exptime)
	switch r.mode {
	case modeAdd:
		if found {
			return resultNotStored, 0
		}
	case modeReplace:
		if !item {
			return resultNotStored, 0
		}
	case modeAppend, modePrepend:
		return x.extend(r, item)
	case modeCAS:
		if !item {
			x.met(CASMisses)
			return resultNotFound, 0
		}
		switch was := x.entry.Note(); {
		case was.Number == r.number && r.number != 0:
		case r.meta.has('I') && r.number != 0 && r.number < x.version(&was):
			// What was made of an older value: better than none, but to be made anew.
			x.note.Stale, x.note.Claimed = true, was.Claimed
			deadlineMs, past = x.entry.DeadlineMs(), false
		default:
			x.met(CASBadval)
			return resultExists, 0
		}
		x.met(CASHits)
	}
	return resultStored, x.install(r, deadlineMs, past)
}

// version is an item's number, or for one without, which was written after all that have been given, the next one.
func (x *Runner) version(n *datatypes.Note) uint64 {
	if n.Number != 0 {
		return n.Number
	}
	return x.store.LastNumber() + 1
}

// newNumber gives the value being stored a number if the request asks for it.
func (x *Runner) newNumber(r *Request) uint64 {
	switch {
	case r.protocol == protocolText && r.meta.count > 0 && r.meta.has('E'):
		x.note.Number = r.meta.newNumber
	case r.returnsNumber && !(r.protocol == protocolBinary && r.quiet):
		x.note.Number = x.store.NextNumber()
	}
	return x.note.Number
}

// install stores the value of a request, or what comes to the same if its time has come already.
func (x *Runner) install(r *Request, deadlineMs int64, past bool) (number uint64) {
	x.met(TotalItems)
	number = x.newNumber(r)
	if past {
		if x.entry.Found() {
			x.store.Delete(&x.entry, r.Key)
		}
		return number
	}
	x.change = Change{Value: r.value, DeadlineMs: deadlineMs, Note: x.note}
	x.store.Put(&x.entry, r.Key, &x.change)
	return number
}

// extend adds to an item at its end or its beginning. Its deadline and flags stay.
func (x *Runner) extend(r *Request, item bool) (res result, number uint64) {
	if !item {
		if r.vivify && r.protocol == protocolText && !x.entry.Found() {
			deadlineMs, past := x.deadline(r.vivifyTime)
			return resultStored, x.install(r, deadlineMs, past)
		}
		return resultNotStored, 0
	}
	was := x.entry.Note()
	if r.compares && r.number != was.Number && r.number != 0 {
		return resultExists, 0
	}
	if x.entry.StringLen()+len(r.value) > math.MaxInt32 {
		return resultNotStored, 0
	}
	x.met(TotalItems)
	x.note = datatypes.Note{Flags: was.Flags}
	if r.mode == modeAppend {
		x.store.Append(&x.entry, r.Key, r.value)
		x.note = x.entry.Note()
		if number = x.newNumber(r); number != 0 {
			x.store.Note(&x.entry, r.Key, &x.note, false)
		}
		return resultStored, number
	}
	whole := make([]byte, 0, len(r.value)+x.entry.StringLen())
	whole = x.entry.AppendString(append(whole, r.value...))
	number = x.newNumber(r)
	x.change = Change{Value: whole, DeadlineMs: x.entry.DeadlineMs(), Note: x.note, Event: EventPrepend}
	x.store.Put(&x.entry, r.Key, &x.change)
	return resultStored, number
}

// tooLarge answers a value that is too large: what a set would have replaced goes.
func (x *Runner) tooLarge(r *Request) {
	x.met(StoreTooLarge)
	if r.removes && x.store.Peek(&x.entry, r.Key) {
		x.store.Delete(&x.entry, r.Key)
	}
	x.failed(r, r.answer, statusTooLarge)
}

// sum is what has become of an addition.
type sum uint8

const (
	sumDone sum = iota
	sumCreated
	sumMissing
	sumNoNumber
	sumExists
	sumNoMemory
)

// add adds to an item that is a number, or subtracts, and creates it if it isn't there and the request says so. value is what is stored then.
func (x *Runner) add(r *Request) (what sum, value, number uint64) {
	hits, misses, event := IncrHits, IncrMisses, EventIncrement
	if r.decrement {
		hits, misses, event = DecrHits, DecrMisses, EventDecrement
	}
	full := x.store.Full()
	item := x.peek(r.Key)
	x.wasMs = x.entry.DeadlineMs()
	switch {
	case full:
		x.met(StoreNoMemory)
		return sumNoMemory, 0, 0
	case item:
	case x.entry.Found():
		return sumNoNumber, 0, 0
	case !r.vivify:
		x.met(misses)
		return sumMissing, 0, 0
	default:
		x.note = datatypes.Note{}
		deadlineMs, past := x.deadline(r.vivifyTime)
		return sumCreated, r.initial, x.storeNumber(r, r.initial, deadlineMs, past, EventSet)
	}
	was := x.entry.Note()
	if r.compares && r.number != 0 && r.number != was.Number {
		return sumExists, 0, 0
	}
	value, ok := x.number()
	if !ok {
		return sumNoNumber, 0, 0
	}
	switch {
	case !r.decrement:
		value += r.delta
	case r.delta > value:
		value = 0
	default:
		value -= r.delta
	}
	x.met(hits)
	x.note = datatypes.Note{Flags: was.Flags, Stale: was.Stale, Claimed: was.Claimed, Fetched: was.Fetched}
	deadlineMs, past := x.entry.DeadlineMs(), false
	if r.verb == verbMetaArithmetic && r.meta.has('T') {
		deadlineMs, past = x.deadline(r.exptime)
	}
	return sumDone, value, x.storeNumber(r, value, deadlineMs, past, event)
}

// numberMost is the longest value that may be a number: what is longer is an item in pieces to memcached.
const numberMost = 512 << 10

// number reads the item that was found as a number.
func (x *Runner) number() (n uint64, ok bool) {
	if n, isInt := x.entry.Int(); isInt {
		return uint64(n), n >= 0
	}
	if x.entry.StringLen() > numberMost {
		return 0, false
	}
	piece, ok := x.entry.StringPiece()
	if !ok {
		piece = x.entry.AppendString(nil)
	}
	return unsigned(piece)
}

// storeNumber stores a number, and tells the one that the item has from then on if that is asked for.
func (x *Runner) storeNumber(r *Request, value uint64, deadlineMs int64, past bool, event Event) (number uint64) {
	number = x.newNumber(r)
	if past {
		if x.entry.Found() {
			x.store.Delete(&x.entry, r.Key)
		}
		return number
	}
	from := len(x.line)
	x.line = strconv.AppendUint(x.line, value, 10)
	x.change = Change{Value: x.line[from:], DeadlineMs: deadlineMs, Note: x.note, Event: event}
	x.store.Put(&x.entry, r.Key, &x.change)
	x.line = x.line[:from]
	return number
}

// arithmetic answers incr and decr.
func (x *Runner) arithmetic(r *Request) {
	what, value, number := x.add(r)
	switch what {
	case sumMissing:
		x.failed(r, "NOT_FOUND", statusNotFound)
	case sumNoNumber:
		x.failed(r, errNoNumber, statusNoNumber)
	case sumExists:
		x.failed(r, "EXISTS", statusExists)
	case sumNoMemory:
		x.failed(r, errNoMemory2, statusOutOfMemory)
	default:
		switch {
		case r.quiet:
		case r.protocol == protocolBinary:
			x.packet(r, statusOK, 0, nil, 8, number)
			x.line = big.AppendUint64(x.line, value)
		default:
			x.line = strconv.AppendUint(x.line, value, 10)
			x.line = append(x.line, '\r', '\n')
		}
	}
}
