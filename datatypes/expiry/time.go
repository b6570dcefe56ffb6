package expiry

const (
	// levels is the number of widths that buckets have.
	levels = 4
	// tickBits is the width of the finest buckets: 8 ms.
	tickBits = 3
	// levelBits is the step from a level's width to the next.
	levelBits = 10
	// maxAheadMs bounds how far ahead a bucket may lie, and by that the number of buckets of the coarsest level.
	maxAheadMs = 1 << (tickBits + levels*levelBits)
)

// pastTick is the bucket of level 0 for deadlines that have come when they are filed: always due, wherever the clock is set.
const pastTick = 0

// widthBits is the width of a level's buckets: 1<<widthBits ms.
func widthBits(level int) int { return tickBits + level*levelBits }

// leadMs is how long before their beginning the buckets of a level come.
func leadMs(level int) int64 {
	if level == 0 {
		return 0
	}
	return 1 << (widthBits(level) - 2)
}

// place is the bucket for a deadline, told at nowMs: its level and its tick.
//
// A bucket of level 1 or above is never due at nowMs: it begins less than its width before the deadline, and comes a lead before that, while
// the deadline is at least both ahead. When it has come, the deadline is less than both ahead, so that a level below is chosen: no hash
// stays where it is.
func place(deadlineMs, nowMs int64) (level int, tick int64) {
	if deadlineMs <= nowMs {
		return 0, pastTick
	}
	if deadlineMs-nowMs > maxAheadMs {
		deadlineMs = nowMs + maxAheadMs
	}
	for level = levels - 1; level > 0; level-- {
		if deadlineMs-nowMs >= 1<<widthBits(level)+leadMs(level) {
			return level, deadlineMs >> widthBits(level)
		}
	}
	return 0, (deadlineMs-1)>>tickBits + 1
}

// startMs is when the first deadline of a bucket comes; for the finest, whose ticks are rounded up, when the last one has.
func startMs(level int, tick int64) int64 { return tick << widthBits(level) }

// comesMs is when a bucket comes.
func comesMs(level int, tick int64) int64 { return startMs(level, tick) - leadMs(level) }
