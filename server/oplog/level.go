package oplog

import "strings"

// Level orders lines by importance; a Logger writes those at its own level and above.
type Level int32

// The levels of the directive loglevel, from the most to the least talkative.
const (
	LevelDebug Level = iota
	LevelVerbose
	LevelNotice
	LevelWarning
)

// levelNames are the words of the directive loglevel, levelMarks the character in a line, both by Level.
var levelNames = [...]string{"debug", "verbose", "notice", "warning"}

const levelMarks = ".-*#"

// ParseLevel finds the level a word of loglevel stands for, in any case. It reports false for any other word.
func ParseLevel(word string) (Level, bool) {
	for i, name := range levelNames {
		if strings.EqualFold(word, name) {
			return Level(i), true
		}
	}
	return LevelNotice, false
}

// String is the level's word in the configuration.
func (v Level) String() string {
	return levelNames[v.clamp()]
}

// clamp brings a level that no constant names to the nearest one that does.
func (v Level) clamp() Level {
	return min(max(v, LevelDebug), LevelWarning)
}

// Role is the letter behind the process id, which tells what the server was at that moment.
type Role byte

// The roles. RoleStarting is what Redis shows until it is initialised (its lines "is starting", "Configuration loaded").
const (
	RoleStarting Role = 'C'
	RoleMaster   Role = 'M'
	RoleReplica  Role = 'S'
)
