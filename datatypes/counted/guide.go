package counted

// A page's guide spares going through all of its entries to find one: of some entries, spread over the page, it tells the number and how far
// behind the first they begin. A page has none until somebody who may change it draws it (draw); every change keeps it true. Marks lie
// in rising order. Those that aren't set, and those whose entries went with others around them, are the same as the mark before, which for
// the first one is the page's first entry.

const (
	// guides is how many marks there are: 3 bytes each, a fifth of a byte an entry in a page of a hundred.
	guides = 7
	// farFrom is how many entries behind the mark before it one lies for whose sake the guide is drawn anew.
	farFrom = softEntries / 4
	// maxNumber is the largest number that a mark may have.
	maxNumber = 255
)

// mark is the number of the entry to which mark k leads, and how far behind the first it begins; it may be the end.
func (p leaf) mark(k int) (number, distance int) {
	return int(p[atNumbers+k]), u16(p[atDistances+2*k:])
}

func (p leaf) setMark(k, number, distance int) {
	p[atNumbers+k] = byte(number)
	putU16(p[atDistances+2*k:], distance)
}

// guided tells whether the page has any marks.
func (p leaf) guided() bool { return p[atNumbers+guides-1] != 0 }

// eraseGuide takes all marks out.
func (p leaf) eraseGuide() { clear(p[atDistances:headerBytes]) }

// draw sets the marks evenly. Only who may change the page does so.
func (p leaf) draw() {
	p.eraseGuide()
	count, number, at := p.count(), 0, p.first()
	if count < guides+1 {
		return
	}
	for k := range guides {
		next := (k + 1) * count / (guides + 1)
		at = p.skip(at, next-number)
		number = next
		p.setMark(k, number, at-p.first())
	}
}

// drawFor is draw if entry i, near which more are looked for, lies far behind its mark.
func (p leaf) drawFor(i int) {
	if number, _ := p.near(i); i-number > farFrom {
		p.draw()
	}
}

// copyGuide takes over the marks of a page with the same entries.
func (p leaf) copyGuide(from leaf) { copy(p[atDistances:headerBytes], from[atDistances:headerBytes]) }

// near is the last mark at entry i or before it.
func (p leaf) near(i int) (number, distance int) {
	for k := guides - 1; k >= 0; k-- {
		if int(p[atNumbers+k]) <= i {
			return p.mark(k)
		}
	}
	return 0, 0
}

// redraw keeps the marks true when the bytes of gone entries, from so far behind the first on, make room for size bytes, and the page has
// so many more entries.
func (p leaf) redraw(before, gone, size, more int) {
	if !p.guided() {
		return
	}
	k := guides - 1
	for k >= 0 && u16(p[atDistances+2*k:]) > before {
		k--
	}
	last, lastDistance := 0, 0
	if k >= 0 {
		last, lastDistance = p.mark(k)
	}
	for k++; k < guides; k++ {
		number, distance := p.mark(k)
		if distance >= before+gone && number+more <= maxNumber {
			last, lastDistance = number+more, distance+size-gone
		}
		p.setMark(k, last, lastDistance)
	}
}
