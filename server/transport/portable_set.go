package transport

import "sync"

// portableSet is a Poller's portable connections. active and members are the loop's; the goroutines add to news.
type portableSet struct {
	poller *Poller
	// members are the connections attached and not closed.
	members map[*portableConn]struct{}
	// active are those that had something to report when last looked at.
	active []*portableConn
	// carriers counts the goroutines of the members, and of the closed ones that still send.
	carriers sync.WaitGroup

	mu   sync.Mutex
	news []*portableConn
}

// add takes in a connection and counts its two goroutines.
func (s *portableSet) add(c *portableConn) {
	s.members[c] = struct{}{}
	s.carriers.Add(2)
}

// enlist puts a connection that list has just marked among those with news. A nil set means that it wasn't marked.
func (s *portableSet) enlist(c *portableConn) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	s.news = append(s.news, c)
	s.mu.Unlock()
	return true
}

// pending reports whether collect would find something ready. It drops what has nothing to report any more.
func (s *portableSet) pending() bool {
	s.takeNews()
	kept := s.active[:0]
	for _, c := range s.active {
		if _, some := c.state(true); some {
			kept = append(kept, c)
		}
	}
	clear(s.active[len(kept):])
	s.active = kept
	return len(kept) > 0
}

// collect appends what is ready.
func (s *portableSet) collect(ready []Ready) []Ready {
	s.takeNews()
	for _, c := range s.active {
		if r, some := c.state(false); some {
			ready = append(ready, r)
		}
	}
	return ready
}

func (s *portableSet) takeNews() {
	s.mu.Lock()
	s.active = append(s.active, s.news...)
	clear(s.news)
	s.news = s.news[:0]
	s.mu.Unlock()
}

// close ends the members and waits for every goroutine.
func (s *portableSet) close() {
	for c := range s.members {
		c.Close()
	}
	s.carriers.Wait()
}
