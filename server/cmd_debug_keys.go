package server

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
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

// debugObject answers DEBUG OBJECT key, of a key that has expired too. What Redis tells of a list's nodes, which there are none of here,
// is left out.
func (s *Server) debugObject(c *commands.Call) {
	var e datatypes.Entry
	c.DB().Find(&e, c.Args[2], math.MinInt64)
	if !e.Found() {
		c.Error(commands.ErrNoSuchKey)
		return
	}
	use, options := s.useOf(c, &e), s.dumpOptions()
	if c.Long(serializingLooks(c.DB(), &e, c.Args[2])) {
		c.OnView(func(c *commands.Call, db datatypes.Reader) {
			var e datatypes.Entry
			db.Find(&e, c.Args[2], math.MinInt64)
			replyObject(c, &e, &use, options)
		})
		return
	}
	replyObject(c, &e, &use, options)
}

// objectUse is what DEBUG OBJECT tells of a key's use: clock is that of Redis, of 24 bits.
type objectUse struct {
	references, clock, idleS int64
}

// useOf looks at the clock of a key that was found.
func (s *Server) useOf(c *commands.Call, e *datatypes.Entry) objectUse {
	const minuteBits, countBits = 16, 8
	use := objectUse{references: c.References(e), idleS: c.IdleS(e)}
	usedS := c.NowMs/1000 - use.idleS
	use.clock = usedS & (1<<(minuteBits+countBits) - 1)
	if c.DB().CountsUses() {
		use.clock = usedS/60&(1<<minuteBits-1)<<countBits | int64(c.Frequency(e))
	}
	return use
}

func replyObject(c *commands.Call, e *datatypes.Entry, use *objectUse, options rdb.Options) {
	c.Reply.Status(fmt.Sprintf("Value at:%#x refcount:%d encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d", address(e),
		use.references, e.Encoding(), serializedLength(e, options), use.clock, use.idleS))
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
	case datatypes.KindSortedSet:
		return reflect.ValueOf(e.SortedSet().Tree).Pointer()
	case datatypes.KindHash:
		return reflect.ValueOf(e.Hash().Tree).Pointer()
	}
	e.StringRange(0, 1, func(piece []byte) bool {
		at = reflect.ValueOf(piece).Pointer()
		return false
	})
	return at
}
