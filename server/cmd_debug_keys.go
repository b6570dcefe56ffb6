package server

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

const errNotPositive = "ERR value is out of range, must be positive"

// debugPopulate answers DEBUG POPULATE count [prefix [size]], in one hold of the section however many keys there are: elsewhere, and
// nobody is told of them.
func (s *Server) debugPopulate(c *commands.Call) {
	prefix, size := "key", int64(0)
	count, ok := commands.ParseInt(c.Args[2])
	if len(c.Args) > 3 {
		prefix = string(cString(c.Args[3], math.MaxInt))
	}
	if len(c.Args) > 4 && ok {
		size, ok = commands.ParseInt(c.Args[4])
	}
	if !ok || count < 0 || size < 0 || size > populateBytesMax {
		c.Error(errNotPositive)
		return
	}
	clientOf(c).goElsewhere(func(c *commands.Call) {
		edit := c.Edit()
		var found datatypes.Entry
		sized := make([]byte, size)
		for i := range count {
			key := fmt.Appendf(nil, "%s:%d", prefix, i)
			if c.Peek(&found, key) {
				continue
			}
			value := fmt.Appendf(nil, "value:%d", i)
			if size > 0 {
				copy(sized, value)
				value = sized
			}
			edit.SetString(key, value, datatypes.NoDeadline)
		}
		c.Reply.OK()
	})
}

// populateBytesMax is the largest value that DEBUG POPULATE makes.
const populateBytesMax = 512 << 20

// debugView opens a view, which a goroutine of its own reads and then keeps open until its time is up or the server stops. In the section.
func (s *Server) debugView(c *commands.Call) {
	view, end := s.store.View(), time.Now().Add(time.Duration(min(max(leadingInt(c.Args[2]), 0), maxViewMs))*time.Millisecond)
	s.goRun(func() {
		defer view.Close()
		pause := time.NewTicker(viewPause)
		defer pause.Stop()
		index, from := 0, uint64(0)
		for index < s.store.Databases() && !s.stopped.Load() && time.Now().Before(end) {
			if from = view.DB(index).Scan(from, viewPiece, func([]byte, datatypes.Entry) {}); from == 0 {
				index++
			}
			<-pause.C
		}
		select {
		case <-time.After(time.Until(end)):
		case <-s.quit:
		}
	})
	c.Reply.OK()
}

const (
	// viewPiece is how many keys of a view are read at a time, some 50 us' worth, and viewPause the time between two: others may need
	// the processor.
	viewPiece = 200
	maxViewMs = 3600_000
	viewPause = 200 * time.Microsecond
)

// debugObject answers DEBUG OBJECT key, of a key that has expired too. serializedlength is what a string takes in an RDB file without
// compression, which is more than what Redis tells of a string that it would compress.
func (s *Server) debugObject(c *commands.Call) {
	var e datatypes.Entry
	db := c.DB()
	db.Find(&e, c.Args[2], math.MinInt64)
	if !e.Found() {
		c.Error(commands.ErrNoSuchKey)
		return
	}
	idle := c.IdleS(&e)
	const clockBits = 24 // those of Redis's clock
	c.Reply.Status(fmt.Sprintf("Value at:%#x refcount:%d encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		address(&e), commands.References(&e), e.Encoding(), serializedLength(&e), (c.NowMs/1000-idle)&(1<<clockBits-1), idle))
}

// address is a number that tells where a value lies.
func address(e *datatypes.Entry) (at uintptr) {
	if stored := e.Stored(); len(stored) > 0 {
		return reflect.ValueOf(stored).Pointer()
	}
	e.StringRange(0, 1, func(piece []byte) bool {
		at = reflect.ValueOf(piece).Pointer()
		return false
	})
	return at
}

// serializedLength is how many bytes a string takes in an RDB file, uncompressed.
func serializedLength(e *datatypes.Entry) int {
	length := e.StringLen()
	const maxIntLength = 11
	if length <= maxIntLength {
		var room [maxIntLength]byte
		n, ok := commands.ParseInt(e.AppendString(room[:0]))
		switch {
		case !ok:
		case math.MinInt8 <= n && n <= math.MaxInt8:
			return 1 + 1
		case math.MinInt16 <= n && n <= math.MaxInt16:
			return 1 + 2
		case math.MinInt32 <= n && n <= math.MaxInt32:
			return 1 + 4
		}
	}
	switch {
	case length < 1<<6:
		return 1 + length
	case length < 1<<14:
		return 2 + length
	case length <= math.MaxUint32:
		return 5 + length
	}
	return 9 + length
}
