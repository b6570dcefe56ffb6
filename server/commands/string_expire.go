package commands

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// expireUnit says how the number of EX, PX, EXAT or PXAT is meant.
type expireUnit uint8

const (
	expireNone expireUnit = iota
	expireSeconds
	expireMs
	expireAtSeconds
	expireAtMs
)

func parseExpireUnit(word []byte) expireUnit {
	switch {
	case IsWord(word, "EX"):
		return expireSeconds
	case IsWord(word, "PX"):
		return expireMs
	case IsWord(word, "EXAT"):
		return expireAtSeconds
	case IsWord(word, "PXAT"):
		return expireAtMs
	}
	return expireNone
}

// expireArgs are the options EX, PX, EXAT and PXAT, which name a deadline, and the keyword that a command has beside them: KEEPTTL or
// PERSIST. They exclude each other; the same one may come again, and the last counts.
type expireArgs struct {
	unit expireUnit
	// number is what follows the unit, as it was written.
	number  []byte
	keyword bool
}

// take reads an option at the first of words and tells how many of them it took: none if it is another option, or one that contradicts
// what was taken before.
func (a *expireArgs) take(words [][]byte, keyword string) (used int) {
	if IsWord(words[0], keyword) && a.unit == expireNone {
		a.keyword = true
		return 1
	}
	unit := parseExpireUnit(words[0])
	if unit == expireNone || len(words) < 2 || a.keyword || a.unit != expireNone && a.unit != unit {
		return 0
	}
	a.unit, a.number = unit, words[1]
	return 2
}

// deadline is the deadline that was named, or none. command is the name in the error.
func (a *expireArgs) deadline(nowMs int64, command string) (deadlineMs int64, errText string) {
	if a.unit == expireNone {
		return datatypes.NoDeadline, ""
	}
	return parseDeadline(a.number, a.unit, nowMs, command)
}

// parseDeadline turns the number of an EX, PX, EXAT or PXAT into Unix milliseconds as getExpireMillisecondsOrReply of Redis 7.0 does.
// command is the name in the error.
func parseDeadline(number []byte, unit expireUnit, nowMs int64, command string) (deadlineMs int64, errText string) {
	n, ok := ParseInt(number)
	if !ok {
		return 0, ErrNotInteger
	}
	valid := n > 0
	if unit == expireSeconds || unit == expireAtSeconds {
		valid = valid && n <= math.MaxInt64/1000
		n *= 1000
	}
	if unit == expireSeconds || unit == expireMs {
		valid = valid && n <= math.MaxInt64-nowMs
		n += nowMs
	}
	if !valid {
		return 0, "ERR invalid expire time in '" + command + "' command"
	}
	return n, ""
}
