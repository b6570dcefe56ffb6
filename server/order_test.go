package server

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tests/order"
)

// wrapped has commands run by another handler, which is given the one that they have.
func wrapped(s *Server, with func(c *commands.Call, handler commands.Handler), names ...string) {
	for _, name := range names {
		command := s.table.Lookup([]byte(name))
		handler := command.Handler
		command.Handler = func(c *commands.Call) { with(c, handler) }
	}
}

// giveUp leaves what the call's loop holds, the gate or the section, lets others have the store, and takes it again.
func giveUp(s *Server, c *commands.Call) {
	l := clientOf(c).loop
	if c.Keys.(*keyspace).exclusive {
		s.sequence.running = nil
		s.gates.leaveSection()
		s.gates.giveWay()
		s.gates.waitSection()
		s.sequence.running = l
		return
	}
	s.gates.leaveGate(l.id)
	s.gates.giveWay()
	for !s.gates.enterGate(l.id) {
		continue
	}
}

// instead is a client that does some of what commands ask of it in another way.
type instead struct {
	*client
	derive func(call *commands.Call, d commands.Derivation)
	onView func(call *commands.Call, rest func(*commands.Call, datatypes.Reader))
}

func (i instead) Derive(call *commands.Call, d commands.Derivation) {
	if i.derive != nil {
		i.derive(call, d)
		return
	}
	i.client.Derive(call, d)
}

func (i instead) OnView(call *commands.Call, rest func(*commands.Call, datatypes.Reader)) {
	if i.onView != nil {
		i.onView(call, rest)
		return
	}
	i.client.OnView(call, rest)
}

// lastView hands out the view that was opened at the call before.
type lastView struct {
	mu   sync.Mutex
	view *datatypes.View
}

func (v *lastView) exchange(now *datatypes.View) (before *datatypes.View) {
	v.mu.Lock()
	defer v.mu.Unlock()
	before, v.view = v.view, now
	return before
}

// sameKinds tells whether the keys among the arguments are in a view what they are now: what runs on it has looked at them already.
func sameKinds(c *commands.Call, view datatypes.Reader) bool {
	for _, key := range c.Args[1:] {
		var now, then datatypes.Entry
		if c.DB().Find(&now, key, c.NowMs) != view.Find(&then, key, c.NowMs) || now.Found() && now.Kind() != then.Kind() {
			return false
		}
	}
	return true
}

// faults are gates left out on purpose, by what goes wrong then; each is still a server without data races.
var faults = map[string]func(s *Server){
	"EXEC gives the section up between its commands": func(s *Server) {
		wrapped(s, func(c *commands.Call, handler commands.Handler) {
			if clientOf(c).executing() {
				giveUp(s, c)
			}
			handler(c)
		}, "get", "set", "mset", "mget", "incrby", "append", "getset", "lpush", "rpush", "rpop", "lmove", "lrange", "sadd", "srem", "smembers")
	},
	"EXEC runs whatever has changed": func(s *Server) {
		wrapped(s, func(c *commands.Call, handler commands.Handler) {
			s.watches.Reset(&clientOf(c).transaction.watcher)
			handler(c)
		}, "exec")
	},
	"a member that was there already counts as a change": func(s *Server) {
		wrapped(s, func(c *commands.Call, handler commands.Handler) {
			handler(c)
			s.watches.Touch(0, c.Args[1], s.lookWatched)
		}, "sadd", "srem")
	},
	"MGET gives the gate up between two keys": func(s *Server) {
		wrapped(s, func(c *commands.Call, _ commands.Handler) {
			c.Reply.Array(len(c.Args) - 1)
			for _, key := range c.Args[1:] {
				var e datatypes.Entry
				if c.DB().Find(&e, key, c.NowMs) && e.Kind() == datatypes.KindString {
					c.Reply.Bulk(e.AppendString(nil))
				} else {
					c.Reply.Null()
				}
				giveUp(s, c)
			}
		}, "mget")
	},
	"a result is stored whatever has become of its sources": func(s *Server) {
		wrapped(s, func(c *commands.Call, handler commands.Handler) {
			cl := clientOf(c)
			c.Client = instead{client: cl, derive: func(call *commands.Call, d commands.Derivation) {
				build := d.Build
				d.Sources = func(*commands.Call) [][]byte { return [][]byte{} }
				d.Build = func(c *commands.Call, db datatypes.Reader) {
					build(c, db)
					if call == &cl.call {
						time.Sleep(time.Millisecond) // so long that others come in between; nothing is waited for
					}
				}
				cl.Derive(call, d)
			}}
			handler(c)
			c.Client = cl
		}, "sunionstore", "sdiffstore", "sinterstore", "zunionstore")
	},
	"a long read has the view of the one before": func(s *Server) {
		var last lastView
		wrapped(s, func(c *commands.Call, handler commands.Handler) {
			cl := clientOf(c)
			c.Client = instead{client: cl, onView: func(call *commands.Call, rest func(*commands.Call, datatypes.Reader)) {
				now := s.store.View()
				before := last.exchange(now)
				if before == nil || !sameKinds(call, before.DB(0)) {
					rest(call, c.DB())
				} else {
					rest(call, before.DB(0))
				}
				if before != nil {
					before.Close()
				}
			}}
			handler(c)
			c.Client = cl
		}, "smembers", "sunion", "mget", "get")
	},
}

// TestOrderIsLost has the checker of tests/order look at servers in which a gate is left out, in one of several ways: it finds out, each time.
func TestOrderIsLost(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			const most = 200
			histories, lost := orderOf(t, fault, most)
			require.NotNil(t, lost, "%d histories have an order all the same", histories)
			t.Logf("history %d has none", histories)
		})
	}
}

// The same server with nothing left out, whose order the checker finds.
func TestOrderIsKept(t *testing.T) {
	histories, lost := orderOf(t, func(*Server) {}, 20)
	require.Nil(t, lost, "history %d: %s", histories, lost.Explain())
}

// orderOf records histories of a server, at most so many, until one has no order; that is lost.
func orderOf(t *testing.T, fault func(*Server), most int) (histories int, lost order.History) {
	s := startServer(t, fault, "--io-threads", "4", "--enable-debug-command", "yes")
	do(t, s.dial(t), "DEBUG", "IN-PLACE", "-1")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	clients, err := order.Dial(s.Addrs()[0].String(), 8, seed)
	require.NoError(t, err)
	t.Cleanup(clients.Close)
	for histories < most {
		histories++
		history, err := clients.Record(20)
		require.NoError(t, err)
		if history.Check() == order.Illegal {
			return histories, history
		}
	}
	return histories, nil
}
