package memcached

import "bytes"

// The binary protocol: a header of 24 bytes, then extras, key and value. Numbers are in network order.
//
//	request   0x80 | opcode | key length u16 | extras length u8 | type u8 | bucket u16 | body length u32 | opaque u32 | number u64
//	response  0x81 | opcode | key length u16 | extras length u8 | type u8 | status u16 | body length u32 | opaque u32 | number u64
const (
	requestMagic  = 0x80
	responseMagic = 0x81
	headerBytes   = 24
)

// Opcodes, without those that are another one's quiet form.
const (
	opGet       = 0x00
	opSet       = 0x01
	opAdd       = 0x02
	opReplace   = 0x03
	opDelete    = 0x04
	opIncrement = 0x05
	opDecrement = 0x06
	opQuit      = 0x07
	opFlush     = 0x08
	opNoop      = 0x0a
	opVersion   = 0x0b
	opGetK      = 0x0c
	opAppend    = 0x0e
	opPrepend   = 0x0f
	opStat      = 0x10
	opTouch     = 0x1c
	opGAT       = 0x1d
	opSASLList  = 0x20
	opSASLAuth  = 0x21
	opSASLStep  = 0x22
	opGATK      = 0x23
)

// loud are the quiet opcodes, and what they are quiet forms of.
var loud = map[byte]byte{0x09: opGet, 0x0d: opGetK, 0x11: opSet, 0x12: opAdd, 0x13: opReplace, 0x14: opDelete, 0x15: opIncrement,
	0x16: opDecrement, 0x17: opQuit, 0x18: opFlush, 0x19: opAppend, 0x1a: opPrepend, 0x1e: opGAT, 0x24: opGATK}

// status is a response's.
type status uint16

const (
	statusOK          status = 0x00
	statusNotFound    status = 0x01
	statusExists      status = 0x02
	statusTooLarge    status = 0x03
	statusInvalid     status = 0x04
	statusNotStored   status = 0x05
	statusNoNumber    status = 0x06
	statusAuthError   status = 0x20
	statusUnknown     status = 0x81
	statusOutOfMemory status = 0x82
)

// statusTexts are the bodies of failures.
var statusTexts = map[status]string{statusNotFound: "Not found", statusExists: "Data exists for key.", statusTooLarge: "Too large.",
	statusInvalid: "Invalid arguments", statusNotStored: "Not stored.", statusNoNumber: "Non-numeric server-side value for incr or decr",
	statusAuthError: "Auth failure.", statusUnknown: "Unknown command", statusOutOfMemory: "Out of memory"}

// mechanisms are those of SASL that are known.
const mechanisms = "PLAIN"

// frame is a request's parts.
type frame struct {
	opcode byte // that the quiet one stands for
	extras []byte
	value  int // its size
	body   int
}

// binary cuts a packet.
func (f *Framer) binary(in []byte, limits *Limits, r *Request) (size, want int) {
	if in[0] != requestMagic {
		r.End = true
		return len(in), 0
	}
	if len(in) < headerBytes {
		return 0, headerBytes
	}
	key, extras := int(big.Uint16(in[2:])), int(in[4])
	p := frame{body: int(big.Uint32(in[8:])), opcode: in[1]}
	r.packet = packet{opcode: in[1], opaque: big.Uint32(in[12:])}
	p.value = p.body - key - extras
	if p.opcode, r.quiet = loud[in[1]]; !r.quiet {
		p.opcode = in[1]
	}
	switch {
	case p.value < 0:
		r.close(statusUnknown)
		return len(in), 0
	case limits.Unauthenticated && p.opcode != opSASLList && p.opcode != opSASLAuth && p.opcode != opSASLStep && p.opcode != opVersion:
		r.close(statusAuthError)
		return len(in), 0
	case key > KeyMax:
		r.close(statusInvalid)
		return len(in), 0
	}
	size = headerBytes + extras + key
	if len(in) < size {
		return 0, size
	}
	p.extras = in[headerBytes : headerBytes+extras]
	r.Key = in[size-key : size : size]
	r.number = big.Uint64(in[16:])
	r.compares = r.number != 0
	if !r.dispatch(&p, limits) {
		r.close(statusInvalid)
		return size, 0
	}
	if r.verb == verbAnswer || r.verb == verbTooLarge {
		f.skip = p.value
		return size, 0
	}
	if len(in) < size+p.value {
		return 0, size + p.value
	}
	if r.verb == verbStore || r.verb == verbLogin {
		r.value = in[size : size+p.value : size+p.value]
	}
	if r.verb == verbLogin {
		r.plain()
	}
	return size + p.value, 0
}

