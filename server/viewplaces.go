package server

import "sync"

// viewPlaces bounds how many commands go on elsewhere with views of their own: each that waits for its turn keeps what was changed since it was
// opened, a version of every such page. Who finds no place is put aside with the command unrun, and tries again when one is free.
type viewPlaces struct {
	mu      sync.Mutex
	taken   int
	waiting []func()
}

// maxViewPlaces is how many there are, those that run included.
const maxViewPlaces = 16

// take takes a place; false if there is none.
func (p *viewPlaces) take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken == maxViewPlaces {
		return false
	}
	p.taken++
	return true
}

// give gives a place back. All who wait are told, since who was told first may have gone, or want none any more.
func (p *viewPlaces) give() {
	p.mu.Lock()
	waiting := p.waiting
	p.taken, p.waiting = p.taken-1, nil
	p.mu.Unlock()
	for _, tell := range waiting {
		tell()
	}
}

// whenFree has tell called when a place is given back, or at once if there is one.
func (p *viewPlaces) whenFree(tell func()) {
	p.mu.Lock()
	full := p.taken == maxViewPlaces
	if full {
		p.waiting = append(p.waiting, tell)
	}
	p.mu.Unlock()
	if !full {
		tell()
	}
}
