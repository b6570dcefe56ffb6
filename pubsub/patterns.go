package pubsub

import (
	"bytes"
	"slices"
)

// patterns are the topics of patterns, by the bytes that a channel must begin with to fit: those before the first byte that means something
// in a pattern. Of thousands of patterns like "news.17.*" a channel is compared with those alone that begin as it does.
type patterns struct {
	byBeginning map[string]*roster[*topic]
	// lengths are those of the beginnings there are, ascending, and how many beginnings have each.
	lengths []beginningLength
}

type beginningLength struct {
	length, count int
}

// beginning is what every channel begins with that fits the pattern.
func beginning(pattern []byte) []byte {
	if end := bytes.IndexAny(pattern, `*?[\`); end >= 0 {
		return pattern[:end]
	}
	return pattern
}

func (p *patterns) add(t *topic) {
	begins := beginning(t.name)
	same := p.byBeginning[string(begins)]
	if same == nil {
		same = &roster[*topic]{}
		p.byBeginning[string(begins)] = same
		p.countLength(len(begins), 1)
	}
	same.add(t)
}

func (p *patterns) remove(t *topic) {
	begins := beginning(t.name)
	same := p.byBeginning[string(begins)]
	if same.remove(same.place(t)); same.count == 0 {
		delete(p.byBeginning, string(begins))
		p.countLength(len(begins), -1)
	}
}

// countLength notes beginnings of a length that have come or gone.
func (p *patterns) countLength(length, change int) {
	i, found := slices.BinarySearchFunc(p.lengths, length, func(b beginningLength, length int) int { return b.length - length })
	if !found {
		p.lengths = slices.Insert(p.lengths, i, beginningLength{length: length})
	}
	if p.lengths[i].count += change; p.lengths[i].count == 0 {
		p.lengths = slices.Delete(p.lengths, i, i+1)
	}
}

// mayFit gives the patterns that begin as the channel does, those with short beginnings first.
func (p *patterns) mayFit(channel []byte, yield func(*topic)) {
	for _, b := range p.lengths {
		if b.length > len(channel) {
			return
		}
		if same := p.byBeginning[string(channel[:b.length])]; same != nil {
			same.all(func(t *topic) bool {
				yield(t)
				return true
			})
		}
	}
}
