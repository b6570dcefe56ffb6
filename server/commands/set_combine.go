package commands

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// setWork combines sets, whose order it may change. The members of the result come to yield, each once, in no particular order, until it
// returns false.
//
// Which way is taken goes by the sizes of the sets. Looking each member up in the other sets takes no memory; where that would be many
// look-ups, a set is made of the smaller ones (extra), which costs about lookupsPerAdd look-ups a member.
type setWork struct {
	pace
	yield func(it *packed.Item) bool
	// again allows members of a union to come several times.
	again bool
	edit  set.Edit
}

// lookupsPerAdd is what adding a member to a set of one's own costs, in look-ups.
const lookupsPerAdd = 3

// extra makes ready for a set of the work's own.
func (w *setWork) extra() (f set.Form, edit *set.Edit) {
	w.edit = set.Edit{Space: &page.Space{}, Seed: maphash.MakeSeed()}
	return set.Form{}, &w.edit
}

// bySize orders sets, the smallest first.
func bySize(a, b set.Form) int { return cmp.Compare(a.Len(), b.Len()) }

// inter goes through the smallest set and looks its members up in the others, the smallest of them first.
func (w *setWork) inter(sets []set.Form) {
	slices.SortFunc(sets, bySize)
	first := &sets[0]
	others := slices.DeleteFunc(sets[1:], func(other set.Form) bool { return sameSet(first, &other) })
	var room [fewSets]finder
	in := finders(room[:0], others, first.Len())
	first.Each(func(it packed.Item) bool {
		if !w.looked(len(sets)) {
			return false
		}
		for i := range in {
			if !in[i].has(&it) {
				return true
			}
		}
		return w.yield(&it)
	})
}

// finder finds members of a set.
type finder struct {
	set *set.Form
	// table has the same members, nil if it isn't worth its making.
	table *memberTable
}

// tableFrom is how many members a set has at least, and how many are looked for in it, for a table to be worth its making.
const tableFrom = 16

// finders appends those of sets in which so many members are looked for. A piece is gone through for each of them, unless it holds integers.
func finders(fs []finder, sets []set.Form, looks int) []finder {
	for i := range sets {
		f := finder{set: &sets[i]}
		if f.set.Tree == nil && min(looks, f.set.Len()) >= tableFrom && !f.set.Integers() {
			f.table = newMemberTable(f.set.Len())
			f.set.Each(func(it packed.Item) bool {
				f.table.add(&it)
				return true
			})
		}
		fs = append(fs, f)
	}
	return fs
}

func (f *finder) has(it *packed.Item) bool {
	if f.table != nil {
		return f.table.find(it) >= 0
	}
	return f.set.HasItem(it)
}

// anyHas tells whether any of the sets has a member.
func anyHas(fs []finder, it *packed.Item) bool {
	for i := range fs {
		if fs[i].has(it) {
			return true
		}
	}
	return false
}

// union yields the largest set, and of the others what hasn't come yet.
func (w *setWork) union(sets []set.Form) {
	slices.SortFunc(sets, func(a, b set.Form) int { return bySize(b, a) })
	lookups, members := 0, 0
	for i := range sets {
		lookups += i * sets[i].Len()
		members += sets[i].Len()
	}
	if lookups > lookupsPerAdd*members && !w.again {
		w.wideUnion(sets)
		return
	}
	var room [fewSets]finder
	in := room[:0]
	if !w.again {
		in = finders(in, sets[:len(sets)-1], members)
	}
	for i := range sets {
		before := in[:min(i, len(in))]
		sets[i].Each(func(it packed.Item) bool {
			if !w.looked(1 + i) {
				return false
			}
			return anyHas(before, &it) || w.yield(&it)
		})
	}
}

// wideUnion is union for many sets: what has come, but for the largest set, is kept.
func (w *setWork) wideUnion(sets []set.Form) {
	largest := &sets[0]
	come, edit := w.extra()
	for i := range sets {
		sets[i].Each(func(it packed.Item) bool {
			if !w.looked(lookupsPerAdd) {
				return false
			}
			if i > 0 && (largest.HasItem(&it) || !come.AddItem(edit, &it)) {
				return true
			}
			return w.yield(&it)
		})
	}
}

// diff goes through the first set and looks its members up in the others, the largest of them first; many small ones are made one before.
func (w *setWork) diff(sets []set.Form) {
	first, others := &sets[0], sets[1:]
	for i := range others {
		if sameSet(first, &others[i]) {
			return
		}
	}
	slices.SortFunc(others, func(a, b set.Form) int { return bySize(b, a) })
	for len(others) > 0 && others[len(others)-1].Len() == 0 {
		others = others[:len(others)-1]
	}
	if lookups := first.Len() * len(others); lookups > first.Len()+lookupsPerAdd*allMembers(others) {
		merged, edit := w.extra()
		for i := range others {
			others[i].Each(func(it packed.Item) bool {
				merged.AddItem(edit, &it)
				return w.looked(lookupsPerAdd)
			})
		}
		others = []set.Form{merged}
	}
	var room [fewSets]finder
	in := finders(room[:0], others, first.Len())
	first.Each(func(it packed.Item) bool {
		if !w.looked(1 + len(others)) {
			return false
		}
		return anyHas(in, &it) || w.yield(&it)
	})
}
