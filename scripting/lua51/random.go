package lua51

// Random is the generator of math.random in Redis: lrand48 with its multiplier, the same numbers on every machine. All scripts of a server
// draw from one, which starts as Redis's does.
type Random struct{ state uint64 }

const (
	randomMultiplier = 0x5deece66d
	randomAddend     = 0xb
	randomStart      = 0x1234abcd330e
	randomLow        = 0x330e // the low bits that a seed leaves
	randomMask       = 1<<48 - 1

	// RandomMost is above what Next gives.
	RandomMost = 1<<31 - 1
)

// NewRandom is a generator as a server has it at its start.
func NewRandom() *Random { return &Random{state: randomStart} }

// Seed is redisSrand48.
func (r *Random) Seed(seed int32) { r.state = uint64(uint32(seed))<<16 | randomLow }

// Next is redisLrand48: 31 bits.
func (r *Random) Next() int32 {
	r.state = (r.state*randomMultiplier + randomAddend) & randomMask
	return int32(r.state >> 17)
}
