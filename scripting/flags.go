package scripting

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// Flags are what a script, in its first line, or a function, where it is registered, says of itself.
type Flags uint8

// The flags, in the order in which they are listed.
const (
	NoWrites Flags = 1 << iota
	AllowOOM
	AllowStale
	NoCluster
	AllowCrossSlot
	// Undeclared is that of a script without such a first line: nothing is known of it before it runs, and each of its commands is asked.
	Undeclared
)

var flagNames = [...]string{"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"}

// FlagByName finds a flag by the name that scripts know it by.
func FlagByName(name string) (flag Flags, known bool) {
	for i, known := range flagNames {
		if name == known {
			return 1 << i, true
		}
	}
	return 0, false
}

// Names are the names of the flags that are set.
func (f Flags) Names() (names []string) {
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Writes tells whether a script with these flags may change keys.
func (f Flags) Writes() bool { return f&NoWrites == 0 }

// The faults of a first line, in Redis's words.
var (
	errShebang = errors.New("Invalid script shebang")
	errEngine  = errors.New("Invalid engine in script shebang")
)

// Shebang reads the first line of a script that is run by EVAL: "#!lua", and behind it "flags=" with names of flags and commas between. It tells the
// length of that line without its end; 0 and Undeclared if the script has none.
func Shebang(body []byte) (flags Flags, length int, err error) {
	if !bytes.HasPrefix(body, []byte("#!")) {
		return Undeclared, 0, nil
	}
	length = bytes.IndexByte(body, '\n')
	if zero := bytes.IndexByte(body[:max(length, 0)], 0); length < 0 || zero >= 0 {
		return 0, 0, errShebang
	}
	words, err := resp.Args(append(bytes.Clone(body[:length]), '\n'), nil)
	if err != nil || len(words) == 0 {
		return 0, 0, errEngine
	}
	if string(words[0]) != "#!lua" {
		return 0, 0, fmt.Errorf("Unexpected engine in script shebang: %s", words[0])
	}
	for _, word := range words[1:] {
		list, found := strings.CutPrefix(string(word), "flags=")
		if !found {
			return 0, 0, fmt.Errorf("Unknown lua shebang option: %s", word)
		}
		if list == "" {
			continue
		}
		for _, name := range strings.Split(list, ",") {
			flag, known := FlagByName(name)
			if !known {
				return 0, 0, fmt.Errorf("Unexpected flag in script shebang: %s", name)
			}
			flags |= flag
		}
	}
	return flags, length, nil
}
