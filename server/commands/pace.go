package commands

// breathEvery is how many keys a long read looks at between two breaths: some 50 us' worth.
const breathEvery = 500

// pace has long work let others in.
type pace struct {
	// breathe is called about every breathEvery looks, and ends the work by returning false. It is nil where nobody can be let in.
	breathe func() bool
	looks   int
	// ended is set when the work has been left unfinished, since nobody will read of it.
	ended bool
}

// looked counts looks, breathes when it is time to, and tells whether to go on.
func (p *pace) looked(count int) bool {
	if p.looks += count; p.looks >= breathEvery && !p.ended {
		p.looks = 0
		p.ended = p.breathe != nil && !p.breathe()
	}
	return !p.ended
}
