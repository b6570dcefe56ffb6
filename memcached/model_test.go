package memcached

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/tests/memcache"
)

// model is a store without a server around it.
type model struct {
	store    *datatypes.Store
	counters Counters
	nowMs    int64
	// exclusive is whether the request at hand has the section, number the last that was given, flushMs when everything goes.
	exclusive bool
	number    uint64
	flushMs   int64
	full      bool
	password  string
	loggedIn  bool
	longBytes int
}

func newModel() *model {
	return &model{store: datatypes.NewStore(1), nowMs: time.Now().UnixMilli(), number: 1 << 40, longBytes: 1 << 30}
}

func (m *model) db() *datatypes.DB { return m.store.DB(0) }

func (m *model) edit() datatypes.Editor {
	if !m.exclusive {
		panic("edit outside of the section")
	}
	return m.store.Edit(0).At(uint32(m.nowMs/1000), false)
}

func (m *model) NowMs() int64    { return m.nowMs }
func (m *model) Exclusive() bool { return m.exclusive }
func (m *model) Find(e *datatypes.Entry, key []byte) bool {
	found := m.Peek(e, key)
	if found {
		m.db().Touch(e, uint32(m.nowMs/1000))
	}
	return found
}
func (m *model) Look(e *datatypes.Entry, key []byte) bool { return m.Peek(e, key) }
func (m *model) Peek(e *datatypes.Entry, key []byte) bool {
	if m.db().Find(e, key, m.nowMs) {
		return true
	}
	*e = datatypes.Entry{}
	return false
}
func (m *model) IdleS(e *datatypes.Entry) int64 { return m.db().IdleS(e, uint32(m.nowMs/1000)) }
func (m *model) Long(bytes int) bool            { return bytes > m.longBytes }
func (m *model) Full() bool                     { return m.full }
func (m *model) Put(e *datatypes.Entry, key []byte, change *Change) {
	m.edit().Noting(&change.Note).SetStringAt(e, key, change.Value, change.DeadlineMs)
}
func (m *model) Append(e *datatypes.Entry, key, value []byte) { m.edit().AppendString(e, key, value) }
func (m *model) Note(e *datatypes.Entry, key []byte, note *datatypes.Note, _ bool) {
	m.edit().SetNoteAt(e, key, note)
}
func (m *model) SetDeadline(e *datatypes.Entry, key []byte, deadlineMs int64) {
	m.edit().SetDeadlineAt(e, key, deadlineMs)
}
func (m *model) Delete(e *datatypes.Entry, key []byte) { m.edit().DeleteAt(e, key) }
func (m *model) Flush(atMs int64) {
	if m.flushMs = atMs; atMs == 0 {
		m.edit().Clear()
	}
}
func (m *model) NextNumber() uint64 { m.number++; return m.number }
func (m *model) LastNumber() uint64 { return m.number }
func (m *model) Login(_, password []byte) bool {
	m.loggedIn = string(password) == m.password
	return m.loggedIn
}
func (m *model) Counters() *Counters { return &m.counters }
func (m *model) Status(s *Status) {
	m.counters.AddTo(&s.Sums)
	s.Items.Items = int64(m.db().Len())
}
func (m *model) Connected(yield func(file int, addr string, silentS int64)) {
	yield(5, "127.0.0.1:1", 0)
}
func (m *model) ResetCounters() { m.counters.Reset() }

// replies gathers replies.
type replies struct{ bytes []byte }

func (r *replies) Raw(b []byte)       { r.bytes = append(r.bytes, b...) }
func (r *replies) RawString(s string) { r.bytes = append(r.bytes, s...) }

// connection is one to a model.
type connection struct {
	model  *model
	framer Framer
	runner Runner
	in     []byte
	out    replies
	// parts is the largest piece that what is sent is handed over in, 0 for all of it.
	parts  int
	closed bool
	// most is the most that was kept.
	most int
}

const itemMax = 1 << 20

func (c *connection) limits() Limits {
	m := c.model
	return Limits{ItemMax: itemMax, Unauthenticated: m.password != "" && !m.loggedIn, Password: m.password != ""}
}

// send takes what is sent and returns what is answered.
func (c *connection) send(sent []byte) (answered []byte, closed bool) {
	c.out.bytes = nil
	for len(sent) > 0 && !c.closed {
		n := len(sent)
		if c.parts > 0 {
			n = min(n, c.parts)
		}
		c.in = append(c.in, sent[:n]...)
		sent = sent[n:]
		c.serve()
		c.most = max(c.most, len(c.in))
	}
	return c.out.bytes, c.closed
}

