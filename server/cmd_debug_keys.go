package server

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
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

// debugObject answers DEBUG OBJECT key, of a key that has expired too. serializedlength is what the value takes in an RDB file of Redis 7.0
// without compression, which is more than what Redis tells of strings, and of sets of integers, that it would compress. A list's, and what
// Redis tells of its nodes, which there are none of here, differ.
func (s *Server) debugObject(c *commands.Call) {
	var e datatypes.Entry
	c.DB().Find(&e, c.Args[2], math.MinInt64)
	if !e.Found() {
		c.Error(commands.ErrNoSuchKey)
		return
	}
	idle := c.IdleS(&e)
	if c.Long(objectLooks(&e)) {
		c.OnView(func(c *commands.Call, db datatypes.Reader) {
			var e datatypes.Entry
			db.Find(&e, c.Args[2], math.MinInt64)
			replyObject(c, &e, idle)
		})
		return
	}
	replyObject(c, &e, idle)
}

func replyObject(c *commands.Call, e *datatypes.Entry, idleS int64) {
	const clockBits = 24 // those of Redis's clock
	c.Reply.Status(fmt.Sprintf("Value at:%#x refcount:%d encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		address(e), commands.References(e), e.Encoding(), serializedLength(e), (c.NowMs/1000-idleS)&(1<<clockBits-1), idleS))
}

// objectLooks is how many entries are looked at to describe a value.
func objectLooks(e *datatypes.Entry) int {
	switch e.Kind() {
	case datatypes.KindSet:
		members := e.Set()
		return members.Len()
	case datatypes.KindList:
		elements := e.List()
		return elements.Len()
	}
	return 1
}

// address is a number that tells where a value lies.
func address(e *datatypes.Entry) (at uintptr) {
	if stored := e.Stored(); len(stored) > 0 {
		return reflect.ValueOf(stored).Pointer()
	}
	switch e.Kind() {
	case datatypes.KindSet:
		return reflect.ValueOf(e.Set().Tree).Pointer()
	case datatypes.KindList:
		return reflect.ValueOf(e.List().Tree).Pointer()
	}
	e.StringRange(0, 1, func(piece []byte) bool {
		at = reflect.ValueOf(piece).Pointer()
		return false
	})
	return at
}

// serializedLength is how many bytes a value takes in an RDB file, uncompressed.
func serializedLength(e *datatypes.Entry) int {
	switch e.Kind() {
	case datatypes.KindSet:
		members := e.Set()
		return serializedSet(&members, e.Encoding() == "intset")
	case datatypes.KindList:
		elements := e.List()
		return serializedList(&elements)
	}
	length := e.StringLen()
	if length <= maxIntLength {
		var room [maxIntLength]byte
		return serializedText(e.AppendString(room[:0]))
	}
	return serializedHead(length) + length
}

// maxIntLength is the length up to which a text is written as an integer if it reads as one.
const maxIntLength = 11

// serializedText is serializedLength of a text.
func serializedText(text []byte) int {
	if len(text) <= maxIntLength {
		if n, ok := commands.ParseInt(text); ok && n == int64(int32(n)) {
			return 1 + min(intWidth(n), 4)
		}
	}
	return serializedHead(len(text)) + len(text)
}

// intWidth is how many bytes hold an integer: 1, 2, 4 or 8.
func intWidth(n int64) int {
	switch n {
	case int64(int8(n)):
		return 1
	case int64(int16(n)):
		return 2
	case int64(int32(n)):
		return 4
	}
	return 8
}

// serializedHead is what a count or a length takes.
func serializedHead(length int) int {
	switch {
	case length < 1<<6:
		return 1
	case length < 1<<14:
		return 2
	case length <= math.MaxUint32:
		return 5
	}
	return 9
}

// serializedList is serializedLength of a list as Redis wrote it before it packed elements: their number, then each.
func serializedList(elements *list.Form) int {
	length := serializedHead(elements.Len())
	var room [64]byte
	text := room[:0]
	elements.Range(0, elements.Len(), func(it packed.Item) bool {
		text = it.AppendTo(text[:0])
		length += serializedText(text)
		return true
	})
	return length
}

// serializedSet is serializedLength of a set: an intset is written as one text, with a head of 8 bytes and all integers of the same width.
func serializedSet(members *set.Form, intset bool) int {
	const intsetHead, narrowest = 8, 2
	length, width := serializedHead(members.Len()), narrowest
	var room [64]byte
	text := room[:0]
	members.Each(func(it packed.Item) bool {
		text = it.AppendTo(text[:0])
		if n, ok := commands.ParseInt(text); ok {
			width = max(width, intWidth(n))
		}
		length += serializedText(text)
		return true
	})
	if intset {
		blob := intsetHead + width*members.Len()
		return serializedHead(blob) + blob
	}
	return length
}
