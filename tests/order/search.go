package order

import (
	"hash/maphash"

	"github.com/anishathalye/porcupine"
)

// search is the model as one history needs it. A checker that knows nothing of requests tries far too many orders: of eight concurrent
// requests about eight keys, any subset may come first. So the model refuses steps that it could take, where no order is lost by that:
//
//   - A request that changes nothing and fits now comes now: wherever it comes later, it may as well come here.
//   - So does one that shares no key with any that could still come before it; if it doesn't fit now, it never will.
//   - A key isn't changed that is watched for an EXEC which has run its commands, as the history tells: it would have to refuse.
//
// What is left to try is the order of those that meet.
type search struct {
	// byClient are each client's requests in their order.
	byClient [maxClients][]*event
}

// event is a request and its reply with what the search asks of it.
type event struct {
	*request
	reply          string
	called, answer int64 // when
	footprint
	// behind are, for each client, how many requests that share a key may come before this one: it is free once so many are done.
	behind [maxClients]uint16
	// committed tells whether the next EXEC of the client from here on has run its commands.
	committed bool
}

func newSearch(h History) *search {
	s := &search{}
	watched := [maxClients]keySet{}
	for _, op := range h {
		r := op.Input.(*request)
		e := &event{request: r, reply: op.Output.(string), called: op.Call, answer: op.Return}
		e.footprint = footprintOf(r, e.reply)
		switch r.words[0] {
		case "WATCH":
			watched[r.client] |= e.reads
		case "EXEC":
			e.reads |= watched[r.client]
			watched[r.client] = 0
		case "UNWATCH", "DISCARD":
			watched[r.client] = 0
		}
		s.byClient[r.client] = append(s.byClient[r.client], e)
	}
	for client := range s.byClient {
		s.prepare(client)
	}
	return s
}

// prepare finds out what the events of a client have to do with others.
func (s *search) prepare(client int) {
	committed := false
	events := s.byClient[client]
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		switch e.words[0] {
		case "EXEC":
			committed = e.reply != replyNullArray && !e.broken()
		case "DISCARD", "UNWATCH":
			committed = false
		}
		e.committed = committed
		for other, others := range s.byClient {
			if other == client {
				continue
			}
			for number, o := range others {
				if o.called <= e.answer && e.meets(o.footprint) {
					e.behind[other] = uint16(number + 1)
				}
			}
		}
	}
}

// model is what the checker is given.
func (s *search) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return &world{} },
		Step: func(state, input, output any) (bool, any) {
			if next := s.step(state.(*world), input.(*request), output.(string)); next != nil {
				return true, next
			}
			return false, state
		},
		Equal:             func(a, b any) bool { return *a.(*world) == *b.(*world) },
		Hash:              func(state any) uint64 { return maphash.Comparable(hashSeed, *state.(*world)) },
		DescribeOperation: func(input, output any) string { return describe(input.(*request), output.(string)) },
		DescribeState:     func(state any) string { return state.(*world).String() },
	}
}

var hashSeed = maphash.MakeSeed()

// step is the world behind a request, nil if the reply doesn't fit or the step is refused.
func (s *search) step(w *world, r *request, got string) *world {
	if first := s.comesNow(w); first >= 0 && first != r.client {
		return nil
	}
	next := *w
	if !next.step(r, got) || next.dirty&^w.dirty != 0 && s.spoils(&next) {
		return nil
	}
	return &next
}

// spoils tells whether a key has changed for somebody whose EXEC is known to have run.
func (s *search) spoils(w *world) bool {
	for client := range maxClients {
		if w.dirty&(1<<client) != 0 && s.next(w, client).committed {
			return true
		}
	}
	return false
}

// none is what a client asks for that has asked for everything.
var none = &event{}

func (s *search) next(w *world, client int) *event {
	if events := s.byClient[client]; int(w.done[client]) < len(events) {
		return events[w.done[client]]
	}
	return none
}

// comesNow is a client whose next request can come before all others; -1 if there is none.
func (s *search) comesNow(w *world) (client int) {
	var waiting [maxClients]*event
	var earliest int64
	for client := range maxClients {
		e := s.next(w, client)
		if waiting[client] = e; e != none && (earliest == 0 || e.answer < earliest) {
			earliest = e.answer
		}
	}
	for client, e := range waiting {
		if e == none || e.called > earliest {
			waiting[client] = none
		} else if e.free(w) {
			return client
		}
	}
	for client, e := range waiting {
		if e == none || !e.pure {
			continue
		}
		next := *w
		if next.step(e.request, e.reply) {
			if next.done = w.done; next == *w {
				return client
			}
		}
	}
	return -1
}

// free tells whether all that could come before it and shares a key has been done.
func (e *event) free(w *world) bool {
	for client := range maxClients {
		if w.done[client] < e.behind[client] {
			return false
		}
	}
	return true
}
