package page

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A view that is walked to its end needs each place of it once. What the walk has passed need not be kept for that view any more: there the
// view counts as closed, and nodes may be changed in place, or freed, unless another open view forbids.
//
// That goes for what lies at one place and nowhere else: pages, blocks, chunks. What leads to several places (directories, nodes, headers)
// follows the plain rule until the view is closed; it is about a hundredth of the memory.
//
// A place is a hash in one of the store's main trees, the databases. The bar at a place is the newest open view that has not passed it. Like
// the plain bar it never rises but by a view that is opened later, which is what the rule of copying rests on. Where a tree changes its place
// (RENAME) the bars of the old one still go for it: it is shared then, as by COPY.
//
// A walk says page by page what it has read for the last time, by an atomic store, and the writer looks at that once for an edit: neither
// waits for the other.
//
// Pages that the writer displaces for the view go into a queue, from which walks take them before they go on. Whoever is to read a page claims
// it under road.mu, so that nobody else does; a page that may have been read already, and be in use again, is not touched, not even to see how
// far it reaches.

// openView is a view and how far it was walked; passage is nil if nobody walks it.
type openView struct {
	at      uint64
	passage *Passage
}

// Passage is how far a view has been walked. Its methods may be called from several goroutines.
type Passage struct {
	roads []road
	// limbo are pieces that only this view sees, and swept the place among them from which to go on looking through; waiting are those of them that
	// have not been put into a queue yet. All are the writer's own.
	limbo, waiting []*Exile
	swept          int
	// read are the pages that were read before their turn, linked.
	read atomic.Pointer[Exile]
}

// road is the passage through one tree.
type road struct {
	// stretches are what was passed, in their order. The writer reads them without mu, which is for their replacement.
	stretches atomic.Pointer[[]*Stretch]
	// mu is held by walks for a moment, and by the writer if nobody else has it.
	mu sync.Mutex
	// queue are the pages that were displaced before they were read.
	queue []*Exile
	// apart are the pages that are not read in their order: by the hash that they begin with, from the queue, or with nil by two walks, a part each.
	apart map[uint64]*Exile
}

// Stretch is what one walk has passed: hashes from start on, in positions, in one piece.
type Stretch struct {
	start uint64
	// passed is the first position that the walk has not passed.
	passed atomic.Uint64
	// claimed is the first that it has not begun to read, over set when it is over, so that stretches side by side can become one. Both are
	// guarded by road.mu.
	claimed uint64
	over    bool
}

// positionShift takes a hash to its position: the bits that a walk tells apart.
const positionShift = 11

// Walk begins to consume the open view of that moment, in a store of so many trees. Any goroutine may call it, once for a view.
func (c *Clock) Walk(at uint64, trees int) *Passage {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &Passage{roads: make([]road, trees)}
	list := c.listed()
	i := slices.IndexFunc(list, func(v openView) bool { return v.at == at })
	list[i].passage = p
	c.walked.Store(&list)
	return p
}

// listed are all open views, with the passages of those that are walked. The caller holds mu.
func (c *Clock) listed() []openView {
	list := make([]openView, len(c.open))
	old := c.walked.Load()
	for i, at := range c.open {
		list[i].at = at
		if old == nil {
			continue
		}
		if j := slices.IndexFunc(*old, func(v openView) bool { return v.at == at }); j >= 0 {
			list[i].passage = (*old)[j].passage
		}
	}
	return list
}

// relist brings the list of walked views up to date, if there are any, when a view was opened or closed. The caller holds mu.
func (c *Clock) relist() {
	if c.walked.Load() == nil {
		return
	}
	list := c.listed()
	if !slices.ContainsFunc(list, func(v openView) bool { return v.passage != nil }) {
		c.walked.Store(nil)
		return
	}
	c.walked.Store(&list)
}

// FirmBar is the moment of the newest open view that is not walked, up to which no node is changed in place anywhere; for checks.
func (c *Clock) FirmBar() uint64 {
	list := c.walked.Load()
	if list == nil {
		return c.Bar()
	}
	for _, v := range slices.Backward(*list) {
		if v.passage == nil {
			return v.at
		}
	}
	return 0
}

// Course is one walk through a part of a tree.
type Course struct {
	passage  *Passage
	tree     int
	from, to uint64
	begun    bool
	stretch  *Stretch
}

// Course begins a walk of a part of a tree, from one position on and before another. No position may be in two.
func (p *Passage) Course(tree int, from, to uint64) *Course {
	return &Course{passage: p, tree: tree, from: from, to: to}
}

// Claim is what a walk may do with a page.
type Claim struct {
	// Begin is the first hash of the page, End the first beyond it, 0 after the last.
	Begin, End uint64
	// Read tells whether the page is there to be read; otherwise others do that, or have done it, and nothing may be touched.
	Read bool
	// Whole tells whether all of it lies between the ends of the walk; otherwise each entry has to be asked.
	Whole bool
	// Last tells that the walk ends there.
	Last bool
}

