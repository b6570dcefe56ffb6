package server

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// digest is a signature of data as DEBUG DIGEST tells it, the same as Redis 7.0's for the same data (debug.c). What has no order is put
// together with xor, so that it may be met in any; what has one is mixed, in which the digest so far is hashed with it.
type digest [sha1.Size]byte

// digester makes digests of what a command reads, and lets others have the processor meanwhile.
type digester struct {
	call *commands.Call
	hash hash.Hash
	// owed is how many bytes were hashed since the last breath; ended is set when it isn't worth going on.
	owed  int
	ended bool
}

// breathBytes is how much is hashed between two breaths, some 50 us' worth; a call costs as much as hashCost bytes beside them.
const (
	breathBytes = 64 << 10
	hashCost    = 64
)

func newDigester(c *commands.Call) *digester { return &digester{call: c, hash: sha1.New()} }

// hashed counts bytes and breathes.
func (g *digester) hashed(count int) {
	if g.owed += hashCost + count; g.owed >= breathBytes {
		g.owed = 0
		g.ended = !g.call.Breathe() || g.ended
	}
}

// xor adds data to a digest, in whatever order.
func (g *digester) xor(d *digest, data []byte) {
	g.hash.Reset()
	g.hash.Write(data)
	g.hashed(len(data))
	g.xorHash(d)
}

// xorHash adds the hash of what was written.
func (g *digester) xorHash(d *digest) {
	var sum digest
	g.hash.Sum(sum[:0])
	for i := range d {
		d[i] ^= sum[i]
	}
}

// mix adds data to a digest, behind what is in it.
func (g *digester) mix(d *digest, data []byte) {
	g.xor(d, data)
	g.stir(d)
}

// stir hashes a digest itself, which makes what was added so far come first.
func (g *digester) stir(d *digest) {
	g.hash.Reset()
	g.hash.Write(d[:])
	g.hashed(len(d))
	g.hash.Sum(d[:0])
}

// mixString adds a string's value.
func (g *digester) mixString(d *digest, e *datatypes.Entry) {
	g.hash.Reset()
	e.StringRange(0, e.StringLen(), func(piece []byte) bool {
		g.hash.Write(piece)
		g.hashed(len(piece))
		return !g.ended
	})
	g.xorHash(d)
	g.stir(d)
}

// xorSet adds a set's members.
func (g *digester) xorSet(d *digest, e *datatypes.Entry) {
	var room [64]byte
	members, text := e.Set(), room[:0]
	members.Each(func(it packed.Item) bool {
		text = it.AppendTo(text[:0])
		g.xor(d, text)
		return !g.ended
	})
}

// mixList adds a list's elements.
func (g *digester) mixList(d *digest, e *datatypes.Entry) {
	var room [64]byte
	elements, text := e.List(), room[:0]
	elements.Range(0, elements.Len(), func(it packed.Item) bool {
		text = it.AppendTo(text[:0])
		g.mix(d, text)
		return !g.ended
	})
}

// xorSortedSet adds a sorted set's members, each with its score.
func (g *digester) xorSortedSet(d *digest, e *datatypes.Entry) {
	var room, digits [64]byte
	members, text := e.SortedSet(), room[:0]
	members.Each(func(it packed.Item, score float64) bool {
		var one digest
		text = it.AppendTo(text[:0])
		g.mix(&one, text)
		g.mix(&one, resp.AppendDouble(digits[:0], score))
		g.xor(d, one[:])
		return !g.ended
	})
}

// xorFields adds a hash's fields, each with its value, and that it has a deadline as Redis 7.4 does.
func (g *digester) xorFields(d *digest, e *datatypes.Entry) {
	var room [64]byte
	fields, text := e.Hash(), room[:0]
	fields.All(func(field, value packed.Item, deadlineMs int64) bool {
		var one digest
		text = field.AppendTo(text[:0])
		g.mix(&one, text)
		text = value.AppendTo(text[:0])
		g.mix(&one, text)
		if deadlineMs != datatypes.NoDeadline {
			g.xor(&one, []byte("!!hexpire!!"))
		}
		g.xor(d, one[:])
		return !g.ended
	})
}

// typeNumbers are the types as Redis numbers them in its files (OBJ_STRING and so on).
var typeNumbers = [...]uint32{datatypes.KindString: 0, datatypes.KindList: 1, datatypes.KindSet: 2, datatypes.KindSortedSet: 3,
	datatypes.KindHash: 4, datatypes.KindStream: 6}

// mixNumber adds a number of 32 bits.
func (g *digester) mixNumber(d *digest, n uint32) {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], n)
	g.mix(d, bytes[:])
}

// xorValue adds a value, its type and whether it has a deadline, but not its key. Each type has a branch of its own here.
func (g *digester) xorValue(d *digest, e *datatypes.Entry) {
	g.mixNumber(d, typeNumbers[e.Kind()])
	switch e.Kind() {
	case datatypes.KindString:
		g.mixString(d, e)
	case datatypes.KindList:
		g.mixList(d, e)
	case datatypes.KindSet:
		g.xorSet(d, e)
	case datatypes.KindSortedSet:
		g.xorSortedSet(d, e)
	case datatypes.KindHash:
		g.xorFields(d, e)
	case datatypes.KindStream:
		g.mixString(d, e)
	}
	if e.DeadlineMs() != datatypes.NoDeadline {
		g.xor(d, []byte("!!expire!!"))
	}
}

// addDatabase adds all keys of a database, expired ones too; one without keys adds nothing.
func (g *digester) addDatabase(d *digest, index int, db datatypes.Reader) {
	if db.Len() == 0 {
		return
	}
	g.mixNumber(d, uint32(index))
	db.Range(func(key []byte, e datatypes.Entry) bool {
		var one digest
		g.mix(&one, key)
		g.xorValue(&one, &e)
		g.xor(d, one[:])
		return !g.ended
	})
}

// debugDigest answers DEBUG DIGEST.
func (s *Server) debugDigest(c *commands.Call) {
	clientOf(c).onWholeView(c, func(c *commands.Call, view *datatypes.View) {
		var d digest
		g := newDigester(c)
		for index := range s.store.Databases() {
			g.addDatabase(&d, index, view.DB(index))
		}
		c.Reply.Status(hex.EncodeToString(d[:]))
	})
}

// debugDigestValue answers DEBUG DIGEST-VALUE key [key ...]; what isn't there has a digest of zeros.
func (s *Server) debugDigestValue(c *commands.Call) {
	looks := 0
	var e datatypes.Entry
	for _, key := range c.Args[2:] {
		if c.DB().Find(&e, key, math.MinInt64) {
			looks += digestLooks(&e)
		}
	}
	if c.Long(looks) {
		c.OnView(replyDigests)
		return
	}
	replyDigests(c, c.DB())
}

// digestLooks is how many entries, or pieces of 64 bytes, the digest of a value is made of.
func digestLooks(e *datatypes.Entry) int {
	if kind := e.Kind(); kind != datatypes.KindString && kind != datatypes.KindStream {
		return 1 + e.Elements()
	}
	return 1 + e.StringLen()/64
}

func replyDigests(c *commands.Call, db datatypes.Reader) {
	g := newDigester(c)
	c.Reply.Array(len(c.Args) - 2)
	for _, key := range c.Args[2:] {
		var d digest
		var e datatypes.Entry
		if db.Find(&e, key, math.MinInt64) {
			g.xorValue(&d, &e)
		}
		c.Reply.Status(hex.EncodeToString(d[:]))
	}
}
