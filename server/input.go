package server

import (
	"slices"
	"sync"
	"unsafe"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// input is what a client has sent and the server has not run yet.
//
// While bytes arrive and are run within one round they lie in the loop's own read buffer, which all its clients share; only what is
// left over (the beginning of a command whose rest is still under way, or commands that wait) is kept in a buffer of the client's own,
// borrowed from a pool. So an idle client has no buffer. One that sends large values keeps its large buffer while it does so, as making
// it anew for each value would cost more than the rest of the command.
type input struct {
	framer resp.Framer
	// bytes begin with the first command that has not been run; they lie in the loop's buffer or in own.
	bytes []byte
	// parsed is how far commands have been handed out.
	parsed int
	// ran is how far they have been run.
	ran int
	// want is the size that the incomplete command at the end is known to reach, 0 if unknown.
	want int
	// own holds what was left over, at its beginning. A large one is kept for the next large command until trim finds it idle.
	own []byte
	// peak is the most that own has held since trim looked last.
	peak int
	// items is set for a connection of memcached's protocol.
	items *itemInput
	// given is set once a part of own belongs to the store: own is never written again and left to it.
	given bool
}

const (
	// inputChunkBytes is the size of the pooled buffers for what is left over.
	inputChunkBytes = 4 << 10
	// largeInputBytes is the size above which a buffer is kept for the next command.
	largeInputBytes = 32 << 10
	// readBytes is how much is read from one client in one round.
	readBytes = 64 << 10
	// eagerBytes is the size up to which a buffer is made at once for an announced command; a larger one must have sent a sixteenth of
	// itself, so that announcing 512 MB costs nothing.
	eagerBytes = 1 << 20
	// behindBytes is room for what may follow a word that is larger than that: the options of SET or RESTORE.
	behindBytes = 256
)

var inputChunks = sync.Pool{New: func() any { return new([inputChunkBytes]byte) }}

// room returns where in the client's own buffer further bytes go: at least some, at most what is wanted. Growth doubles, up to exactly
// what the command at hand needs, so that a large value in small pieces is copied a bounded number of times and its buffer ends at its
// size, or little above it, however few bytes of it are missing.
func (in *input) room() []byte {
	have := len(in.own)
	if have < in.want && in.want <= cap(in.own) {
		return in.own[have:cap(in.own)]
	}
	left := cap(in.own) - have
	if (left >= 512 || left > 0 && have > eagerBytes) && (in.want <= have || have < cap(in.own)*3/4) {
		return in.own[have:cap(in.own)]
	}
	size := max(2*cap(in.own), inputChunkBytes)
	if in.want > cap(in.own) && in.want-have >= have/4 && (in.want <= eagerBytes || have >= in.want/16) {
		size = in.want
		if in.want > eagerBytes {
			size += behindBytes
		}
	} else if in.want > have {
		// What is known to come may be little, of a command of many words, and more behind it.
		size = min(size, max(in.want, have+have/2))
	}
	size = max(size, have+512)
	grown := make([]byte, have, size)
	copy(grown, in.own)
	in.release()
	in.own = grown
	return in.own[have:cap(in.own)]
}

// took says that n bytes have come into room.
func (in *input) took(n int) {
	in.own = in.own[:len(in.own)+n]
	in.peak = max(in.peak, len(in.own))
	in.bytes = in.own
}

// keep moves what has not been run into the client's own buffer, or gives that buffer back if nothing is left. It returns how many bytes
// stay.
func (in *input) keep() int {
	rest := in.bytes[in.ran:]
	if in.given {
		in.replace()
	}
	switch {
	case len(rest) == 0 && cap(in.own) > largeInputBytes:
		in.own = in.own[:0]
	case len(rest) == 0:
		in.release()
	case cap(in.own) > 0 && &in.own[:1][0] == &in.bytes[0]:
		if in.ran > 0 {
			copy(in.own, rest)
		}
		in.own = in.own[:len(rest)]
	default:
		if cap(in.own) < len(rest) {
			in.release()
			if len(rest) <= inputChunkBytes {
				in.own = inputChunks.Get().(*[inputChunkBytes]byte)[:0]
			} else {
				in.own = in.forRest(len(rest))
			}
		}
		in.own = append(in.own[:0], rest...)
	}
	if in.parsed != in.ran {
		in.framer = resp.Framer{}
		if in.items != nil {
			in.items.framer = in.items.ran
		}
		in.want = 0
	}
	in.bytes, in.parsed, in.ran = in.own, 0, 0
	return len(rest)
}

// forRest makes a buffer for what is left of a round's input, and at once for all of the command that it begins where much has come of one that
// isn't large.
func (in *input) forRest(size int) []byte {
	if size >= readBytes/2 && in.parsed == in.ran && in.want > size && in.want <= eagerBytes {
		return make([]byte, 0, in.want)
	}
	return slices.Grow([]byte(nil), size)
}

// give lets word, which lies in one of the client's buffers, go to somebody who keeps it: true if it makes up most of the client's own
// buffer, which is then left to it.
func (in *input) give(word []byte) bool {
	size := cap(in.own)
	if size <= largeInputBytes || len(word) < size/4*3 {
		return false
	}
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(word))) - uintptr(unsafe.Pointer(unsafe.SliceData(in.own)))
	if offset >= uintptr(size) {
		return false
	}
	in.given = true
	return true
}

// replace lets go of a buffer that was given away. As in Redis the next command is taken to be as large, within bounds.
func (in *input) replace() {
	size := cap(in.own)
	in.own, in.given = nil, false
	if size <= eagerBytes {
		in.own = make([]byte, 0, size)
	}
}

// trim gives back a large buffer that holds nothing and is twice what was needed since the last look, or belongs to an idle client.
func (in *input) trim(idle bool) {
	if len(in.own) == 0 && (idle || in.peak < cap(in.own)/2) {
		in.release()
		in.bytes = nil
	}
	in.peak = len(in.own)
}

func (in *input) release() {
	if cap(in.own) == inputChunkBytes {
		inputChunks.Put((*[inputChunkBytes]byte)(in.own[:inputChunkBytes]))
	}
	in.own = nil
}
