package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/expiry"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Parts is a database divided by hash into many parts, which several goroutines fill at once: each has a Filler, and no two of them are at
// the same part. Meanwhile nobody else uses the store.
type Parts struct {
	db    *DB
	parts []*DB
	// expected is how many keys each part will have, 0 if nobody knows; reserved says in which parts there is room for them.
	expected, entryBytes int
	reserved             []bool
}

// Divide divides a database; nil if that can't be, since a view is open. It is worth it from some ten thousands of keys on. O(1).
func (s *Store) Divide(database int) *Parts {
	s.edits(database)
	db := s.databases[database]
	if s.space.Bar() != 0 {
		return nil
	}
	p := &Parts{db: db}
	for _, d := range db.dict.Divide() {
		part := &DB{keys: keys{dict: d, seed: db.seed, limits: db.limits, uses: db.uses}, space: db.space}
		part.expiring.of, part.fieldsExpiring.of = db.expiring.of, db.fieldsExpiring.of
		part.expiring.indexMs, part.fieldsExpiring.indexMs = db.expiring.indexMs, db.fieldsExpiring.indexMs
		p.parts = append(p.parts, part)
	}
	return p
}

// Expect says that about so many keys will be put, like those that are there, before any of them is: room is made for them at once instead
// of as they come, and what isn't needed of it is given back by Join. The caller bounds how wrong that may be.
func (p *Parts) Expect(keys int) {
	p.expected = (p.db.dict.Len() + keys) / len(p.parts)
	p.entryBytes = p.db.dict.EntryBytes()
	p.reserved = make([]bool, len(p.parts))
}

// Len is the number of parts.
func (p *Parts) Len() int { return len(p.parts) }

// Of is the part that a key belongs to. Any goroutine may ask.
func (p *Parts) Of(key []byte) int { return dict.PartOf(p.db.hash(key)) }

// Filler fills parts, one at a time. It belongs to one goroutine.
type Filler struct {
	parts *Parts
	space *page.Space
	edit  packed.Edit
	// What becomes due among the keys that were put, until Join.
	expiring, fieldsExpiring *expiry.Index
}

// Filler makes one.
func (p *Parts) Filler() *Filler {
	f := &Filler{parts: p, space: p.db.space.NewSpaceBeside(), expiring: &expiry.Index{}, fieldsExpiring: &expiry.Index{}}
	f.edit = packed.Edit{Space: f.space, Seed: p.db.seed}
	return f
}

// Building is what collections are made with for the database, as DB.Building is.
func (f *Filler) Building() *packed.Edit { return &f.edit }

// Fill has fill look up and put keys of one part; it deletes none.
func (f *Filler) Fill(part int, fill func(ed Editor)) {
	db := f.parts.parts[part]
	db.dict.Adopt(f.space)
	db.space = f.space
	if p := f.parts; p.expected > 0 && !p.reserved[part] {
		p.reserved[part] = true
		db.dict.Reserve(part, p.expected, p.entryBytes)
	}
	db.expiring.index, db.fieldsExpiring.index = f.expiring, f.fieldsExpiring
	fill(Editor{DB: db})
	db.expiring.index, db.fieldsExpiring.index = nil, nil
}

// Join makes the parts a database again, when all fillers have done. O(deadlines).
func (p *Parts) Join(fillers []*Filler) {
	db := p.db
	dicts := make([]*dict.Dict, len(p.parts))
	for i, part := range p.parts {
		dicts[i] = part.dict
		db.deadlines += part.deadlines
		db.expiring.count += part.expiring.count
		db.fieldsExpiring.count += part.fieldsExpiring.count
		db.content += part.content
		db.trees.change(treeSize{}, part.trees)
		db.deadlineSum.addSum(part.deadlineSum)
		db.changes += part.changes
	}
	db.changes++
	db.dict.Unite(dicts)
	if p.expected > 0 {
		db.dict.Settle()
	}
	for _, f := range fillers {
		db.expiring.absorb(f.expiring)
		db.fieldsExpiring.absorb(f.fieldsExpiring)
		db.space.Absorb(f.space)
	}
	p.parts = nil
}

// absorb takes over places that were noted elsewhere.
func (t *timetable) absorb(index *expiry.Index) {
	if index.Len() == 0 {
		return
	}
	if t.index == nil {
		t.index = &expiry.Index{}
	}
	t.index.Absorb(index)
	t.renewed = nil // it doesn't know them: it is begun anew when it is due
}

// NoteTime tells the store what time it is, near enough, so that deadlines that are set next are filed by how far ahead they are. The caller
// holds the exclusive section.
func (s *Store) NoteTime(nowMs int64) {
	for _, db := range s.databases {
		db.expiring.indexMs, db.fieldsExpiring.indexMs = nowMs, nowMs
	}
}
