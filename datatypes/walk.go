package datatypes

import "github.com/cinnabar-db/cinnabar/datatypes/dict"

// Positions is where the positions of Scan and Walk end.
const Positions = 1 << dict.PositionBits

// walkAtOnce is how many entries are looked at before the next of them are looked for.
const walkAtOnce = 64

// Walk yields the entries of a database whose positions (Scan) lie in [from, to), in their order, until yield returns false.
func (v *View) Walk(database int, from, to uint64, yield func(key []byte, e Entry) bool) {
	k := v.databases[database]
	for more := true; more && from < to; {
		next := k.Scan(from, walkAtOnce, func(key []byte, e Entry) {
			more = more && k.hash(key)>>(64-dict.PositionBits) < to && yield(key, e)
		})
		if next == 0 {
			return
		}
		from = next
	}
}
