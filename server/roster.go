package server

import "slices"

// roster is the clients of a loop, in no order. Beside being there they are looked at by turns, a few at a time, so that no look takes long
// however many there are.
type roster struct {
	list []*client
	// next is the number of those whose turn is still to come in this lap, which goes from the end of the list to its beginning: what takes the
	// place of one that leaves has then had its turn.
	next int
}

const (
	// lapTurns is how many looks at a few make a look at all of them, and how many there are in a second.
	lapTurns = 10
	// leastTurn is how many clients are looked at each time if there are so many.
	leastTurn = 64
)

func (r *roster) add(c *client) {
	c.marks.place = len(r.list)
	r.list = append(r.list, c)
}

// remove takes out a client, which may be one that was never added.
func (r *roster) remove(c *client) {
	place, last := c.marks.place, len(r.list)-1
	if place > last || r.list[place] != c {
		return
	}
	r.list[place] = r.list[last]
	r.list[place].marks.place = place
	r.list[last] = nil
	r.list = r.list[:last]
	if cap(r.list) > 4*max(last, leastTurn) {
		r.list = slices.Clone(r.list)
	}
}

// turn is how many clients are to be looked at now.
func (r *roster) turn() int {
	count := len(r.list)
	return min(count, max(leastTurn, (count+lapTurns-1)/lapTurns))
}

// following is the client whose turn it is; there is one. It may be removed before the next call.
func (r *roster) following() *client {
	if r.next = min(r.next, len(r.list)); r.next == 0 {
		r.next = len(r.list)
	}
	r.next--
	return r.list[r.next]
}