func (c *connection) serve() {
	var r Request
	for !c.closed {
		limits := c.limits()
		before := c.framer
		size, want := c.framer.Next(c.in, &limits, &r)
		if size == 0 {
			if want != 0 && want <= len(c.in) {
				panic("it is there")
			}
			return
		}
		if size < 0 || size > len(c.in) {
			panic("more than was sent")
		}
		_ = before
		c.run(&r)
		c.framer = r.After()
		c.in = append([]byte(nil), c.in[size:]...)
		c.closed = c.closed || r.End
	}
}

func (c *connection) run(r *Request) {
	m := c.model
	if m.nowMs = time.Now().UnixMilli(); m.flushMs != 0 && m.nowMs >= m.flushMs {
		m.flushMs = 0
		m.store.Edit(0).Clear()
	}
	began := len(c.out.bytes)
	m.exclusive = r.Writes()
	for range 3 {
		switch c.runner.Run(r, m, &c.out) {
		case Done:
			return
		case Again:
			m.exclusive = true
		case Long:
			m.exclusive = false
			defer func(was int) { m.longBytes = was }(m.longBytes)
			m.longBytes = 1 << 30
		}
		c.out.bytes = c.out.bytes[:began]
	}
	panic("it is not done")
}

// modelPeer gives connections to one model.
type modelPeer struct {
	model *model
	parts int
}

func (p modelPeer) Dial(testing.TB) net.Conn {
	c := &connection{model: p.model, parts: p.parts}
	return memcache.NewPipe(c.send)
}

// The model alone against Debian's memcached.
func TestScripts(t *testing.T) {
	theirs := func(t testing.TB) memcache.Peer { return memcache.Address(memcache.Start(t)) }
	for name, parts := range map[string]int{"whole": 0, "in parts": 7} {
		t.Run(name, func(t *testing.T) {
			memcache.Scripts(t, "../tests/memcache/testdata", func(testing.TB) memcache.Peer {
				return modelPeer{newModel(), parts}
			}, theirs)
		})
	}
}

// A large get is run on a view, with the numbers that it asks for given before.
func TestLongReads(t *testing.T) {
	c := &connection{model: newModel()}
	c.model.longBytes = 10
	c.send([]byte("set a 0 0 20\r\n01234567890123456789\r\nset b 0 0 20\r\n01234567890123456789\r\n"))
	got, _ := c.send([]byte("gets a b none\r\nget a\r\nmg a v\r\nmg a v c\r\n"))
	want := "VALUE a 0 20 1099511627777\r\n01234567890123456789\r\nVALUE b 0 20 1099511627778\r\n01234567890123456789\r\nEND\r\n" +
		"VALUE a 0 20\r\n01234567890123456789\r\nEND\r\nVA 20\r\n01234567890123456789\r\nVA 20 c1099511627777\r\n01234567890123456789\r\n"
	if !bytes.Equal(got, []byte(want)) {
		t.Fatalf("%q", got)
	}
}

func TestPackets(t *testing.T) {
	theirs := memcache.Address(memcache.Start(t))
	for _, parts := range []int{0, 5} {
		memcache.Packets(t, modelPeer{newModel(), parts}, theirs)
		conn := theirs.Dial(t)
		conn.Write((&memcache.Packet{Opcode: 0x08}).Bytes())
		memcache.Receive(conn)
		conn.Close()
	}
}

func TestNothingIsAllocated(t *testing.T) {
	m := newModel()
	m.exclusive = true
	var out replies
	var runner Runner
	limits := Limits{ItemMax: itemMax}
	set := memcache.Packet{Opcode: opSet, Key: "key", Extras: memcache.Extras(uint32(5), uint32(0)), Value: "some value"}
	get := memcache.Packet{Opcode: opGet, Key: "key"}
	for _, sent := range []string{"set key 5 0 10\r\nsome value\r\n", "get key\r\n", "gets key none key\r\n", "mg key v f c t k Oq\r\n",
		"ms key 10 c T0 F1\r\nsome value\r\n", "touch key 100\r\n", "cas key 0 0 1 7\r\nx\r\n", "set n 0 0 1\r\n1\r\n", "incr n 1\r\n",
		"ma n v t\r\n", "add key 0 0 1\r\nx\r\n", string(set.Bytes()), string(get.Bytes())} {
		in := []byte(sent)
		var r Request
		run := func() {
			var f Framer
			size, _ := f.Next(in, &limits, &r)
			if size != len(in) {
				t.Fatalf("%q: %d", sent, size)
			}
			out.bytes = out.bytes[:0]
			if runner.Run(&r, m, &out) != Done {
				t.Fatalf("%q", sent)
			}
		}
		run()
		if allocated := testing.AllocsPerRun(200, run); allocated != 0 {
			t.Errorf("%q allocates %v", sent, allocated)
		}
	}
}