// Claim claims the page that a hash leads to. width tells how many of the last bits of hashes that page doesn't tell apart; it is not asked if the
// page is one that Next has returned.
func (c *Course) Claim(hash uint64, width func(hash uint64) uint) (claim Claim) {
	r := &c.passage.roads[c.tree]
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.apart[hash]
	if !c.begun { // in the middle of a page, perhaps
		x, c.begun = r.around(hash), true
	}
	var bits uint
	if x != nil {
		bits = x.width
	} else {
		bits = width(hash)
	}
	claim.Begin, claim.End = hash>>bits<<bits, (hash>>bits+1)<<bits
	first, next := claim.Begin>>positionShift, claim.End>>positionShift
	if claim.End == 0 {
		next = 1 << (64 - positionShift)
	}
	claim.Read, claim.Whole, claim.Last = x == nil, first >= c.from && next <= c.to, claim.End == 0 || next >= c.to
	switch {
	case !claim.Whole:
		r.setApart(claim.Begin, x)
	case x == nil:
		if c.stretch == nil {
			c.stretch = r.begin(first)
		}
		c.stretch.claimed = next
	case !x.read.Load():
		// Who reads it may take his time: it is left out, and a new stretch begins behind it.
		c.leave()
		delete(r.apart, hash)
	default:
		if c.stretch != nil {
			c.stretch.claimed = next
			c.stretch.passed.Store(next)
		}
		delete(r.apart, hash)
	}
	return claim
}

// Holds tells whether a hash lies between the ends of the walk.
func (c *Course) Holds(hash uint64) bool {
	return c.from <= hash>>positionShift && hash>>positionShift < c.to
}

// Pass says that a page that was claimed whole was read for the last time.
func (c *Course) Pass(claim *Claim) {
	position := claim.End >> positionShift
	if claim.End == 0 {
		position = 1 << (64 - positionShift)
	}
	c.stretch.passed.Store(position)
}

// End ends the walk where it is.
func (c *Course) End() {
	r := &c.passage.roads[c.tree]
	r.mu.Lock()
	defer r.mu.Unlock()
	c.leave()
}

// leave ends the stretch where it is. The caller holds road.mu.
func (c *Course) leave() {
	if c.stretch != nil {
		c.stretch.over, c.stretch = true, nil
	}
}

// Next returns a page of the tree that was displaced before anybody read it, to be read first, so that it need not be kept; nil if there is
// none. It is the caller's until he says that it was read (Done).
func (c *Course) Next() *Exile {
	r := &c.passage.roads[c.tree]
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := len(r.queue) - 1; n >= 0; n-- {
		x := r.queue[n]
		r.queue[n] = nil
		r.queue = r.queue[:n]
		if _, apart := r.apart[x.hash]; apart || r.claimed(x.hash>>positionShift) {
			continue
		}
		r.setApart(x.hash, x)
		return x
	}
	return nil
}

func (r *road) setApart(begin uint64, x *Exile) {
	if r.apart == nil {
		r.apart = map[uint64]*Exile{}
	}
	r.apart[begin] = x
}

// around is the page that Next has returned in which a hash lies, nil if there is none. O(their number).
func (r *road) around(hash uint64) *Exile {
	for _, x := range r.apart {
		if x != nil && x.hash == hash>>x.width<<x.width {
			return x
		}
	}
	return nil
}

// begin begins a stretch at a position.
func (r *road) begin(position uint64) *Stretch {
	s := &Stretch{start: position, claimed: position}
	s.passed.Store(position)
	var list []*Stretch
	if old := r.stretches.Load(); old != nil {
		list = *old
	}
	list = joined(slices.Insert(slices.Clone(list), search(list, position)+1, s))
	r.stretches.Store(&list)
	return s
}

// joined makes those stretches one that are over and lie side by side, so that there are never many.
func joined(list []*Stretch) (fewer []*Stretch) {
	for _, s := range list {
		if n := len(fewer); n > 0 && s.over && fewer[n-1].over && fewer[n-1].passed.Load() == s.start {
			both := &Stretch{start: fewer[n-1].start, claimed: s.claimed, over: true}
			both.passed.Store(s.passed.Load())
			fewer[n-1] = both
			continue
		}
		fewer = append(fewer, s)
	}
	return fewer
}

// search is the number of the stretch in which a position lies, or behind which, -1 if it lies before all.
func search(list []*Stretch, position uint64) int {
	low, high := 0, len(list)
	for low < high {
		if middle := (low + high) / 2; list[middle].start <= position {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}

// at is that stretch, nil if there is none.
func (r *road) at(position uint64) *Stretch {
	if list := r.stretches.Load(); list != nil {
		if i := search(*list, position); i >= 0 {
			return (*list)[i]
		}
	}
	return nil
}

// claimed tells whether somebody has begun to read a position, or has read it. The caller holds mu.
func (r *road) claimed(position uint64) bool {
	s := r.at(position)
	return s != nil && position < s.claimed
}

// passed tells whether a place was passed.
func (p *Passage) passed(tree int, hash uint64) bool {
	position := hash >> positionShift
	s := p.roads[tree].at(position)
	return s != nil && position < s.passed.Load()
}

// spot is where an edit takes place, and the bar there.
type spot struct {
	entered bool
	tree    int
	hash    uint64
	bar     uint64
}

// Enter says that until Leave pages, blocks and chunks are changed at one place only: those where the entry of that hash lies, in the tree of
// that number, and those that it owns.
func (s *Space) Enter(tree int, hash uint64) {
	if s.walked.Load() != nil {
		s.enter(tree, hash)
	}
}

// Leave ends what Enter has begun.
func (s *Space) Leave() { s.at.entered = false }

func (s *Space) enter(tree int, hash uint64) {
	list := s.walked.Load()
	if list == nil {
		return // it was closed just now
	}
	s.at = spot{true, tree, hash, 0}
	for _, v := range slices.Backward(*list) {
		if v.passage == nil || !v.passage.passed(tree, hash) {
			s.at.bar = v.at
			return
		}
	}
}

// LeafBar is Bar for pages, blocks and chunks: the moment of the newest view still open that has not passed the place that was entered. What
// leads to several places goes by Bar.
func (s *Space) LeafBar() uint64 {
	if s.at.entered {
		return min(s.at.bar, s.Bar())
	}
	return s.Bar()
}
