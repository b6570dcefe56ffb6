package rdb

import (
	"io"
	"slices"
)

const (
	smallestWindow = 64 << 10
	largestKept    = 4 << 20 // a window that grew beyond is given up
	firstGrowth    = 64 << 10
	maxEmptyReads  = 100
)

// window is what was read of a stream and not used yet, buf[r:w].
//
//	        base                 offset
//	stream  ..|....................|..............|.........
//	buf       |0     used         r|   to be used |w
//
// What is used up is slid out when room is needed. A window without a source is everything there is.
type window struct {
	src    io.Reader
	buf    []byte
	r, w   int
	base   int64 // the offset of buf[0] in the stream
	summed int   // buf[:summed] is in crc
	crc    uint64
	sums   bool // the checksum is wanted
	err    error
}

// over is the window of bytes that lie there already.
func over(p []byte) window { return window{buf: p, w: len(p)} }

func (w *window) offset() int64 { return w.base + int64(w.r) }

// ahead is what is there to be used.
func (w *window) ahead() []byte { return w.buf[w.r:w.w] }

// settle brings the checksum up to what was used.
func (w *window) settle() {
	if w.sums {
		w.crc = checksum(w.crc, w.buf[w.summed:w.r])
	}
	w.summed = w.r
}

// need sees to it that n bytes are there. A window grows, doubling, only as bytes come.
func (w *window) need(n int) error {
	if w.w-w.r >= n {
		return nil
	}
	return w.fill(n)
}

func (w *window) fill(n int) error {
	if w.src == nil {
		return io.ErrUnexpectedEOF
	}
	for empty := 0; w.w-w.r < n; {
		if w.err != nil {
			return cut(w.err)
		}
		if w.w == len(w.buf) {
			w.makeRoom()
		}
		got, err := w.src.Read(w.buf[w.w:])
		w.w, w.err = w.w+got, err
		if empty++; got > 0 {
			empty = 0
		}
		if empty == maxEmptyReads {
			w.err = io.ErrNoProgress
		}
	}
	return nil
}

// makeRoom slides, or doubles a window that is full of what is wanted.
func (w *window) makeRoom() {
	w.settle()
	switch {
	case w.r > 0:
		w.base += int64(w.r)
		w.w = copy(w.buf, w.buf[w.r:w.w])
		w.r, w.summed = 0, 0
	case len(w.buf) < smallestWindow:
		w.buf = append(make([]byte, 0, smallestWindow), w.buf...)[:smallestWindow]
	default:
		w.buf = slices.Grow(w.buf, len(w.buf))
		w.buf = w.buf[:cap(w.buf)]
	}
}

// shrink gives up a window that had to hold something large.
func (w *window) shrink() {
	if w.src == nil || len(w.buf) <= largestKept || w.w-w.r > smallestWindow {
		return
	}
	w.settle()
	rest := w.buf[w.r:w.w]
	w.base += int64(w.r)
	w.buf = append(make([]byte, 0, smallestWindow), rest...)[:smallestWindow]
	w.r, w.w, w.summed = 0, len(rest), 0
}

// take uses n bytes, which stay where they are until more is needed.
func (w *window) take(n int) ([]byte, error) {
	if err := w.need(n); err != nil {
		return nil, err
	}
	p := w.buf[w.r : w.r+n : w.r+n]
	w.r += n
	return p, nil
}

func (w *window) byte() (byte, error) {
	if w.r == w.w {
		if err := w.fill(1); err != nil {
			return 0, err
		}
	}
	w.r++
	return w.buf[w.r-1], nil
}

// fits tells whether n bytes may be taken without the window having to grow.
func (w *window) fits(n uint64) bool {
	return w.src == nil || n <= uint64(max(len(w.buf), smallestWindow)) || n <= uint64(w.w-w.r)
}

// copyOut uses n bytes and appends them to dst, which grows, doubling, only as they come. Where they don't, the offset is still that of the
// first.
func (w *window) copyOut(dst []byte, n int) ([]byte, error) {
	first, here := w.offset(), min(n, w.w-w.r)
	dst = append(dst, w.buf[w.r:w.r+here]...)
	w.r += here
	if n -= here; n == 0 {
		return dst, nil
	}
	w.settle()
	w.base += int64(w.r)
	w.r, w.w, w.summed = 0, 0, 0
	for empty := 0; n > 0; {
		switch {
		case w.src == nil:
			w.base = first
			return dst, io.ErrUnexpectedEOF
		case w.err != nil:
			w.base = first
			return dst, cut(w.err)
		}
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, min(n, max(len(dst), firstGrowth)))
		}
		room := dst[len(dst):min(cap(dst), len(dst)+n)]
		got, err := w.src.Read(room)
		if w.sums {
			w.crc = checksum(w.crc, room[:got])
		}
		dst, n, w.base, w.err = dst[:len(dst)+got], n-got, w.base+int64(got), err
		if empty++; got > 0 {
			empty = 0
		}
		if empty == maxEmptyReads {
			w.err = io.ErrNoProgress
		}
	}
	return dst, nil
}