// close ends the connection with a failure.
func (r *Request) close(s status) {
	r.failWith(s)
	r.End = true
}

// failWith makes a failure the answer.
func (r *Request) failWith(s status) {
	r.quiet, r.verb, r.answer, r.packet.status = false, verbAnswer, statusTexts[s], s
}

// dispatch tells what a packet asks for, and whether its parts have the sizes that it must have.
func (r *Request) dispatch(p *frame, limits *Limits) bool {
	key, extras := len(r.Key), len(p.extras)
	r.returnsNumber = true
	switch p.opcode {
	case opGet, opGetK:
		r.verb, r.value = verbGet, r.Key
		return extras == 0 && p.value == 0 && key > 0
	case opTouch, opGAT, opGATK:
		if extras != 4 || key == 0 {
			return false
		}
		r.exptime = int64(big.Uint32(p.extras))
		r.verb, r.value = verbGetAndTouch, r.Key
		return p.value == 0
	case opSet, opAdd, opReplace, opAppend, opPrepend:
		return r.dispatchStore(p, limits)
	case opDelete:
		r.verb = verbDelete
		return extras == 0 && p.value == 0 && key > 0
	case opIncrement, opDecrement:
		if key == 0 || extras != 20 || p.value != 0 {
			return false
		}
		r.verb, r.decrement = verbArithmetic, p.opcode == opDecrement
		r.delta, r.initial = big.Uint64(p.extras), big.Uint64(p.extras[8:])
		r.vivifyTime = int64(big.Uint32(p.extras[16:]))
		r.vivify = r.vivifyTime != 1<<32-1
	case opFlush:
		if extras == 4 {
			r.exptime = int64(big.Uint32(p.extras))
		}
		r.verb = verbFlush
		return key == 0 && p.value == 0 && (extras == 0 || extras == 4)
	case opStat:
		r.verb, r.value = verbStats, r.Key
		return extras == 0 && p.value == 0
	case opNoop:
		r.say("")
		return p.body == 0
	case opVersion:
		r.say(Version)
		return p.body == 0
	case opQuit:
		r.say("")
		r.End = true
		return p.body == 0
	case opSASLList, opSASLAuth, opSASLStep:
		return r.dispatchSASL(p, limits)
	default:
		r.failWith(statusUnknown)
	}
	return true
}

func (r *Request) dispatchStore(p *frame, limits *Limits) bool {
	extras := 8
	switch p.opcode {
	case opAdd:
		r.mode = modeAdd
	case opReplace:
		r.mode = modeReplace
	case opAppend:
		r.mode, extras = modeAppend, 0
	case opPrepend:
		r.mode, extras = modePrepend, 0
	}
	if len(p.extras) != extras || len(r.Key) == 0 {
		return false
	}
	r.verb = verbStore
	if extras != 0 {
		r.flags, r.exptime = big.Uint32(p.extras), int64(big.Uint32(p.extras[4:]))
		if r.compares {
			r.mode = modeCAS
		}
	}
	if !limits.fits(len(r.Key), r.flags, p.value) {
		r.failWith(statusTooLarge)
		r.verb, r.removes = verbTooLarge, p.opcode == opSet
	}
	return true
}

func (r *Request) dispatchSASL(p *frame, limits *Limits) bool {
	switch {
	case p.opcode == opSASLList && p.body != 0, p.opcode != opSASLList && (len(p.extras) != 0 || len(r.Key) == 0):
		return false
	case !limits.Password:
		r.failWith(statusUnknown)
		return true
	case p.opcode == opSASLList:
		r.say(mechanisms)
		return true
	}
	r.verb = verbLogin
	if p.value > loginMax {
		r.failWith(statusOutOfMemory)
	} else if p.opcode == opSASLStep {
		r.failWith(statusAuthError) // PLAIN has no second step
	}
	return true
}

// plain reads the name and the password of PLAIN: whom to act for, who it is, the password, with zeros between them.
func (r *Request) plain() {
	if string(r.Key) != "PLAIN" {
		r.failWith(statusAuthError)
		return
	}
	_, rest, ok := bytes.Cut(r.value, []byte{0})
	name, password, ok2 := bytes.Cut(rest, []byte{0})
	if !ok || !ok2 {
		r.failWith(statusAuthError)
		return
	}
	r.Key, r.value = name, password
}
