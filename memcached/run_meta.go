package memcached

import (
	"encoding/base64"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// flagsOf replies with those flags of a request that its reply repeats, and calls more for the others.
func (x *Runner) flagsOf(r *Request, more func(x *Runner, letter byte)) {
	for _, flag := range r.meta.flags[:r.meta.count] {
		switch flag[0] {
		case 'O':
			x.line = append(append(x.line, ' '), flag...)
		case 'k':
			x.line = append(append(x.line, " k"...), r.meta.key...)
			if r.meta.has('b') {
				x.line = append(x.line, " b"...)
			}
		default:
			if more != nil {
				more(x, flag[0])
			}
		}
	}
}

// tell replies with a flag and a number.
func (x *Runner) tell(letter byte, n int64) {
	x.line = strconv.AppendInt(append(x.line, ' ', letter), n, 10)
}

// metaGet answers mg.
func (x *Runner) metaGet(r *Request) Outcome {
	m := &r.meta
	touches, created, gone := m.has('T'), false, false
	item := false
	if m.has('u') {
		item = x.look(r.Key)
	} else {
		item = x.find(r.Key)
	}
	x.wasMs = x.entry.DeadlineMs()
	if !item && r.vivify && !x.entry.Found() && !x.store.Full() {
		x.note = datatypes.Note{Claimed: true}
		gone = x.vivified(r)
		created, item = true, true
	}
	if !item {
		x.metaMiss(r)
		return Done
	}
	note := x.entry.Note()
	deadlineMs, past := x.entry.DeadlineMs(), false
	if touches && !created {
		deadlineMs, past = x.deadline(r.exptime)
	}
	won := created || x.wins(r, &note)
	next := note
	next.Claimed = note.Claimed || won
	next.Fetched = note.Fetched || !m.has('u') && (m.has('h') || m.has('l') || m.has('t'))
	if r.returnsNumber && note.Number == 0 && x.store.Exclusive() {
		next.Number = x.store.NextNumber()
	}
	if (next != note || r.returnsNumber && next.Number == 0) && !x.store.Exclusive() {
		return Again
	}
	if m.has('v') && !m.has('l') && x.store.Long(x.entry.StringLen()) && !x.store.Exclusive() {
		return Long
	}
	x.metaHit(r, &note, next.Number, created)
	if note.Claimed && !created {
		x.line = append(x.line, " Z"...)
	}
	if note.Stale {
		x.line = append(x.line, " X"...)
	}
	if won {
		x.line = append(x.line, " W"...)
	}
	x.line = append(x.line, '\r', '\n')
	if m.has('v') {
		x.appendValue()
		x.line = append(x.line, '\r', '\n')
	}
	if next != note {
		x.note = next
		x.store.Note(&x.entry, r.Key, &x.note, next.Claimed != note.Claimed)
	}
	if gone {
		x.store.Delete(&x.entry, r.Key)
	}
	if touches {
		if !created {
			x.touched(r.Key, deadlineMs, past)
		}
		x.met(CmdTouch)
		x.met(TouchHits)
	} else {
		x.met(CmdGet)
		x.met(GetHits)
	}
	return Done
}

// vivified creates an empty item, for its finder to fill, and tells whether its time is over with the reply. Of T and N the last one counts.
func (x *Runner) vivified(r *Request) (gone bool) {
	exptime := r.vivifyTime
	for _, flag := range r.meta.flags[:r.meta.count] {
		switch flag[0] {
		case 'T':
			exptime = r.exptime
		case 'N':
			exptime = r.vivifyTime
		}
	}
	deadlineMs, gone := x.deadline(exptime)
	if gone {
		deadlineMs = datatypes.NoDeadline
	}
	x.newNumber(r)
	x.change = Change{DeadlineMs: deadlineMs, Note: x.note}
	x.store.Put(&x.entry, r.Key, &x.change)
	x.met(TotalItems)
	return gone
}

// wins tells whether the request is told to make the item anew: since it is stale, or will be gone sooner than R says, and nobody else was told.
func (x *Runner) wins(r *Request, note *datatypes.Note) bool {
	if note.Claimed || note.Stale || !r.meta.has('R') {
		return note.Stale && !note.Claimed
	}
	deadlineMs := x.wasMs
	for _, flag := range r.meta.flags[:r.meta.count] {
		switch flag[0] {
		case 'T':
			deadlineMs, _ = x.deadline(r.exptime)
		case 'R':
			recacheMs, _ := x.deadline(r.meta.recacheTime)
			return deadlineMs != datatypes.NoDeadline && deadlineMs < recacheMs
		}
	}
	return false
}

// metaMiss answers mg of what isn't there, which is a get, whatever its flags.
func (x *Runner) metaMiss(r *Request) {
	x.met(CmdGet)
	x.met(GetMisses)
	if r.quiet {
		return
	}
	x.line = append(x.line, "EN"...)
	x.flagsOf(r, nil)
	x.line = append(x.line, '\r', '\n')
}

// metaHit replies with the flags of an item, which each tell of what those before it have left.
func (x *Runner) metaHit(r *Request, note *datatypes.Note, number uint64, created bool) {
	size := int64(x.entry.StringLen())
	if r.meta.has('v') {
		x.line = strconv.AppendInt(append(x.line, "VA "...), size, 10)
	} else {
		x.line = append(x.line, "HD"...)
	}
	fetched := int64(0)
	if note.Fetched {
		fetched = 1
	}
	x.flagsOf(r, func(x *Runner, letter byte) {
		switch letter {
		case 's':
			x.tell('s', size)
		case 't':
			x.tell('t', x.timeLeft(x.wasMs))
		case 'T':
			x.wasMs, _ = x.deadline(r.exptime)
		case 'N':
			if created {
				x.wasMs, _ = x.deadline(r.vivifyTime)
			}
		case 'c':
			x.line = strconv.AppendUint(append(x.line, " c"...), number, 10)
		case 'f':
			x.tell('f', int64(note.Flags))
		case 'l':
			x.tell('l', x.store.IdleS(&x.entry))
		case 'h':
			x.tell('h', fetched)
		}
	})
}

// metaSet answers ms.
func (x *Runner) metaSet(r *Request) {
	res, number := x.put(r)
	if res == resultNoMemory {
		x.say(errNoMemory)
		return
	}
	if r.quiet && res == resultStored {
		return
	}
	x.line = append(x.line, metaResults[res]...)
	size := int64(0)
	if r.meta.has('s') && res == resultStored && x.peek(r.Key) {
		size = int64(x.entry.StringLen())
	}
	x.flagsOf(r, func(x *Runner, letter byte) {
		switch letter {
		case 'c':
			x.line = strconv.AppendUint(append(x.line, " c"...), number, 10)
		case 's':
			x.tell('s', size)
		}
	})
	x.line = append(x.line, '\r', '\n')
}

// metaEnd replies with a result and what it repeats.
func (x *Runner) metaEnd(r *Request, res string) {
	x.line = append(x.line, res...)
	x.flagsOf(r, nil)
	x.line = append(x.line, '\r', '\n')
}

// metaDelete answers md.
func (x *Runner) metaDelete(r *Request) {
	m := &r.meta
	if !x.peek(r.Key) {
		x.met(DeleteMisses)
		x.metaEnd(r, "NF")
		return
	}
	note := x.entry.Note()
	if r.compares && r.number != note.Number {
		x.met(DeleteMisses)
		x.metaEnd(r, "EX")
		return
	}
	switch {
	case m.has('I'):
		x.invalidate(r, &note)
	case m.has('x'):
		x.note = datatypes.Note{}
		x.newNumber(r)
		x.change = Change{DeadlineMs: x.entry.DeadlineMs(), Note: x.note}
		x.store.Put(&x.entry, r.Key, &x.change)
	default:
		x.met(DeleteHits)
		x.store.Delete(&x.entry, r.Key)
	}
	if !r.quiet {
		x.metaEnd(r, "HD")
	}
}

// invalidate marks an item as stale, for the next who asks to make it anew, and gives it another number.
func (x *Runner) invalidate(r *Request, note *datatypes.Note) {
	x.note = datatypes.Note{Flags: note.Flags, Stale: true, Fetched: note.Fetched, Number: x.store.NextNumber()}
	if r.meta.has('E') {
		x.note.Number = r.meta.newNumber
	}
	if r.meta.has('x') {
		x.note.Flags = 0
		x.change = Change{DeadlineMs: x.entry.DeadlineMs(), Note: x.note}
		x.store.Put(&x.entry, r.Key, &x.change)
	} else {
		x.store.Note(&x.entry, r.Key, &x.note, true)
	}
	if r.meta.has('T') {
		deadlineMs, past := x.deadline(r.exptime)
		x.touched(r.Key, deadlineMs, past)
	}
}

// metaArithmetic answers ma.
func (x *Runner) metaArithmetic(r *Request) {
	what, value, number := x.add(r)
	switch what {
	case sumMissing:
		x.metaEnd(r, "NF")
		return
	case sumExists:
		x.metaEnd(r, "EX")
		return
	case sumNoNumber:
		x.say(errNoNumber)
		return
	case sumNoMemory:
		x.say(errNoMemory2)
		return
	}
	if r.quiet && what == sumDone {
		return
	}
	var room [20]byte
	shown := strconv.AppendUint(room[:0], value, 10)
	if r.meta.has('v') {
		x.line = strconv.AppendInt(append(x.line, "VA "...), int64(len(shown)), 10)
	} else {
		x.line = append(x.line, "HD"...)
	}
	x.flagsOf(r, func(x *Runner, letter byte) {
		switch letter {
		case 'c':
			x.line = strconv.AppendUint(append(x.line, " c"...), number, 10)
		case 't':
			x.tell('t', x.timeLeft(x.wasMs))
		case 'T', 'N':
			x.wasMs = x.entry.DeadlineMs()
		}
	})
	x.line = append(x.line, '\r', '\n')
	if r.meta.has('v') {
		x.line = append(append(x.line, shown...), '\r', '\n')
	}
}

// metaDebug answers me.
func (x *Runner) metaDebug(r *Request) Outcome {
	x.met(CmdMeta)
	if !x.look(r.Key) {
		x.line = append(x.line, "EN\r\n"...)
		return Done
	}
	note := x.entry.Note()
	number, ok := x.numbered(r.Key)
	if !ok {
		return Again
	}
	x.line = append(x.line, "ME "...)
	if r.meta.has('b') {
		x.line = base64.StdEncoding.AppendEncode(x.line, r.Key)
	} else {
		x.line = append(x.line, r.Key...)
	}
	left := x.timeLeft(x.entry.DeadlineMs())
	if left > 0 {
		left = -left // as memcached tells it
	}
	fetched := "no"
	if note.Fetched {
		fetched = "yes"
	}
	x.line = strconv.AppendInt(append(x.line, " exp="...), left, 10)
	x.line = strconv.AppendInt(append(x.line, " la="...), x.store.IdleS(&x.entry), 10)
	x.line = strconv.AppendUint(append(x.line, " cas="...), number, 10)
	x.line = append(append(x.line, " fetch="...), fetched...)
	x.line = strconv.AppendInt(append(x.line, " cls=1 size="...), int64(itemHeader+len(r.Key)+x.entry.StringLen()), 10)
	x.line = append(x.line, '\r', '\n')
	return Done
}
