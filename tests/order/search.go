package order

import (
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// search is the model as one history needs it. A checker that knows nothing of requests tries far too many orders: of eight concurrent
// requests about eight keys, any subset may come first. So the model refuses steps that it could take, where no order is lost by that:
//
//   - A request that changes nothing and fits now comes now: wherever it comes later, it may as well come here.
//   - So does one that shares no key with any that could still come before it; if it doesn't fit now, it never will.
//   - A text or element that a request has still to see, since its reply says so, isn't overwritten in its last place: it is made once.
//   - A key isn't changed that is watched for an EXEC which has run its commands, as the history tells: it would have to refuse.
//
// What is left to try is the order of those that meet.
type search struct {
	// byClient are each client's requests in their order.
	byClient [maxClients][]*event
	// seenBy are the requests in whose replies a token stands that others have made; nil where tokens can be made anew, by BITOP.
	seenBy map[string][]*event
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
	s.seenBy = map[string][]*event{}
	for client := range s.byClient {
		s.prepare(client)
	}
	return s
}

// noteTokens notes what an event has seen.
func (s *search) noteTokens(e *event) {
	words := e.String()
	if strings.Contains(words, "BITOP") {
		s.seenBy = nil
	}
	if s.seenBy == nil {
		return
	}
	for token := range tokens(e.reply) {
		if !strings.Contains(words, token) {
			s.seenBy[token] = append(s.seenBy[token], e)
		}
	}
}

// tokens are what generator.word makes for v, wherever they stand in a text.
func tokens(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i+elementSize <= len(text); i++ {
			if token := text[i : i+elementSize]; isToken(token) && !yield(token) {
				return
			}
		}
	}
}

func isToken(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s[0] >= 'A' && s[0] < 'A'+maxClients
}

// prepare finds out what the events of a client have to do with others.
func (s *search) prepare(client int) {
	committed := false
	events := s.byClient[client]
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		s.noteTokens(e)
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
	if !next.step(r, got) || next.dirty&^w.dirty != 0 && s.spoils(&next) || s.loses(w, &next) {
		return nil
	}
	return &next
}

// loses tells whether something has gone that is still to be seen.
func (s *search) loses(before, after *world) bool {
	for at := range before.values {
		if before.values[at] == after.values[at] {
			continue
		}
		for token := range tokens(before.values[at].data) {
			awaited := slices.ContainsFunc(s.seenBy[token], func(e *event) bool { return e.number >= int(after.done[e.client]) })
			if awaited && !slices.ContainsFunc(after.values[:], func(v value) bool { return strings.Contains(v.data, token) }) {
				return true
			}
		}
	}
	return false
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
